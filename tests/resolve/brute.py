"""Small random universes, and answers about them found by trying everything: no line of the resolver is used."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

NAMES = ("a", "b", "c", "d", "e")
VERSIONS = ("1.0", "1.1", "2.0", "2.1rc1")

Packages = dict[str, dict[str, dict[str, Any]]]
Choice = Mapping[str, str]
Variable = tuple[str, str]
"""A package and one of its extras; the empty extra stands for the package."""

# Trying everything puts the same few questions about the same few texts thousands of times.
_parsed = cache(Requirement)
_version = cache(Version)


@cache
def _holds(specifier: SpecifierSet, version: str) -> bool:
    return specifier.contains(version, prereleases=True)


@cache
def _demanded(text: str, extra: str) -> Requirement | None:
    """What a line of metadata demands for an extra, or for the package itself; None: nothing."""
    found = _parsed(text)
    return found if (found.marker.evaluate({"extra": extra}) if found.marker else not extra) else None


@cache
def _requirements(names: Sequence[str]) -> st.SearchStrategy[str]:
    """One drawing for a whole requirement: most of what such tests cost is drawing."""
    bounds = ["", *(f"{operator}{version}" for operator in (">=", "<", "==", "!=", "<=") for version in VERSIONS)]
    weighed = bounds[:1] * len(VERSIONS) + bounds[1:]
    extras = ("", "", "", "[x]")
    return st.sampled_from([f"{name}{extra}{bound}" for name in names for extra in extras for bound in weighed])


def requirement(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    return draw(_requirements(names))


_versions = st.lists(st.sampled_from(VERSIONS), unique=True, min_size=1)
_yanks = st.sampled_from((None, None, None, "bad"))
_kinds = st.sampled_from(
    [(count, has_x, has_y) for count in (0, 1, 2) for has_x in (0, 1) for has_y in (0, 0, 0, 0, 1)]
)
"""How many things a release requires, whether its extra `x` requires more, and whether `x` asks for `y`."""


@st.composite
def packages(draw: st.DrawFn) -> Packages:
    """Circles, extras, extras that ask for extras of their own package, pre-releases and yanks."""
    found: Packages = {}
    for name in NAMES:
        found[name] = {}
        others = tuple(other for other in NAMES if other != name)
        for version in draw(_versions):
            count, has_x, has_y = draw(_kinds)
            requires = [requirement(draw, others) for _ in range(count)]
            if has_x:
                requires.append(f"{requirement(draw, others)}; extra == 'x'")
            if has_y:
                requires += [f"{name}[y]; extra == 'x'", f"{requirement(draw, others)}; extra == 'y'"]
            found[name][version] = {"requires": requires, "extras": ["x", "y"], "yanked": draw(_yanks)}
    return found


_some_names = st.sampled_from([names for count in (1, 2, 3) for names in itertools.permutations(NAMES, count)])
_wishes = st.sampled_from((None, *VERSIONS))


@st.composite
def universes(draw: st.DrawFn) -> tuple[Packages, tuple[str, ...], dict[str, str | None]]:
    found = draw(packages())
    rows = tuple(requirement(draw, (name,)) for name in draw(_some_names))
    return found, rows, {text: draw(_wishes) for text in rows}


@dataclass(frozen=True)
class Issue:
    """A known issue: `narrows` wherever it is, or beside the releases in `beside`."""

    narrows: str
    beside: str = ""


@dataclass(frozen=True)
class Brute:
    """Everything that holds together in a universe for these roots."""

    packages: Packages
    roots: tuple[str, ...]
    issues: tuple[Issue, ...] = ()

    @cached_property
    def sets(self) -> list[dict[str, str]]:
        """Every set, as the packages it reaches with their versions."""
        choices = (
            dict(zip(NAMES, versions, strict=True))
            for versions in itertools.product(*(self.packages[name] for name in NAMES))
        )
        reached = (self.reached(choice) for choice in choices)
        return [dict(each) for each in {tuple(sorted(one.items())) for one in reached if one is not None}]

    def reached(self, choice: Choice) -> dict[str, str] | None:
        """The part of a choice that the roots lead to; None where it does not hold together."""
        waiting, seen = [_parsed(root) for root in self.roots], set[Variable]()
        while waiting:
            wanted = waiting.pop()
            version = choice[wanted.name]
            if not _holds(wanted.specifier, version) or not self._is_allowed(wanted, version):
                return None
            for extra in ("", *wanted.extras):
                if (wanted.name, extra) not in seen:
                    seen.add((wanted.name, extra))
                    waiting += self.demands((wanted.name, extra), version)
        found = {name: choice[name] for name, extra in seen if not extra}
        return found if all(self._is_kept(issue, found) for issue in self.issues) else None

    def demands(self, variable: Variable, version: str) -> Iterator[Requirement]:
        """What a release, or one of its extras, demands, with what the issues add."""
        name, extra = variable
        for text in self.packages[name][version]["requires"]:
            if inner := _demanded(text, extra):
                yield inner
        for issue in self.issues:
            beside = _parsed(issue.beside) if issue.beside and not extra else None
            if beside and beside.name == name and _holds(beside.specifier, version):
                yield _parsed(issue.narrows)

    def best(self, orders: Mapping[str, Sequence[str]]) -> dict[str, str] | None:
        """The best set: variable after variable, those of the roots first, the version wanted most of those some set
        with all earlier ones has. `orders` gives the versions of the roots' packages, most wanted first."""
        places: dict[str, int] = {}
        for root in self.roots:
            places.setdefault(_parsed(root).name, len(places))
        decided: dict[Variable, str] = {}
        left = self.sets
        while left:
            wanted = [_parsed(root) for root in self.roots]
            wanted += [inner for variable, version in decided.items() for inner in self.demands(variable, version)]
            demanded = {(each.name, extra) for each in wanted for extra in ("", *each.extras)} - decided.keys()
            if not demanded:
                return {name: version for (name, extra), version in decided.items() if not extra}
            name, extra = min(demanded, key=lambda each: (places.get(each[0], len(places)), each))
            newest = sorted(self.packages[name], key=_version, reverse=True)
            had = {found[name] for found in left if name in found}
            version = next(version for version in orders.get(name, newest) if version in had)
            decided[name, extra] = version
            left = [found for found in left if found.get(name) == version]
        return None

    def _is_allowed(self, wanted: Requirement, version: str) -> bool:
        """Whether the package's own roots, or else the requirement, would take a pre-release or a yanked release."""
        deciding = [root for root in map(_parsed, self.roots) if root.name == wanted.name] or [wanted]
        if _version(version).is_prerelease and not any(map(self._offers_prereleases, deciding)):
            return False
        exact = (clause for root in deciding for clause in root.specifier if clause.operator == "==")
        named = any(_version(clause.version) == _version(version) for clause in exact)
        return self.packages[wanted.name][version]["yanked"] is None or named

    def _offers_prereleases(self, wanted: Requirement) -> bool:
        names_one = any(_version(each.version).is_prerelease and each.operator != "!=" for each in wanted.specifier)
        finals = [version for version in self.packages[wanted.name] if not _version(version).is_prerelease]
        return names_one or not any(wanted.specifier.contains(final) for final in finals)

    @staticmethod
    def _is_kept(issue: Issue, found: Choice) -> bool:
        narrowed = _parsed(issue.narrows)
        if issue.beside or narrowed.name not in found:
            return True
        return _holds(narrowed.specifier, found[narrowed.name])
