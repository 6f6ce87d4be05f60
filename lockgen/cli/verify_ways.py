"""The ways of `lockgen verify` to interpreters that are elsewhere: `--via` and `--engine`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from lockgen.errors import UsageError
from lockgen.model.implementation import parse_python
from lockgen.model.matrix import Matrices
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.via import Via, matched, opened_via, parse_via

_VARIABLE = "LOCKGEN_VIA"
Vias = Annotated[
    list[str] | None,
    typer.Option(
        "--via",
        metavar="GLOB=COMMAND",
        envvar=_VARIABLE,
        help="Prove these targets through 'PREFIX... python3'; repeatable. {work} in it is the folder to share.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Target -> the interpreter elsewhere that it is proved on; `sweep` ends what is left of one."""

    found: Mapping[str, Interpreter]
    sweep: Callable[[Interpreter], None] = lambda _interpreter: None


def parse_vias(texts: Sequence[str] | None) -> tuple[Via, ...]:
    """What `--via` gives, read. UsageError for what is no GLOB=COMMAND, and where there is no shell to lead there."""
    value = os.environ.get(_VARIABLE, "")
    # typer takes a variable apart at every space; commands hold some, so there it is one GLOB=COMMAND a line.
    lines = value.split("\n") if texts and list(texts) == value.split() else texts
    found = tuple(parse_via(text) for text in lines or () if text.strip())
    if found and os.name == "nt":
        raise UsageError("--via needs a POSIX system", hint="Run it in WSL, say.")
    return found


@contextmanager
def open_ways(
    vias: Sequence[Via], matrices: Matrices, targets: Sequence[Target], env: PipEnvironment
) -> Iterator[Ways]:
    """The interpreters elsewhere for these targets, each of which has said what it is."""
    ways = matched(vias, [*_names(matrices), *(target.name for target in targets)])
    yield Ways(found=opened_via(ways, targets, env))


def _names(matrices: Matrices) -> Iterator[str]:
    """Every target of targets.yaml: one that this run leaves out is no mistake in a glob."""
    for row in matrices.pythons:
        if build := parse_python(row.python):
            yield from (f"{build.prefix}-{each.platform.name}" for each in matrices.platforms)
