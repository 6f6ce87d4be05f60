"""A complete search: it finds a set, or the demands of the request that prove there is none.

resolvelib is fast at finding sets, but its "impossible" is no proof: while it backtracks it may pass over a pin whose
other versions would have helped (`tests/resolve/test_refute.py` holds the smallest such universe). lockgen's "no" must
be true, so every "no" is confirmed here: a depth-first search with conflict-directed backjumping (Prosser 1993). Each
failure is returned as the set of decisions and demands it rests on; a decision that is not among them is never retried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import LockgenError
from lockgen.records import Demand
from lockgen.resolve.answers import Answers
from lockgen.resolve.candidates import Release

Cause = NormalizedName | Demand
"""A decided package, or a demand of the request itself."""
Causes = frozenset[Cause]

_MOST_DECISIONS = 200_000


@dataclass(frozen=True, slots=True)
class _Reason:
    demand: Demand
    causes: Causes


@dataclass(frozen=True, slots=True)
class _State:
    """Everything decided and demanded so far; a step makes a new one, so going back is forgetting."""

    decided: Mapping[NormalizedName, Release]
    reasons: Mapping[NormalizedName, tuple[_Reason, ...]]

    def open_names(self) -> Iterator[NormalizedName]:
        return (name for name in self.reasons if name not in self.decided)

    def everything(self) -> Causes:
        roots = {cause for reasons in self.reasons.values() for reason in reasons for cause in reason.causes}
        return frozenset(roots | set(self.decided))


Sets = Mapping[NormalizedName, Version]


class Refuter:
    """Searches one request's universe completely. `fixed` packages have one version; `roots` are what to satisfy."""

    def __init__(self, answers: Answers, roots: tuple[Demand, ...], fixed: Mapping[NormalizedName, Version]) -> None:
        self._answers = answers
        self._roots = roots
        self._fixed = {
            name: Demand(name=name, specifier=SpecifierSet(f"==={version}"), by="a better row's choice")
            for name, version in fixed.items()
        }
        self._places = {demand.name: place for place, demand in enumerate(roots)}
        self._decisions = 0

    def search(self) -> Sets | Causes:
        """A set (name to version) when there is one; else the demands that cannot hold together."""
        state = _State({}, {})
        for demand in self._roots:
            after = self._demand(state, demand, frozenset({demand}))
            if isinstance(after, frozenset):
                return after
            state = after
        return self._extend(state)

    def _extend(self, state: _State) -> Sets | Causes:
        name = min(state.open_names(), key=lambda name: (self._places.get(name, len(self._places)), name), default=None)
        if name is None:
            return {name: release.version for name, release in state.decided.items()}
        conflict = set(state.reasons[name][0].causes)
        for version in self._answers.versions(name):
            rejection = self._rejection(state, name, version)
            if rejection is not None:
                conflict |= rejection
                continue
            found = self._decide(state, name, version)
            if not isinstance(found, frozenset):
                return found
            if name not in found:
                return found
            conflict |= found - {name}
        return frozenset(conflict)

    def _rejection(self, state: _State, name: NormalizedName, version: Version) -> Causes | None:
        """Why this version may not be decided now, as what that rests on; None when it may."""
        contains = self._answers.shelf.contains
        for reason in state.reasons.get(name, ()):
            if not contains(reason.demand.specifier, version):
                return reason.causes
        for limit in (*self._answers.limits.get(name, ()), *filter(None, (self._fixed.get(name),))):
            if not contains(limit.specifier, version):
                return frozenset({limit})
        release = self._answers.release(name, version)
        if not isinstance(release, Release):
            return frozenset()
        # Who permits a pre-release or a yanked release may still turn up, so all that is decided shares the blame.
        demands = (reason.demand for reason in state.reasons.get(name, ()))
        return None if self._answers.is_permitted(release, demands) else state.everything()

    def _decide(self, state: _State, name: NormalizedName, version: Version) -> Sets | Causes:
        self._decisions += 1
        if self._decisions > _MOST_DECISIONS:
            raise LockgenError(
                f"gave up after {_MOST_DECISIONS} decisions without an answer",
                where=self._answers.request.target.name,
                hint="Narrow the ranges of the rows, or give the rows that conflict a recommended version.",
            )
        release = self._answers.release(name, version)
        if not isinstance(release, Release):
            return frozenset()
        after: _State | Causes = replace(state, decided={**state.decided, name: release})
        for extra, causes in (("", frozenset[Cause]()), *_extras(state.reasons[name])):
            for demand in self._answers.demands(release, extra):
                if not isinstance(after, frozenset):
                    after = self._demand(after, demand, causes | {name})
        return after if isinstance(after, frozenset) else self._extend(after)

    def _demand(self, state: _State, demand: Demand, causes: Causes) -> _State | Causes:
        """The state with one more demand, or what makes it impossible."""
        name = demand.name
        reasons = (*state.reasons.get(name, ()), _Reason(demand, causes))
        after = replace(state, reasons={**state.reasons, name: reasons})
        decided = state.decided.get(name)
        if decided is None:
            return after if demand.specifier == SpecifierSet() else self._look_ahead(after, name)
        if not self._answers.shelf.contains(demand.specifier, decided.version):
            return causes | {name}
        return self._activate(after, state, decided, _Reason(demand, causes))

    def _activate(self, after: _State, before: _State, decided: Release, reason: _Reason) -> _State | Causes:
        """An extra asked of a package that is already decided brings its demands now."""
        known = {extra for extra, _ in _extras(before.reasons.get(decided.name, ()))}
        for extra in sorted(reason.demand.extras - known):
            for demand in self._answers.demands(decided, extra):
                step = self._demand(after, demand, reason.causes | {decided.name})
                if isinstance(step, frozenset):
                    return step
                after = step
        return after

    def _look_ahead(self, state: _State, name: NormalizedName) -> _State | Causes:
        """A package left without any version is a conflict now, not when its turn comes."""
        conflict: set[Cause] = set(state.reasons[name][-1].causes)
        for version in self._answers.versions(name):
            rejection = self._rejection(state, name, version)
            if rejection is None:
                return state
            conflict |= rejection
        return frozenset(conflict)


def _extras(reasons: Iterable[_Reason]) -> tuple[tuple[str, Causes], ...]:
    """Each extra asked of a package, once, with what it rests on."""
    found: dict[str, Causes] = {}
    for reason in reasons:
        for extra in sorted(reason.demand.extras):
            found.setdefault(extra, reason.causes)
    return tuple(found.items())
