"""In words which upload it was that a bisection was after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockgen.model.history import BisectResult, History, PinChange, SmokeBisectResult, Upload
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Versions
from lockgen.report.history import causes_text, cut, where_text
from lockgen.safe import terminal
from lockgen.text import grouped_pairs, moment


def sought_text(facts: PhaseFacts, found: Sequence[BisectResult], history: History) -> str:
    """One paragraph for each answer, with the targets it is of."""
    groups = grouped_pairs(("\n".join(_answer(each, history)), each.target.name) for each in found)
    lines = (f"  {where_text(names, history.courses)}: {text}" for text, names in groups.items())
    return "\n".join([f"phase {facts.phase} ({facts.strategy}):", *lines])


def broken_text(facts: PhaseFacts, found: SmokeBisectResult, history: History) -> str:
    """Which upload's set is the first that does not run, what was seen of it, and how many sets were run."""
    head = f"phase {facts.phase} ({facts.strategy}), {found.target.name}"
    sets = sum(span.pins is not None for course in history.courses for span in course.spans)
    tried = f"{len(found.tried)} of {sets} sets were run"
    if found.span is None:
        return f"{head}: the last set runs; {tried}"
    failed = next(proof for proof in found.proofs if proof.verdict == "failed")
    seen = f"    {failed.level} failed: {terminal(failed.reason)}"
    if found.before is None:
        return f"{head}: no set ever ran, from {cut(found.span.since)} on; {tried}\n{seen}"
    moves = [f"    {line}" for line in _moves(found.before.pins or {}, found.span.pins or {})]
    first = f"{head}: the first set that does not run came with {causes_text(found.span.news)}"
    return "\n".join([first, *_files(found.span.news), *moves, seen, f"  {tried}"])


def _answer(each: BisectResult, history: History) -> Iterator[str]:
    what = "a set" if each.name is None else f"{each.name} {each.version or ''}".strip()
    if each.span is None:
        yield (
            f"{what} is in no set from {cut(history.since)} on" if each.name else f"no set before {cut(history.until)}"
        )
    elif each.event is None:
        yield f"{what} already on {cut(history.since)}"
    else:
        yield f"{f'{what}: ' if each.name else ''}{_how(each)} by {causes_text(each.causes)}"
        yield from _files(each.causes)


def _how(each: BisectResult) -> str:
    if isinstance(each.event, PinChange):
        return "added" if each.event.before is None else f"moved from {each.event.before}"
    return "solvable" if each.name is None else "came with the set, made solvable"


def _files(causes: Sequence[Upload]) -> Iterator[str]:
    for cause in causes:
        yield f"    {cause.filename}  {moment(cause.uploaded)}"


def _moves(before: Versions, after: Versions) -> Iterator[str]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name} {before.get(name, 'not in the set')} -> {after.get(name, 'not in the set')}"
