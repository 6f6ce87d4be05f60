"""The requirements that a command is given: files, standard input, the web, arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from lockgen.cli.options import SourceOptions
from lockgen.cli.sources import index_settings
from lockgen.errors import LockgenError, UsageError
from lockgen.index.web_file import fetch_web_file
from lockgen.model.requirements import UserRequirements
from lockgen.requirements.addresses import is_on_the_web
from lockgen.requirements.arguments import read_arguments
from lockgen.requirements.limits import one_file, read_local, read_stream
from lockgen.requirements.pip_file import Read, read_pip_file
from lockgen.requirements.reading import read_requirements

STDIN = "-"
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--requirements",
        "-r",
        metavar="FILE",
        help="A requirements file, here or at an https address, a pyproject.toml or a pylock.toml; - is standard "
        "input; repeatable.",
    ),
]
Constraints = Annotated[
    list[str] | None,
    typer.Option(
        "--constraint",
        "-c",
        metavar="FILE",
        help="A constraints file, here or at an https address; repeatable.",
    ),
]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", help="An extra or dependency group of the pyproject.toml; repeatable."),
]
FromPython = Annotated[
    str | None,
    typer.Option("--from-python", metavar="PATH", help="An interpreter: what is installed there is asked for."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementsAsked:
    """Where requirements are to be read."""

    arguments: Sequence[str]
    files: Sequence[str]
    constraints: Sequence[str]
    groups: Sequence[str]


def read_all(asked: RequirementsAsked, source: SourceOptions) -> list[UserRequirements]:
    """The requirements of the arguments and of each file, then the constraints.

    UsageError for a group that no file named can have.
    """
    read = _reader(source)
    files = [*([STDIN] if STDIN in asked.arguments else []), *asked.files]
    if asked.groups and not any(file.endswith(".toml") for file in files):
        raise UsageError("--group names an extra or a group of a pyproject.toml", hint="Name that file with -r.")
    found = [read_arguments([text for text in asked.arguments if text != STDIN])]
    found += [
        read_requirements(file, read, os.environ, groups=frozenset(asked.groups if file.endswith(".toml") else ()))
        for file in _once(files)
    ]
    return found + [read_pip_file(file, read, os.environ, is_constraint=True) for file in _once(asked.constraints)]


def _once(files: Sequence[str]) -> list[str]:
    """Each file by its first spelling."""
    first: dict[str, str] = {}
    for file in files:
        first.setdefault(file if file == STDIN else one_file(file), file)
    return list(first.values())


def _reader(source: SourceOptions) -> Read:
    def read(path: str) -> bytes:
        if path == STDIN:
            return read_stream(sys.stdin.buffer, "standard input")
        if not is_on_the_web(path):
            return read_local(path)
        if source.offline or source.frozen is not None:
            option = "--offline" if source.offline else "--frozen"
            raise LockgenError(
                f"the file is on the web, and {option} fetches nothing",
                hint=f"Save the file beside yours and name that copy, or leave {option} away.",
            )
        return fetch_web_file(path, index_settings(source))

    return read
