"""What an index listed when a set was locked, and the same index without what came later.

An index shows some files late: mirrors and caches lag, and files are added to old releases. Their upload times do not
tell, so what was listed is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import DistFile, Metadata, PackageSource, Project
from lockgen.model.locked import Listing
from lockgen.model.refusal import Refusal

Existed = Callable[[DistFile], bool]
"""Whether a file had been uploaded by the cut-off."""

_DIGITS = 6
"""Of a digest; enough to notice that the files of one release are others."""


def listing(project: Project | None, existed: Existed) -> Listing:
    """The project's releases at the cut-off, newest first; nothing for a project that the index does not have."""
    if project is None:
        return {}
    found = {str(version): _digest(project.files(version), existed) for version in project.versions}
    return {version: digest for version, digest in found.items() if digest}


def late(project: Project | None, known: Listing, existed: Existed) -> tuple[Version, ...]:
    """The releases, newest first, that are not in the listing or have other files than there."""
    now = listing(project, existed)
    return tuple(
        Version(version)
        for version, digest in now.items()
        if digest.removeprefix("-") != known.get(version, "").removeprefix("-")
    )


def _digest(files: Iterable[DistFile], existed: Existed) -> str:
    there = [file for file in files if existed(file)]
    if not there:
        return ""
    lines = sorted(f"{file.filename} {file.sha256}\n" for file in there)
    digest = sha256("".join(lines).encode()).hexdigest()[:_DIGITS]
    return f"-{digest}" if all(file.yanked is not None for file in there) else digest


@dataclass(frozen=True, kw_only=True)
class MaskedProject:
    """A project without the releases that came later."""

    project: Project
    hidden: frozenset[Version]

    @property
    def name(self) -> NormalizedName:
        """The normalized name."""
        return self.project.name

    @property
    def status(self) -> str:
        """Project status (PEP 792)."""
        return self.project.status

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """Newest first."""
        return tuple(version for version in self.project.versions if version not in self.hidden)

    @cached_property
    def oldest_first(self) -> Sequence[Version]:
        """The same versions, oldest first."""
        return self.versions[::-1]

    @property
    def prereleases(self) -> int:
        """Which of them are pre-releases, as a mask."""
        return sum(1 << place for place, version in enumerate(self.oldest_first) if version.is_prerelease)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Listed files that belong to no version."""
        return self.project.refusals

    def files(self, version: Version) -> tuple[DistFile, ...]:
        """The release's files; none where it is hidden."""
        return () if version in self.hidden else self.project.files(version)


@dataclass(frozen=True, kw_only=True)
class MaskedSource:
    """`source` as it was when the listings were recorded; satisfies the resolver's `PackageSource`."""

    source: PackageSource
    listings: Mapping[NormalizedName, Listing]
    existed: Existed

    @property
    def fetches(self) -> int:
        """How many answers had to be fetched so far."""
        return self.source.fetches

    def project(self, name: NormalizedName) -> Project | None:
        """The project without what came late; whole where nothing was recorded of it."""
        found = self.source.project(name)
        if found is None or name not in self.listings:
            return found
        return MaskedProject(project=found, hidden=frozenset(late(found, self.listings[name], self.existed)))

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""
        return self.source.metadata(file)

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""
        return self.source.build_requires(file)

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256."""
        return self.source.hashed(file)

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """A hint about what comes."""
        self.source.expect(names)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """The same for the metadata of files."""
        self.source.expect_metadata(files)
