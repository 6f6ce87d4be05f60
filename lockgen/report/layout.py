"""An answer as lines: the verdict, sections, and last what to do, wrapped with a hanging indent.

Everything that comes from files of others is made printable here, and nowhere else on its way to a terminal.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal

from lockgen.model.answer import Answer, Point, Section
from lockgen.text.safe import terminal, terminal_line

Style = Literal["good", "notable", "bad", "plain", "name", "title", "quiet"]
"""What a part of a line is; the command line gives each its colour."""
_PLACE = re.compile(r"(?<![\w./\\-])[\w.-]+\.yaml(?=:\d)")
_NARROWEST = 24
"""No text is folded into less, however deep it stands."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line."""

    text: str
    style: Style = "plain"


StyledLine = tuple[Span, ...]


def answer_lines(answer: Answer, width: int | None = None) -> Iterator[StyledLine]:
    """The lines of the answer; folded at spaces to `width` columns, not at all where that is None."""
    yield from _folded(answer.verdict, answer.state, width)
    for section in answer.sections:
        yield from _section(section, width)
    for note in answer.notes:
        yield from _folded(note, "plain", width, first="note: ")
    if answer.help:
        yield from _folded(answer.help, "plain", width, first="help: ")
    if answer.next:
        yield from _folded(answer.next, "plain", width, first="next: ")


def answer_text(answer: Answer, width: int | None = None) -> str:
    """The same without a style, for what is no terminal. No line end at the end."""
    return "\n".join("".join(span.text for span in line) for line in answer_lines(answer, width))


def placed(answer: Answer, folder: PurePath) -> Answer:
    """The answer with `phase-1.yaml:50` as `matrices/phase-1.yaml:50`, where that is the folder of the matrices."""

    def path(text: str) -> str:
        return place_text(text, folder)

    sections = tuple(
        replace(
            section,
            rows=tuple(tuple(map(path, row)) for row in section.rows),
            points=tuple(
                replace(point, name=path(point.name), reasons=tuple(map(path, point.reasons)))
                for point in section.points
            ),
        )
        for section in answer.sections
    )
    return replace(answer, sections=sections, notes=tuple(map(path, answer.notes)))


def place_text(text: str, folder: PurePath) -> str:
    """Places in files of matrices as paths from the working directory."""
    return _PLACE.sub(lambda found: (folder / found[0]).as_posix(), text)


def _section(section: Section, width: int | None) -> Iterator[StyledLine]:
    indent = ""
    if section.title:
        yield from _folded(section.title, "title", width, first="  ")
        indent = "  "
    yield from _table([*([section.head] if section.head else []), *section.rows], width, f"  {indent}", section.head)
    for point in section.points:
        yield from _point(point, width, f"  {indent}")


def _point(point: Point, width: int | None, indent: str) -> Iterator[StyledLine]:
    style: Style = "name" if point.state == "plain" else point.state
    yield from _folded(point.name, style, width, first=indent, hang=2)
    for reason in point.reasons:
        depth = len(reason) - len(reason.lstrip(" "))
        yield from _folded(reason, "plain", width, first=f"{indent}    {' ' * depth}", hang=0)


def _table(rows: Sequence[Sequence[str]], width: int | None, indent: str, head: Sequence[str]) -> Iterator[StyledLine]:
    """Columns below each other; the last one is folded, and where it has too little room, stands below the others."""
    table = [[terminal(cell) for cell in row] for row in rows]
    if head and table and not any(row[-1] for row in table[1:]):
        table = [row[:-1] for row in table]
    count = max(map(len, table), default=0)
    widths = [max(len(row[place]) if place < len(row) else 0 for row in table) for place in range(count)]
    for number, row in enumerate(table):
        *others, last = row
        lead = "".join(f"{cell.ljust(wide)}  " for cell, wide in zip(others, widths, strict=False))
        style: Style = "quiet" if head and not number else "plain"
        room = None if width is None else width - len(indent) - len(lead)
        if room is None or room >= min(_NARROWEST, len(last)):
            yield from _hung(f"{indent}{lead}", last, style, room)
        else:
            yield (Span(f"{indent}{lead}".rstrip(), style),)
            yield from _folded(last, style, width, first=f"{indent}    ", hang=0)


def _hung(lead: str, text: str, style: Style, room: int | None) -> Iterator[StyledLine]:
    parts = _fold(text, room) or [""]
    for number, part in enumerate(parts):
        begin = lead if not number else " " * len(lead)
        yield (Span(f"{begin}{part}".rstrip(), style),)


def _folded(text: str, style: Style, width: int | None, *, first: str = "", hang: int = 4) -> Iterator[StyledLine]:
    """The text with `first` before it; further lines stand `hang` deeper than `first` begins."""
    label = first.strip()
    deep = len(first) - len(first.lstrip(" ")) + (hang if not label else len(label) + 1)
    clean = terminal_line(text.strip())
    room = None if width is None else width - len(first)
    parts = _fold(clean, room) or [""]
    rest = _fold(" ".join(parts[1:]), None if width is None else width - deep) if parts[1:] else []
    yield (Span(first, "name" if label else "plain"), Span(parts[0], style)) if first else (Span(parts[0], style),)
    for part in rest:
        yield (Span(" " * deep), Span(part, style))


def _fold(text: str, room: int | None) -> list[str]:
    if room is None:
        return [text] if text else []
    parts = textwrap.wrap(text, max(room, _NARROWEST), break_long_words=False, break_on_hyphens=False)
    # A part may begin with what was harmless inside the line.
    return list(map(terminal_line, parts))


def listed(items: Iterable[str], most: int = 3) -> str:
    """`a, b, c and 4 more`."""
    found = list(items)
    shown = ", ".join(found[:most])
    return shown if len(found) <= most else f"{shown} and {len(found) - most} more"
