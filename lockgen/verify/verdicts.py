"""What a failed pip, or another tool, means for a proof: that the set is wrong, or that nothing could be proved.

pip reports the same for "the index has no such file" and "the index did not answer", so the index is asked again.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lockgen.model.verify import Verdict
from lockgen.verify.done import CANNOT_START, Done, masked
from lockgen.verify.pip_environment import PipEnvironment

OUT_OF_REACH = "index out of reach"
"""How the reason of a proof begins that was not run because the index did not answer."""

_ADDRESS = re.compile(r"https?://[^\s'\"<>()]*?(?=[^\s'\"<>()/]*(?:$|[\s'\"<>()]))")
_UNREACHED = re.compile(
    r"connection broken by|Could not fetch URL \S+: (?!404)(?P<why>.*?) - skipping|Max retries exceeded"
    r"|HTTP error (?:401|403|5\d\d)|NewConnectionError|ReadTimeout|NameResolutionError|SSLError"
)
_FULL = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_CRASH = re.compile(r"died with <Signals\.(\w+)")
_UNFOUND = re.compile(r"No matching distribution found for ([^\s(;]+)")
_CONFLICT = re.compile(r"^ +(?:The user requested|\S+ \S+ depends on)(?: \(constraint\))? (\S.*?)$", re.MULTILINE)
_NAME = re.compile(r"[\w.-]+")
_MISMATCH = re.compile(r"^\s+(\S+==\S+) from ", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a level is not proved."""

    verdict: Verdict = "failed"
    reason: str
    tail: tuple[str, ...] = ()
    command: str = ""


def fault(done: Done, doing: str, repeat: Sequence[str]) -> Fault:
    """What the failure of a tool means. `doing` is what the tool was run for, `repeat` is the command to show."""
    verdict, reason = _meaning(done, doing)
    return Fault(verdict=verdict, reason=reason, tail=shown(done.tail), command=spelled(repeat))


def index_fault(done: Done, doing: str, repeat: Sequence[str], env: PipEnvironment) -> Fault:
    """`fault` for a tool that used the index: "no such file" is told from "no answer", and the host is not shown."""
    found = fault(done, doing, repeat)
    reasons = (_why_no_answer(name, env) for name in _names_unfound(done)) if found.verdict == "failed" else ()
    if why := next(filter(None, reasons), ""):
        found = replace(found, verdict="not run", reason=f"{OUT_OF_REACH}: {why}")
    host = urlsplit(env.environ.get("PIP_INDEX_URL", "")).hostname
    if not host:
        return found
    tail = tuple(line.replace(host, "the index") for line in found.tail)
    return replace(found, reason=found.reason.replace(host, "the index"), tail=tail)


def _names_unfound(done: Done) -> list[str]:
    found = (_NAME.match(requirement) for requirement in unfound(done))
    return list(dict.fromkeys(name[0].replace("_", "-").lower() for name in found if name))


def _why_no_answer(name: str, env: PipEnvironment) -> str:
    """Why the index does not answer for this name, empty when it does. Only a page is fetched, no file."""
    done = env.pip("index", "versions", "--pre", "-vv", name)
    return unreached(f"{done.stdout}\n{done.stderr}")


def unfound(done: Done) -> tuple[str, ...]:
    """Requirements for which pip found no file, as far as its output names them; empty for another failure."""
    return tuple(dict.fromkeys([*_UNFOUND.findall(done.stderr), *_CONFLICT.findall(f"{done.stdout}\n{done.stderr}")]))


def unreached(output: str) -> str:
    """Why the index did not answer, in pip's words; empty when it did (404 is an answer)."""
    found = _UNREACHED.search(output)
    return next(iter(shown([found["why"] or found[0]])), "") if found else ""


def shown(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines without the addresses in them: of each only the file name stays."""
    return tuple(_ADDRESS.sub("…/", masked(line)) for line in lines)


def spelled(command: Sequence[str]) -> str:
    """A command line that a shell reads back, without credentials."""
    return masked(shlex.join(command))


def _meaning(done: Done, doing: str) -> tuple[Verdict, str]:
    """The first meaning that fits; what is wrong with the machine or the way to the index comes before the set."""
    return next(_meanings(done, f"{done.stdout}\n{done.stderr}", doing))


def _meanings(done: Done, output: str, doing: str) -> Iterator[tuple[Verdict, str]]:
    if _FULL.search(output):
        yield "not run", f"no space left on the device while {doing}"
    if done.timed_out:
        yield "not run", f"{doing}: the tool {done.ending}"
    if crash := done.signal or next(iter(_CRASH.findall(output)), ""):
        yield "failed", f"{doing}: the interpreter crashed with {crash}"
    if done.returncode == CANNOT_START:
        yield "failed", f"{doing}: {done.stderr}"
    if "DO NOT MATCH THE HASHES" in output:
        yield "failed", f"wrong hash: {', '.join(_MISMATCH.findall(output)) or 'a file'} is not the file of the lock"
    if why := unreached(output):
        yield "not run", f"{OUT_OF_REACH}: {why}"
    if names := unfound(done):
        yield "failed", f"the index has no file of {' with '.join(names)} that this target can use"
    yield "failed", f"{doing}: the tool {done.ending}"
