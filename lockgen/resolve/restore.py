"""A locked set as the outcome it was, made from its record alone: no page and no metadata is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lockgen.model.locked import LockedPin, LockedSet
from lockgen.model.request import Request
from lockgen.model.result import Pin, Solved, Versions
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.outcome import Demands, build_request, reached, restored
from lockgen.resolve.provider import Provider
from lockgen.resolve.target_candidates import TargetCandidates


def restored_set(request: Request, locked: LockedSet, memory: MemoryIndex) -> Solved | None:
    """The outcome of the request with the locked set; None where the set does not answer it.

    It answers when every file is one the target may use, and the rows, known issues and recorded metadata demand
    exactly its pins, each in range.
    """
    provider = _provider(request, locked.pins, memory)
    demands = _demands(provider, locked.pins)
    if demands is None:
        return None
    found = replace(
        restored(provider, locked.versions, demands), deviations=locked.deviations, refusals=locked.refusals
    )
    build = _build(request, locked, found.pins, memory)
    return None if build is None else replace(found, build=build, snapshot=locked.snapshot)


def _build(request: Request, locked: LockedSet, pins: Iterable[Pin], memory: MemoryIndex) -> tuple[Pin, ...] | None:
    """The build requirements of the set's sdists; None where the locked ones do not serve."""
    recorded = {pin.files[0].filename: pin.build_requires for pin in locked.pins}
    asked = build_request(request, pins, lambda file: recorded[file.filename])
    if asked is None:
        return None if locked.build else ()
    if not isinstance(asked, Request):
        return None
    provider = _provider(asked, locked.build, memory)
    demands = _demands(provider, locked.build)
    return None if demands is None else restored(provider, _versions(locked.build), demands).pins


def _provider(request: Request, pins: Iterable[LockedPin], memory: MemoryIndex) -> Provider:
    candidates = {
        (pin.name, pin.version): Candidate(
            name=pin.name,
            version=pin.version,
            files=pin.files,
            metadata=pin.metadata,
            requires_dist=memory.requires_dist(pin.files[0], pin.metadata),
            yanked=pin.files[0].yanked,
        )
        for pin in pins
    }
    return Provider(request, TargetCandidates(request, memory, _candidates=dict(candidates)))


def _demands(provider: Provider, pins: tuple[LockedPin, ...]) -> Demands | None:
    """The demands on each pin; None where the pins do not answer the request."""
    may_use = provider.filter
    if any(may_use.complaint(file) for pin in pins for file in pin.files):
        return None
    if not all(may_use.admits(pin.metadata.requires_python) for pin in pins):
        return None
    versions = _versions(pins)
    demands = reached(provider, versions)
    fits = demands.keys() == versions.keys() and all(
        demand.specifier.contains(versions[name], prereleases=True)
        for name in versions
        for demand in (*demands[name], *provider.constraints.get(name, ()))
    )
    return demands if fits else None


def _versions(pins: Iterable[LockedPin]) -> Versions:
    return {pin.name: pin.version for pin in pins}
