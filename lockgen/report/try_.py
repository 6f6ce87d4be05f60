"""How requirements fit beside a phase, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.phase import PhaseFacts
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Unsupported
from lockgen.model.try_ import TryRepair, TryResult, TryStatus
from lockgen.report.as_json import as_json
from lockgen.report.conflict import conflict_json, core_text, proof_lines
from lockgen.safe import terminal
from lockgen.text import grouped, in_words

_SAID: dict[TryStatus, str] = {
    "pins": "fits the committed pins",
    "ranges": "fits the ranges, with other pins",
    "unknown": "unknown, fits as far as metadata can be read without a build",
    "no": "does not fit",
    "not for it": "not asked",
}
"""The best first."""
_RENDERED = {"pins": "fits the pins a render gives today (none are committed)"}
_COUNTED: dict[TryStatus, str] = {"unknown": "unknown on", "no": "does not fit", "not for it": "not asked on"}


def trials_text(
    facts: PhaseFacts, trials: Sequence[TryResult], unsupported: Sequence[Unsupported], *, is_committed: bool
) -> str:
    """A heading, and a paragraph for each distinct answer with the targets it holds for, the best first."""
    fitting = sum(each.fit in ("pins", "ranges") for each in trials)
    counts = [f"fits {fitting} of {len(trials)} targets"]
    numbers = {said: sum(each.fit == fit for each in trials) for fit, said in _COUNTED.items()}
    counts += [f"{said} {number}" for said, number in numbers.items() if number]
    if unsupported:
        counts.append(f"{len(unsupported)} unsupported")
    lines = [f"phase {facts.phase}: {terminal(facts.title)} (as of {facts.as_of:%Y-%m-%d}): {', '.join(counts)}"]
    names = [each.target.name for each in trials]
    for group in _groups(trials):
        said = _SAID[group[0].fit] if is_committed else _RENDERED.get(group[0].fit, _SAID[group[0].fit])
        lines.append(f"  {said}: {in_words([each.target.name for each in group], names)}")
        lines += [f"    {line}" for line in _details(group[0])]
    return "\n".join(lines)


def wishes_text(wishes: UserRequirements) -> str:
    """How many requirements there are, in one line, and those that were not considered."""
    asked = _counted(len(wishes.requirements), "requirement")
    if wishes.constraints:
        asked += f" and {_counted(len(wishes.constraints), 'constraint')}"
    if wishes.prereleases:
        asked += "; pre-releases only where a requirement names one"
    left = [f"  not considered: {item.where}: {terminal(item.text)}: {item.reason}" for item in wishes.unconsidered]
    return "\n".join([asked, *left])


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def trial_json(trial: TryResult) -> dict[str, Any]:
    """One target's answer; each has every key."""
    document = {
        "fit": trial.fit,
        "moves": {move.name: {"committed": move.before, "new": move.after} for move in trial.moves},
        "added": dict(trial.added),
        "builds": dict(trial.builds),
        "unread": dict(trial.unread),
        "reason": trial.reason,
        "is_own": trial.is_own,
        **conflict_json(trial.conflict),
        "mends": trial.repairs,
    }
    return as_json(document)  # type: ignore[no-any-return]


def _groups(trials: Iterable[TryResult]) -> list[list[TryResult]]:
    """Trials with the same answer, in the order of `_SAID`, then of the targets."""
    groups = grouped(trials, lambda each: (each.fit, *_details(each)))
    order = list(_SAID)
    return sorted(groups.values(), key=lambda group: order.index(group[0].fit))


def _listed(packages: Iterable[tuple[NormalizedName, Version]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages)


def _details(trial: TryResult) -> Iterator[str]:
    if trial.unread:
        yield f"only a build could tell what these require: {_listed(trial.unread)}"
    if builds := [each for each in trial.builds if each not in trial.unread]:
        yield f"needs a build: {_listed(builds)}"
    if trial.moves:
        moved = (f"{m.name} {m.before} -> {'left out' if m.after is None else m.after}" for m in trial.moves)
        yield f"pins that would move: {', '.join(moved)}"
    if trial.reason:
        yield terminal(trial.reason)
    if trial.conflict is not None:
        if trial.conflict.core:
            yield terminal(core_text(trial.conflict, is_own=trial.is_own))
        yield from (f"  {terminal(line)}" for line in proof_lines(trial.conflict))
    yield from map(_repair_text, trial.repairs)


def _repair_text(repair: TryRepair) -> str:
    nearest = "nearest beside the phase alone" if repair.is_partial else "nearest that fits"
    older = " (a step back)" if repair.is_older else ""
    others = "; other requirements stand in the way too" if repair.is_partial else ""
    instead = f"{repair.name} {repair.version}{older} instead of {repair.instead}"
    return terminal(f"{nearest}: {repair.where}: {instead}{others}")
