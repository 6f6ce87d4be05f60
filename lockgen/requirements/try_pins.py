"""Which committed pins have to move for requirements, and the versions of what the lines add."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.origin import PinOrigin, QuestionOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Solved, Unsolved, Versions
from lockgen.model.try_ import AddedLine
from lockgen.requirements.most import most

_NEWEST = QuestionOrigin(text="the newest version")


def with_most_pins(request: Request, committed: Versions, resolver: ResolverPort) -> Request:
    """The request with as many committed pins as go together, the rows' first; what is not pinned goes newest.

    None of the pins left out can be put back alone.
    """
    kept = _kept(request, committed, resolver)
    return replace(request, constraints=(*request.constraints, *kept), strategy="maximum")


def added_lines(
    request: Request, names: Sequence[NormalizedName], committed: Versions, found: Solved, resolver: ResolverPort
) -> Iterator[AddedLine]:
    """Of each package named by a line and not committed, its version, and a newer one that needs a pin to move.

    Whether there is a newer one is left open where a frozen index does not tell.
    """
    pins = {pin.name: pin.version for pin in found.pins}
    added = [name for name in dict.fromkeys(names) if name in pins and name not in committed]
    if not added:
        return
    built = frozenset(pin.name for pin in found.pins if pin.permission is not None)
    free = replace(request, buildable=built, strategy="maximum")
    for name in added:
        try:
            newest = resolver.versions(free)
            newer = None if isinstance(newest, Unsolved) else newest.get(name)
            if newer is None or newer <= pins[name]:
                yield AddedLine(name=name, version=pins[name])
                continue
            yield AddedLine(
                name=name, version=pins[name], newer=newer, moves=_moved_for(free, name, newer, committed, resolver)
            )
        except FrozenIndexError:
            yield AddedLine(name=name, version=pins[name])


def _moved_for(
    request: Request, name: NormalizedName, version: Version, committed: Versions, resolver: ResolverPort
) -> tuple[NormalizedName, ...]:
    """The committed pins that would have to move for the version."""
    exactly = Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=_NEWEST)
    asked = replace(request, demands=(*request.demands, exactly))
    kept = {each.name for each in _kept(asked, committed, resolver)}
    return tuple(sorted(committed.keys() - kept))


def _kept(request: Request, committed: Versions, resolver: ResolverPort) -> list[Constraint]:
    """The pins that go together, as constraints: what nothing needs any more is not brought in by them."""
    rows = [row.name for row in request.rows if row.name in committed]
    order = dict.fromkeys([*rows, *sorted(committed)])
    pins = [Constraint(origin=PinOrigin(), name=name, specifier=SpecifierSet(f"=={committed[name]}")) for name in order]
    return most(pins, lambda some: resolver.holds(replace(request, constraints=(*request.constraints, *some))))
