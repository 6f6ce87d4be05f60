"""What excludes a version from a set and what it collides with, and the question whether any set holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.origin import QuestionOrigin, RowOrigin
from lockgen.model.request import Request, Row
from lockgen.model.result import Unsolved, Versions
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.provider import Provider

FindConflict = Callable[[Request], Unsolved | None]
"""Why a request cannot be satisfied; None when it can."""
QUESTION = QuestionOrigin(text="the question")
_MOST_REFUSALS = 2
"""How many packages without a usable release are named; of each the newest."""
_MOST_STEPS = 4
"""How many steps of a derivation are reported; a long one repeats itself."""


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


def settled_before(provider: Provider, name: NormalizedName, versions: Versions) -> dict[NormalizedName, Version]:
    """What is decided before this package: the rows before its own, all rows for what has none."""
    rows = list(provider.rows)
    place = rows.index(name) if name in rows else len(rows)
    return {each: versions[each] for each in rows[:place]}


def request_with(provider: Provider, name: NormalizedName, version: Version, *, beside: Versions) -> Request:
    """The request with this version demanded beside these.

    Any set will do. Where nothing is settled the newest versions come first: that reads the least metadata.
    """
    request, rows = provider.request, provider.rows
    settled = (
        _exact_demand(each, at, QuestionOrigin(text=f"{rows[each].where}, which comes first,"))
        for each, at in beside.items()
    )
    demands = (*request.demands, *settled, _exact_demand(name, version, QUESTION))
    return replace(request, demands=demands, strategy=request.strategy if beside else "maximum")


def conflict_text(version: str, conflict: Unsolved) -> str:
    """The conflict of a `request_with` in words: `no set holds 2.0: a 2.0 needs c; c 1.0 needs d>=2`."""
    lines = (*conflict_core(conflict), *(str(step) for step in conflict.steps if step.origin != QUESTION))
    refused = {(each.name, each.kind): each for each in reversed(conflict.refusals)}
    more = f"; and {len(lines) - _MOST_STEPS} more steps like these" if len(lines) > _MOST_STEPS else ""
    said = (*lines[:_MOST_STEPS], *(str(each) for each in list(refused.values())[:_MOST_REFUSALS]))
    return f"no set holds {version}: {'; '.join(said)}{more}"


def conflict_core(conflict: Unsolved) -> tuple[str, ...]:
    """The members of the core, the question aside."""
    return tuple(str(demand) for demand in conflict.core if demand.origin != QUESTION)


def _exact_demand(name: NormalizedName, version: Version, origin: QuestionOrigin) -> Demand:
    return Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=origin)
