"""Unit propagation: the trail of assignments, and what the incompatibilities rule out after each of them."""

from __future__ import annotations

from typing import NamedTuple

from lockgen.resolve.incompatibility import Incompatibility, Variable

ASSUMED = 1
"""The level of the assumptions. Level 0 holds nothing; every decision is on a level of its own above this one."""


class Assignment(NamedTuple):
    """A step of the search: the variable's versions before and after, and the incompatibility that ruled some out."""

    variable: Variable
    before: int
    after: int
    why: Incompatibility | None
    """None for a decision and for an assumption."""
    level: int
    """How many decisions had been taken, plus `ASSUMED`."""

    @property
    def is_decision(self) -> bool:
        """Whether the search chose the version, instead of deriving or assuming it."""
        return self.why is None and self.level > ASSUMED


class Propagation:
    """The assignments made so far, in order (`trail`), and what is still to be checked because of them."""

    def __init__(self) -> None:
        self.trail: list[Assignment] = []
        self.level = 0
        self._queue: list[Incompatibility] = []
        self._changed: list[tuple[Variable, int]] = []

    def add(self, incompatibility: Incompatibility) -> None:
        """Take an incompatibility in; the next `propagate` checks it."""
        if not incompatibility.is_watched:
            incompatibility.is_watched = True
            for variable in incompatibility.terms:
                variable.watching.append(incompatibility)
        self._queue.append(incompatibility)

    def assign(self, variable: Variable, after: int, why: Incompatibility | None) -> None:
        """Leave the variable these versions, on the current level."""
        before = variable.value
        variable.places.append(len(self.trail))
        self.trail.append(Assignment(variable, before, after, why, self.level))
        variable.value = after
        self._changed.append((variable, before))

    def establish(self, fact: Incompatibility) -> Incompatibility | None:
        """Rule versions out for good, whatever the level. The fact itself when it leaves no version."""
        ((variable, mask),) = fact.terms.items()
        variable.facts.append(fact)
        variable.refused |= mask
        before = variable.value
        if not before & ~mask:
            return fact
        variable.value = before & ~mask
        self._changed.append((variable, before))
        return None

    def back_to(self, level: int) -> list[Variable]:
        """Undo every assignment above the level. The variables whose decisions were undone, the latest first."""
        trail, undecided = self.trail, []
        while trail and trail[-1].level > level:
            variable, before, _, why, at = trail.pop()
            variable.value = before & ~variable.refused
            variable.places.pop()
            if why is None and at > ASSUMED:
                undecided.append(variable)
        self.level = level
        return undecided

    def discard_pending(self) -> None:
        """Check nothing of what was to be checked."""
        self._queue.clear()
        self._changed.clear()

    def propagate(self) -> Incompatibility | None:
        """The first incompatibility found all of whose terms hold; None when nothing more follows."""
        while self._queue or self._changed:
            conflict = self._check(self._queue.pop()) if self._queue else self._follow(*self._changed.pop())
            if conflict is not None:
                return conflict
        return None

    def _follow(self, variable: Variable, before: int) -> Incompatibility | None:
        """Check what the variable's new value may decide."""
        value = variable.value
        for each in variable.watching:
            others = ~each.terms[variable]
            # Only a term that has come to hold can leave an incompatibility with one undecided term.
            if not value & others and before & others:
                conflict = self._check(each)
                if conflict is not None:
                    return conflict
        if variable.extras or variable.base is not None:
            return self._align_extras(variable)
        return None

    def _check(self, incompatibility: Incompatibility) -> Incompatibility | None:
        """The incompatibility when all its terms hold; when all but one do, that one is ruled out."""
        last = None
        for variable, mask in incompatibility.terms.items():
            value = variable.value
            rest = value & ~mask
            if rest:
                if rest == value or last is not None:
                    return None
                last = variable
        if last is None:
            return incompatibility
        self.assign(last, last.value & ~incompatibility.terms[last], incompatibility)
        return None

    def _align_extras(self, variable: Variable) -> Incompatibility | None:
        """A package and its extras have one version: what one has lost the other loses."""
        for extra in variable.extras:
            if lost := extra.value & ~(variable.value | extra.absent):
                why = Incompatibility({variable: variable.full & ~lost, extra: lost})
                if lost == extra.value:
                    return why
                self.assign(extra, extra.value & ~lost, why)
        base = variable.base
        if base is None:
            return None
        if lost := variable.value & ~(base.value | variable.absent):
            # The extra was demanded after its package had lost them.
            why = Incompatibility({base: base.full & ~lost, variable: lost})
            if lost == variable.value:
                return why
            self.assign(variable, variable.value & ~lost, why)
        if variable.value & variable.absent or not (lost := base.value & ~variable.value):
            return None
        why = Incompatibility({base: lost, variable: variable.full & ~lost & ~variable.absent})
        if lost == base.value:
            return why
        self.assign(base, base.value & ~lost, why)
        return None
