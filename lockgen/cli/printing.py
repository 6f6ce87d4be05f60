"""Output of commands: answers and messages for people, JSON for programs.

Everything for people passes through here, where it is made safe for a terminal and a CI log, folded to the terminal's
width and coloured where colours are wanted.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TextIO

import lockgen
from lockgen.model.answer import Answer
from lockgen.model.result import Unsupported
from lockgen.report.as_json import SCHEMA, as_json
from lockgen.report.github import answer_github
from lockgen.report.layout import Style, StyledLine, answer_lines, placed
from lockgen.text.safe import terminal_lines

_COLOURS: Mapping[Style, str] = {
    "good": "\x1b[32m",
    "notable": "\x1b[33m",
    "bad": "\x1b[31m",
    "name": "\x1b[1m",
    "title": "\x1b[1m",
    "quiet": "\x1b[2m",
}
_END = "\x1b[0m"


def print_answer(answer: Answer, *, on_stdout: bool = False, folder: Path | None = None) -> None:
    """The answer, on stderr or, where it is what was asked for, on stdout.

    `folder` is that of the matrices: a place in one of them is written as a path that terminals and editors can open.
    """
    stream = sys.stdout if on_stdout else sys.stderr
    coloured = has_colours(stream)
    lines = answer_lines(answer if folder is None else placed(answer, folder), columns(stream))
    _write(stream, "".join(f"{_painted(line) if coloured else _plain(line)}\n" for line in lines))


def print_annotations(answer: Answer, command: str, places: Mapping[str, str]) -> None:
    """The answer as workflow commands of GitHub Actions on stdout; `places` as `answer_github` takes them."""
    if text := answer_github(answer, command, places):
        _write(sys.stdout, f"{text}\n")


def say(text: str) -> None:
    """Print a message on stderr."""
    _write(sys.stderr, f"{terminal_lines(text)}\n")


def print_text(text: str) -> None:
    """Print on stdout what is text for people already: a diff, a block of YAML, Markdown."""
    _write(sys.stdout, f"{terminal_lines(text)}\n")


def say_refused(cells: Iterable[Unsupported]) -> None:
    """Print why the matrices do not support these targets, and what to do."""
    for cell in cells:
        say(f"{cell.target.name} is unsupported: {cell.reason}. {cell.remedy}".rstrip())


def print_result(command: str, result: object, *, ok: bool) -> None:
    """The answer of a command as JSON in the one envelope; `lockgen schema --command NAME` describes each."""
    envelope = {"schema": SCHEMA, "command": command, "lockgen": lockgen.__version__, "ok": ok, "result": result}
    print_json(as_json(envelope))


def print_json(value: object) -> None:
    """The value as JSON with a line end, readable."""
    _write(sys.stdout, f"{json.dumps(value, indent=2, ensure_ascii=False)}\n")


def has_colours(stream: TextIO) -> bool:
    """Whether colours are wanted: NO_COLOR says no, FORCE_COLOR yes, else a terminal has them (no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns(stream: TextIO) -> int | None:
    """How wide lines may be: COLUMNS, or the terminal's width. None at a pipe: a log is searched line by line."""
    if os.environ.get("COLUMNS", "").isdigit() or stream.isatty():
        return shutil.get_terminal_size().columns
    return None


def _painted(line: StyledLine) -> str:
    return "".join(
        f"{_COLOURS[span.style]}{span.text}{_END}" if span.style in _COLOURS and span.text.strip() else span.text
        for span in line
    )


def _plain(line: StyledLine) -> str:
    return "".join(span.text for span in line)


def _write(stream: TextIO, text: str) -> None:
    """What the stream's encoding cannot hold is written as Python's escape."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
