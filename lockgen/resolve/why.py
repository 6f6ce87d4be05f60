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


def wanted_version(provider: Provider, row: Row) -> Version | None:
    """The version the strategy names: the published one, or else the newest in the row's own range.

    For `minimum` that is the oldest in the range: a bound need not be a release.
    """
    if provider.request.strategy == "minimum" and row.minimum is not None and _exists(provider, row.name, row.minimum):
        return row.minimum
    if provider.request.strategy == "recommended" and row.recommended is not None:
        return row.recommended
    row_demand = next(
        demand for demand in provider.roots if demand.origin == RowOrigin(where=row.where) and demand.name == row.name
    )
    inside = (version for version in provider.versions(row.name) if provider.policy.admits(row_demand, version))
    return next((version for version in inside if provider.filter.exists(row.name, version)), None)


def _exists(provider: Provider, name: NormalizedName, version: Version) -> bool:
    return version in provider.memory.listed(name).places


def deviation_reason(
    provider: Provider, name: NormalizedName, aim: Version, *, demands: tuple[Demand, ...], versions: Versions
) -> str:
    """Why a row does not have the version it aims at.

    The first of: a demand on the row, a known issue, a refused release, a demand of the wanted release itself.
    """
    excluding = next(excluding_demands(provider, name, aim, demands), None)
    if excluding is not None:
        return str(excluding)
    candidate = provider.candidate(name, aim)
    if isinstance(candidate, Refusal):
        return str(candidate)
    if not all(provider.policy.accepts(demand, candidate) for demand in demands):
        return f"{name} {aim} is {'yanked' if candidate.yanked is not None else 'a pre-release'}"
    collision = next(colliding_demands(provider, candidate, demands, versions), None)
    if collision is None:
        return f"no set holds {name} {aim} beside the rows before it"
    return collision_text(collision, versions)


def excluding_demands(
    provider: Provider, name: NormalizedName, version: Version, demands: Iterable[Demand]
) -> Iterator[Demand]:
    """Those of the demands, and then of the known issues, whose range does not hold the version."""
    for demand in (*demands, *provider.constraints.get(name, ())):
        if not provider.contains(demand, version):
            yield demand


def release_demands(provider: Provider, candidate: Candidate, demands: Iterable[Demand]) -> Iterator[Demand]:
    """What the release itself demands, with the extras that `demands` name."""
    for extra in ("", *sorted({extra for demand in demands for extra in demand.extras})):
        yield from provider.demands(candidate, extra)


def colliding_demands(
    provider: Provider, candidate: Candidate, demands: Iterable[Demand], versions: Versions
) -> Iterator[Demand]:
    """Those of the release's own demands that these versions do not fulfil."""
    for demand in release_demands(provider, candidate, demands):
        other = versions.get(demand.name)
        if other is not None and not provider.contains(demand, other):
            yield demand


def demands_against(provider: Provider, demand: Demand) -> tuple[Demand, ...]:
    """The request's own demands and known issues on the demanded package, if they leave the demand no version."""
    name = demand.name
    others = (*(each for each in provider.roots if each.name == name), *provider.constraints.get(name, ()))
    if not others:
        return ()
    left = -1
    for each in (demand, *others):
        left &= provider.memory.mask(each.name, each.specifier)
    return () if left else others


def collision_text(collision: Demand, versions: Versions) -> str:
    """A demand that the set does not meet, in words, with the version that the set has."""
    return f"{collision}, but this set has {collision.name} {versions[collision.name]}"
