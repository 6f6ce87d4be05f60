"""Which files of a release a target may use, best first, and why the others may not.

Order of the filters is by cost: names, dates and tags first, metadata only of the one file an installer would take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from packaging.tags import Tag
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.records import DistFile, Metadata, Refusal, RefusalKind, Request, SdistPermission
from lockgen.refused import counted
from lockgen.resolve.shelf import Clause, Shelf
from lockgen.targets import admits

_ANYHOW = "the question allows any sdist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release this target can use: its files best first, and what the first of them requires."""

    name: NormalizedName
    version: Version
    files: tuple[DistFile, ...]
    metadata: Metadata
    clauses: tuple[Clause, ...]
    yanked: str | None
    """The reason when every usable file is yanked: only an exact demand may take it (PEP 592)."""


@dataclass(frozen=True)
class Sieve:
    """The rules by which one request judges files."""

    request: Request
    shelf: Shelf
    _files: dict[tuple[NormalizedName, Version], tuple[DistFile, ...] | Refusal] = field(default_factory=dict)

    @cached_property
    def _priority(self) -> dict[Tag, int]:
        target = self.request.target
        key = ("tags", target.name, target.platform)
        return self.shelf.kept(key, lambda: {tag: place for place, tag in enumerate(target.tags)})

    @cached_property
    def _permissions(self) -> dict[NormalizedName, SdistPermission]:
        return {permission.name: permission for permission in self.request.sdists}

    def permission(self, name: NormalizedName) -> SdistPermission | None:
        """The matrix's word on sdists of this package, if it gives one for this target; else the request's."""
        anyhow = SdistPermission(name=name, reason=_ANYHOW) if self._is_buildable(name) else None
        return self._permissions.get(name, anyhow)

    def _is_buildable(self, name: NormalizedName) -> bool:
        return not self.request.buildable.isdisjoint((name, "*"))

    def release(self, name: NormalizedName, version: Version) -> Release | Refusal:
        """The release as this target sees it, or why it serves nothing here."""
        files = self.files(name, version)
        return files if isinstance(files, Refusal) else self._with_metadata(name, version, files)

    def files(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...] | Refusal:
        """The release's usable files, best first; no metadata is read."""
        if (name, version) not in self._files:
            self._files[name, version] = self._sift(name, version)
        return self._files[name, version]

    def _sift(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...] | Refusal:
        project = self.shelf.project(name)
        listed = project.files(version) if project else ()
        complaints = {file: self.complaint(file) for file in listed}
        usable = self._best_first(file for file, complaint in complaints.items() if complaint is None)
        candidates = [file for file in usable if file.is_wheel] or usable
        if not candidates:
            return _no_file(name, version, complaints)
        return tuple([file for file in candidates if file.yanked is None] or candidates)

    def exists(self, name: NormalizedName, version: Version) -> bool:
        """Whether the release had a file at the cut-off, usable here or not."""
        project = self.shelf.project(name)
        return project is not None and any(self.existed(file) for file in project.files(version))

    def barred(self, name: NormalizedName, version: Version) -> str:
        """The Requires-Python by which the listing bars every file of the release from the target; empty if none."""
        project = self.shelf.project(name)
        said = [file.requires_python for file in (project.files(version) if project else ())]
        return next((text for text in said if text), "") if said and not any(map(self._admits, said)) else ""

    def existed(self, file: DistFile) -> bool:
        """Whether the file was there at the cut-off."""
        return self._dated(file) is None

    def complaint(self, file: DistFile) -> RefusalKind | None:
        """Why this file may not serve this target, None when it may. A yank is judged later."""
        if (dated := self._dated(file)) is not None:
            return dated
        if not file.sha256:
            return "unhashed"
        if file.is_wheel and self._place(file) is None:
            return "platform"
        if not file.is_wheel and self.permission(file.name) is None:
            return "sdist"
        return None if self._admits(file.requires_python) else "python"

    def _admits(self, requires_python: str | None) -> bool:
        """A statement nobody can read excludes nobody, as in pip."""
        if requires_python is None:
            return True
        key = ("python", self.request.target.python, requires_python)
        return self.shelf.kept(key, lambda: self._is_admitted(requires_python))

    def _is_admitted(self, requires_python: str) -> bool:
        specifier = self.shelf.specifier(requires_python)
        return specifier is None or admits(self.request.target, specifier)

    def _dated(self, file: DistFile) -> RefusalKind | None:
        if file.uploaded is None:
            return None if any(fnmatchcase(file.name, glob) for glob in self.request.undated) else "undated"
        as_of = self.request.as_of_for.get(file.name, self.request.as_of)
        return "late" if file.uploaded > as_of else None

    def _place(self, file: DistFile) -> int | None:
        tags, _ = self.shelf.tags(file)
        return min((self._priority[tag] for tag in tags if tag in self._priority), default=None)

    def _best_first(self, files: Iterable[DistFile]) -> list[DistFile]:
        """Installers take the wheel with the most specific tag, then the highest build tag (PEP 427); sdists last."""
        by_name = sorted(files, key=lambda file: file.filename)
        by_build = sorted(by_name, key=self._build, reverse=True)
        return sorted(by_build, key=lambda file: (not file.is_wheel, self._place(file) or 0))

    def _build(self, file: DistFile) -> tuple[int, str]:
        return self.shelf.tags(file)[1] or (-1, "") if file.is_wheel else (-1, "")

    def _with_metadata(self, name: NormalizedName, version: Version, files: tuple[DistFile, ...]) -> Release | Refusal:
        metadata = self.shelf.metadata(files[0])
        if isinstance(metadata, Refusal) and not files[0].is_wheel and self._is_buildable(name):
            # What it requires is unknown; that it requires nothing is the assumption under which a "no" is certain.
            python = files[0].requires_python
            metadata = Metadata(name=name, version=version, requires_python=python, unread=metadata.reason)
        if isinstance(metadata, Refusal):
            return metadata
        if not self._admits(metadata.requires_python):
            reason = f"its metadata requires Python {metadata.requires_python}"
            return Refusal(kind="python", name=name, version=version, filename=files[0].filename, reason=reason)
        return Release(
            name=name,
            version=version,
            files=files,
            metadata=metadata,
            clauses=self.shelf.clauses(files[0], metadata),
            yanked=files[0].yanked,
        )


def _no_file(name: NormalizedName, version: Version, complaints: Mapping[DistFile, RefusalKind | None]) -> Refusal:
    counts = Counter(kind for kind in complaints.values() if kind is not None)
    kind = _telling(counts)
    if not complaints:
        reason = "does not exist"
    elif kind == "python":
        required = next(file.requires_python for file, complaint in complaints.items() if complaint == "python")
        reason = f"requires Python {required}"
    else:
        reason = f"has no usable file among {len(complaints)}: {counted(counts)}"
    files = tuple(sorted(counts.items()))
    return Refusal(kind=kind, name=name, version=version, reason=reason, files=files)


def _telling(counts: Counter[RefusalKind]) -> RefusalKind:
    """The reason nearest to being usable: a release too late is late, whatever its platforms."""
    order: Iterator[RefusalKind] = iter(("late", "undated", "unhashed", "python", "platform", "sdist"))
    return next((kind for kind in order if counts[kind]), "absent")
