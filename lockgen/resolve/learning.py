"""Conflict analysis: what follows from a conflict, and how far the search has to go back.

The causes are resolved with each other, the latest first, until one term of its own decision level is left: the first
unique implication point (Marques-Silva and Sakallah 1996).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lockgen.resolve.incompatibility import Incompatibility, Variable
from lockgen.resolve.propagation import ASSUMED, Assignment

Trail = Sequence[Assignment]


def learn(trail: Trail, conflict: Incompatibility) -> tuple[Incompatibility, int]:
    """What follows from the conflict, and the level to go back to; a level below `ASSUMED` means: a refutation.

    A refutation has assumptions for terms and nothing else.
    """
    causes, terms = [conflict], dict(conflict.terms)
    since: dict[Variable, int] = {}
    changed = list(terms)
    while True:
        _note_since(trail, changed, terms, since, causes)
        latest = max(since, key=since.__getitem__, default=None)
        level = ASSUMED if latest is None else trail[since[latest]].level
        if level > ASSUMED:
            before = max((trail[since[each]].level for each in since if each is not latest), default=ASSUMED)
            if before < level:
                # A fact holds on every level, so only the level on which it rules something out is left.
                return Incompatibility(terms, causes=tuple(causes)), before if len(terms) > 1 else level - 1
        else:
            derived = [each for each in since if trail[since[each]].why is not None]
            latest = max(derived, key=since.__getitem__, default=None)
        why = None if latest is None else trail[since[latest]].why
        if latest is None or why is None:
            return Incompatibility(terms, causes=tuple(causes)), 0
        causes.append(why)
        changed = _resolve(terms, why, latest)


def _note_since(
    trail: Trail,
    changed: Iterable[Variable],
    terms: dict[Variable, int],
    since: dict[Variable, int],
    causes: list[Incompatibility],
) -> None:
    """Note since when the changed terms hold; those that always do fall away for the facts they rest on."""
    for variable in changed:
        mask = terms[variable]
        place = _holds_since(trail, variable, mask)
        if place >= 0:
            since[variable] = place
        else:
            causes.extend(fact for fact in variable.facts if fact.terms[variable] & ~mask)
            since.pop(variable, None)
            del terms[variable]


def _holds_since(trail: Trail, variable: Variable, mask: int) -> int:
    """Where on the trail the term came to hold; -1 when it always does."""
    others = variable.full & ~(mask | variable.refused)
    if not others:
        return -1
    places = variable.places
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if trail[places[middle]].after & others:
            low = middle + 1
        else:
            high = middle
    return places[low]


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
