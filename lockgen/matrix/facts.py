"""What the headers of a phase's files say: the phase, and the canonical command that makes them again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from lockgen.errors import UsageError
from lockgen.model.matrix import Phase
from lockgen.model.phase import PhaseFacts
from lockgen.model.request import Strategy
from lockgen.text import moment


def phase_facts(phase: Phase, strategy: Strategy, *, as_of: datetime | None, without: Collection[str]) -> PhaseFacts:
    """The facts of a render of the phase; `as_of` overrides the phase's own, `without` names groups left out."""
    return PhaseFacts(
        phase=phase.phase,
        title=phase.title,
        revision=phase.revision,
        as_of=as_of or phase.as_of,
        strategy=strategy,
        command=_command(phase, strategy, as_of, without),
    )


def groups_of(phase: Phase, names: Collection[str]) -> frozenset[str]:
    """The optional groups among the names that this phase has."""
    return frozenset(names) & frozenset(phase.groups)


def check_groups(phases: Iterable[Phase], names: Collection[str]) -> None:
    """UsageError for a group that none of the phases has."""
    known = {group for phase in phases for group in phase.groups}
    if unknown := sorted(set(names) - known):
        groups = ", ".join(sorted(known)) or "none"
        raise UsageError(f"there is no optional group {unknown[0]!r}", hint=f"Groups of these phases: {groups}.")


def _command(phase: Phase, strategy: Strategy, as_of: datetime | None, without: Collection[str]) -> str:
    """Only what changes a byte, in a fixed order."""
    words: Mapping[str, Collection[str]] = {
        "--phase": [phase.phase],
        "--strategy": [] if strategy == "recommended" else [strategy],
        "--as-of": [moment(as_of)] if as_of else [],
        "--without": sorted(groups_of(phase, without)),
    }
    options = [f"{option} {value}" for option, values in words.items() for value in values]
    return " ".join(["lockgen render", *options])
