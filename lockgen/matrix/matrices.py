"""What a directory of matrices says, once every file of it is right: the records the later stages read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.matrix.issues import IssuesFile
from lockgen.matrix.model import Route, Server, TargetsFile


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
    python: SpecifierSet | None = None
    """The Pythons the row is for; None: all."""
    platforms: tuple[str, ...] | None = None
    """Patterns of the platforms the row is for; None: all."""
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
class Phase:
    """One phase of the migration, complete."""

    phase: str
    title: str
    revision: int
    server: Server
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
class Matrices:
    """Every matrix of a directory."""

    phases: Mapping[str, Phase]
    """By name, in natural order: 1, 1-stable, 2, option-b."""
    targets: TargetsFile
    issues: IssuesFile
    accept: tuple[Acceptance, ...] = ()
    """What issues.yaml accepts of the findings about itself."""
    places: Mapping[str, str]
    """Where entries of targets.yaml and issues.yaml stand: {"issues.yaml issues[0]": "issues.yaml:12:5"}."""

    def phase(self, name: str) -> Phase:
        """The phase of that name; UsageError lists the phases there are."""
        if name not in self.phases:
            raise UsageError(f"there is no phase {name!r}", hint=f"The phases are: {', '.join(self.phases)}.")
        return self.phases[name]
