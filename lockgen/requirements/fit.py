"""Whether wishes fit beside a phase on one target: with the committed pins, within the ranges, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeGuard

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import Constraint, Outcome, Request, Solved, Unsolved
from lockgen.targets import admits, switches_on
from lockgen.trial import Fit, Move, Trial
from lockgen.wishes import Wish, Wishes

Pins = Mapping[NormalizedName, Version]

_MOST_ROUNDS = 30
"""Packages without a wheel are found one after the other; past this every sdist is allowed."""


class Solve(Protocol):
    """The resolver, as far as a trial needs it."""

    def solve(self, request: Request) -> Outcome:
        """The answer for one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is tried on one target."""

    request: Request
    """The phase's own."""
    committed: Pins
    """What the phase's output pins there."""
    wishes: Wishes
    rules: tuple[Constraint, ...] = ()
    """The known-conflicts table as further demands: langchain<0.1 needs pydantic<2."""

    @property
    def applying(self) -> tuple[Wish, ...]:
        """The wishes that the target switches on."""
        return tuple(wish for wish in self.wishes.wishes if self._is_on(wish))

    @property
    def beside(self) -> Request:
        """The phase's request with the wishes, the constraints of the project and the rules as further demands."""
        bound = (
            Constraint(rule=wish.where, name=wish.name, specifier=wish.specifier)
            for wish in self.wishes.constraints
            if self._is_on(wish)
        )
        return replace(
            self.request,
            demands=tuple(map(demand, self.applying)),
            constraints=(*self.request.constraints, *self.rules, *bound),
        )

    def _is_on(self, wish: Wish) -> bool:
        return wish.marker is None or switches_on(self.request.target, wish.marker)


def demand(wish: Wish) -> Demand:
    """The wish as a demand on the set."""
    return Demand(name=wish.name, specifier=wish.specifier, extras=wish.extras, by=wish.where)


def trial(question: Question, index: Solve) -> Trial:
    """The answer for the target. To move no pin is worth more than to build nothing, to know more than either.

    Raises LockgenError when the index could not be asked.
    """
    target, own = question.request.target, question.wishes.requires_python
    if own is not None and not admits(target, own):
        return Trial(target=target, fit="not for it", reason=f"it requires Python {own}")
    beside = question.beside
    pinned = replace(beside, demands=(*beside.demands, *_as_demands(question.committed)))
    tries: list[tuple[Fit, Request]] = [("pins", pinned), ("ranges", beside)]
    found = [(fit, _with_few_sdists(request, index)) for fit, request in tries]
    yes = [_yes(question, fit, outcome) for fit, outcome in found if isinstance(outcome, Solved)]
    known = [each for each in yes if not each.unread]
    if yes:
        return known[0] if known else replace(yes[0], fit="unknown")
    return Trial(target=target, fit="no", conflict=next(each for _, each in reversed(found) if _is_no(each)))


def _is_no(outcome: Outcome) -> TypeGuard[Unsolved]:
    return isinstance(outcome, Unsolved)


def _with_few_sdists(request: Request, index: Solve) -> Outcome:
    """Wheels alone first; then sdists of what had none where the search ended, and so on until it ends elsewhere."""
    allowed: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        outcome = index.solve(replace(request, buildable=frozenset(allowed)))
        if isinstance(outcome, Solved):
            return outcome
        missing = {each.name for each in outcome.refusals if each.has_sdist or each.kind == "metadata"} - allowed
        if not missing:
            return outcome
        allowed |= missing
    return index.solve(replace(request, buildable=frozenset({"*"})))


def _as_demands(committed: Pins) -> Iterator[Demand]:
    for name, version in committed.items():
        yield Demand(name=name, specifier=SpecifierSet(f"=={version}"), by="constraints.txt")


def _yes(question: Question, fit: Fit, outcome: Solved) -> Trial:
    pins = {pin.name: pin.version for pin in outcome.pins}
    permitted = {permission.name for permission in question.request.sdists}
    built = [pin for pin in outcome.pins if pin.permission is not None and pin.name not in permitted]
    return Trial(
        target=outcome.target,
        fit=fit,
        moves=tuple(_moves(question.committed, pins)),
        added=tuple((name, version) for name, version in pins.items() if name not in question.committed),
        builds=tuple((pin.name, pin.version) for pin in built),
        unread=tuple((pin.name, pin.version) for pin in built if pin.metadata.unread),
    )


def _moves(committed: Pins, pins: Pins) -> Iterable[Move]:
    return (
        Move(name=name, committed=version, new=pins.get(name))
        for name, version in sorted(committed.items())
        if pins.get(name) != version
    )
