"""Lists of targets in the shortest words that are true: `all`, `all but py3.8-*`, `py3.9 and newer on alpine`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import groupby

from lockgen.text import grouped, grouped_pairs

_PYTHON = re.compile(r"([a-z]+)(\d+(?:\.\d+)*)(\w*)")
Pattern = tuple[str, frozenset[str]]
"""A pattern in words and the targets it means."""


def in_words(names: Iterable[str], everything: Collection[str]) -> str:
    """The targets as patterns over `everything` (names such as py3.11-linux-x86_64), `all` where they are all of them.

    A single target that is everything goes by its name. A target that is not in `everything` counts as one of it.

    >>> in_words(["py3.12-linux-x86_64", "py3.12-windows-x86_64"], ["py3.11-linux-x86_64", "py3.12-linux-x86_64",
    ... "py3.12-windows-x86_64"])
    'py3.12-*'
    """
    chosen = frozenset(names)
    table = list(dict.fromkeys([*everything, *sorted(chosen - set(everything))]))
    rest = frozenset(table) - chosen
    if not chosen:
        return ""
    if not rest:
        return "all" if len(table) > 1 else table[0]
    short, long = _patterns(chosen, table), _patterns(rest, table)
    return min(
        (", ".join(short), f"all but {', '.join(long)}"),
        key=lambda text: (text.count(", "), text.startswith("all but "), len(text)),
    )


def over_phases(places: Iterable[tuple[str, str]], everything: Mapping[str, Collection[str]]) -> str:
    """Targets of phases, `(phase, target)`, in words; `everything` are the targets of each phase.

    What is the same in several phases stands once: `py3.8-* of phases 1 and 2; all of phase 3`. `all` where it holds on
    all targets of all phases; phases are not named where it is the same in all of them.
    """
    chosen = grouped_pairs(places)
    if len(everything) > 1 and all(set(targets) <= set(chosen.get(phase, ())) for phase, targets in everything.items()):
        return "all"
    words = grouped_pairs((in_words(names, everything[phase]), phase) for phase, names in chosen.items())
    if len(everything) == 1 or (len(words) == 1 and len(chosen) == len(everything)):
        return "; ".join(words)
    return "; ".join(f"{text} of {phases_in_words(phases)}" for text, phases in words.items())


def phases_in_words(names: Sequence[str]) -> str:
    """`phase 1`, `phases 1, 2 and option-b`."""
    return f"phase {names[0]}" if len(names) == 1 else f"phases {', '.join(names[:-1])} and {names[-1]}"


def python_key(name: str) -> tuple[str, str, tuple[int, ...]]:
    """Orders `py3.9` before `py3.10`, and the Pythons of one implementation together."""
    found = _PYTHON.fullmatch(name)
    if found is None:
        return name, "", ()
    return found[1], found[3], tuple(map(int, found[2].split(".")))


def _patterns(chosen: frozenset[str], everything: Sequence[str]) -> list[str]:
    """The fewest patterns and names, taken greedily, that mean exactly the chosen targets."""
    left = set(chosen)
    found: list[str] = []
    for pattern, covered in sorted(_candidates(chosen, everything), key=lambda each: (-len(each[1]), len(each[0]))):
        if len(covered & left) > 1:
            found.append(pattern)
            left -= covered
    order = {name: place for place, name in enumerate(everything)}
    return [*sorted(found, key=_natural), *sorted(left, key=order.__getitem__)]


def _natural(pattern: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", pattern)]


def _candidates(chosen: frozenset[str], everything: Sequence[str]) -> Iterator[Pattern]:
    """Patterns that mean chosen targets only, of as many Pythons as possible each."""
    for pattern, covered in _over_platforms(chosen, everything):
        # Without a word, it is read as --target reads it: `*-linux` also means a platform called my-linux.
        meant = covered if " " in pattern else frozenset(name for name in everything if fnmatchcase(name, pattern))
        if meant <= chosen:
            yield pattern, meant


def _over_platforms(chosen: frozenset[str], everything: Sequence[str]) -> Iterator[Pattern]:
    """Of all platforms, of one operating system, of one platform."""
    platforms = grouped(everything, lambda name: _parts(name)[1])
    systems = grouped(platforms, lambda platform: platform.split("-", 1)[0])
    yield from _of_platform("", everything, chosen)
    for system, of_it in systems.items():
        if len(of_it) > 1:
            yield from _of_platform(f"{system}-*", [name for each in of_it for name in platforms[each]], chosen)
        for platform in of_it:
            # A platform called like the system of others would be mistaken for it.
            if platform != system or len(of_it) == 1:
                yield from _of_platform(platform, platforms[platform], chosen)


def _of_platform(platform: str, names: Sequence[str], chosen: frozenset[str]) -> Iterator[Pattern]:
    """Patterns over the targets of one platform, `linux-*` for all of an operating system, nothing for all of them."""
    if platform and chosen.issuperset(names):
        yield f"*-{platform}", frozenset(names)
        return
    pythons = grouped(names, lambda name: _parts(name)[0])
    builds = grouped(sorted(pythons, key=python_key), lambda python: python_key(python)[:2])
    for build in builds.values():
        whole = [chosen.issuperset(pythons[python]) for python in build]
        for is_whole, run in groupby(zip(whole, build, strict=True), key=lambda each: each[0]):
            if is_whole:
                part = [python for _, python in run]
                yield _spelled(part, build, platform), frozenset(name for each in part for name in pythons[each])


def _spelled(part: Sequence[str], build: Sequence[str], platform: str) -> str:
    """Neighbouring Pythons of one build: `py3.8-*`, `py3.9 and newer`, `py3.9 to py3.11 on linux-x86_64`."""
    if len(part) == 1:
        return f"{part[0]}-{platform or '*'}"
    on = f" on {platform.removesuffix('-*')}" if platform else ""
    if part[-1] == build[-1]:
        return f"{part[0]} and newer{on}"
    return f"{part[-1]} and older{on}" if part[0] == build[0] else f"{part[0]} to {part[-1]}{on}"


def _parts(name: str) -> tuple[str, str]:
    python, _, platform = name.partition("-")
    return python, platform
