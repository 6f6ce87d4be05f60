"""Keeping committed sets: one whose question is the same stays; any other is resolved, and what moved it is told.

Render, check, verify, bump and report answer a phase's targets through here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import NormalizedName

from lockgen.errors import UsageError, WriteError
from lockgen.locked.listing import MaskedSource, late, listing
from lockgen.locked.places import with_places, without_places
from lockgen.locked.survival import Survival, survival
from lockgen.model.locked import Listing, LockedPin, LockedSet, LockMove, LockMoveCause
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import PhaseRequests, PhaseResult, Progress, Scope, TargetLock
from lockgen.model.question import question
from lockgen.model.request import Request
from lockgen.model.result import Outcome, Pin, Solved, Versions
from lockgen.resolve.resolver import Resolver
from lockgen.text import alike
from lockgen.workflow.committed import LockedSets, committed_locks
from lockgen.workflow.layers import Layers
from lockgen.workflow.render import folder_of, phase_requests, results_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOptions:
    """Where the committed sets are, and which of them may be left."""

    output: Path
    is_upgrade: bool = False
    """Nothing is kept."""
    packages: frozenset[NormalizedName] = frozenset()
    """Packages that are taken anew in every set that holds them, the other pins preferred."""
    is_as_committed: bool = False
    """A set whose question is the same is kept even where the index has lost files of it: for commands that compare."""
    is_offline: bool = False
    """A page that is not at hand is passed over, with a change that says so."""


def answer_phases(
    matrices: Matrices, scope: Scope, options: KeepOptions, resolver: Resolver, progress: Progress
) -> tuple[PhaseResult, ...]:
    """Every target of the scope with its kept or new set. LockgenError when the index cannot be read.

    UsageError for a package to take anew that no set holds.
    """
    asked = phase_requests(matrices, scope)
    committed = {id(each): _committed(each, options) for each in asked}
    _check_packages(options.packages, list(committed.values()))
    keeper = _Keeper(resolver=resolver, options=options)
    layers = Layers(matrices=matrices, scope=scope, resolver=resolver, kept=keeper.kept_below)

    def answer(each: PhaseRequests, request: Request) -> tuple[Outcome, TargetLock | None]:
        return keeper.answer(request, committed[id(each)].get(request.target.name), question(request))

    return results_of(asked, layers, answer, progress)


def _committed(asked: PhaseRequests, options: KeepOptions) -> LockedSets:
    """The phase's locked sets. A damaged record stops all but an upgrade, which keeps nothing and writes it anew."""
    try:
        return committed_locks(folder_of(asked.selection.phase, asked.facts.strategy, options.output))
    except WriteError:
        if not options.is_upgrade or not asked.selection.is_whole:
            raise
        return {}


def _check_packages(packages: frozenset[NormalizedName], known: list[LockedSets]) -> None:
    held = {pin.name for sets in known for each in sets.values() for pin in (*each.pins, *each.build)}
    for name in sorted(packages - held):
        near = alike(name, held)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Render without --upgrade-package first."
        raise UsageError(f"no committed set holds {name}", hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeper:
    resolver: Resolver
    options: KeepOptions
    _below: dict[Path, LockedSets] = field(default_factory=dict)
    _listings: dict[object, Listing] = field(default_factory=dict)
    """By package and cut-off: most targets look at the same pages."""
    _pins: dict[object, LockedPin] = field(default_factory=dict)
    """One object for all targets that pin the same files."""

    def kept_below(self, phase: Phase, request: Request) -> Versions | None:
        """The committed set of a phase that is not asked for itself, where it still answers the request.

        Also in an upgrade: only the sets asked for are resolved again, and they stand on what is committed below them.
        """
        folder = folder_of(phase, request.strategy, self.options.output)
        if folder not in self._below:
            self._below[folder] = committed_locks(folder)
        known = self._below[folder].get(request.target.name)
        is_same = known is not None and known.question == question(request)
        return known.versions if known is not None and is_same else None

    def answer(self, request: Request, known: LockedSet | None, asked: str) -> tuple[Outcome, TargetLock | None]:
        """The outcome of the request, and its lock where it has a set."""
        if known is None or self.options.is_upgrade:
            return self._resolved(request, known, asked, Survival(locked=known) if known else None)
        left = survival(known, self.resolver.project, is_offline=self.options.is_offline)
        anew = self.options.packages & known.versions.keys()
        if known.question == asked and not anew and (kept := self._kept(request, known, left)):
            return kept
        lost = left.lost if known.question == asked else frozenset(known.versions)
        preferred = {name: version for name, version in known.versions.items() if name not in lost | anew}
        return self._resolved(replace(request, preferred=preferred), known, asked, left)

    def _kept(self, request: Request, known: LockedSet, left: Survival) -> tuple[Outcome, TargetLock] | None:
        """The committed set; None where it lost a pin, or the record does not answer the question after all."""
        stays = self.options.is_as_committed or any(change.is_incident for change in left.changes)
        if left.lost and not stays:
            return None
        locked = known if stays else left.locked
        outcome = self.resolver.restored(request, with_places(locked, request))
        if outcome is None:
            return None
        return outcome, TargetLock(locked=locked, is_kept=True, changes=left.changes)

    def _resolved(
        self, request: Request, known: LockedSet | None, asked: str, left: Survival | None
    ) -> tuple[Outcome, TargetLock | None]:
        outcome = self.resolver.solve(request)
        if not isinstance(outcome, Solved):
            return outcome, None
        lock = TargetLock(
            locked=self._recorded(request, outcome, asked),
            changes=left.changes if left else (),
            moves=tuple(self._moves(request, known, outcome, asked, left)) if known and left else (),
        )
        return outcome, lock

    def _moves(
        self, request: Request, known: LockedSet, outcome: Solved, asked: str, left: Survival
    ) -> Iterator[LockMove]:
        before, after = known.versions, {pin.name: pin.version for pin in outcome.pins}
        moved = sorted(name for name in before | after if before.get(name) != after.get(name))
        is_same = known.question == asked
        then = self._without_late(request, known, after) if moved and not is_same else after
        for name in moved:
            cause: LockMoveCause = "late" if is_same or then.get(name) != after.get(name) else "edit"
            if is_same and left.lost:
                cause = "lost"
            yield LockMove(name=name, before=before.get(name), after=after.get(name), cause=cause)

    def _without_late(self, request: Request, known: LockedSet, after: Versions) -> Versions:
        """The answer to the question had the index listed what it listed when the set was locked."""
        names = [name for name, there in known.listings.items() if self._is_late(request, name, there)]
        if not names:
            return after
        listings = {name: known.listings[name] for name in names}
        masked = MaskedSource(source=self.resolver.source, listings=listings, existed=request.existed)
        found = Resolver(masked).versions(request)
        return found if isinstance(found, Mapping) else {}

    def _is_late(self, request: Request, name: NormalizedName, known: Listing) -> bool:
        return known != self._listing(request, name) and bool(late(self.resolver.project(name), known, request.existed))

    def _listing(self, request: Request, name: NormalizedName) -> Listing:
        key = name, request.as_of_for.get(name, request.as_of), request.undated
        if key not in self._listings:
            self._listings[key] = listing(self.resolver.project(name), request.existed)
        return self._listings[key]

    def _recorded(self, request: Request, outcome: Solved, asked: str) -> LockedSet:
        names = sorted({*outcome.looked_at, *(pin.name for pin in outcome.build)})
        return LockedSet(
            question=asked,
            pins=tuple(self._locked_pin(pin) for pin in outcome.pins),
            build=tuple(self._locked_pin(pin) for pin in outcome.build),
            deviations=without_places(outcome.deviations, request),
            refusals=outcome.refusals,
            snapshot=outcome.snapshot,
            listings={name: self._listing(request, name) for name in names},
        )

    def _locked_pin(self, pin: Pin) -> LockedPin:
        required = () if pin.permission is None else self.resolver.source.build_requires(pin.files[0])
        build_requires = required if isinstance(required, tuple) else ()
        # By identity, which the pin itself holds: pages and metadata are read once.
        key = pin.name, str(pin.version), tuple(map(id, pin.files)), id(pin.metadata), build_requires
        if key not in self._pins:
            self._pins[key] = LockedPin(
                name=pin.name,
                version=pin.version,
                files=pin.files,
                metadata=pin.metadata,
                build_requires=build_requires,
            )
        return self._pins[key]
