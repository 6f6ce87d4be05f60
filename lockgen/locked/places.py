"""Reasons that name places of the matrix, kept so that they follow a row that has moved in its file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lockgen.model.request import Request


def without_places(text: str, request: Request) -> str:
    """The text with `{row NAME}` for the place of a row: `phase-1.yaml:31 needs x<2` -> `{row x} needs x<2`."""
    for token, place in _places(request):
        text = re.sub(rf"(?<![\w.-]){re.escape(place)}(?!\d)", token.replace("\\", r"\\"), text)
    return text


def with_places(text: str, request: Request) -> str:
    """The text with the places that the request has now."""
    for token, place in _places(request):
        text = text.replace(token, place)
    return text


def _places(request: Request) -> Iterator[tuple[str, str]]:
    for row in request.rows:
        yield f"{{row {row.name}}}", row.where
    for each in request.constraints:
        if place := getattr(each.origin, "where", ""):
            yield f"{{constraint {each.name}{each.specifier}}}", place
    for rule in request.overrides:
        yield f"{{override {rule.name}}}", rule.where
