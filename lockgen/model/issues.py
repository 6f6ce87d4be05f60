"""Known issues, the known-conflicts table, permissions to build from source, and the targets they hold on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from lockgen.model.target import Target, concerns
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

    @property
    def words(self) -> str:
        """`Python >=3.12; linux-*`; empty for everywhere."""
        python = f"Python {spelled(self.python)}" if self.python is not None else ""
        return "; ".join(filter(None, (python, ", ".join(self.platforms or ()))))


ANYWHERE = When()


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
    when: When = ANYWHERE
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
        """The Pythons, platforms and releases it concerns, in words: `Python >=3.12; django <4.2`."""
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
    """What they need, such as numpy<2. None: no conflict."""
    published: str
    """The table's own words for the requirement."""
    workaround: str = ""
    where: str
    """Place of the entry: `issues.yaml:121:5`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnimportedRule:
    """Packages whose import needs what a proof lacks, such as a GPU or a display: a proof leaves them out."""

    packages: tuple[NormalizedName, ...]
    when: When
    reason: str
    where: str
    """Place of the entry: `issues.yaml:131:5`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistRule:
    """The word that a package may come as an sdist, on exactly these targets."""

    package: NormalizedName
    when: When
    reason: str
    build_packages: BuildPackages = field(default_factory=lambda: MappingProxyType({}))
