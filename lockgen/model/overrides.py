"""What a matrix says about packages beside its rows: constraints, overrides, exclusions, and cells that are skipped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.model.implementation import prefix_of
from lockgen.model.issues import When
from lockgen.model.target import Target

_EXTRA = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']|["']([^"']+)["']\s*==\s*extra\b""")
_GROUP = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintLine:
    """A bound on a package wherever it is in a set, which does not bring the package into one."""

    name: NormalizedName
    specifier: SpecifierSet
    marker: Marker | None = None
    """The targets it is for. None: all."""
    where: str
    """Place of the line: `phase-1.yaml:31`, `constraints.txt:4`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRule:
    """What stands in place of every demand of a release on the package (uv's override-dependencies)."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    specifier: SpecifierSet
    reason: str
    when: When
    where: str
    """Place of the entry: `phase-1.yaml:31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludeRule:
    """A package that no set may hold: what releases demand of it is dropped (uv's exclude-dependencies)."""

    name: NormalizedName
    reason: str
    when: When
    where: str
    """Place of the entry: `phase-1.yaml:31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRule:
    """Cells of the support tables that are no targets, and why."""

    targets: tuple[str, ...] = ()
    """Names or patterns: py3.14-windows-*. Empty: those of `when`."""
    when: When
    reason: str
    where: str
    """Place of the entry: `targets.yaml:31`."""

    def covers(self, target: Target, python: str) -> bool:
        """Whether the target is skipped; `python` is the table's row it belongs to, "3.14" for 3.14.1."""
        if not self.targets:
            return self.when.covers(target)
        names = (target.name, f"{prefix_of(python)}-{target.platform.name}")
        return any(fnmatchcase(name, glob) for name in names for glob in self.targets)


def extra_of(marker: str) -> str:
    """The extra that the marker as a whole depends on, `x` of `extra == "x" and os_name == "nt"`; empty: none.

    An override keeps this part of a marker and no other, as uv does.
    """
    previous = ""
    while previous != marker:
        previous, marker = marker, _GROUP.sub("", marker)
    found = _EXTRA.search(marker)
    return "" if found is None or re.search(r"\bor\b", marker) else canonicalize_name(found[1] or found[2])


def replaced_names(overrides: Iterable[OverrideRule], excludes: Iterable[ExcludeRule]) -> frozenset[NormalizedName]:
    """The packages of which releases' own demands do not count."""
    return frozenset(each.name for each in overrides) | frozenset(each.name for each in excludes)
