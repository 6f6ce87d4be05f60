"""The overview of a phase: platforms down, Pythons across, a target in each cell."""

from __future__ import annotations

from dataclasses import dataclass

from lockgen.model.report import PhaseSection, TargetLine


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A platform; None where a Python has no target on it."""

    platform: str
    cells: tuple[TargetLine | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateGrid:
    """A phase's targets as a table."""

    pythons: tuple[str, ...]
    rows: tuple[StateRow, ...]


def state_grid(phase: PhaseSection) -> StateGrid:
    """The grid of a phase, both ways in the order of its targets."""
    pythons = tuple(dict.fromkeys(line.python for line in phase.targets))
    platforms = tuple(dict.fromkeys(line.platform for line in phase.targets))
    lines = {(line.platform, line.python): line for line in phase.targets}
    return StateGrid(
        pythons=pythons,
        rows=tuple(
            StateRow(platform=platform, cells=tuple(lines.get((platform, python)) for python in pythons))
            for platform in platforms
        ),
    )
