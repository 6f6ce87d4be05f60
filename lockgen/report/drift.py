"""What became of the committed sets, grouped over targets: words for a terminal and JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lockgen.model.drift import KINDS, Drift, DriftFinding, DriftKind, HeldRelease, PhaseDrift, PinDrift, TargetDrift
from lockgen.report.conflict import core_text, refusal_lines, step_lines
from lockgen.safe import terminal
from lockgen.text import grouped_pairs, in_words, moment

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedFinding:
    """One thing that became of several targets alike."""

    one: DriftFinding
    where: str
    details: tuple[str, ...]
    """Further lines about it, in words."""


def drift_text(drift: Drift) -> str:
    """A paragraph for each phase, and one for the known issues that are over."""
    lines = [line for phase in drift.phases for line in _phase_lines(phase, drift.cooldown)]
    lines += [f"issue-solved: {each.name}: {terminal(each.message)}" for each in drift.issues]
    return "\n".join(lines)


def told(phase: PhaseDrift) -> tuple[GroupedFinding, ...]:
    """What was found on the phase's targets, the most serious first; what is alike on several of them once."""
    # A conflict names its target; what is said of it may be the same on several.
    groups = grouped_pairs(
        ((replace(each, conflict=None), details(each)), target.target)
        for target in phase.targets
        for each in target.found
    )
    names = [target.target for target in phase.targets]
    found = [
        GroupedFinding(one=one, where=in_words(targets, names), details=lines)
        for (one, lines), targets in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.one.kind), each.one.name)))


def held(phase: PhaseDrift) -> Iterator[tuple[HeldRelease, str]]:
    """Each release that the cooldown keeps out, by name, and where."""
    groups = grouped_pairs((each, target.target) for target in phase.targets for each in target.held)
    names = [target.target for target in phase.targets]
    for each, targets in sorted(groups.items(), key=lambda group: (group[0].name, group[0].version)):
        yield each, in_words(targets, names)


def details(each: DriftFinding) -> tuple[str, ...]:
    """What there is to say beside the message."""
    if each.conflict is not None:
        core = [core_text(each.conflict)] if each.conflict.core else []
        return (*core, *step_lines(each.conflict), *refusal_lines(each.conflict.refusals, {}))
    return () if each.move is None else tuple(_moved(each.move))


def counted(phase: PhaseDrift) -> str:
    """`3 of 30 targets drifted: yanked, moved`, or that none did."""
    drifted = sum(bool(target.found) for target in phase.targets)
    kinds = ", ".join(kind for kind in KINDS if kind in phase.kinds)
    return f"{drifted} of {len(phase.targets)} targets drifted: {kinds}" if drifted else "no drift"


def moments(phase: PhaseDrift) -> str:
    """When the sets were made and as of when they were resolved again."""
    return f"rendered as of {day(phase.rendered)}, resolved as of {day(phase.facts.as_of)}"


def day(when: datetime | None) -> str:
    """The date alone, in UTC."""
    return "an unknown day" if when is None else moment(when)[:10]


def days(cooldown: timedelta) -> str:
    """`7 days`, or hours where they are no whole days."""
    hours = int(cooldown.total_seconds() // 3600)
    count, word = (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def role(move: PinDrift) -> str:
    """Whether the matrix names the package."""
    return "direct" if move.is_direct else "transitive"


def behind(move: PinDrift) -> str:
    """`12 days behind`; nothing where that cannot be said."""
    return "" if move.behind is None else f"{move.behind} day{'' if move.behind == 1 else 's'} behind"


def headline(each: DriftFinding) -> str:
    """The finding in one line."""
    if each.move is not None:
        return f"{each.name} {', '.join(filter(None, (each.message, role(each.move), behind(each.move))))}"
    about = " ".join(filter(None, (each.name, "" if each.version is None else str(each.version))))
    return f"{about}: {each.message}" if about else each.message


def _moved(move: PinDrift) -> Iterator[str]:
    if move.cause:
        yield f"cause: {move.cause}"
    if move.held_back:
        yield f"not the newest: {move.held_back}"


def _phase_lines(phase: PhaseDrift, cooldown: timedelta) -> Iterator[str]:
    yield f"phase {phase.facts.phase}: {terminal(phase.facts.title)}: {counted(phase)} ({moments(phase)})"
    for each in told(phase):
        yield f"  {each.one.kind}: {terminal(headline(each.one))} ({each.where})"
        yield from (f"    {terminal(line)}" for line in each.details)
    for one, where in held(phase):
        since = f"{one.name} {one.version}, uploaded {day(one.uploaded)}"
        yield f"  held back by the cooldown of {days(cooldown)}: {since} ({where})"


def drift_json(drift: Drift) -> dict[str, Any]:
    """Everything that was found as JSON values, target by target."""
    return {
        "schema": SCHEMA,
        "now": moment(drift.now),
        "cooldown_seconds": int(drift.cooldown.total_seconds()),
        "kinds": _ordered(drift.kinds),
        "phases": {phase.facts.phase: _phase_json(phase) for phase in drift.phases},
        "issues": [_drifted_json(each) for each in drift.issues],
    }


def _phase_json(phase: PhaseDrift) -> dict[str, Any]:
    return {
        "title": phase.facts.title,
        "revision": phase.facts.revision,
        "rendered": moment(phase.rendered),
        "as_of": moment(phase.facts.as_of),
        "kinds": _ordered(phase.kinds),
        "targets": {target.target: _target_json(target) for target in phase.targets},
        "not_rendered": list(phase.unrendered),
    }


def _target_json(target: TargetDrift) -> dict[str, Any]:
    return {
        "found": [_drifted_json(each) for each in target.found],
        "held": [
            {"name": each.name, "version": str(each.version), "uploaded": _moment(each.uploaded)}
            for each in target.held
        ],
    }


def _drifted_json(each: DriftFinding) -> dict[str, Any]:
    move = None if each.move is None else _move_json(each.move)
    return {
        "kind": each.kind,
        "name": each.name,
        "version": None if each.version is None else str(each.version),
        "message": each.message,
        "details": list(details(each)),
        "move": move,
    }


def _move_json(move: PinDrift) -> dict[str, Any]:
    return {
        "from": None if move.before is None else str(move.before),
        "to": None if move.after is None else str(move.after),
        "is_direct": move.is_direct,
        "cause": move.cause,
        "cause_uploaded": _moment(move.uploaded),
        "days_behind": move.behind,
        "held_back": move.held_back,
    }


def _moment(when: datetime | None) -> str | None:
    return None if when is None else moment(when)


def _ordered(kinds: Iterable[DriftKind]) -> list[str]:
    return sorted(kinds, key=KINDS.index)
