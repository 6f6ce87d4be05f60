"""Reasons that name places of the matrix, kept so that they follow a row that has moved in its file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lockgen.model.locked import LockedSet
from lockgen.model.request import Request
from lockgen.model.result import Deviation


def without_places(deviations: Iterable[Deviation], request: Request) -> tuple[Deviation, ...]:
    """With `{row NAME}` for the place of a row in each reason: `phase-1.yaml:31 needs x<2` -> `{row x} needs x<2`."""
    places = [
        (re.compile(rf"(?<![\w.-]){re.escape(place)}(?!\d)"), token.replace("\\", r"\\"))
        for token, place in _places(request)
    ]
    return tuple(replace(each, because=_without(each.because, places)) for each in deviations)


def _without(text: str, places: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for place, token in places:
        text = place.sub(token, text)
    return text


def with_places(locked: LockedSet, request: Request) -> LockedSet:
    """The set with the places that the request has now in its reasons."""
    return replace(
        locked,
        deviations=tuple(replace(each, because=_with(each.because, request)) for each in locked.deviations),
    )


def _with(text: str, request: Request) -> str:
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
