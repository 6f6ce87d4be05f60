"""bump NAME: what a named package demands in exactly one version and so takes along, and who so holds a named one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from packaging.utils import NormalizedName

from lockgen.errors import FrozenIndexError
from lockgen.matrix.edit.cut_offs import move_cut_offs
from lockgen.model.conflict import Demand
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
    try:
        sets = _sets_of(before, scope, to, (), resolver)
    except FrozenIndexError:
        return []
    return sorted({companion for pins in sets for companion in _reached(_exact_demands(pins), names)})


def held_exactly(
    before: Matrices, scope: Scope, to: datetime, names: Collection[NormalizedName], resolver: Resolver
) -> Iterator[str]:
    """Of the named packages, those that a release in the sets of the scope's phase demands exactly, and what to type.

    psycopg-binary, which psycopg holds: it is what others demand so all the way up that has to be named instead. Only
    of a package with a later release by `to`, and that a later release of its holders does not free of them.
    """
    try:
        sets = _sets_of(before, scope, to, sorted(names), resolver)
        for name in sorted(names):
            pin, demand = next(
                ((pin, each) for pins in sets for pin in pins if pin.name == name for each in _exact(pin)), (None, None)
            )
            if pin is not None and _is_behind(pin, to, resolver):
                holders = _holders(sets, name)
                said = f"phase {scope.phases[0]}: {name} stays at {pin.version}: {demand}"
                yield f"{said}; {_way(before, scope, to, pin, holders=holders, resolver=resolver)}"
    except FrozenIndexError:
        return


def _way(
    before: Matrices, scope: Scope, to: datetime, pin: Pin, *, holders: Sequence[NormalizedName], resolver: Resolver
) -> str:
    """The command that moves it, if one does: proved by the sets as they would be then."""
    along = exact_companions(before, scope, to, holders, resolver)
    later = _sets_of(before, scope, to, [*holders, *along], resolver)
    if any(each.name == pin.name and each.version > pin.version for pins in later for each in pins):
        return f"`lockgen bump {' '.join(holders)}` moves both"
    return f"no later {' or '.join(holders)} that may be had takes another"


def _is_behind(pin: Pin, to: datetime, resolver: Resolver) -> bool:
    """Whether there is a later final release of it by then."""
    listing = resolver.project(pin.name)
    later = [each for each in (listing.versions if listing else ()) if each > pin.version and not each.is_prerelease]
    files = [file for each in later for file in (listing.files(each) if listing else ())]
    return any(file.yanked is None and (file.uploaded is None or file.uploaded <= to) for file in files)


def _holders(sets: Iterable[Sequence[Pin]], name: NormalizedName) -> list[NormalizedName]:
    """Who demands it exactly, or demands so who does: those of them that nothing else holds."""
    demands = {(child, parent) for pins in sets for parent, child in _exact_demands(pins)}
    above = _reached(demands, [name])
    held = {child for child, _ in demands}
    return sorted(above - held or above)


def _sets_of(
    before: Matrices, scope: Scope, to: datetime, names: Sequence[NormalizedName], resolver: Resolver
) -> list[tuple[Pin, ...]]:
    """The sets of the scope's phase as they would be with these packages, or all without any, as of `to`."""
    (table,) = scope.phases
    later = replace(before, phases={**before.phases, table: move_cut_offs(before.phase(table), to, names)})
    requests = [
        each for question in layered_requests(later, replace(scope, as_of=None), resolver) for each in question.requests
    ]
    return [outcome.pins for outcome in map(resolver.outcome, requests) if isinstance(outcome, Solved)]


def _exact(pin: Pin) -> list[Demand]:
    return [demand for demand in pin.via if demand.release and names_exactly(demand)]


def _exact_demands(pins: Iterable[Pin]) -> set[tuple[NormalizedName, NormalizedName]]:
    """Who demands what exactly."""
    return {(demand.release.name, pin.name) for pin in pins for demand in _exact(pin) if demand.release}


def _reached(
    demands: Collection[tuple[NormalizedName, NormalizedName]], names: Iterable[NormalizedName]
) -> set[NormalizedName]:
    """What is on the other end of them, and of theirs; without the names themselves."""
    first = set(names)
    found, waiting = set[NormalizedName](), first
    while waiting:
        waiting = {other for one, other in demands if one in waiting} - found - first
        found |= waiting
    return found
