"""Why a set does not hold a version: what excludes it, what it collides with, and what its row wanted instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.origin import RowOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Row
from lockgen.model.result import Versions
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.provider import Provider


def wanted(provider: Provider, row: Row) -> Version | None:
    """The version the strategy names: the published one, or the newest in the row's own range where none is."""
    if provider.request.strategy == "minimum":
        return row.minimum
    if provider.request.strategy == "recommended" and row.recommended is not None:
        return row.recommended
    asked = next(
        demand for demand in provider.roots if demand.origin == RowOrigin(where=row.where) and demand.name == row.name
    )
    inside = (version for version in provider.versions(row.name) if provider.contains(asked, version))
    return next((v for v in inside if not v.is_prerelease and provider.filter.exists(row.name, v)), None)


def because(
    provider: Provider, name: NormalizedName, aim: Version, *, demands: tuple[Demand, ...], versions: Versions
) -> str:
    """Why a row has not the version it aims at.

    The first of: a demand on the row, a known issue, a refused release, a demand of the wanted release itself.
    """
    excluding = next(exclusions(provider, name, aim, demands), None)
    if excluding is not None:
        return str(excluding)
    candidate = provider.candidate(name, aim)
    if isinstance(candidate, Refusal):
        return str(candidate)
    if not all(provider.policy.accepts(demand, candidate) for demand in demands):
        return f"{name} {aim} is {'yanked' if candidate.yanked is not None else 'a pre-release'}"
    collision = next(collisions(provider, candidate, demands, versions), None)
    return f"no set holds {name} {aim} beside the rows before it" if collision is None else told(collision, versions)


def exclusions(
    provider: Provider, name: NormalizedName, version: Version, demands: Iterable[Demand]
) -> Iterator[Demand]:
    """Those of the demands, and then of the known issues, whose range does not hold the version."""
    for demand in (*demands, *provider.limits.get(name, ())):
        if not provider.contains(demand, version):
            yield demand


def own_demands(provider: Provider, candidate: Candidate, demands: Iterable[Demand]) -> Iterator[Demand]:
    """What the release itself demands, with the extras that `demands` ask of it."""
    for extra in ("", *sorted({extra for demand in demands for extra in demand.extras})):
        yield from provider.demands(candidate, extra)


def collisions(
    provider: Provider, candidate: Candidate, demands: Iterable[Demand], versions: Versions
) -> Iterator[Demand]:
    """Those of the release's own demands that these versions do not fulfil."""
    for demand in own_demands(provider, candidate, demands):
        other = versions.get(demand.name)
        if other is not None and not provider.contains(demand, other):
            yield demand


def excluded(provider: Provider, demand: Demand) -> tuple[Demand, ...]:
    """What the request and the known issues say about the demanded package, if that leaves the demand no version."""
    others = (*(each for each in provider.roots if each.name == demand.name), *provider.limits.get(demand.name, ()))
    if not others:
        return ()
    left = -1
    for each in (demand, *others):
        left &= provider.memory.mask(each.name, each.specifier)
    return () if left else others


def told(collision: Demand, versions: Versions) -> str:
    """A collision in words, with what the set has."""
    return f"{collision}, but this set has {collision.name} {versions[collision.name]}"
