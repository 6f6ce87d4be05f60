"""Which versions of a package are wanted first. The order is the contract; how it is searched is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from packaging.version import Version

from lockgen.model.request import Row, Strategy
from lockgen.resolve.incompatibility import lowest, places

Series = tuple[int, ...]
Choose = Callable[[int], int]
"""From a mask of versions that is not empty to the place of the one wanted most."""


def newest(mask: int) -> int:
    """The newest version, which a package without a row gets."""
    return mask.bit_length() - 1


def chooser(versions: Sequence[Version], row: Row | None, strategy: Strategy) -> Choose:
    """How a package with these versions, oldest first, is chosen.

    A package without a row is transitive: newest first. `minimum` is oldest first, `maximum` newest first.
    `recommended` is the recommended version, the rest of its series (same major.minor) newest first, then newer
    series, nearest first, then older series, nearest first; inside a series always the newest first.
    """
    if row is None or strategy == "maximum":
        return newest
    if strategy == "minimum":
        return lowest
    return newest if row.recommended is None else _around(versions, row.recommended)


def ranked(versions: Sequence[Version], choose: Choose) -> tuple[Version, ...]:
    """All versions (given oldest first), most wanted first."""
    left, order = (1 << len(versions)) - 1, []
    if choose is newest:
        return tuple(versions[place] for place in places(left))
    while left:
        place = choose(left)
        order.append(versions[place])
        left &= ~(1 << place)
    return tuple(order)


def _around(versions: Sequence[Version], wanted: Version) -> Choose:
    """The newest of the first of these groups that has a version left: itself, its series, newer, older series."""
    members: dict[Series, int] = {}
    for place, version in enumerate(versions):
        members[_series(version)] = members.get(_series(version), 0) | 1 << place
    home, itself = _series(wanted), sum(1 << place for place, version in enumerate(versions) if version == wanted)
    order = [home, *(s for s in sorted(members) if s > home), *(s for s in sorted(members, reverse=True) if s < home)]
    groups = [itself, *(members.get(series, 0) for series in order)]
    return lambda mask: next(newest(mask & group) for group in groups if mask & group)


def _series(version: Version) -> Series:
    return version.epoch, version.major, version.minor
