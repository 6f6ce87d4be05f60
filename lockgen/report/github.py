"""Workflow commands of GitHub Actions: an annotation at a place of a file, for what a command found or cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from lockgen.errors import LockgenError
from lockgen.model.answer import Answer, Point
from lockgen.text.safe import terminal

AnnotationLevel = Literal["error", "warning", "notice"]

_FILE_PLACE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d{1,9}))?(?::(?P<column>\d{1,9}))?", re.DOTALL)
_MATRIX_PLACE = re.compile(r"[^\s:]+\.yaml(?::\d{1,9}){1,2}")
_ERROR_PLACE = re.compile(r"(?P<place>.*?\.ya?ml(?::\d{1,9}){0,2})(?: (?P<key>.*))?", re.DOTALL)


def annotation(level: AnnotationLevel, title: str, text: str, *, where: str = "") -> str:
    """One workflow command. `where` is FILE, FILE:LINE or FILE:LINE:COLUMN, the file below the repository's root.

    `text` may have several lines; the caller has made each of them printable.
    """
    file, line, column = place(where)
    properties = {
        "file": terminal(file),
        "line": str(line or ""),
        "col": str(column or ""),
        "title": f"lockgen {terminal(title)}",
    }
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {said}::{_data(text)}"


def place(where: str) -> tuple[str, int, int]:
    """File, line and column; 0 for what `where` does not name."""
    found = _FILE_PLACE.fullmatch(where)
    assert found is not None  # noqa: S101 - the pattern takes any text
    return found["file"], int(found["line"] or 0), int(found["column"] or 0)


def answer_github(answer: Answer, command: str, places: Mapping[str, str]) -> str:
    """An annotation for each failure of the answer, and for what else deviates at a place that can be named.

    `places` are those of points by name; where there is none, the first place in a matrix that the point names counts.
    Lines without a line end at the end; empty for none.
    """
    return "\n".join(
        line for section in answer.sections for point in section.points for line in _point(point, command, places)
    )


def errors_github(errors: Iterable[LockgenError], command: str) -> str:
    """An annotation for each error, at its place where that is in a matrix."""
    return "\n".join(_error(each, command) for each in errors)


def _point(point: Point, command: str, places: Mapping[str, str]) -> Iterator[str]:
    found = _MATRIX_PLACE.search("\n".join((point.name, *point.reasons)))
    where = places.get(point.name, found[0] if found else "")
    if point.state == "bad" or (point.state == "notable" and where):
        text = "\n".join(map(terminal, (point.name, *point.reasons)))
        yield annotation("error" if point.state == "bad" else "warning", command, text, where=where)


def _error(error: LockgenError, command: str) -> str:
    found = _ERROR_PLACE.fullmatch(error.where)
    lead = (found["key"] or "") if found else error.where
    text = f"{lead}: {error.message}" if lead else error.message
    lines = filter(None, [*text.split("\n"), *error.hint.split("\n")])
    return annotation("error", command, "\n".join(map(terminal, lines)), where=found["place"] if found else "")


def _data(text: str) -> str:
    """The text escaped as GitHub's runner reads it back."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
