"""Why a row does not have the version its strategy wants: facts that exclude it, or the derivation of a search.

A demand is a reason only if taking it away helps: the set with the wanted version meets everything else, or whoever
makes the demand was settled before. A demand that the set happens to break beside others is none: its package would
have moved along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.origin import IssueOrigin, RuleOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.result import Versions
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.provider import Provider
from lockgen.resolve.why import (
    FindConflict,
    colliding_demands,
    collision_text,
    conflict_text,
    demands_against,
    excluding_demands,
    release_demands,
    request_with,
    settled_before,
)


def deviation_reason(
    provider: Provider,
    row: tuple[NormalizedName, Version],
    *,
    demands: Sequence[Demand],
    versions: Versions,
    conflict: FindConflict,
) -> str:
    """Why the row has another version than the one given with its name.

    Demands on it that were settled before, or that alone stand in the way; a refused release; what the release itself
    demands of what was settled before, or alone breaks; else what a search finds.
    """
    name, aim = row
    settled = settled_before(provider, name, versions)
    excluding = tuple(excluding_demands(provider, name, aim, demands))
    facts = [each for each in excluding if each.release is None or each.release.name in settled or _is_issue(each)]
    if facts:
        return "; ".join(dict.fromkeys(map(str, facts)))
    look = provider.candidates if excluding else provider
    candidate = look.candidate(name, aim)
    if isinstance(candidate, Refusal):
        return str(candidate)
    if not all(provider.policy.accepts(demand, candidate) for demand in demands if demand not in excluding):
        return _unacceptable(candidate)
    collisions = () if excluding else _collisions(provider, candidate, demands, settled)
    found = next(iter(collisions), None) or _only_obstacle(
        provider, candidate, excluding, demands=demands, versions=versions
    )
    return found or _searched(provider, row, settled, conflict)


def _is_issue(demand: Demand) -> bool:
    """Whether a known issue or a rule of the matrix makes it, beside whatever release."""
    return isinstance(demand.origin, IssueOrigin | RuleOrigin)


def _unacceptable(candidate: Candidate) -> str:
    """That no demand lets it in because it is yanked, with the index's reason, or a pre-release."""
    what = "a pre-release" if candidate.yanked is None else f"yanked: {candidate.yanked}".removesuffix(": ")
    return f"{candidate.name} {candidate.version} is {what}"


def _collisions(
    provider: Provider, candidate: Candidate, demands: Sequence[Demand], settled: Versions
) -> Iterator[str]:
    """What the release demands and cannot have: a known issue that narrows it, or what was settled before."""
    for demand in release_demands(provider, candidate, demands):
        against = demands_against(provider, demand)
        if issues := list(filter(_is_issue, against)):
            yield "; ".join(map(str, (demand, *issues)))
    for demand in colliding_demands(provider, candidate, demands, settled):
        yield collision_text(demand, settled)


def _only_obstacle(
    provider: Provider,
    candidate: Candidate,
    excluding: Sequence[Demand],
    *,
    demands: Sequence[Demand],
    versions: Versions,
) -> str | None:
    """The one demand without which the set would hold the release; None where there are more."""
    own = tuple(
        demand
        for extra in ("", *sorted({extra for demand in demands for extra in demand.extras}))
        for demand in provider.candidates.demands(candidate, extra)
    )
    broken = [each for each in own if each.name in versions and not provider.contains(each, versions[each.name])]
    if len(broken) + len(excluding) != 1 or any(each.name not in versions for each in own):
        return None
    if excluding:
        return str(excluding[0])
    # A package that no row names would have moved along, were it not for something else.
    return collision_text(broken[0], versions) if broken[0].name in provider.rows else None


def _searched(
    provider: Provider, row: tuple[NormalizedName, Version], settled: Versions, conflict: FindConflict
) -> str:
    name, aim = row
    beside = f"no set holds {name} {aim} beside the rows before it"
    try:
        found = conflict(request_with(provider, name, aim, beside=settled))
    except FrozenIndexError:
        # A frozen index holds what the render read; the reason would need more.
        return beside
    return beside if found is None else conflict_text(f"{name} {aim}", found)
