"""What a bisection found, as text and JSON: the upload since which a pin, a set or a failure is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lockgen.model.answer import Answer, Point, Section
from lockgen.model.history import BisectResult, History, PinChange, SmokeBisectResult, Upload
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Versions
from lockgen.report.as_json import as_json
from lockgen.report.history import causes_text, cut_off_text, upload_json, where_text
from lockgen.text import grouped_pairs, moment


def bisect_answer(facts: PhaseFacts, found: Sequence[BisectResult], history: History) -> Answer:
    """One point for each answer, with the targets it is of."""
    groups = grouped_pairs((tuple(_answer_lines(each, history)), each.target.name) for each in found)
    points = tuple(Point(name=where_text(names, history.courses), reasons=lines) for lines, names in groups.items())
    known = sum(each.span is not None for each in found)
    what = next((f"{each.name} {each.version or ''}".strip() for each in found if each.name), "a set")
    return Answer(
        state="good" if known else "bad",
        verdict=f"phase {facts.phase} ({facts.strategy}): {what} on {known} of {len(found)} targets",
        sections=(Section(points=points),),
    )


def smoke_bisect_answer(facts: PhaseFacts, found: SmokeBisectResult, history: History) -> Answer:
    """Which upload's set is the first that does not run, what was seen of it, and how many sets were run."""
    head = f"phase {facts.phase} ({facts.strategy}), {found.target.name}"
    sets = sum(span.pins is not None for course in history.courses for span in course.spans)
    tried = f"{len(found.tried)} of {sets} sets were run"
    if found.span is None:
        return Answer(state="good", verdict=f"{head}: the last set runs; {tried}")
    failed = next(proof for proof in found.proofs if proof.verdict == "failed")
    seen = Point(name=f"{failed.level} failed", reasons=(failed.reason,), state="bad")
    if found.before is None:
        verdict = f"{head}: no set ever ran, from {cut_off_text(found.span.since)} on; {tried}"
        return Answer(state="bad", verdict=verdict, sections=(Section(points=(seen,)),))
    moves = tuple(_move_lines(found.before.pins or {}, found.span.pins or {}))
    came = Point(name="what came", reasons=(*(line.strip() for line in _file_lines(found.span.news)), *moves))
    return Answer(
        state="bad",
        verdict=f"{head}: the first set that does not run came with {causes_text(found.span.news)}",
        sections=(Section(points=(came, seen)),),
        notes=(tried,),
    )


def _answer_lines(each: BisectResult, history: History) -> Iterator[str]:
    what = "a set" if each.name is None else f"{each.name} {each.version or ''}".strip()
    if each.span is None:
        yield (
            f"{what} is in no set from {cut_off_text(history.since)} on"
            if each.name
            else f"no set before {cut_off_text(history.until)}"
        )
    elif each.event is None:
        yield f"{what} already on {cut_off_text(history.since)}"
    else:
        yield f"{f'{what}: ' if each.name else ''}{_event_text(each)} by {causes_text(each.causes)}"
        yield from _file_lines(each.causes)


def _event_text(each: BisectResult) -> str:
    if isinstance(each.event, PinChange):
        return "added" if each.event.before is None else f"moved from {each.event.before}"
    return "solvable" if each.name is None else "came with the set, made solvable"


def _file_lines(causes: Sequence[Upload]) -> Iterator[str]:
    for cause in causes:
        yield f"  {cause.filename}  {moment(cause.uploaded)}"


def _move_lines(before: Versions, after: Versions) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name} {before.get(name, 'not in the set')} -> {after.get(name, 'not in the set')}"


def bisect_json(facts: PhaseFacts, found: Iterable[BisectResult]) -> dict[str, Any]:
    """What a bisection found, target by target."""
    document = {
        "phase": facts.phase,
        "strategy": facts.strategy,
        "targets": {
            each.target.name: {
                "package": each.name,
                "version": each.version,
                "since": None if each.span is None else each.span.since,
                "from_the_start": each.span is not None and each.event is None,
                "causes": [upload_json(cause) for cause in each.causes],
            }
            for each in found
        },
    }
    return as_json(document)  # type: ignore[no-any-return]


def smoke_bisect_json(facts: PhaseFacts, found: SmokeBisectResult) -> dict[str, Any]:
    """What a bisection that ran the sets found."""
    document = {
        "phase": facts.phase,
        "strategy": facts.strategy,
        "target": found.target.name,
        "tried": [{"moment": when, "runs": runs} for when, runs in found.tried],
        "broken_since": None if found.span is None else found.span.since,
        "causes": [] if found.span is None else [upload_json(cause) for cause in found.span.news],
        "reason": next((proof.reason for proof in found.proofs if proof.verdict == "failed"), ""),
    }
    return as_json(document)  # type: ignore[no-any-return]
