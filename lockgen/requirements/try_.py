"""Whether requirements fit beside a phase on one target: with the committed pins, within the ranges, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet

from lockgen.errors import FrozenIndexError
from lockgen.model.change import Change
from lockgen.model.conflict import Demand
from lockgen.model.origin import PinOrigin, RequirementOrigin, RowOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.requirements import UserRequirement, UserRequirements
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Outcome, Solved, Unsolved, Versions
from lockgen.model.target import admits, switches_on
from lockgen.model.try_ import TryResult, TryStatus
from lockgen.requirements.try_pins import added_lines, with_most_pins
from lockgen.requirements.try_warnings import try_warnings

_MOST_ROUNDS = 30
"""Packages without a wheel are found one after the other; past this every sdist is allowed."""
_EVERY = frozenset({"*"})
_PIN = PinOrigin()


@dataclass(frozen=True, slots=True, kw_only=True)
class TryQuestion:
    """What is tried on one target."""

    request: Request
    """The phase's own."""
    committed: Versions
    """What the phase's output pins there."""
    requirements: UserRequirements
    rules: tuple[Constraint, ...] = ()
    """The known-conflicts table as further demands: pandas<2.2 needs numpy<2."""

    @property
    def applying(self) -> tuple[UserRequirement, ...]:
        """The requirements whose markers hold on the target."""
        return tuple(each for each in self.requirements.requirements if self._is_on(each))

    @property
    def bounds(self) -> tuple[UserRequirement, ...]:
        """The constraints of the requirements whose markers hold on the target."""
        return tuple(each for each in self.requirements.constraints if self._is_on(each))

    def with_lines(
        self, requirements: tuple[UserRequirement, ...], constraints: tuple[UserRequirement, ...]
    ) -> TryQuestion:
        """The question with other requirements and constraints."""
        asked = replace(self.requirements, requirements=requirements, constraints=constraints)
        return replace(self, requirements=asked)

    @property
    def beside(self) -> Request:
        """The phase's request with the requirements, its constraints and the rules as further demands."""
        bound = (
            Constraint(origin=RequirementOrigin(where=each.where), name=each.name, specifier=each.specifier)
            for each in self.bounds
        )
        return replace(
            self.request,
            demands=tuple(map(demand, self.applying)),
            constraints=(*self.request.constraints, *self.rules, *bound),
        )

    def _is_on(self, requirement: UserRequirement) -> bool:
        return requirement.marker is None or switches_on(self.request.target, requirement.marker)


def demand(requirement: UserRequirement) -> Demand:
    """A requirement as a demand on the set."""
    return Demand(
        name=requirement.name,
        specifier=requirement.specifier,
        extras=requirement.extras,
        origin=RequirementOrigin(where=requirement.where),
    )


def try_requirements(question: TryQuestion, resolver: ResolverPort) -> TryResult:
    """Whether the requirements fit on the target.

    A certain yes is better than one that rests on unread metadata, even if pins move for it; then no pin moves rather
    than nothing is built. LockgenError when the index cannot be read.
    """
    target, own = question.request.target, question.requirements.requires_python
    if own is not None and not admits(target, own):
        return TryResult(target=target, fit="not for it", reason=f"it requires Python {own}")
    beside = question.beside
    pinned = with_few_sdists(replace(beside, demands=(*beside.demands, *_as_demands(question.committed))), resolver)
    if isinstance(pinned, Unsolved):
        # A conflict without a committed pin in it exists within the ranges as well.
        blamed = any(isinstance(member.origin, PinOrigin) for member in pinned.core)
        outcome = _with_few_moves(question, resolver) if blamed else pinned
        return _known(_with_lines(question, _answer(question, "ranges", outcome), outcome, resolver))
    fits = _answer(question, "pins", pinned)
    if fits.unread:
        other = _with_few_moves(question, resolver)
        moved = _answer(question, "ranges", other)
        if not moved.unread and moved.fit != "no":
            return _with_lines(question, moved, other, resolver)
    return _known(_with_lines(question, fits, pinned, resolver))


def _with_few_moves(question: TryQuestion, resolver: ResolverPort) -> Outcome:
    """The answer within the ranges: committed pins where they may stay, else the newest versions."""
    beside = question.beside
    outcome = with_few_sdists(beside, resolver)
    if isinstance(outcome, Unsolved) or not question.committed:
        return outcome
    built = frozenset(pin.name for pin in outcome.pins if pin.permission is not None)
    try:
        pinned = with_most_pins(replace(beside, buildable=built), question.committed, resolver)
        found = with_few_sdists(pinned, resolver)
    except FrozenIndexError:
        # Which pins may stay needs more than what was frozen.
        return outcome
    is_worse = isinstance(found, Unsolved) or (_is_unread(found) and not _is_unread(outcome))
    return outcome if is_worse else found


def _is_unread(outcome: Solved) -> bool:
    return any(pin.metadata.unread for pin in outcome.pins)


def _with_lines(question: TryQuestion, result: TryResult, outcome: Outcome, resolver: ResolverPort) -> TryResult:
    """The yes with the versions of what the lines add."""
    if not isinstance(outcome, Solved):
        return result
    names = [each.name for each in question.applying]
    return replace(result, lines=tuple(added_lines(question.beside, names, question.committed, outcome, resolver)))


def _known(result: TryResult) -> TryResult:
    """`unknown` instead of a yes that rests on unread metadata."""
    return replace(result, fit="unknown") if result.unread else result


def with_few_sdists(request: Request, resolver: ResolverPort) -> Outcome:
    """Solve with wheels alone first, then with sdists of the packages that lacked a wheel, until that changes nothing.

    Then the demands in conflict are solved alone with every sdist: they conflict all the same, or need some of them.
    """
    allowed: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        asked = replace(request, buildable=frozenset(allowed))
        outcome = resolver.outcome(asked)
        if isinstance(outcome, Solved):
            return resolver.solve(asked) if _holds_permitted(outcome, request) else outcome
        missing = {each.name for each in outcome.refusals if each.has_sdist or each.kind == "metadata"} - allowed
        if not missing:
            anyhow = resolver.outcome(_only(request, outcome.core))
            if isinstance(anyhow, Unsolved):
                return anyhow
            missing = {pin.name for pin in anyhow.pins if pin.permission is not None} - allowed
        allowed |= missing
    return resolver.outcome(replace(request, buildable=_EVERY))


def _holds_permitted(outcome: Solved, request: Request) -> bool:
    """Whether the set has an sdist that the matrix permits: render gives it only with what its build requires."""
    permitted = {permission.name for permission in request.sdists}
    return any(pin.permission is not None and pin.name in permitted for pin in outcome.pins)


def _only(request: Request, core: Collection[Demand]) -> Request:
    """The request with these demands alone, every sdist allowed."""
    said = {(member.origin, member.name) for member in core}
    return replace(
        request,
        rows=tuple(row for row in request.rows if (RowOrigin(where=row.where), row.name) in said),
        demands=tuple(each for each in request.demands if (each.origin, each.name) in said),
        buildable=_EVERY,
    )


def _as_demands(committed: Versions) -> Iterator[Demand]:
    for name, version in committed.items():
        yield Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=_PIN)


def _answer(question: TryQuestion, fit: TryStatus, outcome: Outcome) -> TryResult:
    if isinstance(outcome, Unsolved):
        is_own = all(isinstance(member.origin, RequirementOrigin) for member in outcome.core)
        return TryResult(target=outcome.target, fit="no", conflict=outcome, is_own=is_own)
    pins = {pin.name: pin.version for pin in outcome.pins}
    permitted = {permission.name for permission in question.request.sdists}
    built = [pin for pin in outcome.pins if pin.permission is not None and pin.name not in permitted]
    return TryResult(
        target=outcome.target,
        fit=fit,
        moves=tuple(_moves(question.committed, pins)),
        added=tuple((name, version) for name, version in pins.items() if name not in question.committed),
        builds=tuple((pin.name, pin.version) for pin in built),
        unread=tuple((pin.name, pin.version) for pin in outcome.pins if pin.metadata.unread),
        read_from=tuple(
            (pin.name, pin.version, pin.metadata.read_from) for pin in outcome.pins if pin.metadata.read_from
        ),
        warnings=tuple(try_warnings(outcome.pins, question.applying, question.committed)),
    )


def _moves(committed: Versions, pins: Versions) -> Iterable[Change]:
    return (
        Change(name=name, before=version, after=pins.get(name))
        for name, version in sorted(committed.items())
        if pins.get(name) != version
    )
