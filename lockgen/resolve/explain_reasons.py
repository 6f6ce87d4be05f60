"""What keeps versions out of a set: the demands and the index's listing first, then metadata and a few searches.

The listing is there already, metadata must be fetched: so hundreds of versions are judged by the demands on them, their
dates, files and Requires-Python, and only a few of those that nothing of this excludes by metadata and a search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.explain import ObstacleKind
from lockgen.model.origin import LayerOrigin, Origin
from lockgen.model.refusal import Refusal
from lockgen.model.result import Pin, Unsolved
from lockgen.resolve.provider import Provider
from lockgen.resolve.why import (
    QUESTION,
    FindConflict,
    colliding_demands,
    collision_text,
    conflict_core,
    conflict_text,
    demands_against,
    excluding_demands,
    release_demands,
    request_with,
    settled_before,
)
from lockgen.text import moment

_MOST_TRIES = 4
"""How many versions are judged by their metadata and a search."""
_UNTRIED = "nothing in the index's listing excludes them; whether a set could hold them was not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What keeps one version out of the set."""

    kind: ObstacleKind
    reason: str
    alike: object = None
    """Equal for reasons that are reported as one; None: equal text."""

    @property
    def key(self) -> object:
        """Equal for neighbouring versions that are reported as one range."""
        return self.kind, self.reason if self.alike is None else self.alike


@dataclass(frozen=True, kw_only=True)
class PinContext:
    """A package of a set, and the means to judge its other versions."""

    provider: Provider
    pins: Mapping[NormalizedName, Pin]
    pin: Pin
    conflict: FindConflict

    @cached_property
    def narrowings(self) -> frozenset[Origin]:
        """Origins that narrow versions without demanding a package: the known issues and rules of the matrix.

        The pin of a set below narrows too, but it is no known issue.
        """
        origins = (constraint.origin for constraint in self.provider.request.constraints)
        return frozenset(origin for origin in origins if not isinstance(origin, LayerOrigin))

    @cached_property
    def settled(self) -> dict[NormalizedName, Version]:
        """What is decided before this package: the rows before its own, all rows for what has none."""
        versions = {name: pin.version for name, pin in self.pins.items()}
        return settled_before(self.provider, self.pin.name, versions)

    @cached_property
    def brought(self) -> frozenset[NormalizedName]:
        """The packages that this one demands, or that those demand: what they demand of it came with it."""
        demanded: dict[NormalizedName, set[NormalizedName]] = {}
        for name, pin in self.pins.items():
            for demand in pin.via:
                if demand.release is not None and demand.origin not in self.narrowings:
                    demanded.setdefault(demand.release.name, set()).add(name)
        found: set[NormalizedName] = set()
        waiting = [self.pin.name]
        while waiting:
            fresh = demanded.get(waiting.pop(), set()) - found
            found |= fresh
            waiting += fresh
        return frozenset(found - {self.pin.name})

    def is_preferred(self, version: Version) -> bool:
        """Whether the strategy goes for this version before the one in the set."""
        order = self.provider.versions(self.pin.name)
        return order.index(version) < order.index(self.pin.version)


def reasons_against(case: PinContext, versions: Iterable[Version]) -> Iterator[tuple[Version, Reason]]:
    """What keeps each of these listed versions out of the set, in the order given.

    The reason of the first version that only the strategy keeps out is repeated for those after it.
    """
    left = _MOST_TRIES
    repeated: Reason | None = None
    for version in versions:
        reason = _listing_reason(case, version)
        if reason is not None:
            yield version, reason
            continue
        preferred = case.is_preferred(version)
        if not preferred and repeated is not None:
            yield version, repeated
        elif not left:
            yield version, Reason(kind="untried", reason=_UNTRIED)
        else:
            left -= 1
            reason = _preferred_reason(case, version) if preferred else _strategy_reason(case, version)
            if not preferred and reason.kind in {"preference", "untried"}:
                repeated = reason
            yield version, reason


def _listing_reason(case: PinContext, version: Version) -> Reason | None:
    """Why the demands on the package, or the index's listing, exclude the version; no metadata is read."""
    provider, pin = case.provider, case.pin
    if excluding := tuple(excluding_demands(provider, pin.name, version, pin.via)):
        # What this very release brought in would come in another version along with another version of it.
        excluding = tuple(each for each in excluding if each.release is None or each.release.name not in case.brought)
        if not excluding:
            return None
        kind: ObstacleKind = "issue" if all(demand.origin in case.narrowings for demand in excluding) else "demand"
        return Reason(kind=kind, reason="; ".join(map(str, excluding)))
    if not all(provider.policy.admits(demand, version) for demand in pin.via):
        return Reason(kind="pre-release", reason="a pre-release, which nothing in the set asks for")
    files = provider.filter.files(pin.name, version)
    if isinstance(files, Refusal):
        return _refusal_reason(provider, files, version)
    if (yanked := files[0].yanked) is None or all(provider.policy.accepts_yanked(d, version) for d in pin.via):
        return None
    return Reason(kind="yanked", reason=f"yanked: {yanked}" if yanked else "yanked, without a reason")


def _refusal_reason(provider: Provider, refusal: Refusal, version: Version) -> Reason:
    name, request = refusal.name, provider.request
    if refusal.kind == "late" and not provider.filter.exists(name, version):
        day = moment(request.as_of_for.get(name, request.as_of)).removesuffix("T00:00:00Z")
        return Reason(kind="late", reason=f"uploaded after {day} (as_of)")
    barred = provider.filter.barred(name, version)
    if refusal.kind == "python" or not barred:
        # How many files there are is no other reason.
        alike = refusal.reason if refusal.kind == "python" else refusal.kind
        return Reason(kind=refusal.kind, reason=refusal.reason, alike=alike)
    return Reason(kind=refusal.kind, reason=f"{refusal.reason}; requires Python {barred}", alike=barred)


def _preferred_reason(case: PinContext, version: Version) -> Reason:
    """Why a version that the strategy prefers is not in the set; of one its own demands bring down, where known."""
    if not any(True for _ in excluding_demands(case.provider, case.pin.name, version, case.pin.via)):
        return _searched_reason(case, version)
    try:
        return _searched_reason(case, version)
    except FrozenIndexError as error:
        return Reason(kind="untried", reason=f"whether a set could hold {version} is unknown ({error.message})")


def _strategy_reason(case: PinContext, version: Version) -> Reason:
    """Why a version that the strategy ranks lower is not in the set, and whether a set could hold it, where known."""
    prefers = f"the {case.provider.request.strategy} strategy prefers {case.pin.version}"
    try:
        reason = _searched_reason(case, version)
    except FrozenIndexError as error:
        return Reason(
            kind="untried", reason=f"{prefers}; whether a set could hold {version} is unknown ({error.message})"
        )
    if reason.kind == "preference":
        return replace(reason, reason=f"{prefers}; {reason.reason}")
    return reason


def _searched_reason(case: PinContext, version: Version) -> Reason:
    """What keeps out a version that the listing does not exclude: its metadata, a collision, or the strategy."""
    provider, pin = case.provider, case.pin
    candidate = provider.candidate(pin.name, version)
    if isinstance(candidate, Refusal):
        return Reason(kind=candidate.kind, reason=candidate.reason)
    beside = case.settled if case.is_preferred(version) else {}
    if (collision := next(colliding_demands(provider, candidate, pin.via, beside), None)) is not None:
        if collision.name in case.brought and (deeper := _without_circle(case, version)) is not None:
            return deeper
        return _collision_reason(collision, collision_text(collision, beside), beside[collision.name])
    for demand in release_demands(provider, candidate, pin.via):
        if against := demands_against(provider, demand):
            return _collision_reason(demand, "; ".join(map(str, (demand, *against))), against)
    conflict = case.conflict(request_with(provider, pin.name, version, beside=beside))
    if conflict is not None:
        return _conflict_reason(pin.name, version, conflict)
    return Reason(kind="preference", reason=f"nothing excludes {version}: a set with it was found")


def _without_circle(case: PinContext, version: Version) -> Reason | None:
    """What keeps the version out although the packages it brings may move along; None where nothing does."""
    beside = {name: at for name, at in case.settled.items() if name not in case.brought}
    conflict = case.conflict(request_with(case.provider, case.pin.name, version, beside=beside))
    return None if conflict is None else _conflict_reason(case.pin.name, version, conflict)


def _collision_reason(demand: Demand, reason: str, against: object) -> Reason:
    return Reason(kind="collision", reason=reason, alike=(demand.wanted, against))


def _conflict_reason(name: NormalizedName, version: Version, conflict: Unsolved) -> Reason:
    return Reason(
        kind="conflict",
        reason=conflict_text(str(version), conflict),
        alike=(conflict_core(conflict), _conflict_shape(name, conflict)),
    )


def _conflict_shape(name: NormalizedName, conflict: Unsolved) -> Sequence[object]:
    """The steps of a conflict, without the release of the package they start from."""
    links = (link for meeting in conflict.meetings for chain in meeting.chains for link in chain)
    return tuple(
        (link.by, () if link.by.partition("[")[0] == name else link.releases, link.name, link.specifiers)
        for link in links
        if link.origin != QUESTION
    )
