"""A conflict-driven search that learns: the best set there is, or the assumptions that cannot hold together.

Unit propagation over incompatibilities; on a conflict the causes are resolved with each other back to the first
incompatibility with one term of its own decision level, which is kept, and the search goes back to the level where it
rules something out (Marques-Silva and Sakallah 1996; over versions as in PubGrub). No incompatibility ever rules out a
version that some set with the earlier decisions has. Each decision takes the variable's best version left, and which
variable comes next depends on the decisions alone: so the first set found is the best one, variable by variable in
the order of the question, whatever was learned before and whenever answers came in. No packaging, no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from lockgen.resolve.incompatibility import Assignment, Incompatibility, Places, Requirements, Variable

LookUp = Callable[[Variable, int], Requirements | Incompatibility]
"""What the version at this place requires, or the incompatibility of one term by which no set may have it."""
Fight = Callable[[Sequence[Variable]], None]
"""Told at the beginning of a search with no variables, and at each conflict with those that are fought over."""

_ASSUMED = 1


class Question(Protocol):
    """What is searched for."""

    @property
    def assumptions(self) -> Iterable[Variable]:
        """What holds for this question only."""

    @property
    def roots(self) -> Iterable[Variable]:
        """The variables that must be in the set."""

    def rank(self, variable: Variable) -> tuple[object, ...]:
        """By which the next variable is chosen among those demanded, lowest first."""

    def choose(self, variable: Variable) -> int:
        """The place of the version wanted most among those left; `absent` is not left."""


class Solver:
    """Answers questions about one target; what one question taught serves the next."""

    def __init__(self, look: LookUp, fight: Fight | None = None) -> None:
        self._look = look
        self._fight = fight
        self._trail: list[Assignment] = []
        self._level = 0
        self._open: dict[Variable, tuple[object, ...]] = {}
        self._children: list[list[Variable]] = []
        self._queue: list[Incompatibility] = []
        self._changed: list[tuple[Variable, int]] = []
        self._question: Question | None = None
        self.conflicts = 0
        self.decisions = 0

    def solve(self, question: Question) -> Places | Incompatibility:
        """The version of every variable in the best set; else an incompatibility of assumptions alone, with causes."""
        try:
            refuted = self._begin(question)
            while refuted is None and self._open:
                refuted = self._take(min(self._open, key=self._open.__getitem__), question)
            return refuted or {each.variable: each.after.bit_length() - 1 for each in self._trail if _is_decision(each)}
        finally:
            self._end(question)

    def add(self, incompatibility: Incompatibility) -> None:
        """Take part of the problem in; it is checked when the search goes on."""
        if not incompatibility.is_watched:
            incompatibility.is_watched = True
            for variable in incompatibility.terms:
                variable.watching.append(incompatibility)
        self._queue.append(incompatibility)

    # -- one question

    def _begin(self, question: Question) -> Incompatibility | None:
        self._question = question
        self._level = _ASSUMED
        if self._fight is not None:
            self._fight(())
        for root in question.roots:
            self._demand(root)
        # One after the other, so that a refutation rests on the first ones that are enough.
        for assumption in question.assumptions:
            self._assign(assumption, 1, None)
            if (refuted := self._settle()) is not None:
                return refuted
        return None

    def _end(self, question: Question) -> None:
        self._queue.clear()
        self._changed.clear()
        self._question = None
        self._back_to(0)
        for root in question.roots:
            root.demanders = 0
        self._open.clear()

    def _take(self, variable: Variable, question: Question) -> Incompatibility | None:
        """Decide the variable, unless a look at its version rules that out. The refutation of the question, if any."""
        place, conflicts = question.choose(variable), self.conflicts
        found = self._look(variable, place)
        if isinstance(found, Incompatibility):
            return self._settle(self._establish(found))
        for each in found.incompatibilities:
            # What was added deeper down may have been undone by a jump back: it is checked again.
            self.add(each)
        refuted = self._settle()
        if refuted is None and conflicts == self.conflicts and variable.value >> place & 1:
            self._decide(variable, place, [each for each, under in found.children if under is None or under.value == 1])
            refuted = self._settle()
        return refuted

    def _decide(self, variable: Variable, place: int, children: list[Variable]) -> None:
        self.decisions += 1
        self._level += 1
        self._children.append(children)
        del self._open[variable]
        variable.is_decided = True
        self._assign(variable, 1 << place, None)
        for child in children:
            self._demand(child)

    def _demand(self, variable: Variable) -> None:
        variable.demanders += 1
        if variable.demanders == 1 and not variable.is_decided and self._question is not None:
            self._open[variable] = self._question.rank(variable)

    # -- propagation

    def _settle(self, conflict: Incompatibility | None = None) -> Incompatibility | None:
        """Propagate, learn from each conflict and go back, until there is none. The refutation, if any."""
        while conflict is not None or (conflict := self._propagate()) is not None:
            self._queue.clear()
            self._changed.clear()
            self.conflicts += 1
            learned, level = self._learn(conflict)
            if level < _ASSUMED:
                return learned
            if self._fight is not None:
                self._fight(list(learned.terms))
            self._back_to(level)
            if len(learned.terms) == 1:
                conflict = self._establish(learned)
            else:
                self.add(learned)
                conflict = None
        return None

    def _propagate(self) -> Incompatibility | None:
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
            # Only a term that has come to hold can make an incompatibility bite.
            if not value & others and before & others:
                conflict = self._check(each)
                if conflict is not None:
                    return conflict
        if variable.extras or variable.base is not None:
            return self._agree(variable)
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
        self._assign(last, last.value & ~incompatibility.terms[last], incompatibility)
        return None

    def _agree(self, variable: Variable) -> Incompatibility | None:
        """A package and its extras have one version: what one has lost the other loses."""
        for extra in variable.extras:
            if lost := extra.value & ~(variable.value | extra.absent):
                why = Incompatibility({variable: variable.full & ~lost, extra: lost})
                if lost == extra.value:
                    return why
                self._assign(extra, extra.value & ~lost, why)
        base = variable.base
        if base is None:
            return None
        if lost := variable.value & ~(base.value | variable.absent):
            # The extra was asked for after its package had lost them.
            why = Incompatibility({base: base.full & ~lost, variable: lost})
            if lost == variable.value:
                return why
            self._assign(variable, variable.value & ~lost, why)
        if variable.value & variable.absent or not (lost := base.value & ~variable.value):
            return None
        why = Incompatibility({base: lost, variable: variable.full & ~lost & ~variable.absent})
        if lost == base.value:
            return why
        self._assign(base, base.value & ~lost, why)
        return None

    def _assign(self, variable: Variable, after: int, why: Incompatibility | None) -> None:
        before = variable.value
        variable.places.append(len(self._trail))
        self._trail.append(Assignment(variable, before, after, why, self._level))
        variable.value = after
        self._changed.append((variable, before))

    def _establish(self, fact: Incompatibility) -> Incompatibility | None:
        """Rule versions out for good, however deep the search stands. The fact itself when it leaves no version."""
        ((variable, mask),) = fact.terms.items()
        variable.facts.append(fact)
        variable.refused |= mask
        before = variable.value
        if not before & ~mask:
            return fact
        variable.value = before & ~mask
        self._changed.append((variable, before))
        return None

    # -- conflicts

    def _learn(self, conflict: Incompatibility) -> tuple[Incompatibility, int]:
        """What follows from the conflict, and the level to go back to; below that of the assumptions: a refutation.

        A refutation has assumptions for terms and nothing else.
        """
        trail, causes, terms = self._trail, [conflict], dict(conflict.terms)
        since: dict[Variable, int] = {}
        changed = list(terms)
        while True:
            self._place(changed, terms, since, causes)
            latest = max(since, key=since.__getitem__, default=None)
            level = _ASSUMED if latest is None else trail[since[latest]].level
            if level > _ASSUMED:
                before = max((trail[since[each]].level for each in since if each is not latest), default=_ASSUMED)
                if before < level:
                    # A fact holds on every level, so only the level on which it bites is left.
                    return Incompatibility(terms, causes=tuple(causes)), before if len(terms) > 1 else level - 1
            else:
                derived = [each for each in since if trail[since[each]].why is not None]
                latest = max(derived, key=since.__getitem__, default=None)
            why = None if latest is None else trail[since[latest]].why
            if latest is None or why is None:
                return Incompatibility(terms, causes=tuple(causes)), 0
            causes.append(why)
            changed = _resolve(terms, why, latest)

    def _place(
        self,
        changed: Iterable[Variable],
        terms: dict[Variable, int],
        since: dict[Variable, int],
        causes: list[Incompatibility],
    ) -> None:
        """Note since when the changed terms hold; those that always do fall away for the facts they rest on."""
        for variable in changed:
            mask = terms[variable]
            place = self._holds_since(variable, mask)
            if place >= 0:
                since[variable] = place
            else:
                causes.extend(fact for fact in variable.facts if fact.terms[variable] & ~mask)
                since.pop(variable, None)
                del terms[variable]

    def _holds_since(self, variable: Variable, mask: int) -> int:
        """Where on the trail the term came to hold; -1 when it always does."""
        others = variable.full & ~(mask | variable.refused)
        if not others:
            return -1
        trail, places = self._trail, variable.places
        low, high = 0, len(places)
        while low < high:
            middle = (low + high) // 2
            if trail[places[middle]].after & others:
                low = middle + 1
            else:
                high = middle
        return places[low]

    def _back_to(self, level: int) -> None:
        trail = self._trail
        while trail and trail[-1].level > level:
            variable, before, _, why, at = trail.pop()
            variable.value = before & ~variable.refused
            variable.places.pop()
            if why is None and at > _ASSUMED:
                variable.is_decided = False
                if variable.demanders and self._question is not None:
                    self._open[variable] = self._question.rank(variable)
                for child in self._children.pop():
                    child.demanders -= 1
                    if not child.demanders:
                        self._open.pop(child, None)
        self._level = level


def _resolve(terms: dict[Variable, int], why: Incompatibility, over: Variable) -> list[Variable]:
    """Resolve the terms with another incompatibility over a variable, in place. The variables whose terms changed.

    The masks of that variable are united, those of every other one intersected.
    """
    changed = [over]
    for variable, mask in why.terms.items():
        known = terms.get(variable)
        if variable is over:
            terms[over] |= mask
        elif known is None or known & ~mask:
            terms[variable] = mask if known is None else known & mask
            changed.append(variable)
    return changed


def _is_decision(assignment: Assignment) -> bool:
    return assignment.why is None and assignment.level > _ASSUMED
