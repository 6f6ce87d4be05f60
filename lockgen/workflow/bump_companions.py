"""bump NAME: the packages that a named one demands in exactly one version, and that so have to move with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from packaging.utils import NormalizedName

from lockgen.errors import FrozenIndexError
from lockgen.matrix.edit.cut_offs import move_cut_offs
from lockgen.model.matrix import Matrices
from lockgen.model.phase import Scope
from lockgen.model.result import Pin, Solved
from lockgen.resolve.prereleases import names_exactly
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import layered_requests


def exact_companions(
    before: Matrices, scope: Scope, to: datetime, names: Collection[NormalizedName], resolver: Resolver
) -> list[NormalizedName]:
    """What the named packages demand exactly, and what those do, in the sets of the scope's phase as of `to`.

    grpcio-tools for grpcio, psycopg-binary for psycopg[binary]. None where a frozen index does not hold those sets.
    """
    (table,) = scope.phases
    phase = before.phase(table)
    later = replace(before, phases={**before.phases, table: move_cut_offs(phase, to)})
    found: dict[NormalizedName, None] = {}
    try:
        for question in layered_requests(later, replace(scope, as_of=None), resolver):
            for outcome in map(resolver.outcome, question.requests):
                if isinstance(outcome, Solved):
                    found.update(dict.fromkeys(_demanded_exactly(outcome.pins, names)))
    except FrozenIndexError:
        return []
    return sorted(found)


def _demanded_exactly(pins: Iterable[Pin], names: Collection[NormalizedName]) -> set[NormalizedName]:
    demands = [
        (demand.release.name, pin.name)
        for pin in pins
        for demand in pin.via
        if demand.release and names_exactly(demand)
    ]
    found: set[NormalizedName] = set()
    waiting = set(names)
    while waiting:
        waiting = {child for parent, child in demands if parent in waiting} - found - set(names)
        found |= waiting
    return found
