"""What keeps versions out of a set: what can be seen in the listing first, then a few searches for what it hides.

The listing is there already, metadata must be asked for: so hundreds of versions are judged by the demands on them,
their dates, files and Requires-Python, and only a few of those that nothing of this excludes are looked into.
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
from lockgen.model.origin import Origin, QuestionOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.model.result import Pin, Unsolved
from lockgen.resolve.provider import Provider
from lockgen.resolve.why import collisions, excluded, exclusions, own_demands, told
from lockgen.text import moment

FindConflict = Callable[[Request], Unsolved | None]
"""Why a request cannot be satisfied; None when it can."""

_MOST_TRIES = 4
"""How many versions are looked into, each by its metadata and a search."""
_MOST_STEPS = 4
"""A long proof has many; the first ones tell the story."""
_QUESTION = QuestionOrigin(text="the question")
_UNTRIED = "nothing in the index's listing excludes them; whether a set could hold them was not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """What keeps one version out of the set."""

    kind: ObstacleKind
    reason: str
    alike: object = None
    """Equal for obstacles that are told as one; None: what says the same reason."""

    @property
    def key(self) -> object:
        """By which neighbouring versions are told as one."""
        return self.kind, self.reason if self.alike is None else self.alike


@dataclass(frozen=True, kw_only=True)
class PinContext:
    """A package of a set, and how to ask what else could be."""

    provider: Provider
    pins: Mapping[NormalizedName, Pin]
    pin: Pin
    conflict: FindConflict

    @cached_property
    def narrowings(self) -> frozenset[Origin]:
        """Who narrows versions without asking for a package: the known issues and rules of the matrix."""
        return frozenset(constraint.origin for constraint in self.provider.request.constraints)

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


def obstacles(case: PinContext, versions: Iterable[Version]) -> Iterator[tuple[Version, Reason]]:
    """What keeps each of these listed versions out of the set, in the order given.

    Of those that only the strategy keeps out, the first speaks for the ones after it.
    """
    left = _MOST_TRIES
    spokesman: Reason | None = None
    for version in versions:
        obstacle = on_sight(case, version)
        if obstacle is not None:
            yield version, obstacle
            continue
        preferred = case.is_preferred(version)
        if not preferred and spokesman is not None:
            yield version, spokesman
        elif not left:
            yield version, Reason(kind="untried", reason=_UNTRIED)
        else:
            left -= 1
            obstacle = looked_into(case, version) if preferred else _not_preferred(case, version)
            if not preferred and obstacle.kind in {"preference", "untried"}:
                spokesman = obstacle
            yield version, obstacle


def on_sight(case: PinContext, version: Version) -> Reason | None:
    """What the demands on the package and the index's listing say against a version; no metadata is read."""
    provider, pin = case.provider, case.pin
    if excluding := tuple(exclusions(provider, pin.name, version, pin.via)):
        kind: ObstacleKind = "issue" if all(demand.origin in case.narrowings for demand in excluding) else "demand"
        return Reason(kind=kind, reason="; ".join(map(str, excluding)))
    if not all(provider.policy.admits(demand, version) for demand in pin.via):
        return Reason(kind="pre-release", reason="a pre-release, which nothing in the set asks for")
    files = provider.filter.files(pin.name, version)
    if isinstance(files, Refusal):
        return _unusable(provider, files, version)
    if (yanked := files[0].yanked) is None or all(provider.policy.accepts_yanked(d, version) for d in pin.via):
        return None
    return Reason(kind="yanked", reason=f"yanked: {yanked}" if yanked else "yanked, without a reason")


def _unusable(provider: Provider, refusal: Refusal, version: Version) -> Reason:
    name, asked = refusal.name, provider.request
    if refusal.kind == "late" and not provider.filter.exists(name, version):
        day = moment(asked.as_of_for.get(name, asked.as_of)).removesuffix("T00:00:00Z")
        return Reason(kind="late", reason=f"uploaded after {day} (as_of)")
    barred = provider.filter.barred(name, version)
    if refusal.kind == "python" or not barred:
        # How many files there are is no other reason.
        alike = refusal.reason if refusal.kind == "python" else refusal.kind
        return Reason(kind=refusal.kind, reason=refusal.reason, alike=alike)
    return Reason(kind=refusal.kind, reason=f"{refusal.reason}; requires Python {barred}", alike=barred)


def _not_preferred(case: PinContext, version: Version) -> Reason:
    """The strategy alone tells why it is not this version; whether it could be is told where that can be known."""
    prefers = f"the {case.provider.request.strategy} strategy prefers {case.pin.version}"
    try:
        obstacle = looked_into(case, version)
    except FrozenIndexError as error:
        return Reason(
            kind="untried", reason=f"{prefers}; whether a set could hold {version} is unknown ({error.message})"
        )
    if obstacle.kind == "preference":
        return replace(obstacle, reason=f"{prefers}; {obstacle.reason}")
    return obstacle


def looked_into(case: PinContext, version: Version) -> Reason:
    """What keeps a version out that nothing excludes on sight: its metadata, what it collides with, or the strategy."""
    provider, pin = case.provider, case.pin
    candidate = provider.candidate(pin.name, version)
    if isinstance(candidate, Refusal):
        return Reason(kind=candidate.kind, reason=candidate.reason)
    beside = case.settled if case.is_preferred(version) else {}
    if (collision := next(collisions(provider, candidate, pin.via, beside), None)) is not None:
        return _colliding(collision, told(collision, beside), beside[collision.name])
    for demand in own_demands(provider, candidate, pin.via):
        if against := excluded(provider, demand):
            return _colliding(demand, "; ".join(map(str, (demand, *against))), against)
    conflict = case.conflict(_question(case, version, beside=beside))
    if conflict is not None:
        return _impossible(pin.name, version, conflict)
    return Reason(kind="preference", reason=f"nothing excludes {version}: a set with it was found")


def _colliding(demand: Demand, reason: str, against: object) -> Reason:
    return Reason(kind="collision", reason=reason, alike=(demand.wanted, against))


def _question(case: PinContext, version: Version, *, beside: Mapping[NormalizedName, Version]) -> Request:
    """Whether the version can be had beside these.

    Any set will do. Where nothing is settled the newest versions are looked at first: they read the least metadata.
    """
    asked, rows = case.provider.request, case.provider.rows
    settled = (
        _exactly(name, at, QuestionOrigin(text=f"{rows[name].where}, which comes first,"))
        for name, at in beside.items()
    )
    demands = (*asked.demands, *settled, _exactly(case.pin.name, version, _QUESTION))
    return replace(asked, demands=demands, strategy=asked.strategy if beside else "maximum")


def _exactly(name: NormalizedName, version: Version, origin: QuestionOrigin) -> Demand:
    return Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=origin)


def _impossible(name: NormalizedName, version: Version, conflict: Unsolved) -> Reason:
    core = tuple(str(demand) for demand in conflict.core if demand.origin != _QUESTION)
    steps = tuple(str(step) for step in conflict.steps if step.origin != _QUESTION)
    said = (*core, *steps) or tuple(map(str, conflict.refusals))
    more = f"; and {len(said) - _MOST_STEPS} more steps like these" if len(said) > _MOST_STEPS else ""
    return Reason(
        kind="conflict",
        reason=f"no set holds {version}: {'; '.join(said[:_MOST_STEPS])}{more}",
        alike=(core, _shape(name, conflict)),
    )


def _shape(name: NormalizedName, conflict: Unsolved) -> Sequence[object]:
    """The steps of a conflict, whichever release of the package they start from."""
    links = (link for meeting in conflict.meetings for chain in meeting.chains for link in chain)
    return tuple(
        (link.by, () if link.by == name else link.releases, link.name, link.specifiers)
        for link in links
        if link.origin != _QUESTION
    )
