"""Tables for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def text_columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """One line for each row, the cells of a column below each other."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def text_section(title: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The title with the columns indented below it; nothing when there are no rows."""
    lines = list(text_columns(rows))
    if lines:
        yield f"  {title}"
        yield from (f"    {line}" for line in lines)


def markdown_section(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """An empty line, the title (`### Moves`) and the table, whose cells are Markdown; nothing where no rows are."""
    lines = [_line(row) for row in rows]
    if lines:
        yield from ("", title, "", _line(heads), f"|{'---|' * len(heads)}", *lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
