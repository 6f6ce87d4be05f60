"""What keeps versions out of a set: the demands and the index's listing first, then metadata and a few searches.

The listing is there already, metadata must be fetched: so hundreds of versions are judged by the demands on them, their
dates, files and Requires-Python, and only a few of those that nothing of this excludes by metadata and a search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.explain import ObstacleKind
from lockgen.model.origin import LayerOrigin, Origin, QuestionOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.model.result import Pin, Unsolved
from lockgen.resolve.provider import Provider
from lockgen.resolve.why import colliding_demands, collision_text, demands_against, excluding_demands, release_demands
from lockgen.text import moment

FindConflict = Callable[[Request], Unsolved | None]
"""Why a request cannot be satisfied; None when it can."""

_MOST_TRIES = 4
"""How many versions are judged by their metadata and a search."""
_MOST_STEPS = 4
"""How many steps of a derivation are reported; a long one repeats itself."""
_QUESTION = QuestionOrigin(text="the question")
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
        rows = list(self.provider.rows)
        place = rows.index(self.pin.name) if self.pin.name in rows else len(rows)
        return {name: self.pins[name].version for name in rows[:place]}

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
            reason = _searched_reason(case, version) if preferred else _strategy_reason(case, version)
            if not preferred and reason.kind in {"preference", "untried"}:
                repeated = reason
            yield version, reason


def _listing_reason(case: PinContext, version: Version) -> Reason | None:
    """Why the demands on the package, or the index's listing, exclude the version; no metadata is read."""
    provider, pin = case.provider, case.pin
    if excluding := tuple(excluding_demands(provider, pin.name, version, pin.via)):
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
        return _collision_reason(collision, collision_text(collision, beside), beside[collision.name])
    for demand in release_demands(provider, candidate, pin.via):
        if against := demands_against(provider, demand):
            return _collision_reason(demand, "; ".join(map(str, (demand, *against))), against)
    conflict = case.conflict(_request_with(case, version, beside=beside))
    if conflict is not None:
        return _conflict_reason(pin.name, version, conflict)
    return Reason(kind="preference", reason=f"nothing excludes {version}: a set with it was found")


def _collision_reason(demand: Demand, reason: str, against: object) -> Reason:
    return Reason(kind="collision", reason=reason, alike=(demand.wanted, against))


def _request_with(case: PinContext, version: Version, *, beside: Mapping[NormalizedName, Version]) -> Request:
    """The request with this version demanded beside these.

    Any set will do. Where nothing is settled the newest versions come first: that reads the least metadata.
    """
    request, rows = case.provider.request, case.provider.rows
    settled = (
        _exact_demand(name, at, QuestionOrigin(text=f"{rows[name].where}, which comes first,"))
        for name, at in beside.items()
    )
    demands = (*request.demands, *settled, _exact_demand(case.pin.name, version, _QUESTION))
    return replace(request, demands=demands, strategy=request.strategy if beside else "maximum")


def _exact_demand(name: NormalizedName, version: Version, origin: QuestionOrigin) -> Demand:
    return Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=origin)


def _conflict_reason(name: NormalizedName, version: Version, conflict: Unsolved) -> Reason:
    core = tuple(str(demand) for demand in conflict.core if demand.origin != _QUESTION)
    steps = tuple(str(step) for step in conflict.steps if step.origin != _QUESTION)
    lines = (*core, *steps) or tuple(map(str, conflict.refusals))
    more = f"; and {len(lines) - _MOST_STEPS} more steps like these" if len(lines) > _MOST_STEPS else ""
    return Reason(
        kind="conflict",
        reason=f"no set holds {version}: {'; '.join(lines[:_MOST_STEPS])}{more}",
        alike=(core, _conflict_shape(name, conflict)),
    )


def _conflict_shape(name: NormalizedName, conflict: Unsolved) -> Sequence[object]:
    """The steps of a conflict, without the release of the package they start from."""
    links = (link for meeting in conflict.meetings for chain in meeting.chains for link in chain)
    return tuple(
        (link.by, () if link.by == name else link.releases, link.name, link.specifiers)
        for link in links
        if link.origin != _QUESTION
    )
