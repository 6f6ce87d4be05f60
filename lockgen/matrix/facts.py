"""What the headers of a phase's files say: the phase, and the canonical command that makes them again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from lockgen.model.matrix import BASE, Phase
from lockgen.model.phase import PhaseFacts
from lockgen.model.request import Strategy
from lockgen.text import moment


def phase_facts(phase: Phase, strategy: Strategy, *, as_of: datetime | None) -> PhaseFacts:
    """The facts of a render of the phase; `as_of` overrides the phase's own."""
    return PhaseFacts(
        phase=phase.phase,
        title=phase.title,
        revision=phase.revision,
        as_of=as_of or phase.as_of,
        strategy=strategy,
        command=_command(phase, strategy, as_of),
        layers=phase.layers,
    )


def _command(phase: Phase, strategy: Strategy, as_of: datetime | None) -> str:
    """Only what changes a byte, in a fixed order."""
    words: Mapping[str, Collection[str]] = {
        "--phase": [phase.table],
        "--set": [] if phase.set == BASE else [phase.set],
        "--strategy": [] if strategy == "recommended" else [strategy],
        "--as-of": [moment(as_of)] if as_of else [],
    }
    options = [f"{option} {value}" for option, values in words.items() for value in values]
    return " ".join(["lockgen render", *options])
