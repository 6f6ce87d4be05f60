"""What all targets of a run share: parsed file names, requirements and comparisons, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import BuildTag, InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import DistFile, Metadata, Refusal
from lockgen.resolve.source import PackageSource, Project
from lockgen.targets import Target, switches_on

T = TypeVar("T")

_NO_TAGS: frozenset[Tag] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One Requires-Dist line: a requirement and the marker that switches it on."""

    name: NormalizedName
    extras: frozenset[str]
    specifier: SpecifierSet
    marker: Marker | None


class Clauses(Protocol):
    """A release as far as its demands go."""

    @property
    def name(self) -> NormalizedName:
        """The package."""

    @property
    def version(self) -> Version:
        """Its version."""

    @property
    def files(self) -> tuple[DistFile, ...]:
        """Best first."""

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """Its Requires-Dist lines."""


@dataclass(slots=True)
class Shelf:
    """Parsed answers of one source, for one run. Safe to share between targets; nothing in it depends on one."""

    source: PackageSource
    _projects: dict[NormalizedName, Project | None] = field(default_factory=dict)
    _tags: dict[str, tuple[frozenset[Tag], BuildTag]] = field(default_factory=dict)
    _metadata: dict[str, Metadata | Refusal] = field(default_factory=dict)
    _clauses: dict[str, tuple[Clause, ...]] = field(default_factory=dict)
    _parsed: dict[str, Clause] = field(default_factory=dict)
    _specifiers: dict[str, SpecifierSet | None] = field(default_factory=dict)
    _contains: dict[int, tuple[SpecifierSet, dict[Version, bool]]] = field(default_factory=dict)
    _demands: dict[tuple[str, str, tuple[int, ...]], tuple[Demand, ...]] = field(default_factory=dict)
    _switches: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    _kept: dict[object, Any] = field(default_factory=dict)

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """What `make` made when it was first asked for under this key. The key must tell everything it depends on."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def project(self, name: NormalizedName) -> Project | None:
        """The project, None when the index has none."""
        if name not in self._projects:
            self._projects[name] = self.source.project(name)
        return self._projects[name]

    def knows(self, names: Iterable[NormalizedName]) -> bool:
        """Whether all these projects were asked for already."""
        return all(name in self._projects for name in names)

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Tell the source which projects will be asked for."""
        fresh = [name for name in names if name not in self._projects]
        if fresh:
            self.source.expect(fresh)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Tell the source whose metadata will be asked for."""
        fresh = [file for file in files if file.sha256 not in self._metadata]
        if fresh:
            self.source.expect_metadata(fresh)

    def tags(self, file: DistFile) -> tuple[frozenset[Tag], BuildTag]:
        """The wheel's tag set and build tag; no tags at all when its name cannot be read."""
        if file.filename not in self._tags:
            try:
                _, _, build, tags = parse_wheel_filename(file.filename)
            except InvalidWheelFilename:
                build, tags = (), _NO_TAGS
            self._tags[file.filename] = tags, build
        return self._tags[file.filename]

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """The file's metadata, or why it cannot be known."""
        if file.sha256 not in self._metadata:
            self._metadata[file.sha256] = self.source.metadata(file)
        return self._metadata[file.sha256]

    def clauses(self, file: DistFile, metadata: Metadata) -> tuple[Clause, ...]:
        """The Requires-Dist lines of the file, parsed."""
        if file.sha256 not in self._clauses:
            self._clauses[file.sha256] = tuple(map(self._clause, metadata.requires_dist))
        return self._clauses[file.sha256]

    def specifier(self, text: str) -> SpecifierSet | None:
        """The specifier set, None when it is none; an index's Requires-Python hint may be anything."""
        if text not in self._specifiers:
            try:
                self._specifiers[text] = SpecifierSet(text)
            except InvalidSpecifier:
                self._specifiers[text] = None
        return self._specifiers[text]

    def interned(self, specifier: SpecifierSet) -> SpecifierSet:
        """The one object that stands for this specifier set in this run, so that `contains` knows it again."""
        return self.specifier(str(specifier)) or specifier

    def contains(self, specifier: SpecifierSet, version: Version) -> bool:
        """Whether the version lies in the range; who may offer pre-releases is decided elsewhere."""
        # By identity: hashing a specifier set costs more than the comparison it would save. Holding it keeps the
        # identity its own.
        _, known = self._contains.setdefault(id(specifier), (specifier, {}))
        if version not in known:
            known[version] = specifier.contains(version, prereleases=True)
        return known[version]

    def demands(self, release: Clauses, extra: str, on: tuple[int, ...]) -> tuple[Demand, ...]:
        """What the clauses at the places `on` demand: one object for all targets that switch on the same ones."""
        key = (release.files[0].sha256, extra, on)
        if key not in self._demands:
            by = f"{release.name}{f'[{extra}]' if extra else ''} {release.version}"
            source = (release.name, extra, release.version)
            chosen = (release.clauses[place] for place in on)
            self._demands[key] = tuple(
                Demand(name=clause.name, specifier=clause.specifier, extras=clause.extras, by=by, release=source)
                for clause in chosen
            )
        return self._demands[key]

    def holds(self, target: Target, marker: Marker, extra: str) -> bool:
        """Whether the target switches the marker on."""
        key = (target.name, str(marker), extra)
        if key not in self._switches:
            self._switches[key] = switches_on(target, marker, extra)
        return self._switches[key]

    def _clause(self, text: str) -> Clause:
        """One release says most of what the one before it said."""
        if text not in self._parsed:
            requirement = Requirement(text)
            self._parsed[text] = Clause(
                name=canonicalize_name(requirement.name),
                extras=frozenset(map(canonicalize_name, requirement.extras)),
                specifier=self.interned(requirement.specifier),
                marker=requirement.marker,
            )
        return self._parsed[text]
