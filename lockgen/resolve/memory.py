"""What all targets of a run share: pages, metadata and whatever was parsed or worked out from them, once each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.tags import Tag, parse_tag
from packaging.utils import BuildTag, InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from lockgen.model.index import DistFile, Metadata, PackageSource, Project
from lockgen.model.refusal import Refusal
from lockgen.model.target import Target, switches_on
from lockgen.resolve.masks import versions_in

T = TypeVar("T")

_NO_TAGS: frozenset[Tag] = frozenset()
_DASHES = 2
FileKey = tuple[NormalizedName, str]
"""Project and file name. Not the hash: of one hash two indexes may list a file, and give different metadata."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiresDist:
    """One parsed Requires-Dist line: a requirement and the marker that switches it on."""

    name: NormalizedName
    extras: frozenset[str]
    specifier: SpecifierSet
    marker: Marker | None
    condition: str
    """The marker as text; empty when there is none."""


@dataclass(frozen=True)
class Listed:
    """The versions of a project, oldest first."""

    versions: Sequence[Version]
    prereleases: int
    """Which of them are pre-releases, as a mask."""

    @cached_property
    def places(self) -> dict[Version, int]:
        """Version -> its place."""
        return {version: place for place, version in enumerate(self.versions)}


@dataclass(slots=True)
class MemoryIndex:
    """Answers of one source, for one run. Nothing in it depends on a target, unless its key names one."""

    source: PackageSource
    _projects: dict[NormalizedName, Project | None] = field(default_factory=dict)
    _listed: dict[NormalizedName, Listed] = field(default_factory=dict)
    _tags: dict[str, tuple[frozenset[Tag], BuildTag]] = field(default_factory=dict)
    _compressed: dict[str, str] = field(default_factory=dict)
    _tag_sets: dict[str, frozenset[Tag]] = field(default_factory=dict)
    _metadata: dict[FileKey, Metadata | Refusal] = field(default_factory=dict)
    _requires: dict[tuple[FileKey, str], tuple[RequiresDist, ...]] = field(default_factory=dict)
    _parsed: dict[str, RequiresDist] = field(default_factory=dict)
    _specifiers: dict[str, SpecifierSet | None] = field(default_factory=dict)
    _masks: dict[tuple[NormalizedName, int], tuple[SpecifierSet, int]] = field(default_factory=dict)
    _clause_masks: dict[tuple[NormalizedName, str, str], int] = field(default_factory=dict)
    _switches: dict[tuple[str, str, str, str], bool] = field(default_factory=dict)
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` made at the first call with this key, which must hold everything that the result depends on."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def project(self, name: NormalizedName) -> Project | None:
        """The project, None when the index has none."""
        if name not in self._projects:
            self._projects[name] = self.source.project(name)
        return self._projects[name]

    def listed(self, name: NormalizedName) -> Listed:
        """The versions of the project; none when the index has no such project."""
        if name not in self._listed:
            project = self.project(name)
            self._listed[name] = Listed(project.oldest_first, project.prereleases) if project else Listed((), 0)
        return self._listed[name]

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Announce to the source the projects that will be read."""
        fresh = [name for name in names if name not in self._projects]
        if fresh:
            self.source.expect(fresh)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Announce to the source the files whose metadata will be read."""
        fresh = [file for file in files if (file.name, file.filename) not in self._metadata]
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

    def compressed_tags(self, file: DistFile) -> str:
        """The end of a wheel's name, `cp311-cp311-win_amd64`, its compressed tag set; empty for an sdist."""
        text = self._compressed.get(file.filename)
        if text is None:
            text = "-".join(file.filename[: -len(".whl")].rsplit("-", 3)[1:]) if file.is_wheel else ""
            self._compressed[file.filename] = text
        return text

    def parsed_tags(self, compressed: str) -> frozenset[Tag]:
        """The tags in the end of a wheel's name (PEP 425); none when it is no such thing."""
        if compressed not in self._tag_sets:
            self._tag_sets[compressed] = parse_tag(compressed) if compressed.count("-") == _DASHES else _NO_TAGS
        return self._tag_sets[compressed]

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """The file's metadata, or why it cannot be known."""
        key = file.name, file.filename
        if key not in self._metadata:
            self._metadata[key] = self.source.metadata(file)
        return self._metadata[key]

    def requires_dist(self, file: DistFile, metadata: Metadata) -> tuple[RequiresDist, ...]:
        """The Requires-Dist lines of the file, parsed."""
        # Of an sdist it may be read elsewhere, and so differ from request to request.
        key = (file.name, file.filename), metadata.sha256
        if key not in self._requires:
            self._requires[key] = tuple(map(self._parsed_requirement, metadata.requires_dist))
        return self._requires[key]

    def specifier(self, text: str) -> SpecifierSet | None:
        """The specifier set, None when it is none; an index's Requires-Python hint may be anything."""
        if text not in self._specifiers:
            try:
                self._specifiers[text] = SpecifierSet(text)
            except InvalidSpecifier:
                self._specifiers[text] = None
        return self._specifiers[text]

    def interned(self, specifier: SpecifierSet) -> SpecifierSet:
        """The one object that stands for equal specifier sets in this run, so that `mask` works it out once."""
        return self.specifier(str(specifier)) or specifier

    def mask(self, name: NormalizedName, specifier: SpecifierSet) -> int:
        """The listed versions inside the range, pre-releases among them (`prereleases` decides about those)."""
        # By identity: hashing a specifier set costs more than what it saves. Holding it keeps the identity its own.
        key = name, id(specifier)
        if key not in self._masks:
            mask = (1 << len(self.listed(name).versions)) - 1
            for clause in specifier:
                mask &= self._clause_mask(name, clause)
            self._masks[key] = specifier, mask
        return self._masks[key][1]

    def contains(self, name: NormalizedName, specifier: SpecifierSet, version: Version) -> bool:
        """Whether the version lies in the range; one that is not listed is judged too, and no page is read for it."""
        known = self._listed.get(name)
        place = None if known is None else known.places.get(version)
        if place is None:
            return specifier.contains(version, prereleases=True)
        return bool(self.mask(name, specifier) >> place & 1)

    def switches_on(self, target: Target, line: RequiresDist, extra: str) -> bool:
        """Whether the target switches the line's marker on."""
        if line.marker is None:
            return True
        key = target.name, target.floor, line.condition, extra
        if key not in self._switches:
            self._switches[key] = switches_on(target, line.marker, extra)
        return self._switches[key]

    def _clause_mask(self, name: NormalizedName, clause: Specifier) -> int:
        key = name, clause.operator, clause.version
        if key not in self._clause_masks:
            self._clause_masks[key] = versions_in(self.listed(name).versions, clause)
        return self._clause_masks[key]

    def _parsed_requirement(self, text: str) -> RequiresDist:
        """The parsed line; most lines of a release stand in the release before it too."""
        if text not in self._parsed:
            requirement = Requirement(text)
            self._parsed[text] = RequiresDist(
                name=canonicalize_name(requirement.name),
                extras=frozenset(map(canonicalize_name, requirement.extras)),
                specifier=self.interned(requirement.specifier),
                marker=requirement.marker,
                condition="" if requirement.marker is None else str(requirement.marker),
            )
        return self._parsed[text]
