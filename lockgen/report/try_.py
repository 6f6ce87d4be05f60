"""How requirements fit beside a phase, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.phase import PhaseFacts
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Unsupported
from lockgen.model.try_ import AddedLine, TryRepair, TryResult, TryStatus
from lockgen.report.as_json import as_json
from lockgen.report.conflict import conflict_json, core_text, proof_lines, rule_sentences, without_rules
from lockgen.text import grouped, grouped_pairs, in_words
from lockgen.text.safe import terminal

_VERDICTS: dict[TryStatus, str] = {
    "pins": "fits the committed pins",
    "ranges": "fits the ranges, with other pins",
    "unknown": "unknown, fits as far as metadata can be read without a build",
    "no": "does not fit",
    "not for it": "not asked",
}
"""The best first."""
_RENDERED = {"pins": "fits the pins a render gives today (none are committed)"}
_COUNTED: dict[TryStatus, str] = {"unknown": "unknown on", "no": "does not fit", "not for it": "not asked on"}


def results_text(
    facts: PhaseFacts, results: Sequence[TryResult], unsupported: Sequence[Unsupported], *, is_committed: bool
) -> str:
    """A heading, and a paragraph for each distinct answer with the targets it holds for, the best first."""
    fitting = sum(each.fit in ("pins", "ranges") for each in results)
    counts = [f"fits {fitting} of {len(results)} targets"]
    numbers = {said: sum(each.fit == fit for each in results) for fit, said in _COUNTED.items()}
    counts += [f"{said} {number}" for said, number in numbers.items() if number]
    if unsupported:
        counts.append(f"{len(unsupported)} unsupported")
    lines = [f"phase {facts.phase}: {terminal(facts.title)} (as of {facts.as_of:%Y-%m-%d}): {', '.join(counts)}"]
    names = [each.target.name for each in results]
    for group in _groups(results):
        said = _VERDICTS[group[0].fit] if is_committed else _RENDERED.get(group[0].fit, _VERDICTS[group[0].fit])
        lines.append(f"  {said}: {in_words([each.target.name for each in group], names)}")
        lines += [f"    {line}" for line in (*_details(group[0]), *_added_lines(group))]
    return "\n".join(lines)


def requirements_text(requirements: UserRequirements) -> str:
    """How many requirements there are, in one line, and those that were not considered."""
    asked = _counted(len(requirements.requirements), "requirement")
    if requirements.constraints:
        asked += f" and {_counted(len(requirements.constraints), 'constraint')}"
    if requirements.prereleases:
        asked += "; pre-releases only where a requirement names one"
    left = [
        f"  not considered: {item.where}: {terminal(item.text)}: {item.reason}" for item in requirements.unconsidered
    ]
    return "\n".join([asked, *left])


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
    yield from (f"warning: {terminal(line)}" for line in result.warnings)
    if result.unread:
        yield f"only a build could tell what these require: {_listed(result.unread)}"
    for name, version, place in result.read_from:
        yield f"what {name} {version} requires is read from {terminal(place)}"
    if builds := [each for each in result.builds if each not in result.unread]:
        yield f"needs a build: {_listed(builds)}"
    if result.moves:
        moved = (f"{m.name} {m.before} -> {'left out' if m.after is None else m.after}" for m in result.moves)
        yield f"pins that would move: {', '.join(moved)}"
    if result.reason:
        yield terminal(result.reason)
    if result.conflict is not None:
        yield from map(terminal, rule_sentences(result.conflict))
        conflict = without_rules(result.conflict)
        if conflict.core:
            yield terminal(core_text(conflict, is_own=result.is_own))
        yield from (f"  {terminal(line)}" for line in proof_lines(conflict))
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
            yield terminal(f"cannot be met: {each.where}: no version of {each.name} fits beside the phase{beside}")
    if result.repairs_unread:
        yield f"it may fit, for only a build could tell what these require: {_listed(result.repairs_unread)}"
    if result.repairs_unknown:
        yield terminal(f"what would fit is unknown: {result.repairs_unknown}")


def _repair_text(repair: TryRepair) -> str:
    older = " (a step back)" if repair.is_older else ""
    return terminal(f"{repair.where}: {repair.name} {repair.version}{older} instead of {repair.instead}")
