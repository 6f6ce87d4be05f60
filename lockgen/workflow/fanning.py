"""ci matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lockgen.ci.fanout import Fan, fan
from lockgen.matrix.matrices import Matrices
from lockgen.matrix.select import select
from lockgen.records import Level, Unsupported
from lockgen.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanned:
    """The jobs that prove what was asked for, and the targets asked for by name that the tables call unsupported."""

    fan: Fan
    refused: tuple[Unsupported, ...]


def fan_out(matrices: Matrices, phases: Sequence[str], patterns: Sequence[str], level: Level) -> Fanned:
    """The targets of the phases as jobs, in the tables' order. UsageError for what the matrices do not have."""
    selections = select(matrices, phases, patterns)
    wanted: dict[Target, list[str]] = {}
    for selection in selections:
        for target in selection.targets:
            wanted.setdefault(target, []).append(selection.phase.phase)
    refused = {each.target.name: each for selection in selections for each in selection.refused}
    return Fanned(fan=fan(wanted, level), refused=tuple(refused.values()))
