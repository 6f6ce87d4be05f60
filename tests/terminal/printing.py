"""Runs the commands in this process, on streams of their own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lockgen.model.answer import Answer
from lockgen.report.layout import Span, StyledLine, answer_lines
from tests.conftest import Done, run_here
from tests.remembered import remember
from tests.terminal.commands import COMMANDS, WIDTHS, prepare, steady


class _Said(NamedTuple):
    out: str
    err: str


class Streams:
    """Stands in for pytest's capture, which lasts as long as one test."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._out, self._err = io.StringIO(), io.StringIO()
        patch.setattr("sys.stdout", self._out)
        patch.setattr("sys.stderr", self._err)

    def readouterr(self) -> _Said:
        said = _Said(self._out.getvalue(), self._err.getvalue())
        for stream in (self._out, self._err):
            stream.seek(0)
            stream.truncate()
        return said


def print_all(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[tuple[str, Done]]:
    """Command -> what was printed, each answer once for each width: see `at_width`."""
    remember(patch)
    run = run_here(patch, Streams(patch), folder)  # type: ignore[arg-type]
    prepare(folder, run)
    patch.setattr("lockgen.cli.printing.answer_lines", _at_every_width)
    for name, words in COMMANDS.items():
        done = run(*words)
        yield name, Done(done.code, steady(done.out, folder), steady(done.err, folder))


def _at_every_width(answer: Answer, _width: int | None) -> Iterator[StyledLine]:
    for width in WIDTHS:
        yield (Span(f"<{width}>"),)
        yield from answer_lines(answer, width)
        yield (Span(f"</{width}>"),)


def at_width(text: str, width: int) -> str:
    """The text without what was printed for another width."""
    for other in WIDTHS:
        keep = r"\1" if other == width else ""
        text = re.sub(rf"^<{other}>\n(.*?)^</{other}>\n", keep, text, flags=re.DOTALL | re.MULTILINE)
    return text


def shown(done: Done, width: int) -> str:
    """A golden file: the exit code, then what came on stdout and stderr."""
    parts = (("stdout", at_width(done.out, width)), ("stderr", at_width(done.err, width)))
    return f"exit {done.code}\n" + "".join(f"--- {name}\n{text}" for name, text in parts if text)
