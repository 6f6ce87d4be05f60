"""Sets of a package's versions, each as one integer: what a specifier clause lets in, and which one is wanted first.

Bit i stands for the i-th oldest listed version.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from packaging.specifiers import Specifier
from packaging.version import Version

from lockgen.model.request import Row, Strategy

Series = tuple[int, ...]
Choose = Callable[[int], int]
"""From a mask of versions that is not empty to the place of the one wanted most."""

_ORDERING = frozenset({">=", "<=", "==", "!=", "<", ">"})


def newest(mask: int) -> int:
    """The place of the highest bit: of the newest version in a mask without `absent`."""
    return mask.bit_length() - 1


def lowest(mask: int) -> int:
    """The place of the lowest bit: of the oldest version in a mask without `absent`."""
    return (mask & -mask).bit_length() - 1


def places(mask: int) -> list[int]:
    """The places of the bits, highest (newest) first."""
    found = []
    while mask:
        top = mask.bit_length() - 1
        found.append(top)
        mask ^= 1 << top
    return found


# -- what a clause lets in


def versions_in(versions: Sequence[Version], clause: Specifier) -> int:
    """The versions (oldest first) inside one clause of a specifier set, pre-releases among them, as a mask.

    Order decides except among the versions of the very release that the clause names, where PEP 440 has exceptions:
    there, and for what is compared as text, each version is judged by `Specifier.contains`.
    """
    text = clause.version
    if clause.operator in _ORDERING and not text.endswith(".*"):
        return _ordered(versions, clause, Version(text))
    if clause.operator == "~=":
        series = Specifier(f"=={text.rpartition('.')[0]}.*") if _is_plain(text) else None
        if series is not None:
            return versions_in(versions, series) & _ordered(versions, Specifier(f">={text}"), Version(text))
    elif clause.operator in {"==", "!="} and _is_plain(text.removesuffix(".*")):
        within = _with_prefix(versions, Version(text.removesuffix(".*")))
        return within if clause.operator == "==" else ((1 << len(versions)) - 1) & ~within
    return _contained(versions, clause, 0, len(versions))


def _ordered(versions: Sequence[Version], clause: Specifier, bound: Version) -> int:
    low, high = _same_release(versions, bound)
    older, newer = (1 << low) - 1, ((1 << len(versions)) - 1) & ~((1 << high) - 1)
    sides = {"<": older, "<=": older, ">": newer, ">=": newer, "==": 0, "!=": older | newer}
    return sides[clause.operator] | _contained(versions, clause, low, high)


def _same_release(versions: Sequence[Version], bound: Version) -> tuple[int, int]:
    """From where to where the versions have the bound's release number: its pre-, post- and local releases."""
    key = bound.epoch, _without_zeros(bound.release)
    low = bisect_left(versions, Version(f"{bound.epoch}!{'.'.join(map(str, bound.release))}.dev0"))
    high = low
    while high < len(versions) and (versions[high].epoch, _without_zeros(versions[high].release)) == key:
        high += 1
    return low, high


def _with_prefix(versions: Sequence[Version], prefix: Version) -> int:
    """The versions whose release number starts with the prefix's."""
    *first, last = prefix.release
    start, end = (".".join(map(str, (*first, number))) for number in (last, last + 1))
    low, high = (bisect_left(versions, Version(f"{prefix.epoch}!{each}.dev0")) for each in (start, end))
    return (1 << high) - (1 << low)


def _contained(versions: Sequence[Version], clause: Specifier, low: int, high: int) -> int:
    return sum(1 << place for place in range(low, high) if clause.contains(versions[place], prereleases=True))


def _without_zeros(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end > 1 and not release[end - 1]:
        end -= 1
    return release[:end]


def _is_plain(text: str) -> bool:
    """Whether it is a release number and nothing else."""
    return all(part.isdecimal() for part in text.split("."))


# -- which version is wanted first: the order is the contract


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


def first(place: int, choose: Choose) -> Choose:
    """`place` where the mask holds it, else what `choose` wants."""
    return lambda mask: place if mask >> place & 1 else choose(mask)


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
