"""What one solve may know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from types import MappingProxyType
from typing import Literal

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile, Metadata
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
class StatedMetadata:
    """The metadata of a release's sdist by somebody's word, where the sdist's own is not static.

    It holds on every target; what differs between them stands in the markers of `requires_dist`.
    """

    name: NormalizedName
    version: Version | None = None
    """None: every release that has no statement of its own."""
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    """None: as the index lists it for the file."""
    provides_extra: tuple[NormalizedName, ...] = ()
    build_requires: tuple[str, ...] = ()
    """What building it takes besides `build-system.requires`: what the backend asks for when it is called."""
    read_from: str
    """Where it was read, for people."""
    where: str
    """Place of the statement: `issues.yaml:12:5`; empty when it was just built."""

    @property
    def release(self) -> str:
        """`psycopg2==2.9.9`, or the name alone."""
        return self.name if self.version is None else f"{self.name}=={self.version}"

    def metadata_of(self, version: Version) -> Metadata:
        """The statement as the metadata of a release."""
        content = [self.requires_python, self.requires_dist, self.provides_extra]
        file = self.where.partition(":")[0]
        return Metadata(
            name=self.name,
            version=version,
            requires_python=self.requires_python,
            requires_dist=self.requires_dist,
            provides_extra=self.provides_extra,
            sha256=sha256(json.dumps(content).encode()).hexdigest(),
            read_from=f"{file}, which states it: {self.read_from}" if file else self.read_from,
        )


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
    stated: tuple[StatedMetadata, ...] = ()
    """Metadata of sdists whose own is not static."""
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
    """Pattern of package names -> alias of the only index they come from (`model.routes.alias_of`)."""
    preferred: Mapping[NormalizedName, Version] = field(default_factory=lambda: MappingProxyType({}))
    """Versions that are wanted before any other, where the rest allows them: those of a committed set."""

    def may_be_hashed(self, name: NormalizedName) -> bool:
        """Whether files of the package that are listed without a sha256 may be downloaded for it."""
        return any(fnmatchcase(name, glob) for glob in self.unhashed)

    def existed(self, file: DistFile) -> bool:
        """Whether the file was there at the cut-off: uploaded by then, or undated where that is allowed."""
        if file.uploaded is None:
            return any(fnmatchcase(file.name, glob) for glob in self.undated)
        return file.uploaded <= self.as_of_for.get(file.name, self.as_of)


def stated_about(name: NormalizedName, version: Version, stated: Iterable[StatedMetadata]) -> StatedMetadata | None:
    """The statement about the very release, else the one about every release of the package."""
    about = {each.version: each for each in stated if each.name == name}
    return about.get(version) or about.get(None)
