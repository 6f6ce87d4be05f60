"""How requirements fit beside a phase, as an answer and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.model.phase import PhaseFacts
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Unsupported
from lockgen.model.try_ import AddedLine, TryRepair, TryResult, TryStatus
from lockgen.report.as_json import as_json
from lockgen.report.conflict import conflict_json, core_text, proof_lines, rule_sentences, without_rules
from lockgen.text import grouped, grouped_pairs
from lockgen.text.target_names import in_words

_VERDICTS: dict[TryStatus, str] = {
    "pins": "fits the committed pins",
    "ranges": "fits the ranges, with other pins",
    "unknown": "unknown, fits as far as metadata can be read without a build",
    "no": "does not fit",
    "not for it": "not asked",
}
"""The best first."""
_STATES: dict[TryStatus, State] = {
    "pins": "good",
    "ranges": "good",
    "unknown": "notable",
    "no": "bad",
    "not for it": "plain",
}
_RENDERED = {"pins": "fits the pins a render gives today (none are committed)"}
_COUNTED: dict[TryStatus, str] = {"unknown": "unknown on", "no": "does not fit", "not for it": "not asked on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPhase:
    """A phase, and whether the requirements fit beside it on each target."""

    facts: PhaseFacts
    results: Sequence[TryResult]
    unsupported: Sequence[Unsupported]
    is_committed: bool


def try_answer(
    requirements: UserRequirements,
    tried: Sequence[TriedPhase],
    refused: Sequence[Point] = (),
    *,
    is_build: bool = False,
) -> Answer:
    """On how many targets they fit; for each phase a point for each distinct answer, the best first."""
    every = [each for phase in tried for each in phase.results]
    fitting = sum(each.fit in ("pins", "ranges") for each in every)
    unread = not is_build and any(each.unread for each in every)
    state: State = "bad" if refused or _is_no(every) else "good" if fitting == len(every) else "notable"
    sections = [Section(title=_title(each), points=tuple(_points(each))) for each in tried]
    left = left_out(requirements)
    extra = [Section(points=(*left, *refused))] if left or refused else []
    return Answer(
        state=state,
        verdict=f"{asked_text(requirements)}: {fitting} of {len(every)} targets fit",
        sections=(*sections, *extra),
        help="lockgen try --build builds the metadata that could not be read; it runs code of the index"
        if unread
        else "",
    )


def _is_no(results: Iterable[TryResult]) -> bool:
    return any(each.fit not in ("pins", "ranges", "not for it") for each in results)


def _title(tried: TriedPhase) -> str:
    facts, results = tried.facts, tried.results
    fitting = sum(each.fit in ("pins", "ranges") for each in results)
    counts = [f"fits {fitting} of {len(results)} targets"]
    numbers = {said: sum(each.fit == fit for each in results) for fit, said in _COUNTED.items()}
    counts += [f"{said} {number}" for said, number in numbers.items() if number]
    if tried.unsupported:
        counts.append(f"{len(tried.unsupported)} unsupported")
    return f"phase {facts.phase}: {facts.title} (as of {facts.as_of:%Y-%m-%d}): {', '.join(counts)}"


def _points(tried: TriedPhase) -> Iterator[Point]:
    names = [each.target.name for each in tried.results]
    for group in _groups(tried.results):
        fit = group[0].fit
        said = _VERDICTS[fit] if tried.is_committed else _RENDERED.get(fit, _VERDICTS[fit])
        yield Point(
            name=f"{said}: {in_words([each.target.name for each in group], names)}",
            reasons=(*_details(group[0]), *_added_lines(group)),
            state=_STATES[fit],
        )


def left_out(requirements: UserRequirements) -> list[Point]:
    """What was not considered, and why."""
    return [
        Point(name=f"not considered: {item.where}: {item.text}", reasons=(item.reason,), state="notable")
        for item in requirements.unconsidered
    ]


def asked_text(requirements: UserRequirements) -> str:
    """How many requirements there are."""
    asked = _counted(len(requirements.requirements), "requirement")
    if requirements.constraints:
        asked += f" and {_counted(len(requirements.constraints), 'constraint')}"
    return f"{asked} (pre-releases only where one is named)" if requirements.prereleases else asked


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def result_json(result: TryResult) -> dict[str, Any]:
    """One target's answer; each has every key."""
    document = {
        "fit": result.fit,
        "moves": {move.name: {"committed": move.before, "new": move.after} for move in result.moves},
        "added": dict(result.added),
        "lines": {
            line.name: {"version": line.version, "newer": line.newer, "moves": line.moves} for line in result.lines
        },
        "warnings": result.warnings,
        "builds": dict(result.builds),
        "unread": dict(result.unread),
        "read_from": {name: place for name, _, place in result.read_from},
        "reason": result.reason,
        "is_own": result.is_own,
        **conflict_json(result.conflict),
        "mends": result.repairs,
        "mends_unread": dict(result.repairs_unread),
        "mends_unknown": result.repairs_unknown,
    }
    return as_json(document)  # type: ignore[no-any-return]


def _groups(results: Iterable[TryResult]) -> list[list[TryResult]]:
    """Results with the same answer, in the order of `_VERDICTS`, then of the targets."""
    groups = grouped(results, lambda each: (each.fit, *_details(each)))
    order = list(_VERDICTS)
    return sorted(groups.values(), key=lambda group: order.index(group[0].fit))


def _listed(packages: Iterable[tuple[NormalizedName, Version]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages)


def _added_lines(group: Sequence[TryResult]) -> Iterator[str]:
    """The versions of what the lines add; where they differ, with the targets."""
    found = grouped_pairs((_added_text(line), each.target.name) for each in group for line in each.lines)
    for said, targets in found.items():
        where = "" if len(targets) == len(group) else f" ({in_words(targets, [each.target.name for each in group])})"
        yield f"adds {said}{where}"


def _added_text(line: AddedLine) -> str:
    if line.newer is None:
        return f"{line.name} {line.version}"
    pins = "these pins" if len(line.moves) > 1 else "a pin"
    return f"{line.name} {line.version}; {line.newer} would need {pins} to move: {', '.join(line.moves)}"


def _details(result: TryResult) -> Iterator[str]:
    yield from (f"warning: {(line)}" for line in result.warnings)
    if result.unread:
        yield f"only a build could tell what these require: {_listed(result.unread)}"
    for name, version, place in result.read_from:
        yield f"what {name} {version} requires is read from {(place)}"
    if builds := [each for each in result.builds if each not in result.unread]:
        yield f"needs a build: {_listed(builds)}"
    if result.moves:
        moved = (f"{m.name} {m.before} -> {'left out' if m.after is None else m.after}" for m in result.moves)
        yield f"pins that would move: {', '.join(moved)}"
    if result.reason:
        yield result.reason
    if result.conflict is not None:
        yield from rule_sentences(result.conflict)
        conflict = without_rules(result.conflict)
        if conflict.core:
            yield core_text(conflict, is_own=result.is_own)
        yield from (f"  {(line)}" for line in proof_lines(conflict))
    yield from _repair_lines(result)


def _repair_lines(result: TryResult) -> Iterator[str]:
    """The lines that must change, together, and those that cannot be met."""
    fits = "may fit" if result.repairs_unread else "fits"
    changed = [each for each in result.repairs if each.version is not None]
    if len(changed) == 1:
        yield f"nearest that {fits}: {_repair_text(changed[0])}"
    elif changed:
        fit = "may fit" if result.repairs_unread else "fit"
        yield f"nearest that {fit} together, each of which is needed:"
        yield from (f"  {_repair_text(each)}" for each in changed)
    beside = " and the other lines" if len(result.repairs) > 1 else ""
    for each in result.repairs:
        if each.version is None:
            yield f"cannot be met: {each.where}: no version of {each.name} fits beside the phase{beside}"
    if result.repairs_unread:
        yield f"it may fit, for only a build could tell what these require: {_listed(result.repairs_unread)}"
    if result.repairs_unknown:
        yield f"what would fit is unknown: {result.repairs_unknown}"


def _repair_text(repair: TryRepair) -> str:
    older = " (a step back)" if repair.is_older else ""
    return f"{repair.where}: {repair.name} {repair.version}{older} instead of {repair.instead}"
