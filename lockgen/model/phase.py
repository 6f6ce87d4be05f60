"""What a command is about, and one phase under one strategy: what it asks of the resolver, and the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from lockgen.model.locked import LockChange, LockedSet, LockMove
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.request import Request, Strategy
from lockgen.model.result import Solved, TargetResult, Unsupported
from lockgen.model.target import Target

Progress = Callable[[int, int], None]
"""Called with how many are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a command is about."""

    phases: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    """Names or patterns of named sets and `base`; none means all."""
    targets: tuple[str, ...] = ()
    strategies: tuple[Strategy, ...] = ("recommended",)
    as_of: datetime | None = None
    known_issues: bool = True

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows it: all phases with all their sets and targets."""
        return not self.phases and not self.sets and not self.targets


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFacts:
    """What every header of a phase's files says."""

    phase: str
    title: str
    revision: int
    as_of: datetime
    strategy: Strategy
    command: str
    """The canonical command that makes the files again."""
    layers: tuple[str, ...] = ()
    """The sets whose pins are fixed in a named set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The cells of a phase that were asked for."""

    phase: Phase
    targets: tuple[Target, ...]
    unsupported: tuple[Unsupported, ...]
    refused: tuple[Unsupported, ...]
    """Unsupported cells that a pattern asked for and got nothing else: a plain "no"."""
    everything: tuple[str, ...]
    """The names of all cells of the phase, asked for or not, in the order of targets.yaml."""
    is_whole: bool
    """Whether no pattern narrowed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRequests:
    """One phase under one strategy, and what it asks of the resolver for every target asked for."""

    selection: Selection
    facts: PhaseFacts
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLock:
    """What becomes of a target's locked set: the record to write, and how it came about."""

    locked: LockedSet
    is_kept: bool = False
    """Whether it is the committed set, which was not resolved again."""
    changes: tuple[LockChange, ...] = ()
    """What the index has changed about the committed set."""
    moves: tuple[LockMove, ...] = ()
    """Where a set that was resolved again differs from the committed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseResult:
    """One phase under one strategy, answered for every target asked for."""

    matrices: Matrices
    selection: Selection
    facts: PhaseFacts
    cells: tuple[TargetResult, ...]
    locks: Mapping[str, TargetLock] = field(default_factory=lambda: MappingProxyType({}))
    """By target, of those with a set; empty where nothing is to be locked."""

    @property
    def phase(self) -> Phase:
        """The phase as its matrix has it."""
        return self.selection.phase

    @property
    def unsupported(self) -> tuple[Unsupported, ...]:
        """The cells that are a "no" by the table's own word."""
        return self.selection.unsupported

    @property
    def is_yes(self) -> bool:
        """Whether everything asked for by name has a set."""
        return not self.selection.refused and all(isinstance(cell.outcome, Solved) for cell in self.cells)
