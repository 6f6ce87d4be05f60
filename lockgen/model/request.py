"""What one solve may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.origin import Origin
from lockgen.model.target import Target

Strategy = Literal["minimum", "recommended", "maximum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A dependency of a request: what the matrix publishes for it, and where."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    specifier: SpecifierSet
    """The published bounds, `>=minimum` and the maximum."""
    minimum: Version | None = None
    recommended: Version | None = None
    where: str
    """Place in the matrix, `phase-1.yaml:31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A known issue's narrowing, or a known conflict's.

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
    unhashed: frozenset[str] = frozenset()
    """The same for one that gives no sha256: what is pinned of it is downloaded to be hashed."""
    routes: tuple[tuple[str, str], ...] = ()
    """Pattern of package names -> alias of the only index they come from (`model.matrix.alias_of`)."""
