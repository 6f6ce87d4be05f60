"""A complete search: the best set there is, or the demands of the request that prove there is none.

resolvelib is fast at finding sets, but its "impossible" is no proof: while it backtracks it may pass over a pin whose
other versions would have helped (`tests/scenarios/resolver.toml` holds the smallest such universe). lockgen's "no" must
be true, so it is decided here: a depth-first search with conflict-directed backjumping (Prosser 1993). Each failure is
kept as the decisions and demands it rests on; a decision that is not among them is never retried. Rows are decided
first and in matrix order, each with its most wanted version first: so the first set found is the one the strategies'
definition asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.errors import LockgenError
from lockgen.records import Refusal
from lockgen.resolve.answers import Answers
from lockgen.resolve.candidates import Release
from lockgen.resolve.permission import Permission

Cause = NormalizedName | Demand
"""A decided package, or a demand of the request itself."""
Causes = frozenset[Cause]
Sets = Mapping[NormalizedName, Version]

_MOST_DECISIONS = 100_000
_ANYTHING = SpecifierSet()


Chain = tuple[Demand, ...]
"""From a demand of the request down to the one it leads to."""


class GaveUpError(LockgenError):
    """There may be a set or none: the search would have taken too long."""


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A package that was left without any version: what was demanded of it, by whom in turn, and what was refused."""

    name: NormalizedName
    chains: tuple[Chain, ...]
    refusals: tuple[Refusal, ...]


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


@dataclass(slots=True)
class _Frame:
    """A package whose versions are being tried, and what rests on the failures so far."""

    name: NormalizedName
    state: _State
    versions: Iterator[Version]
    conflict: set[Cause]


@dataclass(slots=True)
class Refuter:
    """Searches one request's universe completely, for sets that satisfy `roots`."""

    answers: Answers
    roots: tuple[Demand, ...]
    most: int = _MOST_DECISIONS
    """Decisions after which it gives up."""
    dead_ends: list[DeadEnd] = field(default_factory=list)
    """Every package that was found without a version, in the order they were met."""
    causes: Causes = frozenset()
    """What the last "no" rests on."""
    _permission: Permission = field(init=False)
    _places: dict[NormalizedName, int] = field(init=False)

    def __post_init__(self) -> None:
        # Of the request's own demands the answers know already, and note what it rested on.
        same = self.roots is self.answers.roots
        self._permission = (
            self.answers.permission if same else Permission(self.answers.shelf, self.answers.sieve, self.roots)
        )
        # A package keeps the place of its row when something else of the request demands it too.
        self._places = {demand.name: place for place, demand in reversed(tuple(enumerate(self.roots)))}

    def search(self) -> Sets | Causes:
        """The best set (name to version) when there is one; else the demands that cannot hold together.

        Raises GaveUpError after too many decisions.
        """
        state: _State | Causes = _State({}, {})
        for demand in self.roots:
            if not isinstance(state, frozenset):
                state = self._demand(state, demand, frozenset({demand}))
        found = state if isinstance(state, frozenset) else self._walk(state)
        self.causes = found if isinstance(found, frozenset) else frozenset()
        return found

    def _walk(self, state: _State) -> Sets | Causes:
        """Depth first with a stack of our own, because a deep tree is no reason to fail."""
        frames: list[_Frame] = []
        step: _State | Causes = state
        for _ in range(self.most):
            if isinstance(step, frozenset):
                # Back to the last decision the failure rests on; those above it cannot help.
                while frames and frames[-1].name not in step:
                    frames.pop()
                if not frames:
                    return step
                frames[-1].conflict |= step - {frames[-1].name}
            else:
                frame = self._opened(step)
                if frame is None:
                    return {name: release.version for name, release in step.decided.items()}
                frames.append(frame)
            step = self._next(frames[-1])
            if isinstance(step, frozenset):
                frames.pop()
        raise self._gave_up()

    def _opened(self, state: _State) -> _Frame | None:
        """The next package to decide: rows in matrix order, then the rest by name."""
        name = min(state.open_names(), key=lambda name: (self._places.get(name, len(self._places)), name), default=None)
        if name is None:
            return None
        return _Frame(name, state, iter(self.answers.versions(name)), set(state.reasons[name][0].causes))

    def _next(self, frame: _Frame) -> _State | Causes:
        """The state with the package's next version decided, or when none is left what all its failures rest on."""
        for version in frame.versions:
            rejection = self._rejection(frame.state, frame.name, version)
            step = rejection if rejection is not None else self._decide(frame.state, frame.name, version)
            if not isinstance(step, frozenset):
                return step
            if rejection is None and frame.name not in step:
                return step
            frame.conflict |= step - {frame.name}
        return frozenset(frame.conflict)

    def _rejection(self, state: _State, name: NormalizedName, version: Version) -> Causes | None:
        """Why this version may not be decided now, as what that rests on; None when it may."""
        for reason in state.reasons[name]:
            if not self._permission.admits(reason.demand, version):
                return reason.causes
        for limit in self.answers.limits.get(name, ()):
            if not self.answers.shelf.contains(limit.specifier, version):
                return frozenset({limit})
        release = self.answers.release(name, version)
        if not isinstance(release, Release):
            return frozenset()
        refusing = (reason for reason in state.reasons[name] if not self._permission.accepts(reason.demand, release))
        return next((reason.causes for reason in refusing), None)

    def _decide(self, state: _State, name: NormalizedName, version: Version) -> _State | Causes:
        release = self.answers.release(name, version)
        if not isinstance(release, Release):
            return frozenset()
        after: _State | Causes = replace(state, decided={**state.decided, name: release})
        for extra, causes in (("", frozenset[Cause]()), *_extras(state.reasons[name])):
            for demand in self.answers.demands(release, extra):
                if not isinstance(after, frozenset):
                    after = self._demand(after, demand, causes | {name})
        return after

    def _demand(self, state: _State, demand: Demand, causes: Causes) -> _State | Causes:
        """The state with one more demand, or what makes it impossible."""
        name = demand.name
        reason = _Reason(demand, causes)
        after = replace(state, reasons={**state.reasons, name: (*state.reasons.get(name, ()), reason)})
        decided = state.decided.get(name)
        if decided is None:
            return self._look_ahead(after, name)
        if not self._permission.accepts(demand, decided):
            chains = tuple(_chain(after, each.demand) for each in after.reasons[name])
            self.dead_ends.append(DeadEnd(name, chains, ()))
            return causes | {name}
        return self._activate(after, state, decided, reason)

    def _activate(self, after: _State, before: _State, decided: Release, reason: _Reason) -> _State | Causes:
        """An extra asked of a package that is already decided brings its demands now."""
        known = {extra for extra, _ in _extras(before.reasons.get(decided.name, ()))}
        for extra in sorted(reason.demand.extras - known):
            for demand in self.answers.demands(decided, extra):
                step = self._demand(after, demand, reason.causes | {decided.name})
                if isinstance(step, frozenset):
                    return step
                after = step
        return after

    def _look_ahead(self, state: _State, name: NormalizedName) -> _State | Causes:
        """A package left without any version is a conflict now, not when its turn comes."""
        reasons = state.reasons[name]
        conflict: set[Cause] = set(reasons[-1].causes)
        for version in self.answers.versions(name):
            rejection = self._rejection(state, name, version)
            if rejection is None:
                return state
            conflict |= rejection
        self.dead_ends.append(self._dead_end(state, name))
        return frozenset(conflict)

    def _dead_end(self, state: _State, name: NormalizedName) -> DeadEnd:
        demands = (*(reason.demand for reason in state.reasons[name]), *self.answers.limits.get(name, ()))
        admitted = (
            version
            for version in self.answers.versions(name)
            if all(self._permission.admits(demand, version) for demand in demands)
        )
        refused = (self.answers.release(name, version) for version in admitted)
        refusals = tuple(each for each in refused if isinstance(each, Refusal))
        return DeadEnd(name, tuple(_chain(state, demand) for demand in demands), refusals)

    def _gave_up(self) -> GaveUpError:
        return GaveUpError(
            f"gave up after {self.most} decisions without an answer",
            where=self.answers.request.target.name,
            hint="Narrow the ranges of the rows, or give the rows that conflict a recommended version.",
        )


def _chain(state: _State, demand: Demand) -> Chain:
    """Who demands it, who demanded that one, and so on up to the request."""
    chain = [demand]
    while (release := chain[-1].release) is not None:
        name, extra, _ = release
        reasons = [reason.demand for reason in state.reasons[name]]
        chain.append(next((each for each in reasons if extra in each.extras), reasons[0]))
    return tuple(reversed(chain))


def _extras(reasons: Iterable[_Reason]) -> tuple[tuple[str, Causes], ...]:
    """Each extra asked of a package, once, with what it rests on."""
    found: dict[str, Causes] = {}
    for reason in reasons:
        for extra in sorted(reason.demand.extras):
            found.setdefault(extra, reason.causes)
    return tuple(found.items())
