"""Which files of a release a target may use, best first, and why the others may not.

Order of the filters is by cost: names, dates and tags first, metadata only of the one file an installer would take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from packaging.tags import Tag
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal, RefusalKind, counts_text
from lockgen.model.request import Request, SdistPermission
from lockgen.model.target import admits, patch_left_out
from lockgen.resolve.listed import Judged, best_first, wheels_there
from lockgen.resolve.memory import MemoryIndex, RequiresDist
from lockgen.resolve.sdist_metadata import read_elsewhere

_ANYHOW = "the question allows any sdist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A release this target can use: its files best first, and what the first of them requires."""

    name: NormalizedName
    version: Version
    files: tuple[DistFile, ...]
    metadata: Metadata
    requires_dist: tuple[RequiresDist, ...]
    yanked: str | None
    """The reason when every usable file is yanked: only an exact demand may take it (PEP 592)."""


@dataclass(frozen=True)
class CandidateFilter:
    """The rules by which one request judges files. `_files` is a cache of its answers."""

    request: Request
    memory: MemoryIndex
    _files: dict[tuple[NormalizedName, Version], tuple[DistFile, ...] | Refusal] = field(default_factory=dict)

    @cached_property
    def _priority(self) -> dict[Tag, int]:
        target = self.request.target
        key = ("tags", target.name, target.platform)
        return self.memory.kept(key, lambda: {tag: place for place, tag in enumerate(target.tags)})

    @cached_property
    def _ranks(self) -> dict[str, int | None]:
        """Compressed tag set -> how early its best tag comes in the target's list, None when none is in it."""
        target = self.request.target
        return self.memory.kept(("ranks", target.name, target.platform), dict)

    @cached_property
    def _permissions(self) -> dict[NormalizedName, SdistPermission]:
        return {permission.name: permission for permission in self.request.sdists}

    def permission(self, name: NormalizedName) -> SdistPermission | None:
        """The matrix's permission for sdists of this package on this target, or else the request's."""
        anyhow = SdistPermission(name=name, reason=_ANYHOW) if self._is_buildable(name) else None
        return self._permissions.get(name, anyhow)

    def _is_buildable(self, name: NormalizedName) -> bool:
        return not self.request.buildable.isdisjoint((name, "*"))

    def candidate(self, name: NormalizedName, version: Version) -> Candidate | Refusal:
        """The release as this target sees it, or why it serves nothing here."""
        files = self.files(name, version)
        return files if isinstance(files, Refusal) else self._with_metadata(name, version, files)

    def files(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...] | Refusal:
        """The release's usable files, best first; no metadata is read."""
        key = name, version
        if key not in self._files:
            self._files[key] = self._judge_files(name, version)
        return self._files[key]

    def _judge_files(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...] | Refusal:
        usable = self._usable_wheels(name, version)
        judged: list[Judged] = []
        if not usable:
            project = self.memory.project(name)
            judged = [self._judge(file) for file in (project.files(version) if project else ())]
            usable = [each for each in judged if each.complaint is None]
        usable = [each for each in usable if each.file.is_wheel] or usable
        if not usable:
            return self._no_file_refusal(name, version, judged)
        usable = [each for each in usable if each.file.yanked is None] or usable
        return tuple(each.file for each in best_first(usable, self.memory))

    def _usable_wheels(self, name: NormalizedName, version: Version) -> list[Judged]:
        """The wheels that `_judge` has no complaint about, without a word on the others.

        Of what a release lists, date and hash are judged once for all targets: they differ in tags and Python alone.
        """
        wheels = wheels_there(self.request, self.memory, name, version)
        ranked = ((file, self._rank(file, compressed)) for file, compressed in wheels)
        return [
            Judged(file, None, rank) for file, rank in ranked if rank is not None and self.admits(file.requires_python)
        ]

    def exists(self, name: NormalizedName, version: Version) -> bool:
        """Whether the release had a file at the cut-off, usable here or not."""
        project = self.memory.project(name)
        return project is not None and any(self.existed(file) for file in project.files(version))

    def barred(self, name: NormalizedName, version: Version) -> str:
        """The Requires-Python by which the listing bars every file of the release from the target; empty if none."""
        project = self.memory.project(name)
        hints = [file.requires_python for file in (project.files(version) if project else ())]
        return next((text for text in hints if text), "") if hints and not any(map(self.admits, hints)) else ""

    def existed(self, file: DistFile) -> bool:
        """Whether the file was there at the cut-off."""
        return self._date_complaint(file) is None

    def complaint(self, file: DistFile) -> RefusalKind | None:
        """Why this file may not serve this target, None when it may. A yank is judged later."""
        return self._judge(file).complaint

    def _judge(self, file: DistFile) -> Judged:
        compressed = self.memory.compressed_tags(file)
        rank = self._rank(file, compressed) if compressed else 0
        complaint = self._date_complaint(file)
        if complaint is None:
            if not file.sha256 and not self.request.may_be_hashed(file.name):
                complaint = "unhashed"
            elif rank is None:
                complaint = "platform"
            elif not compressed and self.permission(file.name) is None:
                complaint = "sdist"
            elif not self.admits(file.requires_python):
                complaint = "python"
        return Judged(file, complaint, rank or 0)

    def admits(self, requires_python: str | None) -> bool:
        """Whether the target fulfils Requires-Python; one that is no specifier excludes nothing, as in pip."""
        if requires_python is None:
            return True
        target = self.request.target
        key = ("python", target.python, target.floor, target.every_patch, requires_python)
        return self.memory.kept(key, lambda: self._is_admitted(requires_python))

    def _is_admitted(self, requires_python: str) -> bool:
        specifier = self.memory.specifier(requires_python)
        return specifier is None or admits(self.request.target, specifier)

    def _no_file_refusal(self, name: NormalizedName, version: Version, judged: list[Judged]) -> Refusal:
        """Why a release has no file for the target."""
        counts = Counter(each.complaint for each in judged if each.complaint is not None)
        kind = _nearest_kind(counts)
        required = next((each.file.requires_python for each in judged if each.complaint == "python"), None)
        if not judged:
            reason = "does not exist"
        elif kind == "python":
            reason = self._requires_python_text(required)
        else:
            reason = f"has no usable file among {len(judged)}: {counts_text(counts)}"
        return Refusal(
            kind=kind,
            name=name,
            version=version,
            reason=reason,
            patch=self._patch_left_out(required) if kind == "python" else "",
            files=tuple(sorted(counts.items())),
        )

    def _patch_left_out(self, requires_python: str | None) -> str:
        """The patch release of the target for the sake of which it is not admitted; empty where that is its minor."""
        specifier = self.memory.specifier(requires_python or "")
        return "" if specifier is None else patch_left_out(self.request.target, specifier)

    def _requires_python_text(self, requires_python: str | None) -> str:
        """What it requires, and which patch release of the target that leaves out where its later ones are served."""
        patch, target = self._patch_left_out(requires_python), self.request.target
        but = f", and {target.python} is meant from {patch} on" if patch == target.floor else f", not {patch}"
        return f"requires Python {requires_python}{but if patch else ''}"

    def _date_complaint(self, file: DistFile) -> RefusalKind | None:
        if self.request.existed(file):
            return None
        return "undated" if file.uploaded is None else "late"

    def _rank(self, file: DistFile, compressed: str) -> int | None:
        """How early the wheel's best tag comes in the target's list; None when none is in it or its name is broken."""
        # Most wheels are for other platforms, as the end of the name shows: of the rest alone the whole name is parsed.
        ranks = self._ranks
        if compressed not in ranks:
            found = (self._priority.get(tag) for tag in self.memory.parsed_tags(compressed))
            ranks[compressed] = min((place for place in found if place is not None), default=None)
        rank = ranks[compressed]
        return rank if rank is not None and self.memory.tags(file)[0] else None

    def _with_metadata(
        self, name: NormalizedName, version: Version, files: tuple[DistFile, ...]
    ) -> Candidate | Refusal:
        metadata = self.memory.metadata(files[0])
        if isinstance(metadata, Refusal) and metadata.needs_build:
            metadata = read_elsewhere(metadata, self._wheels(name, version), self.request, self.memory)
        if isinstance(metadata, Refusal) and not files[0].is_wheel and self._is_buildable(name):
            # What it requires is unknown; that it requires nothing is the assumption under which a "no" is certain.
            python = files[0].requires_python
            metadata = Metadata(name=name, version=version, requires_python=python, unread=metadata.reason)
        if isinstance(metadata, Refusal):
            return metadata
        if not self.admits(metadata.requires_python):
            return Refusal(
                kind="python",
                name=name,
                version=version,
                filename=files[0].filename,
                reason=f"its metadata {self._requires_python_text(metadata.requires_python)}",
                patch=self._patch_left_out(metadata.requires_python),
            )
        return Candidate(
            name=name,
            version=version,
            files=files,
            metadata=metadata,
            requires_dist=self.memory.requires_dist(files[0], metadata),
            yanked=files[0].yanked,
        )

    def _wheels(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...]:
        """The release's wheels that were there at the cut-off, whatever they are for."""
        project = self.memory.project(name)
        files = project.files(version) if project else ()
        return tuple(file for file in files if file.is_wheel and file.sha256 and self.existed(file))


def _nearest_kind(counts: Counter[RefusalKind]) -> RefusalKind:
    """The reason nearest to being usable: a release too late is late, whatever its platforms."""
    order: Iterator[RefusalKind] = iter(("late", "undated", "unhashed", "python", "platform", "sdist"))
    return next((kind for kind in order if counts[kind]), "absent")
