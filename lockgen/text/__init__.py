"""How ranges and moments are written, and how what is alike is grouped to be written once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TypeVar

from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")

_ALIKE = 0.75  # of 1: a letter more, less, swapped or mistaken in the shortest names of the tables
_READING_ORDER = (">=", ">", "~=", "==", "===", "<", "<=", "!=")


def spelled(specifiers: Iterable[Specifier]) -> str:
    """A range as people write it, lower bound first: `>=0.27.0,<0.28.0`. A SpecifierSet has no order of its own."""
    return ",".join(map(str, sorted(specifiers, key=reading_order)))


def reading_order(specifier: Specifier) -> tuple[int, str]:
    """The sort key of `spelled`."""
    return _READING_ORDER.index(specifier.operator), specifier.version


def requirement(name: str, extras: Collection[str], specifier: SpecifierSet) -> str:
    """`celery[redis]>=5.3.0`."""
    asked = f"[{','.join(sorted(extras))}]" if extras else ""
    return f"{name}{asked}{spelled(specifier)}"


def span(versions: Sequence[Version]) -> str:
    """`0.95.2 to 0.99.1 (24 releases)`, or the one version there is. Oldest first."""
    if len(versions) == 1:
        return str(versions[0])
    return f"{versions[0]} to {versions[-1]} ({len(versions)} releases)"


def moment(value: datetime) -> str:
    """ISO 8601 in UTC with a Z, fractions of a second only where there are any."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")  # astimezone would take the host's
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def alike(name: str, names: Iterable[str]) -> list[str]:
    """Those of the names for which `name` may have been a slip, nearest first; never itself."""
    return get_close_matches(name, sorted(set(names) - {name}), cutoff=_ALIKE)


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> dict[Key, list[Item]]:
    """Key -> the items that have it. Keys stand in order of first appearance, items in their own order."""
    return grouped_pairs((key(item), item) for item in items)


def grouped_pairs(pairs: Iterable[tuple[Key, Item]]) -> dict[Key, list[Item]]:
    """`grouped` for items that come with their keys."""
    groups: dict[Key, list[Item]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups
