"""A phase through time as Markdown for a pull request or a page, and as JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lockgen.model.history import (
    BisectResult,
    History,
    Period,
    PinChange,
    SmokeBisectResult,
    SolvabilityChange,
    TargetHistory,
    Upload,
)
from lockgen.model.phase import PhaseFacts
from lockgen.report.history import (
    NOTE,
    because,
    causes_text,
    counted,
    day,
    span_text,
    turn_text,
    versions_text,
    where_text,
)
from lockgen.safe import code_span, markdown
from lockgen.text import moment

SCHEMA = 1


def history_markdown(facts: PhaseFacts, history: History, only: str = "") -> str:
    """A summary and one table each for sets and moves. Ends with a line end."""
    title = markdown(f"Phase {facts.phase} ({facts.strategy}) from {span_text(history)}")
    turns = [
        (
            day(turn.moment, history),
            code_span(where_text(turn.targets, history.courses)),
            turn_text(turn),
            markdown(causes_text(turn.causes)),
        )
        for turn in history.turns
    ]
    moves = [
        (
            day(move.moment, history),
            code_span(move.name),
            code_span(versions_text(move)),
            code_span(where_text(move.targets, history.courses)),
            markdown(because(move)),
        )
        for move in history.moves
        if only in ("", move.name)
    ]
    lines = [f"## {title}", "", f"{markdown(counted(history))}. {NOTE}"]
    lines += () if only else _table("Sets", ("Day", "Targets", "", "By"), turns)
    lines += _table("Moves", ("Day", "Package", "Versions", "Targets", "By"), moves)
    return "\n".join([*lines, ""])


def history_json(facts: PhaseFacts, history: History, only: str = "") -> dict[str, Any]:
    """The whole history as JSON values: moments are cut-offs, everything uploaded until then counts."""
    return {
        "schema": SCHEMA,
        "phase": facts.phase,
        "strategy": facts.strategy,
        "since": moment(history.since),
        "until": moment(history.until),
        "note": NOTE,
        "moments": history.moments,
        "searches": history.searches,
        "turns": [_turn(turn) for turn in history.turns],
        "moves": [_move(move) for move in history.moves if only in ("", move.name)],
        "targets": {course.target.name: _spans(course) for course in history.courses},
    }


def sought_json(facts: PhaseFacts, found: Iterable[BisectResult]) -> dict[str, Any]:
    """What a bisection found, target by target."""
    return {
        "schema": SCHEMA,
        "phase": facts.phase,
        "strategy": facts.strategy,
        "targets": {
            each.target.name: {
                "package": each.name,
                "version": None if each.version is None else str(each.version),
                "since": None if each.span is None else moment(each.span.since),
                "from_the_start": each.span is not None and each.event is None,
                "causes": [_upload(cause) for cause in each.causes],
            }
            for each in found
        },
    }


def broken_json(facts: PhaseFacts, found: SmokeBisectResult) -> dict[str, Any]:
    """What a bisection that ran the sets found."""
    span = found.span
    return {
        "schema": SCHEMA,
        "phase": facts.phase,
        "strategy": facts.strategy,
        "target": found.target.name,
        "tried": [{"moment": moment(when), "runs": runs} for when, runs in found.tried],
        "broken_since": None if span is None else moment(span.since),
        "causes": [] if span is None else [_upload(cause) for cause in span.news],
        "reason": next((proof.reason for proof in found.proofs if proof.verdict == "failed"), ""),
    }


def _turn(turn: SolvabilityChange) -> dict[str, Any]:
    return {
        "moment": moment(turn.moment),
        "change": "gained" if turn.gained else "lost",
        "targets": list(turn.targets),
        "causes": [_upload(cause) for cause in turn.causes],
    }


def _move(move: PinChange) -> dict[str, Any]:
    return {
        "moment": moment(move.moment),
        "package": move.name,
        "before": None if move.before is None else str(move.before),
        "after": None if move.after is None else str(move.after),
        "targets": list(move.targets),
        "causes": [_upload(cause) for cause in move.causes],
    }


def _upload(upload: Upload) -> dict[str, str]:
    return {
        "package": upload.name,
        "version": str(upload.version),
        "file": upload.filename,
        "uploaded": moment(upload.uploaded),
    }


def _spans(course: TargetHistory) -> list[dict[str, Any]]:
    return [{"since": moment(span.since), "pins": _pins(span)} for span in course.spans]


def _pins(span: Period) -> dict[str, str] | None:
    return None if span.pins is None else {name: str(version) for name, version in sorted(span.pins.items())}


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if rows:
        yield from ("", f"### {title}", "", _line(heads), f"|{'---|' * len(heads)}", *map(_line, rows))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
