"""The fenced blocks of a page, and what each means to the test that runs the page.

    ```yaml file=matrices/phase-1.yaml     the file is written as it stands here
    ```console                             `$ ` begins a command; what follows is its output, `...` stands for any lines
    ```console exit=1                      the last command says no
    ```console machine                     run, but the output differs from machine to machine and is not compared
    ```console network                     run with `pytest -m network` only
    ```console not-run="needs docker"      not run, for this reason

A comment that begins with `<!-- setup` holds lines of bash that are run where it stands, and shown to no reader. A comment
`<!-- runs in=FOLDER frozen=NAME -->` says what a page's folder holds at first and which index answers.
Lines of a console without any `$ ` are commands all, without an output.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

PAGES = (
    ROOT / "README.md",
    *sorted(path for path in (ROOT / "docs").rglob("*.md") if "reference" not in path.parts[:-1]),
)
_FENCE = re.compile(r"^( *)```(\w+)([^\n`]*)\n(.*?)^\1```$|^<!-- (setup)\n(.*?)^-->$", re.MULTILINE | re.DOTALL)
_PREFACE = re.compile(r"<!-- runs (.*?) -->")
_KNOWN = {"file", "exit", "machine", "network", "not-run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A command and the output that stands below it, empty where none is shown."""

    command: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: where its content begins in the page, its language, its attributes."""

    start: int
    line: int
    language: str
    attributes: Mapping[str, str]
    text: str

    @property
    def commands(self) -> tuple[Shown, ...]:
        """Those of a console."""
        if "$ " not in self.text:
            return tuple(Shown(command=line, output="") for line in self.text.splitlines())
        pieces = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return tuple(
            Shown(command=command, output=output) for command, _, output in (piece.partition("\n") for piece in pieces)
        )

    @property
    def is_run(self) -> bool:
        return self.language == "console" and "not-run" not in self.attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page's blocks in their order, and what its preface says."""

    path: Path
    preface: Mapping[str, str]
    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()


def read_page(path: Path) -> Page:
    text = path.read_text("utf-8")
    preface = _PREFACE.search(text)
    blocks = tuple(
        Block(
            start=found.start(4) if found[2] else found.start(6),
            line=text.count("\n", 0, found.start()) + 1,
            language=found[2] or found[5],
            attributes=_attributes(found[3] or ""),
            text=found[4] if found[2] else found[6],
        )
        for found in _FENCE.finditer(text)
    )
    return Page(path=path, preface=_attributes(preface[1]) if preface else {}, blocks=blocks)


def _attributes(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in shlex.split(text))
    return {key: value for key, _, value in pairs}


def unknown(page: Page) -> list[str]:
    """Attributes that mean nothing."""
    return [f"{page.name}:{each.line}: {key}" for each in page.blocks for key in each.attributes if key not in _KNOWN]


def is_shown(shown: str, real: str) -> bool:
    """Whether the output is what is shown, where a line of three dots stands for any lines, or none."""
    parts = re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE)
    pattern = "(?:.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, real) is not None
