"""Why there is no set: a minimal part of the request that cannot hold together, and the demands that lead to where it
collides, read from the derivation of the refutation.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count
from operator import and_, or_

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from lockgen.model.conflict import Demand, Derivation, Step
from lockgen.model.origin import Origin, OverrideOrigin, ReleaseOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint
from lockgen.resolve.constraints import constraint_demand
from lockgen.resolve.encoding import Encoding
from lockgen.resolve.incompatibility import Incompatibility, Variable
from lockgen.resolve.masks import places
from lockgen.resolve.missing import releases_inside, unlisted_ranges, yanked_release
from lockgen.resolve.target_candidates import ReleaseKey

_SHORT = 2
"""Two demands that collide by themselves, or by one step of one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A "no" and its reasons."""

    core: tuple[Demand, ...]
    meetings: tuple[Derivation, ...]
    refusals: tuple[Refusal, ...]
    unadmitted: Mapping[ReleaseKey, Refusal | None] = field(default_factory=dict)
    """The releases that were looked at only to say whether they are yanked, with that answer."""

    @property
    def is_short(self) -> bool:
        """Whether there is no point in looking for a shorter conflict."""
        members, steps = self.length
        return members <= _SHORT and steps <= _SHORT

    @property
    def length(self) -> tuple[int, int]:
        """How many members and steps it has; the shortest conflict is reported."""
        steps = {str(link) for meeting in self.meetings for chain in meeting.chains for link in chain}
        return len(self.core), len(steps)


def conflict_of(
    core: Sequence[Demand], issues: Sequence[Constraint], refutation: Incompatibility, encoding: Encoding
) -> Conflict:
    """The conflict with its steps. `refutation` is that of the core alone, `encoding` the one it was found in."""
    blamed = (*core, *dict.fromkeys(constraint_demand(each, encoding.candidates.memory) for each in issues))
    return DerivationReader(encoding, tuple(leaves(refutation))).conflict(blamed)


def leaves(refutation: Incompatibility) -> Iterator[Incompatibility]:
    """What the refutation was derived from and was not derived itself, in the order of the derivation."""
    waiting, seen = [refutation], {id(refutation)}
    while waiting:
        each = waiting.pop()
        if not each.causes:
            yield each
        for cause in reversed(each.causes):
            if id(cause) not in seen:
                seen.add(id(cause))
                waiting.append(cause)


@dataclass(slots=True)
class _Step:
    """Demands of one package's releases, or of the request, on one package: they become one step of the derivation."""

    by: Origin | str
    """The demander without its version."""
    name: NormalizedName
    extras: frozenset[str]
    parent: Variable | None
    """The package or extra that demands; None for the request."""
    demands: dict[int, Demand] = field(default_factory=dict)
    """By the place of the demander's version."""
    allowed: dict[int, int] = field(default_factory=dict)
    """The versions each demand lets in, as masks."""

    @property
    def together(self) -> int:
        """The versions that any of the demands lets in."""
        return reduce(or_, self.allowed.values(), 0)

    @property
    def link(self) -> Step:
        """The step as it is reported."""
        newest_first = [self.demands[place] for place in sorted(self.demands, reverse=True)]
        specifiers = {str(demand.specifier): demand.specifier for demand in newest_first}
        return Step(
            origin=newest_first[0].origin,
            releases=tuple(demand.release.version for demand in newest_first[::-1] if demand.release is not None),
            name=self.name,
            extras=self.extras,
            specifiers=tuple(specifiers.values()),
        )


class DerivationReader:
    """The demands a refutation rests on, as steps from package to package."""

    def __init__(self, encoding: Encoding, derived_from: Sequence[Incompatibility]) -> None:
        self._encoding = encoding
        self._steps: dict[object, _Step] = {}
        self._onto: dict[NormalizedName, list[_Step]] = {}
        for each in derived_from:
            if each.requires is not None:
                self._add_to_steps(each, each.requires)
        for step in self._steps.values():
            self._onto.setdefault(step.name, []).append(step)

    def conflict(self, core: tuple[Demand, ...]) -> Conflict:
        """The conflict with these members."""
        meetings: list[Derivation] = []
        refusals: list[Refusal] = []
        unadmitted: dict[ReleaseKey, Refusal | None] = {}
        for name, steps in self._onto.items():
            if colliding := self._colliding(name, steps):
                chains = sorted((self._chain(step) for step in colliding), key=len)
                meetings.append(Derivation(name=name, chains=tuple(tuple(each.link for each in way) for way in chains)))
                asked = self._unadmitted(name, colliding)
                unadmitted |= asked
                refusals += [*self._refusals(name, colliding), *filter(None, asked.values())]
        names = dict.fromkeys(demand.name for demand in core)
        refusals += [_absent_project(name) for name in names if self._is_absent(name)]
        return Conflict(core=core, meetings=tuple(meetings), refusals=tuple(refusals), unadmitted=unadmitted)

    def _add_to_steps(self, incompatibility: Incompatibility, variable: Variable) -> None:
        """Sort the demands of an incompatibility into steps."""
        allowed = variable.full & ~incompatibility.terms[variable] & ~variable.absent
        parent = next((each for each in incompatibility.terms if each is not variable and each.versions), None)
        if parent is None and any(demand.release for demand in incompatibility.demands.values()):
            # A release that demands itself in another version.
            parent, allowed = variable, 0
        for place, demand in incompatibility.demands.items():
            step = self._step_for(demand, place, parent)
            step.demands[place] = demand
            step.allowed[place] = step.allowed.get(place, -1) & allowed

    def _step_for(self, demand: Demand, place: int, parent: Variable | None) -> _Step:
        """The step for the demand; two different demands of one release on one package are two steps."""
        by = _demander(demand)
        for number in count():
            key = by, demand.name, demand.extras, number
            step = self._steps.setdefault(key, _Step(by, demand.name, demand.extras, parent))
            if step.demands.setdefault(place, demand) == demand:
                return step
        raise AssertionError

    def _colliding(self, name: NormalizedName, steps: Sequence[_Step]) -> list[_Step]:
        """Those of the steps onto a package that leave it no version: two at a time if possible, else all together."""
        possible = ~self._encoding.variable(name).refused
        found: dict[int, _Step] = {}
        for place, one in enumerate(steps):
            if any(not mask & possible for mask in one.allowed.values()):
                return [one]
            for other in steps[place + 1 :]:
                masks, others = one.allowed.values(), other.allowed.values()
                if any(not mask & against & possible for mask in masks for against in others):
                    found.update({id(one): one, id(other): other})
        if found:
            return [step for step in steps if id(step) in found]
        for step in steps:
            possible &= step.together
        return [] if possible else list(steps)

    def _chain(self, step: _Step) -> list[_Step]:
        """The shortest way from the request down to the step."""
        waiting, seen = deque([[step]]), {id(step)}
        while waiting:
            chain = waiting.popleft()
            parent = chain[0].parent
            if parent is None:
                return chain
            for above in self._onto.get(parent.name, ()):
                if id(above) not in seen and (not parent.extra or parent.extra in above.extras):
                    seen.add(id(above))
                    waiting.append([above, *chain])
        return [step]

    def _refusals(self, name: NormalizedName, steps: Sequence[_Step]) -> Iterator[Refusal]:
        """The releases that the steps would let in, and that cannot be used."""
        if self._is_absent(name):
            yield _absent_project(name)
        refused = self._encoding.refusals
        admitted = self._admitted(name, steps)
        yield from (refused[name, place] for place in places(admitted) if (name, place) in refused)
        yield from unlisted_ranges(self._encoding.candidates, name, _ranges(steps))

    def _unadmitted(self, name: NormalizedName, steps: Sequence[_Step]) -> dict[ReleaseKey, Refusal | None]:
        """The releases inside the demanded ranges that no step lets in, and the refusal of those that are yanked."""
        candidates = self._encoding.candidates
        inside = releases_inside(candidates, name, _ranges(steps), self._admitted(name, steps))
        return {release: yanked_release(candidates, release) for release in inside}

    def _admitted(self, name: NormalizedName, steps: Sequence[_Step]) -> int:
        return reduce(and_, (step.together for step in steps), self._encoding.variable(name).full)

    def _is_absent(self, name: NormalizedName) -> bool:
        return self._encoding.candidates.memory.project(name) is None


def _ranges(steps: Sequence[_Step]) -> list[list[SpecifierSet]]:
    return [[demand.specifier for demand in step.demands.values()] for step in steps]


def _demander(demand: Demand) -> Origin | str:
    """The demander without its version; for what a known issue adds to a release, the issue."""
    return demand.origin.package if isinstance(demand.origin, ReleaseOrigin | OverrideOrigin) else demand.origin


def _absent_project(name: NormalizedName) -> Refusal:
    return Refusal(kind="absent", name=name, reason="is no project the index knows")
