"""The smallest "no": of the demands of a request, known issues among them, a set of which none can be spared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lockgen.demands import Demand
from lockgen.records import Constraint
from lockgen.resolve.answers import Answers
from lockgen.resolve.refute import DeadEnd, Refuter


def minimal_core(answers: Answers, first: Refuter) -> tuple[tuple[Demand, ...], tuple[DeadEnd, ...]]:
    """A set of the request's demands that cannot hold together, and the dead ends of the search that proved it.

    Dropping any member, be it a row or a known issue, makes the rest solvable. `first` is a search that found nothing.
    """
    roots, proof = _fewest_roots(answers, first)
    issues, proof = _fewest_issues(answers, roots, proof)
    return (*roots, *issues), tuple(proof.dead_ends)


def _fewest_roots(answers: Answers, first: Refuter) -> tuple[tuple[Demand, ...], Refuter]:
    proof = first
    roots = [demand for demand in answers.roots if demand in first.causes]
    for demand in tuple(roots):
        if demand not in roots:
            continue
        without = Refuter(answers, tuple(other for other in roots if other != demand))
        if isinstance(found := without.search(), frozenset):
            roots, proof = [other for other in roots if other != demand and other in found], without
    if len(proof.roots) != len(roots):
        proof = Refuter(answers, tuple(roots))
        proof.search()
    return tuple(roots), proof


def _fewest_issues(answers: Answers, roots: tuple[Demand, ...], proof: Refuter) -> tuple[tuple[Demand, ...], Refuter]:
    """The known issues without which the roots could hold together."""
    needed = list(answers.request.constraints)
    # None at all first: most conflicts have nothing to do with known issues.
    for left_out in (tuple(needed), *((each,) for each in needed)):
        fewer = [each for each in needed if each not in left_out]
        if len(fewer) < len(needed):
            without = Refuter(_constrained(answers, fewer), roots)
            found = without.search()
            answers.count_as_asked(without.answers)
            if isinstance(found, frozenset):
                needed, proof = fewer, without
    return tuple(dict.fromkeys(_said(answers, each) for each in needed)), proof


def _constrained(answers: Answers, constraints: Iterable[Constraint]) -> Answers:
    return Answers(replace(answers.request, constraints=tuple(constraints)), answers.shelf)


def _said(answers: Answers, constraint: Constraint) -> Demand:
    return Demand(name=constraint.name, specifier=answers.shelf.interned(constraint.specifier), by=constraint.by)
