"""A conflict-driven search that learns: the best set there is, or the assumptions that cannot hold together.

Unit propagation over incompatibilities (`propagation`); from each conflict an incompatibility is learned (`learning`),
and the search goes back to the level where that rules something out (Marques-Silva and Sakallah 1996; over versions as
in PubGrub). No incompatibility ever rules out a version that some set with the earlier decisions has. Each decision
takes the variable's best version left, and which variable comes next depends on the decisions alone: so the first set
found is the best one, variable by variable in the order of the question, whatever was learned before and whenever the
index answered. No packaging, no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from lockgen.resolve.incompatibility import Incompatibility, Places, Requirements, Variable
from lockgen.resolve.learning import learn
from lockgen.resolve.propagation import ASSUMED, Propagation

LookUp = Callable[[Variable, int], Requirements | Incompatibility]
"""What the version at this place requires, or the incompatibility of one term by which no set may have it."""
OnConflict = Callable[[Sequence[Variable]], None]
"""Called with no variables when a search begins, and at each conflict with the variables of what was learned."""


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
    """Answers questions about one target; what is learned from one question holds for the next."""

    def __init__(self, look: LookUp, on_conflict: OnConflict | None = None) -> None:
        self._look = look
        self._on_conflict = on_conflict
        self._propagation = Propagation()
        self._open: dict[Variable, tuple[object, ...]] = {}
        """The variables demanded and not yet decided, with their ranks."""
        self._children: list[list[Variable]] = []
        """Of each decision, the variables that its version demands."""
        self._question: Question | None = None
        self.conflicts = 0
        self.decisions = 0

    def solve(self, question: Question) -> Places | Incompatibility:
        """The version of every variable in the best set; else an incompatibility of assumptions alone, with causes."""
        try:
            refuted = self._begin(question)
            while refuted is None and self._open:
                refuted = self._decide_next(min(self._open, key=self._open.__getitem__), question)
            trail = self._propagation.trail
            return refuted or {each.variable: each.after.bit_length() - 1 for each in trail if each.is_decision}
        finally:
            self._end(question)

    def add(self, incompatibility: Incompatibility) -> None:
        """Take part of the problem in; it is checked when the search goes on."""
        self._propagation.add(incompatibility)

    # -- one question

    def _begin(self, question: Question) -> Incompatibility | None:
        self._question = question
        self._propagation.level = ASSUMED
        if self._on_conflict is not None:
            self._on_conflict(())
        for root in question.roots:
            self._demand(root)
        # One after the other, so that a refutation rests on the first ones that are enough.
        for assumption in question.assumptions:
            self._propagation.assign(assumption, 1, None)
            if (refuted := self._settle()) is not None:
                return refuted
        return None

    def _end(self, question: Question) -> None:
        self._propagation.discard_pending()
        self._question = None
        self._back_to(0)
        for root in question.roots:
            root.demanders = 0
        self._open.clear()

    def _decide_next(self, variable: Variable, question: Question) -> Incompatibility | None:
        """Decide the variable, unless a look at its version rules that out. The refutation of the question, if any."""
        place, conflicts = question.choose(variable), self.conflicts
        found = self._look(variable, place)
        if isinstance(found, Incompatibility):
            return self._settle(self._propagation.establish(found))
        for each in found.incompatibilities:
            # What was added deeper down may have been undone by a jump back: it is checked again.
            self._propagation.add(each)
        refuted = self._settle()
        if refuted is None and conflicts == self.conflicts and variable.value >> place & 1:
            self._decide(variable, place, [each for each, under in found.children if under is None or under.value == 1])
            refuted = self._settle()
        return refuted

    def _decide(self, variable: Variable, place: int, children: list[Variable]) -> None:
        self.decisions += 1
        self._propagation.level += 1
        self._children.append(children)
        del self._open[variable]
        variable.is_decided = True
        self._propagation.assign(variable, 1 << place, None)
        for child in children:
            self._demand(child)

    def _demand(self, variable: Variable) -> None:
        variable.demanders += 1
        if variable.demanders == 1 and not variable.is_decided and self._question is not None:
            self._open[variable] = self._question.rank(variable)

    def _back_to(self, level: int) -> None:
        """Undo all decisions above the level; what only they demanded is no longer open."""
        for variable in self._propagation.back_to(level):
            variable.is_decided = False
            if variable.demanders and self._question is not None:
                self._open[variable] = self._question.rank(variable)
            for child in self._children.pop():
                child.demanders -= 1
                if not child.demanders:
                    self._open.pop(child, None)

    # -- conflicts

    def _settle(self, conflict: Incompatibility | None = None) -> Incompatibility | None:
        """Propagate, learn from each conflict and go back, until there is none. The refutation, if any."""
        propagation = self._propagation
        while conflict is not None or (conflict := propagation.propagate()) is not None:
            propagation.discard_pending()
            self.conflicts += 1
            learned, level = self._learn(conflict)
            if level < ASSUMED:
                return learned
            if self._on_conflict is not None:
                self._on_conflict(list(learned.terms))
            self._back_to(level)
            if len(learned.terms) == 1:
                conflict = propagation.establish(learned)
            else:
                propagation.add(learned)
                conflict = None
        return None

    def _learn(self, conflict: Incompatibility) -> tuple[Incompatibility, int]:
        return learn(self._propagation.trail, conflict)
