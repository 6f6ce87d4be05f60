"""Everything that changed about one committed target, the most serious first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.drift.broken import broken
from lockgen.drift.committed_target import CommittedTarget
from lockgen.drift.listing import late_arrivals, new_wheels, removals, statuses, tools_removed
from lockgen.drift.moves import moves, tools_moved
from lockgen.model.drift import KINDS, DriftFinding, HeldRelease, TargetDrift
from lockgen.model.request import Request
from lockgen.model.result import Pin, Solved


def target_drift(case: CommittedTarget) -> TargetDrift:
    """The findings and the releases held back. Raises LockgenError when the index cannot answer."""
    found = sorted(_found(case), key=lambda each: (KINDS.index(each.kind), each.name))
    return TargetDrift(target=case.request.target.name, found=tuple(found), held=tuple(_held(case)))


def is_as_committed(case: CommittedTarget) -> bool:
    """Whether the set would be locked as it is: the same versions, the same files, or still none."""
    if not isinstance(case.outcome, Solved) or not case.committed.has_set:
        return isinstance(case.outcome, Solved) == case.committed.has_set
    before = case.committed
    return _locked(case.outcome.pins) == (before.pins, _digests(before.hashes)) and _locked(case.outcome.build) == (
        before.build,
        _digests(before.build_hashes),
    )


def _locked(pins: Iterable[Pin]) -> tuple[Mapping[NormalizedName, Version], Mapping[NormalizedName, frozenset[str]]]:
    known = tuple(pins)
    files = {pin.name: frozenset(file.sha256 for file in pin.files) for pin in known}
    return {pin.name: pin.version for pin in known}, files


def _digests(hashes: Mapping[NormalizedName, tuple[str, ...]]) -> dict[NormalizedName, frozenset[str]]:
    return {name: frozenset(digests) for name, digests in hashes.items()}


def _found(case: CommittedTarget) -> Iterator[DriftFinding]:
    removed = (*removals(case), *tools_removed(case))
    yield from removed
    yield from statuses(case)
    if (no := broken(case, removed)) is not None:
        yield no
    yield from late_arrivals(case)
    yield from moves(case, removed)
    yield from tools_moved(case)
    if not case.committed.has_set and isinstance(case.outcome, Solved):
        yield DriftFinding(kind="solvable", message="has a set now, and had none")
    changed = {each.name for each in removed if each.kind in {"tampered", "gone"}}
    yield from (each for each in new_wheels(case) if each.name not in changed)


def _held(case: CommittedTarget) -> Iterator[HeldRelease]:
    """The releases that the set would have as of now and that the cooldown keeps out."""
    if not case.cooldown:
        return
    outcome = case.resolver.solve(_without_cooldown(case))
    for pin in outcome.pins if isinstance(outcome, Solved) else ():
        uploaded = case.uploaded(pin.name, pin.version)
        if uploaded is not None and uploaded > case.request.as_of_for.get(pin.name, case.request.as_of):
            yield HeldRelease(name=pin.name, version=pin.version, uploaded=uploaded)


def _without_cooldown(case: CommittedTarget) -> Request:
    """The request with the cut-offs that the cooldown set, or that lie in it, moved to now."""
    since = case.now - case.cooldown
    as_of, own = case.request.as_of, case.request.as_of_for
    later = {name: case.now if when >= since else when for name, when in own.items()}
    return replace(case.request, as_of=case.now if as_of >= since else as_of, as_of_for=later)
