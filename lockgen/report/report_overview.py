"""The head of the page and its short lists: verdict, counts, what is broken, proved and unsupported, ages of pins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from lockgen.model.drift import KINDS
from lockgen.model.report import PhaseSection, TargetLine
from lockgen.model.report_overview import (
    STATES,
    PageOrigin,
    PinAge,
    ProvedTargets,
    ReasonGroup,
    ReportHead,
    SetState,
    StateCount,
)
from lockgen.model.result import Pin
from lockgen.model.verify import LEVELS, Level
from lockgen.report.report_targets import OUTDATED
from lockgen.text import grouped_pairs
from lockgen.text.target_names import over_phases

MEANINGS: Mapping[Level, str] = {
    "closed": "every dependency, tag and Requires-Python holds; nothing was downloaded",
    "fetched": "a real pip took every file for the target, hashes checked",
    "installed": "installed on that interpreter, every module imported",
    "smoked": "installed, and the smoke script ran",
}
_DAYS_PER_YEAR = 365.25
_DAYS_PER_MONTH = _DAYS_PER_YEAR / 12
_MONTHS_PER_YEAR = 12


def head(phases: Sequence[PhaseSection], origin: PageOrigin) -> ReportHead:
    """The verdict over all phases. A set that is both broken and drifted counts as broken."""
    lines = [line for phase in phases for line in phase.targets]
    states = Counter(line.state for line in lines)
    # Drift takes no proof away, nor does a failure at a higher level.
    levels: Counter[str] = Counter(line.level for line in lines if line.level)
    unproved = {each: 0 if each in LEVELS else states[each] for each in STATES}
    total = sum(line.status in {"solved", "unsolved"} for line in lines)
    return ReportHead(
        verdict=_verdict(total, states["broken"], states["drifted"], states["unrendered"]),
        state="broken" if states["broken"] else "drifted" if states["drifted"] else "closed",
        counts=tuple(StateCount(state=each, count=levels.get(each, 0) or unproved[each]) for each in STATES),
        kinds=_kinds(lines),
        origin=origin,
    )


def broken_groups(phases: Sequence[PhaseSection]) -> tuple[ReasonGroup, ...]:
    """Why sets are broken, what is alike once."""
    return _groups(phases, "broken", lambda line: (*line.reason, *line.broken, *line.failures))


def unsupported_groups(phases: Sequence[PhaseSection]) -> tuple[ReasonGroup, ...]:
    """Why targets are not supported, what is alike once."""
    return _groups(phases, "unsupported", lambda line: (". ".join(line.reason),))


def unrendered_text(phases: Sequence[PhaseSection]) -> str:
    """The targets without a committed set, in words; empty for none."""
    places = [(each.phase, line.name) for each in phases for line in each.targets if line.state == "unrendered"]
    return over_phases(places, _everything(phases)) if places else ""


def proved_targets(phases: Sequence[PhaseSection]) -> tuple[ProvedTargets, ...]:
    """Each level, the highest first, with the sets that got no further."""
    with_set = {phase.phase: [line.name for line in phase.targets if line.level] for phase in phases}
    places = grouped_pairs(
        (line.level, (phase.phase, line.name)) for phase in phases for line in phase.targets if line.level
    )
    return tuple(
        ProvedTargets(
            level=level,
            means=MEANINGS[level],
            where=over_phases(places[level], with_set) if level in places else "",
        )
        for level in reversed(LEVELS)
    )


def pin_ages(pins: Iterable[tuple[str, str, Pin]], day: date) -> tuple[PinAge, ...]:
    """The age on `day` of each release among the pins, given with phase and target; undated ones are left out."""
    known = list(pins)
    found = grouped_pairs(((pin.name, pin.version), (phase, target, pin)) for phase, target, pin in known)
    everything = {phase: dict.fromkeys(t for p, t, _ in known if p == phase) for phase, _, _ in known}
    ages = []
    for (name, version), places in found.items():
        dates = [file.uploaded for _, _, pin in places for file in pin.files if file.uploaded is not None]
        if dates:
            uploaded = min(dates).astimezone(UTC).date()
            ages.append(
                PinAge(
                    name=name,
                    version=str(version),
                    uploaded=uploaded,
                    days=max((day - uploaded).days, 0),
                    text=age_text((day - uploaded).days),
                    where=over_phases([(phase, target) for phase, target, _ in places], everything),
                )
            )
    return tuple(sorted(ages, key=lambda each: (each.uploaded, each.name, each.version)))


def age_text(days: int) -> str:
    """`2 years 3 months`, `5 months`, `12 days`."""
    months = int(days / _DAYS_PER_MONTH)
    if months < 1:
        return _counted(max(days, 0), "day")
    years, rest = divmod(months, _MONTHS_PER_YEAR)
    parts = (_counted(count, word) for count, word in ((years, "year"), (rest, "month")) if count)
    return " ".join(parts)


def day_of(when: datetime) -> date:
    """The date in UTC."""
    return when.astimezone(UTC).date()


def _verdict(total: int, broken: int, drifted: int, unrendered: int) -> str:
    """`2 of 120 sets are broken, 12 have drifted`."""
    sets = _counted(total, "set")
    if broken:
        first = f"{broken} of {sets} {'is' if broken == 1 else 'are'} broken"
        second = f", {drifted or 'none'} {'have' if drifted > 1 else 'has'} drifted"
    elif drifted:
        first, second = f"{drifted} of {sets} {'has' if drifted == 1 else 'have'} drifted", ", none is broken"
    else:
        first, second = f"{sets}: none is broken, none has drifted" if total else "No set is rendered", ""
    missing = f"; {_counted(unrendered, 'target')} not rendered" if unrendered and total else ""
    return f"{first}{second}{missing}"


def _kinds(lines: Iterable[TargetLine]) -> str:
    """The most serious first; sets that drift is found on may all be moved, and only some yanked."""
    found = Counter(
        kind for line in lines for kind in {each.partition(":")[0] for each in (*line.broken, *line.drifted)}
    )
    return ", ".join(f"{kind} {found[kind]}" for kind in (*KINDS, OUTDATED[0]) if found[kind])


def _groups(
    phases: Sequence[PhaseSection], state: SetState, why: Callable[[TargetLine], tuple[str, ...]]
) -> tuple[ReasonGroup, ...]:
    groups = grouped_pairs(
        (why(line), (phase.phase, line.name)) for phase in phases for line in phase.targets if line.state == state
    )
    everything = _everything(phases)
    return tuple(
        ReasonGroup(where=over_phases(places, everything), what=what, details=tuple(details), anchor=places[0])
        for (what, *details), places in groups.items()
    )


def _everything(phases: Iterable[PhaseSection]) -> dict[str, list[str]]:
    return {phase.phase: [line.name for line in phase.targets] for phase in phases}


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
