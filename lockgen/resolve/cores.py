"""Minimal parts of a request that cannot hold together, found by asking which members can be spared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from lockgen.model.conflict import Demand
from lockgen.model.request import Constraint

T = TypeVar("T")
Members = tuple[tuple[Demand, ...], tuple[Constraint, ...]]
"""Of a request, some of its own demands and some of its known issues."""
Holds = Callable[[Sequence[Demand], Sequence[Constraint]], bool]
"""Whether there is any set for these demands under these known issues."""


def minimal_cores(roots: Sequence[Demand], constraints: Sequence[Constraint], holds: Holds) -> Iterator[Members]:
    """Parts of demands and known issues that cannot hold together and of which no member can be spared.

    First one among the first demands that are enough, then one among the last that are. Only verdicts decide, so the
    answer does not depend on earlier requests.
    """

    def held(fewer: Sequence[Demand]) -> bool:
        return holds(fewer, constraints)

    for order in (tuple(roots), tuple(reversed(roots))):
        left = _minimal(_first_enough(order, held), held)
        core = tuple(demand for demand in roots if any(demand is each for each in left))
        issues = _minimal(constraints, partial(holds, core)) if constraints and holds(core, ()) else ()
        yield core, tuple(issue for issue in constraints if issue in issues)


def _first_enough(members: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """The first members that cannot hold together, found by halves."""
    low, high = 0, len(members)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(members[:middle]) else (low, middle)
    return members[:high]


def _minimal(members: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> tuple[T, ...]:
    """The members that are left when all that can be spared are taken away, the last first."""
    left = list(members)
    for member in reversed(members):
        fewer = [each for each in left if each is not member]
        if not holds(fewer):
            left = fewer
    return tuple(left)
