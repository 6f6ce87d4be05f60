"""Was the answer "no such file", or was there no answer? pip says the same of both, so it is asked again, loudly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.process import Done
from lockgen.verify.verdicts import OUT_OF_REACH, Fault, fault, unfound, unreached

_NAME = re.compile(r"[\w.-]+")


def judged(done: Done, doing: str, repeat: Sequence[str], bench: PipEnvironment) -> Fault:
    """The meaning of a tool that did not end well, the index's silence told from its "no"; it names no index."""
    found = fault(done, doing, repeat)
    if found.verdict == "failed" and (why := next(filter(None, (_silence(name, bench) for name in _names(done))), "")):
        found = replace(found, verdict="not run", reason=f"{OUT_OF_REACH}: {why}")
    host = urlsplit(bench.environ.get("PIP_INDEX_URL", "")).hostname
    if not host:
        return found
    tail = tuple(line.replace(host, "the index") for line in found.tail)
    return replace(found, reason=found.reason.replace(host, "the index"), tail=tail)


def _names(done: Done) -> list[str]:
    found = (_NAME.match(requirement) for requirement in unfound(done))
    return list(dict.fromkeys(name[0].replace("_", "-").lower() for name in found if name))


def _silence(name: str, bench: PipEnvironment) -> str:
    """Why the index does not answer for this name, empty when it does. A page is asked for, no file is taken."""
    asked = bench.pip("index", "versions", "--pre", "-vv", name)
    return unreached(f"{asked.stdout}\n{asked.stderr}")
