"""How ranges, moments and lists of targets are written, and how what is alike is grouped to be written once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
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


def in_words(names: Iterable[str], everything: Collection[str]) -> str:
    """The targets as patterns over `everything` (names such as py3.11-linux-x86_64), or all of them as a number.

    A single target that is everything goes by its name.

    >>> in_words(["py3.12-linux-x86_64", "py3.12-windows-x86_64"], ["py3.11-linux-x86_64", "py3.12-linux-x86_64",
    ... "py3.12-windows-x86_64"])
    'py3.12-*'
    """
    chosen = set(names)
    if chosen == set(everything):
        return f"all {len(chosen)} targets" if len(chosen) > 1 else "".join(chosen)
    short = _patterns(chosen, everything)
    rest = _patterns(set(everything) - chosen, everything)
    return ", ".join(short) if len(short) <= len(rest) else f"all but {', '.join(rest)}"


def over_phases(places: Iterable[tuple[str, str]], everything: Mapping[str, Collection[str]]) -> str:
    """Targets of phases, `(phase, target)`, in words; `everything` are the targets of each phase.

    What is the same in several phases stands once: `py3.8-* of phases 1 and 2; all 30 targets of phase 3`. A phase that
    is alone is not named.
    """
    chosen = grouped_pairs(places)
    words = grouped_pairs((in_words(names, everything[phase]), phase) for phase, names in chosen.items())
    if len(everything) == 1:
        return "; ".join(words)
    return "; ".join(f"{text} of {_phases(phases)}" for text, phases in words.items())


def _phases(names: Sequence[str]) -> str:
    return f"phase {names[0]}" if len(names) == 1 else f"phases {', '.join(names[:-1])} and {names[-1]}"


def _patterns(chosen: set[str], everything: Collection[str]) -> list[str]:
    """The fewest patterns and names, taken greedily, that mean exactly the chosen targets."""
    left = set(chosen)
    found: list[str] = []
    patterns = [*_covered(chosen, everything, _python), *_covered(chosen, everything, _platform)]
    for pattern, covered in sorted(patterns, key=lambda each: (-len(each[1]), each[0])):
        if len(covered & left) > 1:
            found.append(pattern)
            left -= covered
    return [*sorted(found, key=_natural), *(name for name in everything if name in left)]


def _natural(pattern: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", pattern)]


def _python(name: str) -> str:
    return f"{name.split('-', 1)[0]}-*"


def _platform(name: str) -> str:
    return f"*-{name.split('-', 1)[1]}"


def _covered(
    chosen: set[str], everything: Collection[str], pattern_of: Callable[[str], str]
) -> Iterable[tuple[str, set[str]]]:
    for pattern in {pattern_of(name) for name in chosen}:
        # Read as --target reads it: `*-linux` also means a platform called my-linux.
        covered = {name for name in everything if fnmatchcase(name, pattern)}
        if covered <= chosen:
            yield pattern, covered
