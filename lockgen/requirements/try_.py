"""Whether wishes fit beside a phase on one target: with the committed pins, within the ranges, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet

from lockgen.model.change import Change
from lockgen.model.conflict import Demand
from lockgen.model.origin import PinOrigin, RequirementOrigin, RowOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.requirements import UserRequirement, UserRequirements
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Outcome, Solved, Unsolved, Versions
from lockgen.model.target import admits, switches_on
from lockgen.model.try_ import TryResult, TryStatus

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
    wishes: UserRequirements
    rules: tuple[Constraint, ...] = ()
    """The known-conflicts table as further demands: langchain<0.1 needs pydantic<2."""

    @property
    def applying(self) -> tuple[UserRequirement, ...]:
        """The wishes that the target switches on."""
        return tuple(wish for wish in self.wishes.wishes if self._is_on(wish))

    @property
    def beside(self) -> Request:
        """The phase's request with the wishes, the constraints of the project and the rules as further demands."""
        bound = (
            Constraint(origin=RequirementOrigin(where=wish.where), name=wish.name, specifier=wish.specifier)
            for wish in self.wishes.constraints
            if self._is_on(wish)
        )
        return replace(
            self.request,
            demands=tuple(map(demand, self.applying)),
            constraints=(*self.request.constraints, *self.rules, *bound),
        )

    def _is_on(self, wish: UserRequirement) -> bool:
        return wish.marker is None or switches_on(self.request.target, wish.marker)


def demand(wish: UserRequirement) -> Demand:
    """The wish as a demand on the set."""
    return Demand(
        name=wish.name, specifier=wish.specifier, extras=wish.extras, origin=RequirementOrigin(where=wish.where)
    )


def trial(question: TryQuestion, resolver: ResolverPort) -> TryResult:
    """The answer for the target. To move no pin is worth more than to build nothing, to know more than either.

    Raises LockgenError when the index could not be asked.
    """
    target, own = question.request.target, question.wishes.requires_python
    if own is not None and not admits(target, own):
        return TryResult(target=target, fit="not for it", reason=f"it requires Python {own}")
    beside = question.beside
    pinned = _with_few_sdists(replace(beside, demands=(*beside.demands, *_as_demands(question.committed))), resolver)
    if isinstance(pinned, Unsolved):
        # Without a pin in it, it collides within the ranges as well.
        blamed = any(isinstance(member.origin, PinOrigin) for member in pinned.core)
        outcome = _with_few_sdists(beside, resolver) if blamed else pinned
        return _known(_answer(question, "ranges", outcome))
    fits = _answer(question, "pins", pinned)
    if not fits.unread:
        return fits
    moved = _answer(question, "ranges", _with_few_sdists(beside, resolver))
    return _known(fits if moved.unread or moved.fit == "no" else moved)


def _known(trial: TryResult) -> TryResult:
    """A yes that rests on what nobody could read is none."""
    return replace(trial, fit="unknown") if trial.unread else trial


def _with_few_sdists(request: Request, resolver: ResolverPort) -> Outcome:
    """Wheels alone first; then sdists of what had none where the search ended, and so on until it ends elsewhere.

    There the demands that collide are asked about alone, with every sdist: they collide all the same, or need some.
    """
    allowed: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        outcome = resolver.outcome(replace(request, buildable=frozenset(allowed)))
        if isinstance(outcome, Solved):
            return outcome
        missing = {each.name for each in outcome.refusals if each.has_sdist or each.kind == "metadata"} - allowed
        if not missing:
            anyhow = resolver.outcome(_only(request, outcome.core))
            if isinstance(anyhow, Unsolved):
                return anyhow
            missing = {pin.name for pin in anyhow.pins if pin.permission is not None} - allowed
        allowed |= missing
    return resolver.outcome(replace(request, buildable=_EVERY))


def _only(request: Request, core: Collection[Demand]) -> Request:
    """These demands of the request, whatever has to be built for them."""
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
        unread=tuple((pin.name, pin.version) for pin in built if pin.metadata.unread),
    )


def _moves(committed: Versions, pins: Versions) -> Iterable[Change]:
    return (
        Change(name=name, before=version, after=pins.get(name))
        for name, version in sorted(committed.items())
        if pins.get(name) != version
    )
