"""A phase's history on the page: one lane for each package, and what moved when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.history import History, PinChange, SolvabilityChange, TargetHistory
from lockgen.model.matrix import Phase
from lockgen.model.report import Lane, LaneSpan, Timeline, TimelineChange
from lockgen.model.report_overview import SetSpan, TargetLane
from lockgen.model.result import Versions
from lockgen.report.history import solvability_text, where_text
from lockgen.text import grouped_pairs

_Sets = tuple[date, tuple[Versions, ...]]
"""A day on which some set changed, and the sets there were."""


def timeline(history: History, phase: Phase) -> Timeline:
    """The lanes and moves of one phase. The lanes are of what the table names, and of what ever moved."""
    direct = list(dict.fromkeys(row.name for row in phase.dependencies))
    moved = sorted({move.name for move in history.moves}.difference(direct))
    days = tuple(_days(history))
    until = history.until.astimezone(UTC).date()
    return Timeline(
        since=_day(history.since, history),
        until=until,
        lanes=tuple(
            Lane(package=name, spans=tuple(_spans(name, days, until))) for name in dict.fromkeys((*direct, *moved))
        ),
        solved=tuple(_solved(days)),
        targets=tuple(_target_lanes(history, until)),
        moves=tuple(_moves(history)),
    )


def _days(history: History) -> Iterator[_Sets]:
    moments = {history.since, *(span.since for course in history.courses for span in course.spans)}
    for moment in sorted(moments):
        sets = (course.at(moment) for course in history.courses)
        yield _day(moment, history), tuple(pins for pins in sets if pins is not None)


def _spans(name: NormalizedName, days: Sequence[_Sets], until: date) -> Iterator[LaneSpan]:
    """The leading version from change to change."""
    turns: list[tuple[date, Version | None]] = []
    for day, sets in days:
        leading = _leading(name, sets)
        if not turns or turns[-1][1] != leading:
            turns.append((day, leading))
    ends = [*(day for day, _ in turns[1:]), until]
    for (start, version), end in zip(turns, ends, strict=True):
        yield LaneSpan(start=start, end=end, version="" if version is None else str(version))


def _leading(name: NormalizedName, sets: Sequence[Versions]) -> Version | None:
    """The version most sets have, the newest of several; None when none has any."""
    found = Counter(pins[name] for pins in sets if name in pins)
    return max(found, key=lambda version: (found[version], version)) if found else None


def _solved(days: Sequence[_Sets]) -> Iterator[tuple[date, int]]:
    before: int | None = None
    for day, sets in days:
        if len(sets) != before:
            yield day, len(sets)
        before = len(sets)


def _target_lanes(history: History, until: date) -> Iterator[TargetLane]:
    lanes = grouped_pairs((tuple(_set_spans(each, history, until)), each.target.name) for each in history.courses)
    for spans, names in lanes.items():
        yield TargetLane(where=where_text(names, history.courses), spans=spans)


def _set_spans(course: TargetHistory, history: History, until: date) -> Iterator[SetSpan]:
    """When the target had a set and when none; each differs from the one before."""
    turns: list[tuple[date, bool]] = []
    for span in course.spans:
        if not turns or turns[-1][1] != (span.pins is not None):
            turns.append((_day(span.since, history), span.pins is not None))
    ends = [*(day for day, _ in turns[1:]), until]
    for (start, has_set), end in zip(turns, ends, strict=True):
        yield SetSpan(start=start, end=end, has_set=has_set)


def _moves(history: History) -> Iterator[TimelineChange]:
    changed: list[tuple[SolvabilityChange | PinChange, str, str]] = [
        (turn, "", solvability_text(turn)) for turn in history.turns
    ]
    changed += [(move, move.name, _change(move.before, move.after)) for move in history.moves]
    for each, package, what in sorted(changed, key=lambda one: (one[0].moment, *one[1:])):
        yield TimelineChange(
            day=_day(each.moment, history),
            package=package,
            what=what,
            where=where_text(each.targets, history.courses),
            cause=", ".join(map(str, each.causes)),
        )


def _change(before: Version | None, after: Version | None) -> str:
    if before is None:
        return f"came in as {after}"
    return f"left at {before}" if after is None else f"{before} to {after}"


def _day(moment: datetime, history: History) -> date:
    """In UTC. A moment at midnight closes the day before it; the first moment begins its own."""
    here = moment.astimezone(UTC)
    return (here if moment == history.since else here - timedelta.resolution).date()
