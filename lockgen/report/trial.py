"""How requirements fit beside a phase, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.records import PhaseFacts, Unsupported
from lockgen.report.conflict import core_text, refusal_lines, step_lines
from lockgen.report.escape import plain
from lockgen.trial import Fit, Trial
from lockgen.wishes import Wishes
from lockgen.wording import in_words

_SAID: dict[Fit, str] = {
    "pins": "fits the committed pins",
    "ranges": "fits the ranges, with other pins",
    "no": "does not fit",
    "unknown": "unknown: fits as far as metadata can be read without a build",
    "not for it": "not asked",
}
_RENDERED = {"pins": "fits the pins a render gives today (none are committed)"}


def trials_text(
    facts: PhaseFacts, trials: Sequence[Trial], unsupported: Sequence[Unsupported], *, is_committed: bool
) -> str:
    """A heading, and a paragraph for each distinct answer with the targets it holds for, the best first."""
    fitting = sum(each.fit in ("pins", "ranges") for each in trials)
    counts = f"fits {fitting} of {len(trials)} targets"
    if unsupported:
        counts += f", {len(unsupported)} unsupported"
    lines = [f"phase {facts.phase}: {plain(facts.title)} (as of {facts.as_of:%Y-%m-%d}): {counts}"]
    names = [each.target.name for each in trials]
    for group in _groups(trials):
        said = _SAID[group[0].fit] if is_committed else _RENDERED.get(group[0].fit, _SAID[group[0].fit])
        lines.append(f"  {said}: {in_words([each.target.name for each in group], names)}")
        lines += [f"    {plain(line)}" for line in _details(group[0])]
    return "\n".join(lines)


def wishes_text(wishes: Wishes) -> str:
    """What was asked for, in one line, and what of it was not considered."""
    asked = f"{len(wishes.wishes)} {'requirement' if len(wishes.wishes) == 1 else 'requirements'}"
    if wishes.constraints:
        asked += f" and {len(wishes.constraints)} constraints"
    if wishes.prereleases:
        asked += "; pre-releases only where a requirement names one"
    left = [f"  not considered: {item.where}: {plain(item.text)}: {item.reason}" for item in wishes.unconsidered]
    return "\n".join([asked, *left])


def trial_json(trial: Trial) -> dict[str, Any]:
    """One target's answer; each has every key."""
    conflict = trial.conflict
    return {
        "fit": trial.fit,
        "moves": {
            move.name: {"committed": str(move.committed), "new": None if move.new is None else str(move.new)}
            for move in trial.moves
        },
        "added": {name: str(version) for name, version in trial.added},
        "builds": {name: str(version) for name, version in trial.builds},
        "unread": {name: str(version) for name, version in trial.unread},
        "reason": trial.reason,
        "core": [] if conflict is None else [{"by": each.by, "needs": each.wanted} for each in conflict.core],
        "steps": [] if conflict is None else list(conflict.collisions),
        "refusals": [] if conflict is None else list(refusal_lines(conflict.refusals, {})),
        "mends": [{"where": mend.where, "text": mend.text} for mend in trial.mends],
    }


def _groups(trials: Iterable[Trial]) -> list[list[Trial]]:
    """Trials with the same answer, in the order of `_SAID`, then of the targets."""
    groups: dict[object, list[Trial]] = {}
    for each in trials:
        groups.setdefault((each.fit, *_details(each)), []).append(each)
    order = list(_SAID)
    return sorted(groups.values(), key=lambda group: order.index(group[0].fit))


def _listed(packages: Iterable[tuple[NormalizedName, Version]]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages)


def _details(trial: Trial) -> Iterator[str]:
    if trial.unread:
        yield f"only a build could tell what these require: {_listed(trial.unread)}"
    if builds := [each for each in trial.builds if each not in trial.unread]:
        yield f"needs a build: {_listed(builds)}"
    if trial.moves:
        moved = (f"{m.name} {m.committed} -> {'left out' if m.new is None else m.new}" for m in trial.moves)
        yield f"pins that would move: {', '.join(moved)}"
    if trial.reason:
        yield trial.reason
    if trial.conflict is not None:
        if trial.conflict.core:
            yield core_text(trial.conflict)
        yield from (f"  {line}" for line in step_lines(trial.conflict))
        yield from (f"  {line}" for line in refusal_lines(trial.conflict.refusals, {}))
    for mend in trial.mends:
        yield f"nearest for {mend.where}: {mend.text}"
