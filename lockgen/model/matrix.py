"""What a folder of matrices says, with defaults and `extends` filled in: phases, support tables, known issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.model.target import Platform, Target, concerns
from lockgen.text import spelled

Family = Literal["linux", "alpine", "macos", "windows"]
"""Of platforms: linux means glibc, alpine means musl."""
BuildPackages = Mapping[Family, tuple[str, ...]]
"""Operating system packages that a build needs, by family."""

_ANY = SpecifierSet(">=0")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The targets something is for."""

    python: SpecifierSet | None = None
    """A minor is meant if any patch release of it lies inside. None: all."""
    platforms: tuple[str, ...] | None = None
    """Names or patterns. None: all."""

    def covers(self, target: Target) -> bool:
        """Whether the target is among them."""
        if self.python is not None and not concerns(target, self.python):
            return False
        return self.platforms is None or any(fnmatchcase(target.platform.name, glob) for glob in self.platforms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A row of a phase, with what `extends` inherits filled in."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    minimum: Version
    recommended: Version | None = None
    maximum: SpecifierSet | None = None
    """One clause, `<X` or `<=X`."""
    note: str = ""
    purpose: str = ""
    when_required: str = ""
    when: When = When()
    group: str | None = None
    """The optional group it stands in; None: a core row."""
    where: str
    """Where the row stands: `phase-1.yaml:31`. An inherited row stands in the file it comes from."""
    places: Mapping[str, str]
    """Where each given key's value stands: {"minimum": "phase-1.yaml:33:14"}."""

    @property
    def specifier(self) -> SpecifierSet:
        """The published bounds: `>=minimum` and the maximum."""
        least = SpecifierSet(f">={self.minimum}")
        return least & self.maximum if self.maximum is not None else least


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A finding of lint that the matrix lives with, and why."""

    rule: str
    packages: tuple[NormalizedName, ...]
    """Sorted; exactly those the finding names."""
    reason: str
    where: str
    """file:line:column of the entry, whichever file of a lineage it stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An extra index, used for the packages routed to it and for nothing else."""

    packages: tuple[str, ...] = ()
    """Names or patterns."""
    undated: bool = False
    """Whether files without an upload time are acceptable from it in spite of `as_of`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of the migration, complete."""

    phase: str
    title: str
    revision: int
    server: str
    """The service whose support column applies, such as fastapi."""
    as_of: datetime
    as_of_for: Mapping[NormalizedName, datetime]
    dependencies: tuple[Dependency, ...]
    """In the file's order, which is their priority: core rows, then the optional groups in theirs."""
    accept: tuple[Acceptance, ...]
    """Its own, then those of the file it narrows."""
    indexes: Mapping[str, Route]
    file: str
    extends: str | None = None
    """The file it narrows."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The optional groups that have rows, in the file's order."""
        return tuple(dict.fromkeys(row.group for row in self.dependencies if row.group))


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A "no" of the support tables."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonRow:
    """A Python of the support table."""

    python: str
    """A minor, "3.11", or a full version."""
    floor: str
    """The oldest patch release of a minor that images run, "3.11.2"; a full version's own."""
    every_patch: bool = False
    """Whether every patch release from the floor on must be served; see `Target.every_patch`."""
    unsupported: Mapping[str, Support]
    """Service -> why it is not supported on this Python; a service that is supported is not in it."""
    note: str = ""
    where: str
    """Place of the row: `targets.yaml:12:5`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRow:
    """A platform of the support table."""

    platform: Platform
    event_loop: str
    unsupported: frozenset[str] = frozenset()
    """The services that are not supported on it."""
    note: str = ""

    @property
    def name(self) -> str:
        """The platform's name in targets: linux-x86_64."""
        return self.platform.name

    @property
    def family(self) -> Family:
        """Which family it belongs to."""
        return "alpine" if self.platform.libc == "musl" else self.platform.os

    @property
    def floor(self) -> str:
        """The oldest glibc, musl or macOS its images run on, "2.28"; empty on Windows."""
        major, minor = self.platform.version
        return "" if self.family == "windows" else f"{major}.{minor}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownIssue:
    """A known issue: what is seen, why, what helps, where it holds and what it forbids."""

    id: str
    title: str
    is_measured: bool = False
    """Found by the smoke test rather than published."""
    symptom: str
    cause: str = ""
    solution: str
    note: str = ""
    when: When = When()
    packages: Mapping[NormalizedName, SpecifierSet] = field(default_factory=lambda: MappingProxyType({}))
    """Releases it concerns; a constraint then binds exactly these, like one more Requires-Dist. Empty: any set."""
    is_sdist: bool = False
    """Whether it holds only where one of `packages` is built from its sdist."""
    constrain: tuple[Requirement, ...] = ()
    build_packages: BuildPackages = field(default_factory=lambda: MappingProxyType({}))
    where: str
    """Place of the entry: `issues.yaml:12:5`."""

    @property
    def about(self) -> str:
        """The Pythons, platforms and releases it concerns, in words: `Python >=3.12; starlette <0.28`."""
        parts = [f"Python {spelled(self.when.python)}"] if self.when.python is not None else []
        parts += [", ".join(self.when.platforms)] if self.when.platforms else []
        form = " as an sdist" if self.is_sdist else ""
        parts += [
            (name if releases == _ANY else f"{name} {spelled(releases)}") + form
            for name, releases in self.packages.items()
        ]
        return "; ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRule:
    """A row of the known-conflicts table: a library, and what it needs."""

    library: NormalizedName
    extras: tuple[NormalizedName, ...] = ()
    versions: SpecifierSet | None = None
    """The releases it is about. None: all."""
    requires: Requirement | None = None
    """What they need, such as pydantic<2. None: no conflict."""
    published: str
    """The table's own words for the requirement."""
    workaround: str = ""
    where: str
    """Place of the entry: `issues.yaml:121:5`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistRule:
    """The word that a package may come as an sdist, on exactly these targets."""

    package: NormalizedName
    when: When
    reason: str
    build_packages: BuildPackages = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrices:
    """Every matrix of a directory."""

    phases: Mapping[str, Phase]
    """By name, in natural order: 1, 1-stable, 2, option-b."""
    pythons: tuple[PythonRow, ...]
    """In the order of targets.yaml, which is that of the targets."""
    platforms: tuple[PlatformRow, ...]
    issues: tuple[KnownIssue, ...] = ()
    conflicts: tuple[ConflictRule, ...] = ()
    sdists: tuple[SdistRule, ...] = ()
    accept: tuple[Acceptance, ...] = ()
    """What issues.yaml accepts of the findings about itself."""

    def phase(self, name: str) -> Phase:
        """The phase of that name; UsageError lists the phases there are."""
        if name not in self.phases:
            raise UsageError(f"there is no phase {name!r}", hint=f"The phases are: {', '.join(self.phases)}.")
        return self.phases[name]
