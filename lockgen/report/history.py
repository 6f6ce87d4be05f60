"""A phase through time as text and JSON: when targets got their sets, and when which pin moved by which upload."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Any

from packaging.utils import NormalizedName

from lockgen.model.answer import Answer, Section
from lockgen.model.history import History, PinChange, SolvabilityChange, TargetHistory, Upload
from lockgen.model.phase import PhaseFacts
from lockgen.model.request import Request
from lockgen.model.result import Versions
from lockgen.report.as_json import as_json
from lockgen.text import grouped_pairs, moment
from lockgen.text.target_names import in_words

NOTE = "Removals (yanks, deletions) carry no date: each day is told with what the index still offers today."
"""What a history cannot show."""


def history_answer(facts: PhaseFacts, requests: Sequence[Request], history: History, only: str = "") -> Answer:
    """The days on which targets got their sets, the rows' pins of today, and every move.

    With `only` the name of a package, its moves alone.
    """
    moves = [move for move in history.moves if only in ("", move.name)]
    tables: dict[str, list[tuple[str, ...]]] = {
        "a set since": [] if only else [*_first_set_rows(history)],
        "the set of the last day since": [] if only else [*_last_set_rows(history)],
        "the rows' pins of the last day": [] if only else [*_pin_rows(requests, history)],
        "moves": [_move_row(move, history) for move in moves],
    }
    sections = tuple(Section(title=title, rows=tuple(rows)) for title, rows in tables.items() if rows)
    head = f"phase {facts.phase} ({facts.strategy}, {span_text(history)})"
    verdict = f"{head}: {_only_text(only, moves) if only else counts_text(history)}"
    return Answer(state="good", verdict=verdict, sections=sections)


def _only_text(only: str, moves: Sequence[PinChange]) -> str:
    """`certifi moved 3 times`."""
    if not moves:
        return f"{only} did not move"
    return f"{only} moved {len(moves)} {'time' if len(moves) == 1 else 'times'}"


def span_text(history: History) -> str:
    """`2023-01-01 to 2026-11-20`."""
    return f"{cut_off_text(history.since)} to {cut_off_text(history.until)}"


def counts_text(history: History) -> str:
    """How much happened."""
    sets = sum(course.spans[-1].pins is not None for course in history.courses)
    days = (history.until - history.since).days
    return (
        f"{sets} of {len(history.courses)} targets have a set; {len(history.moves)} moves; "
        f"uploads mattered on {history.moments} of {days} days"
    )


def day_text(when: datetime, history: History) -> str:
    """The day (UTC) whose uploads count up to this moment; the start of the history as it is."""
    if when == history.since:
        return cut_off_text(when)
    # A moment at midnight closes the day before it.
    here = when.astimezone(UTC)
    return f"{datetime.fromordinal(here.toordinal() - (here.time() == time())):%Y-%m-%d}"


def cut_off_text(when: datetime) -> str:
    """The date alone where that is the whole moment, as --as-of takes it."""
    return moment(when).removesuffix("T00:00:00Z")


def where_text(targets: Iterable[str], courses: Iterable[TargetHistory]) -> str:
    """The targets as patterns over all targets of the history."""
    return in_words(targets, [course.target.name for course in courses])


def causes_text(causes: Iterable[Upload]) -> str:
    """`requests 2.31.0, uploaded 2023-05-22T12:00:00Z`; several are joined."""
    return " and ".join(f"{each}, uploaded {moment(each.uploaded.replace(microsecond=0))}" for each in causes)


def solvability_text(turn: SolvabilityChange) -> str:
    """What a turn means."""
    return "has a set" if turn.gained else "has no set any more"


def _first_set_rows(history: History) -> Iterator[tuple[str, str, str]]:
    """From the start, on a day by an upload, or never."""
    courses = history.courses
    start = [each.target.name for each in courses if each.spans[0].pins is not None]
    never = [each.target.name for each in courses if all(span.pins is None for span in each.spans)]
    if start:
        yield f"before {cut_off_text(history.since)}", where_text(start, courses), ""
    for turn in history.turns:
        lost = "" if turn.gained else "lost, "
        yield day_text(turn.moment, history), where_text(turn.targets, courses), f"{lost}by {causes_text(turn.causes)}"
    if never:
        yield "never", where_text(never, courses), ""


def _last_set_rows(history: History) -> Iterator[tuple[str, str, str]]:
    """When the set that a target has at the end became what it is, and by what."""
    having = [course for course in history.courses if course.spans[-1].pins is not None]
    having.sort(key=lambda course: course.spans[-1].since)
    for since, group in groupby(having, key=lambda course: course.spans[-1].since):
        same = list(group)
        names = {course.target.name for course in same}
        causes = sorted(set(_causes_at(history, since, names)))
        yield day_text(since, history), where_text(names, history.courses), ", ".join(map(str, causes))


def _causes_at(history: History, since: datetime, names: Collection[str]) -> Iterator[Upload]:
    """What happened to these targets at the moment was done by these."""
    events: Sequence[SolvabilityChange | PinChange] = (*history.turns, *history.moves)
    return (cause for each in events if each.moment == since and {*each.targets} & {*names} for cause in each.causes)


def _pin_rows(requests: Sequence[Request], history: History) -> Iterator[tuple[str, str, str, str]]:
    """Each row's versions of the last day and the day since which they are pinned, in matrix order."""
    for name in dict.fromkeys(row.name for request in requests for row in request.rows):
        groups = grouped_pairs(
            ((str(pins[name]), day_text(pinned_since(course, name), history)), course.target.name)
            for course in history.courses
            if name in (pins := course.spans[-1].pins or {})
        )
        for (version, since), targets in sorted(groups.items(), key=lambda group: group[0][1]):
            yield name, version, f"since {since}", where_text(targets, history.courses)


def pinned_since(course: TargetHistory, name: NormalizedName) -> datetime:
    """The moment since which the package has had the version of the last day, without a break."""
    last = (course.spans[-1].pins or {})[name]
    since = course.spans[-1].since
    for span in reversed(course.spans):
        if (span.pins or {}).get(name) != last:
            break
        since = span.since
    return since


def _move_row(move: PinChange, history: History) -> tuple[str, str, str, str]:
    # The cause behind the targets, not in a column of its own: few lines have one, and targets can be many words.
    where = "  ".join(filter(None, (where_text(move.targets, history.courses), other_causes_text(move))))
    return day_text(move.moment, history), move.name, versions_text(move), where


def versions_text(move: PinChange) -> str:
    """`1.0 -> 1.1`, `added 1.0`, `removed 1.1`."""
    if move.before is None:
        return f"added {move.after}"
    return f"removed {move.before}" if move.after is None else f"{move.before} -> {move.after}"


def other_causes_text(move: PinChange) -> str:
    """Whose upload did it, where it was not the pinned release's own."""
    if [(cause.name, cause.version) for cause in move.causes] == [(move.name, move.after)]:
        return ""
    return f"by {' and '.join(map(str, move.causes))}"


def history_json(facts: PhaseFacts, history: History, only: str = "") -> dict[str, Any]:
    """The whole history as JSON values: moments are cut-offs, everything uploaded until then counts."""
    document = {
        "phase": facts.phase,
        "strategy": facts.strategy,
        "since": history.since,
        "until": history.until,
        "note": NOTE,
        "moments": history.moments,
        "searches": history.searches,
        "turns": [_solvability_json(turn) for turn in history.turns],
        "moves": [_move_json(move) for move in history.moves if only in ("", move.name)],
        "targets": {
            course.target.name: [{"since": each.since, "pins": _sorted(each.pins)} for each in course.spans]
            for course in history.courses
        },
    }
    return as_json(document)  # type: ignore[no-any-return]


def upload_json(upload: Upload) -> dict[str, Any]:
    """A cause as JSON."""
    return {
        "package": upload.name,
        "version": upload.version,
        "file": upload.filename,
        "uploaded": upload.uploaded,
    }


def _solvability_json(turn: SolvabilityChange) -> dict[str, Any]:
    return {
        "moment": turn.moment,
        "change": "gained" if turn.gained else "lost",
        "targets": turn.targets,
        "causes": [upload_json(cause) for cause in turn.causes],
    }


def _move_json(move: PinChange) -> dict[str, Any]:
    return {
        "moment": move.moment,
        "package": move.name,
        "before": move.before,
        "after": move.after,
        "targets": move.targets,
        "causes": [upload_json(cause) for cause in move.causes],
    }


def _sorted(pins: Versions | None) -> Versions | None:
    return None if pins is None else dict(sorted(pins.items()))
