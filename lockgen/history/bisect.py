"""The upload that moved a pin, gave a target its set, or since which a set no longer runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.history import BisectResult, History, Period, PinChange, SolvabilityChange, TargetHistory, Upload


def bisect_package(history: History, name: NormalizedName, version: Version | None) -> tuple[BisectResult, ...]:
    """For each target, what last moved the package to the version; None stands for the version it has at the end."""
    return tuple(_bisect_package(history, course, name, version) for course in history.courses)


def bisect_solvability(history: History) -> tuple[BisectResult, ...]:
    """For each target, what gave it the set it has at the end, or the last one it had."""
    return tuple(_bisect_solvability(history, course) for course in history.courses)


def first_failing(count: int, runs: Callable[[int], bool]) -> int | None:
    """The place of the first of `count` sets that does not run; None when the last one does.

    Runs the last, the first, then by halves: sound where what once broke stays broken.
    """
    if count == 0 or runs(count - 1):
        return None
    if count == 1 or not runs(0):
        return 0
    good, bad = 0, count - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if runs(middle) else (good, middle)
    return bad


def _bisect_package(
    history: History, course: TargetHistory, name: NormalizedName, version: Version | None
) -> BisectResult:
    last = course.spans[-1].pins or {}
    wanted = version or last.get(name)
    span = None if wanted is None else _start(course.spans, lambda each: (each.pins or {}).get(name) == wanted)
    event = _event(history, course, span, name)
    return BisectResult(
        target=course.target, name=name, version=wanted, span=span, event=event, causes=tuple(_causes(span, event))
    )


def _bisect_solvability(history: History, course: TargetHistory) -> BisectResult:
    span = _start(course.spans, lambda each: each.pins is not None)
    event = _event(history, course, span, None)
    return BisectResult(target=course.target, span=span, event=event, causes=tuple(_causes(span, event)))


def _start(spans: Iterable[Period], holds: Callable[[Period], bool]) -> Period | None:
    """The first span of the last unbroken run of those for which it holds."""
    starts = [
        after for before, after in pairwise((None, *spans)) if after is not None and _begins(before, after, holds)
    ]
    return starts[-1] if starts else None


def _begins(before: Period | None, after: Period, holds: Callable[[Period], bool]) -> bool:
    return holds(after) and not (before is not None and holds(before))


def _event(
    history: History, course: TargetHistory, span: Period | None, name: NormalizedName | None
) -> PinChange | SolvabilityChange | None:
    """What happened to the target where the span begins; None for the span it had from the start."""
    return None if span is None else next(_events(history, course, span, name), None)


def _events(
    history: History, course: TargetHistory, span: Period, name: NormalizedName | None
) -> Iterator[PinChange | SolvabilityChange]:
    yield from (turn for turn in history.turns if _is_here(turn, course, span))
    yield from (move for move in history.moves if move.name == name and _is_here(move, course, span))


def _is_here(event: PinChange | SolvabilityChange, course: TargetHistory, span: Period) -> bool:
    return event.moment == span.since and course.target.name in event.targets


def _causes(span: Period | None, event: PinChange | SolvabilityChange | None) -> Iterator[Upload]:
    releases = {(cause.name, cause.version) for cause in event.causes} if event else set()
    return (upload for upload in (span.news if span else ()) if (upload.name, upload.version) in releases)
