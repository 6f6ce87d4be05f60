"""What a folder of matrices says, with defaults and `extends` filled in: phases, support tables, known issues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.model.images import Images
from lockgen.model.issues import ANYWHERE, ConflictRule, Family, KnownIssue, SdistRule, UnimportedRule, When
from lockgen.model.overrides import ConstraintLine, ExcludeRule, OverrideRule, SkipRule
from lockgen.model.platform import Platform
from lockgen.model.request import StatedMetadata
from lockgen.model.routes import Route, routing
from lockgen.model.servers import Servers, Support

BASE = "base"
"""The set of `dependencies` and `optional`, which every phase has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """A row of a phase, with what `extends` inherits filled in."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    minimum: Version | None = None
    """None: as old as there is."""
    recommended: Version | None = None
    maximum: SpecifierSet | None = None
    """One clause, `<X` or `<=X`. None: as new as there is."""
    exact: Version | None = None
    """The one version that will do, such as 2.1.0+cpu; then there are no other bounds."""
    exclusions: SpecifierSet = field(default_factory=SpecifierSet)
    """Clauses `!=X`."""
    prereleases: bool | None = None
    """Whether pre-releases may be had; None: as PEP 440 has it."""
    note: str = ""
    purpose: str = ""
    when_required: str = ""
    when: When = ANYWHERE
    group: str | None = None
    """The optional group it stands in; None: a core row."""
    set: str = BASE
    """The named set it stands in."""
    where: str
    """Where the row stands: `phase-1.yaml:31`. An inherited row stands in the file it comes from."""
    places: Mapping[str, str]
    """Where each given key's value stands: {"minimum": "phase-1.yaml:33:14"}."""

    @property
    def cap(self) -> SpecifierSet:
        """The maximum and the exclusions."""
        return self.exclusions if self.maximum is None else self.maximum & self.exclusions

    @property
    def remarks(self) -> tuple[str, ...]:
        """The note, and what is said of pre-releases."""
        words = {None: "", True: "pre-releases allowed", False: "no pre-releases"}[self.prereleases]
        return tuple(filter(None, (self.note, words)))

    @property
    def specifier(self) -> SpecifierSet:
        """The published bounds: `>=minimum`, the maximum and the exclusions, or the one version."""
        if self.exact is not None:
            return SpecifierSet(f"=={self.exact}") & self.exclusions
        least = SpecifierSet("" if self.minimum is None else f">={self.minimum}")
        return least & self.cap


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
    """One set of a phase of the migration, complete: `base`, or a named set with the rows of those it extends."""

    phase: str
    """The phase's name; with the set behind it unless that is `base`: `1`, `1/test`."""
    title: str
    revision: int
    server: str
    """The service of servers.yaml whose support column applies; empty: none."""
    as_of: datetime
    as_of_for: Mapping[NormalizedName, datetime]
    dependencies: tuple[Dependency, ...]
    """In the file's order, which is their priority: core rows, then the optional groups in theirs."""
    accept: tuple[Acceptance, ...]
    """Its own, then those of the file it narrows."""
    indexes: Mapping[str, Route]
    constraints: tuple[ConstraintLine, ...] = ()
    """Its own, then those of its constraint files, then those of the file it narrows."""
    overrides: tuple[OverrideRule, ...] = ()
    excludes: tuple[ExcludeRule, ...] = ()
    file: str
    extends: str | None = None
    """The file it narrows."""
    set: str = BASE
    layers: tuple[str, ...] = ()
    """The sets this one extends, by name; their pins are fixed in it."""
    revision_at: str = ""
    """Place of the revision: `phase-1.yaml:5:11`."""

    @property
    def table(self) -> str:
        """The phase's name without the set."""
        return self.phase.partition("/")[0]

    @property
    def folder(self) -> str:
        """Its folder of output: `phase-1`, and `phase-1/sets/test`."""
        base = phase_folder(self.table, self.file)
        return base if self.set == BASE else f"{base}/sets/{self.set}"

    @property
    def own(self) -> tuple[Dependency, ...]:
        """The rows of the set itself, without those of the sets it extends."""
        return tuple(row for row in self.dependencies if row.set == self.set)

    @property
    def groups(self) -> tuple[str, ...]:
        """The optional groups that have rows, in the file's order."""
        return tuple(dict.fromkeys(row.group for row in self.dependencies if row.group))


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
    unsupported: Mapping[str, Support] = field(default_factory=lambda: MappingProxyType({}))
    """Service -> why it is not supported on this platform; a service that is supported is not in it."""
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Check of servers.yaml that is a choice -> what the table gives this platform."""
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
class Matrices:
    """Every matrix of a directory."""

    phases: Mapping[str, Phase]
    """By name, in natural order, each with its sets behind it: 1, 1/test, 1-stable, 2, option-b."""
    pythons: tuple[PythonRow, ...]
    """In the order of targets.yaml, which is that of the targets."""
    platforms: tuple[PlatformRow, ...]
    images: Images = field(default_factory=Images)
    """The containers that Linux targets are proved in, built upon and shipped in."""
    issues: tuple[KnownIssue, ...] = ()
    conflicts: tuple[ConflictRule, ...] = ()
    sdists: tuple[SdistRule, ...] = ()
    unimported: tuple[UnimportedRule, ...] = ()
    skips: tuple[SkipRule, ...] = ()
    metadata: tuple[StatedMetadata, ...] = ()
    """What sdists require whose own metadata is not static."""
    accept: tuple[Acceptance, ...] = ()
    """What issues.yaml accepts of the findings about itself."""
    servers: Servers = field(default_factory=Servers)
    """What servers.yaml declares."""

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """Pattern of normalized names -> alias of the one index that serves them; the first match counts.

        A folder of matrices has one table of them: what one phase routes, no other may take from elsewhere.
        """
        return routing(phase.indexes for phase in self.phases.values())

    def phase(self, name: str) -> Phase:
        """The phase of that name; UsageError lists the phases there are."""
        if name not in self.phases:
            raise UsageError(f"there is no phase {name!r}", hint=f"The phases are: {', '.join(self.phases)}.")
        return self.phases[name]

    @property
    def tables(self) -> tuple[Phase, ...]:
        """One phase for each file: its base."""
        return tuple(phase for phase in self.phases.values() if phase.set == BASE)

    def layers(self, phase: Phase) -> tuple[Phase, ...]:
        """The sets that a set extends, as phases."""
        return tuple(self.phases[set_name(phase.table, name)] for name in phase.layers)

    def below(self, phase: Phase) -> tuple[Phase, ...]:
        """The sets that a set extends, and those that they extend, as phases."""
        found = {each.phase: each for layer in self.layers(phase) for each in (layer, *self.below(layer))}
        return tuple(found.values())


def set_name(table: str, name: str) -> str:
    """What a set of a phase is called: `1/test`; `1` for its base."""
    return table if name == BASE else f"{table}/{name}"


def phase_folder(table: str, file: str) -> str:
    """The folder of output of a phase, which carries its name: `phase-1`.

    Where the matrix is called after the phase alone, such as option-b.yaml, so is the folder.
    """
    return table if file == f"{table}.yaml" else f"phase-{table}"
