"""Proofs through a prefix: a command in front of Python that leads to the machine a set is for.

What runs there sees one folder of this machine, the work folder, at the same path.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from lockgen.errors import UsageError
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter
from lockgen.verify.behind import examine_behind, mismatch
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.shims import write_shim

WORK = "{work}"
"""What stands for the work folder in the words of a prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """Targets by a glob, and the way to their Python: the words in front of it, and itself."""

    pattern: str
    words: tuple[str, ...]
    python: str
    script: str = ""
    """The words as a shell reads them, where some are only known when they are run."""
    image: str = ""
    origin: str = "--via"

    @property
    def name(self) -> str:
        """How errors name it."""
        return f"{self.origin} {self.pattern}"

    def behind(self, work: Path) -> str:
        """Shell words in front of the Python, which sees this folder."""
        words = (word.replace(WORK, str(work.absolute())) for word in self.words)
        return self.script or f"exec {shlex.join(words)}"


def parse_via(text: str) -> Via:
    """GLOB=COMMAND, split as a shell splits words. UsageError for anything else."""
    hint = "Write --via 'py3.11-linux-aarch64=PREFIX... python3'; {work} in it stands for the folder to be shared."
    pattern, _, command = text.partition("=")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--via {text!r}: the command cannot be split into words: {error}", hint=hint) from None
    if not pattern.strip() or len(words) < 2:  # noqa: PLR2004 - a prefix and a Python
        raise UsageError(f"--via {text!r} is not GLOB=COMMAND with a Python behind a prefix", hint=hint)
    return Via(pattern=pattern.strip(), words=tuple(words[:-1]), python=words[-1])


def matched(several: Sequence[Via], targets: Iterable[str]) -> dict[str, Via]:
    """Target -> the way to it. UsageError for a glob that matches none of the targets, and for two that match one."""
    names = tuple(dict.fromkeys(targets))
    found: dict[str, Via] = {}
    for each in several:
        mine = [name for name in names if fnmatchcase(name, each.pattern)]
        if not mine:
            raise UsageError(f"{each.name} matches no target", hint="`lockgen targets` lists them.")
        for name in mine:
            if name in found:
                both = f"{found[name].pattern!r} and {each.pattern!r}"
                raise UsageError(f"two --via match {name}: {both}", hint="Give each target one way.")
            found[name] = each
    return found


def opened_via(ways: Mapping[str, Via], targets: Iterable[Target], env: PipEnvironment) -> dict[str, Interpreter]:
    """Target -> the interpreter that its way leads to, which has said of itself what it is.

    UsageError where that cannot be found out, or is not what the target wants.
    """
    found: dict[str, Interpreter] = {}
    known: dict[Via, tuple[Interpreter, dict[str, Any]]] = {}
    for target in dict.fromkeys(targets):
        if (way := ways.get(target.name)) is None:
            continue
        if way not in known:
            known[way] = examined(way, env)
        interpreter, facts = known[way]
        if wanted := mismatch(target, interpreter, facts):
            raise UsageError(
                f"{way.name}: the Python behind it is {interpreter.machine_words}; {target.name} wants {wanted}",
                hint="Lead it to a Python of the target, or narrow the glob.",
            )
        found[target.name] = replace(interpreter, platform=target.platform.name)
    return found


def examined(way: Via, env: PipEnvironment) -> tuple[Interpreter, dict[str, Any]]:
    """What the Python says of itself, and its facts."""
    key = hashlib.sha256("\0".join((way.image, *way.words, way.python)).encode()).hexdigest()[:12]
    behind = way.behind(env.work)
    shim = env.room("behind") / key / "python"
    write_shim(shim, behind, way.python)
    try:
        return examine_behind(str(shim.absolute()), behind, way.image, env)
    except UsageError as error:
        raise UsageError(f"{way.name}: the Python behind it: {error.message}", hint=error.hint) from None
