"""The ways of `lockgen verify` to interpreters that are elsewhere: `--via` and `--engine`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from lockgen.errors import ComplaintsError, LockgenError, UsageError
from lockgen.model.implementation import parse_python
from lockgen.model.matrix import Matrices
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter
from lockgen.verify.engine import Engine, opened_engine
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


EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="NAME",
        envvar="LOCKGEN_ENGINE",
        help="Prove Linux targets in containers of their images, with podman or docker.",
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
    vias: Sequence[Via], engine: str | None, matrices: Matrices, targets: Sequence[Target], env: PipEnvironment
) -> Iterator[Ways]:
    """The interpreters elsewhere for these targets, each of which has said what it is.

    A target that both `--via` and `--engine` are for is proved through the former.
    """
    ways = matched(vias, [*_names(matrices), *(target.name for target in targets)])
    found = opened_via(ways, targets, env)
    if engine is None:
        yield Ways(found=found)
        return
    with opened_engine(engine, os.environ) as opened:
        images = {
            target: image for target in targets if target.name not in ways and (image := matrices.images.of(target))
        }
        if not images and not found:
            raise UsageError(f"--engine {engine}: none of the targets has an image", hint="Images are of Linux.")
        contained = opened_via(_container_ways(opened, images, env), list(images), env)
        yield Ways(found={**found, **contained}, sweep=opened.sweep)


def _container_ways(engine: Engine, images: Mapping[Target, str], env: PipEnvironment) -> dict[str, Via]:
    """Target -> the way into a container of its image. ComplaintsError with every image that is not here."""
    found: dict[str, Via] = {}
    complaints: list[LockgenError] = []
    for target, image in images.items():
        try:
            found[target.name] = engine.way(target.name, image, target.platform, env.work)
        except UsageError as error:
            complaints.append(error)
    if complaints:
        raise ComplaintsError(tuple(complaints))
    return found


def _names(matrices: Matrices) -> Iterator[str]:
    """Every target of targets.yaml: one that this run leaves out is no mistake in a glob."""
    for row in matrices.pythons:
        if build := parse_python(row.python):
            yield from (f"{build.prefix}-{each.platform.name}" for each in matrices.platforms)
