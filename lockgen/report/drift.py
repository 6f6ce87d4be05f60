"""What became of the committed sets: an answer that groups targets, and JSON target by target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.model.drift import KINDS, Drift, DriftFinding, DriftKind, HeldRelease, PhaseDrift, PinDrift
from lockgen.report.as_json import as_json
from lockgen.report.conflict import conflict_lines
from lockgen.report.layout import listed
from lockgen.text import grouped_pairs, moment
from lockgen.text.target_names import over_phases

_SERIOUS = frozenset({"tampered", "gone", "yanked", "broken", "quarantined"})
"""Kinds after which a set may no longer be what it was, or no longer install."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedFinding:
    """A finding that is the same on one or more targets."""

    one: DriftFinding
    where: str
    details: tuple[str, ...]
    """Further lines about it."""


def drift_answer(drift: Drift, refused: Sequence[Point] = ()) -> Answer:
    """How many sets drifted, then what was found, once for all phases; last the known issues that are over."""
    found = [
        Point(
            name=f"{each.one.kind}: {subject(each.one)} ({each.where})",
            reasons=tuple(filter(None, (predicate(each.one), *each.details))),
            state=_state(each.one.kind),
        )
        for each in grouped_findings(drift.phases)
    ]
    held = [
        Point(
            name=f"held back by the cooldown of {cooldown_text(drift.cooldown)}: {each.name} {each.version} ({where})",
            reasons=(f"uploaded {day_text(each.uploaded)}",),
        )
        for each, where in held_releases(drift.phases)
    ]
    over = [Point(name=f"issue-solved: {each.name}", reasons=(each.message,)) for each in drift.issues]
    missing = [
        Point(name=f"not rendered: phase {each.facts.phase}", reasons=(listed(each.unrendered),), state="notable")
        for each in drift.phases
        if each.unrendered
    ]
    points = (*found, *held, *over, *missing, *refused)
    drifted = any(each.found for phase in drift.phases for each in phase.targets)
    state: State = "bad" if refused or any(point.state == "bad" for point in found) else "notable"
    return Answer(
        state=state if drifted or drift.issues or refused else "good",
        verdict=_verdict(drift),
        sections=(Section(points=points),) if points else (),
        next="lockgen bump" if drifted and not refused else "",
    )


def _verdict(drift: Drift) -> str:
    """`3 of 30 sets drifted: yanked, moved (rendered as of 2026-11-20, resolved as of 2026-11-26)`."""
    sets = [target for phase in drift.phases for target in phase.targets]
    drifted = sum(bool(target.found) for target in sets)
    kinds = ", ".join(_ordered({kind for phase in drift.phases for kind in phase.kinds}))
    solved = f", {_counted(len(drift.issues), 'known issue')} over" if drift.issues else ""
    days = ", ".join(dict.fromkeys(map(cut_offs_text, drift.phases)))
    what = f"{drifted} of {len(sets)} sets drifted: {kinds}" if drifted else f"{_counted(len(sets), 'set')}, no drift"
    return f"{what}{solved} ({days})"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _state(kind: DriftKind) -> State:
    return "bad" if kind in _SERIOUS else "notable"


def grouped_findings(phases: Sequence[PhaseDrift]) -> tuple[GroupedFinding, ...]:
    """The findings on the phases' targets, the most serious first; what is alike on several of them once."""
    # A conflict names its target; its lines may be the same on several.
    groups = grouped_pairs(
        ((replace(each, conflict=None), detail_lines(each)), (phase.facts.phase, target.target))
        for phase in phases
        for target in phase.targets
        for each in target.found
    )
    everything = _targets(phases)
    found = [
        GroupedFinding(one=one, where=over_phases(places, everything), details=lines)
        for (one, lines), places in groups.items()
    ]
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.one.kind), each.one.name)))


def held_releases(phases: Sequence[PhaseDrift]) -> Iterator[tuple[HeldRelease, str]]:
    """Each release that the cooldown keeps out, by name, and where."""
    groups = grouped_pairs(
        (each, (phase.facts.phase, target.target))
        for phase in phases
        for target in phase.targets
        for each in target.held
    )
    everything = _targets(phases)
    for each, places in sorted(groups.items(), key=lambda group: (group[0].name, group[0].version)):
        yield each, over_phases(places, everything)


def _targets(phases: Sequence[PhaseDrift]) -> dict[str, list[str]]:
    return {phase.facts.phase: [target.target for target in phase.targets] for phase in phases}


def detail_lines(each: DriftFinding) -> tuple[str, ...]:
    """What stands below the message: a conflict, or the cause of a move."""
    if each.conflict is not None:
        return tuple(conflict_lines(each.conflict))
    return () if each.move is None else tuple(_cause_lines(each.move))


def counts_text(phase: PhaseDrift) -> str:
    """`3 of 30 targets drifted: yanked, moved`, or `no drift`."""
    drifted = sum(bool(target.found) for target in phase.targets)
    kinds = ", ".join(kind for kind in KINDS if kind in phase.kinds)
    return f"{drifted} of {len(phase.targets)} targets drifted: {kinds}" if drifted else "no drift"


def cut_offs_text(phase: PhaseDrift) -> str:
    """When the sets were made and as of when they were resolved again."""
    return f"rendered as of {day_text(phase.rendered)}, resolved as of {day_text(phase.facts.as_of)}"


def day_text(when: datetime | None) -> str:
    """The date alone, in UTC."""
    return "an unknown day" if when is None else moment(when)[:10]


def cooldown_text(cooldown: timedelta) -> str:
    """`7 days`, or hours where they are no whole days."""
    hours = int(cooldown.total_seconds() // 3600)
    count, word = (hours, "hour") if hours % 24 else (hours // 24, "day")
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def role_text(move: PinDrift) -> str:
    """Whether the matrix names the package."""
    return "direct" if move.is_direct else "transitive"


def behind_text(move: PinDrift) -> str:
    """`12 days behind`; empty where that is unknown."""
    return "" if move.behind is None else f"{move.behind} day{'' if move.behind == 1 else 's'} behind"


def subject(each: DriftFinding) -> str:
    """What the finding is about: a release, a move, or the set as a whole."""
    if each.move is not None:
        return f"{each.name} {each.message}"
    about = " ".join(filter(None, (each.name, "" if each.version is None else str(each.version))))
    return about or each.message.partition(": ")[0]


def predicate(each: DriftFinding) -> str:
    """What is the matter with it; empty where the subject says it all."""
    if each.move is not None:
        return ", ".join(filter(None, (role_text(each.move), behind_text(each.move))))
    return each.message if each.name else each.message.partition(": ")[2]


def headline(each: DriftFinding) -> str:
    """The finding in one line."""
    if each.move is not None:
        return f"{each.name} {', '.join(filter(None, (each.message, role_text(each.move), behind_text(each.move))))}"
    about = " ".join(filter(None, (each.name, "" if each.version is None else str(each.version))))
    return f"{about}: {each.message}" if about else each.message


def _cause_lines(move: PinDrift) -> Iterator[str]:
    if move.cause:
        yield f"cause: {move.cause}"
    if move.held_back:
        yield f"not the newest: {move.held_back}"


def drift_json(drift: Drift) -> dict[str, Any]:
    """Everything that was found as JSON values, target by target."""
    document = {
        "now": drift.now,
        "cooldown_seconds": int(drift.cooldown.total_seconds()),
        "kinds": _ordered(drift.kinds),
        "phases": {phase.facts.phase: _phase_json(phase) for phase in drift.phases},
        "issues": [_finding_json(each) for each in drift.issues],
    }
    return as_json(document)  # type: ignore[no-any-return]


def _phase_json(phase: PhaseDrift) -> dict[str, Any]:
    return {
        "title": phase.facts.title,
        "revision": phase.facts.revision,
        "rendered": phase.rendered,
        "as_of": phase.facts.as_of,
        "kinds": _ordered(phase.kinds),
        "targets": {
            each.target: {"found": [_finding_json(one) for one in each.found], "held": each.held}
            for each in phase.targets
        },
        "not_rendered": phase.unrendered,
    }


def _finding_json(each: DriftFinding) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "name": each.name,
        "version": each.version,
        "message": each.message,
        "details": detail_lines(each),
        "move": None if each.move is None else _move_json(each.move),
    }


def _move_json(move: PinDrift) -> dict[str, Any]:
    return {
        "from": move.before,
        "to": move.after,
        "is_direct": move.is_direct,
        "cause": move.cause,
        "cause_uploaded": move.uploaded,
        "days_behind": move.behind,
        "held_back": move.held_back,
    }


def _ordered(kinds: Iterable[DriftKind]) -> list[str]:
    return sorted(kinds, key=KINDS.index)
