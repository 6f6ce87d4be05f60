"""What one solve may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile
from lockgen.model.origin import Origin
from lockgen.model.overrides import ExcludeRule, OverrideRule
from lockgen.model.target import Target

Strategy = Literal["minimum", "recommended", "maximum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A dependency of a request: what the matrix publishes for it, and where."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    specifier: SpecifierSet
    """The published bounds: `>=minimum`, the maximum and the exclusions, or the one version."""
    minimum: Version | None = None
    recommended: Version | None = None
    prereleases: bool | None = None
    """Whether pre-releases may be had whatever the range says; None: as PEP 440 has it."""
    where: str
    """Place in the matrix, `phase-1.yaml:31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A known issue's narrowing, a known conflict's, or a constraint of the matrix.

    Without `releases` it narrows `name` wherever it is in the set; with them, every release of `releases[0]` inside
    `releases[1]` requires `name` within `specifier`, like one more Requires-Dist.
    """

    origin: Origin
    name: NormalizedName
    specifier: SpecifierSet
    releases: tuple[NormalizedName, SpecifierSet] | None = None
    extras: frozenset[str] = frozenset()
    """With any: the releases require it only where one of these extras of theirs is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistPermission:
    """The matrix's word that `name` may come as an sdist on this target, why, and what compiling it needs."""

    name: NormalizedName
    reason: str
    build_packages: tuple[str, ...] = ()
    """Operating system packages of the target's platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything one solve may know: one target, its rows in matrix order, and the rules of its matrix."""

    target: Target
    strategy: Strategy
    rows: tuple[Row, ...]
    constraints: tuple[Constraint, ...] = ()
    overrides: tuple[OverrideRule, ...] = ()
    """Those of this target: each replaces every release's demands on its package."""
    excludes: tuple[ExcludeRule, ...] = ()
    """Those of this target: what releases demand of these packages is dropped."""
    demands: tuple[Demand, ...] = ()
    """What else the set must hold to beside the rows: somebody's requirements, committed pins."""
    sdists: tuple[SdistPermission, ...] = ()
    buildable: frozenset[str] = frozenset()
    """Other packages that may come as an sdist where no wheel of the release serves, to see what that would bring; "*"
    means all. Of one whose metadata only a build could tell, nothing is demanded."""
    as_of: datetime
    as_of_for: Mapping[NormalizedName, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Cut-offs of single packages, which win over `as_of`."""
    undated: frozenset[str] = frozenset()
    """Patterns of package names whose index is allowed to give no upload times."""
    preferred: Mapping[NormalizedName, Version] = field(default_factory=lambda: MappingProxyType({}))
    """Versions that are wanted before any other, where the rest allows them: those of a committed set."""

    def existed(self, file: DistFile) -> bool:
        """Whether the file was there at the cut-off: uploaded by then, or undated where that is allowed."""
        if file.uploaded is None:
            return any(fnmatchcase(file.name, glob) for glob in self.undated)
        return file.uploaded <= self.as_of_for.get(file.name, self.as_of)
