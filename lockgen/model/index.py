"""What an index says: the files of a release, the metadata of a file; and the port by which it is asked.

`lockgen.index` satisfies the port structurally; so does a dictionary in a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class DistFile:
    """One file of one release, as an index lists it (Simple repository API, PEP 503 and 691)."""

    name: NormalizedName
    version: Version
    filename: str
    sha256: str
    """Hex digest; empty when the index gives none."""
    size: int | None = None
    """Bytes, when the index says so (PEP 700)."""
    uploaded: datetime | None = None
    """Time zone aware, when the index says so (PEP 700)."""
    requires_python: str | None = None
    """The index's hint; the file's own metadata is the truth."""
    yanked: str | None = None
    """None: not yanked. Else the reason, which may be empty (PEP 592)."""
    metadata_sha256: str | None = None
    """None: the index does not advertise a metadata file (PEP 658). Else its hash, empty when it gives none."""

    @property
    def is_wheel(self) -> bool:
        """Whether the file is a wheel; the only other kind listed is the sdist."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The core metadata fields a resolver and a verifier need, read from one file."""

    name: NormalizedName
    version: Version
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    """Requirement strings that `packaging` can read, after the repairs pip makes too."""
    provides_extra: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    """Import-Name of metadata 2.5 (PEP 794), empty when the file does not say."""
    sha256: str = ""
    """Hex digest of the bytes of METADATA or PKG-INFO as they were read."""
    read_from: str = ""
    """Where it was read, of an sdist whose own metadata only a build could tell; empty: in the file itself."""
    unread: str = ""
    """Why it could not be read, and is only assumed to require nothing (`Request.buildable`); empty: it was read."""


class Project(Protocol):
    """One project as an index lists it."""

    @property
    def name(self) -> NormalizedName:
        """The normalized name."""

    @property
    def status(self) -> str:
        """Project status (PEP 792): active, archived, deprecated or quarantined."""

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version that has a file, newest first."""

    @property
    def oldest_first(self) -> Sequence[Version]:
        """The same versions, oldest first; each may be read only when it is asked for."""

    @property
    def prereleases(self) -> int:
        """Which of them are pre-releases, as a mask: bit i for the i-th oldest."""

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Listed files that belong to no version, because their names cannot be read."""

    def files(self, version: Version) -> tuple[DistFile, ...]:
        """The release's files in the index's order; empty when there is no such release."""


class PackageSource(Protocol):
    """What answers "which files has this name" and "what does this file require"."""

    @property
    def fetches(self) -> int:
        """How many answers had to be fetched so far; while it stands, everything was at hand."""

    def project(self, name: NormalizedName) -> Project | None:
        """The project, or None when the index has no such name (404). Raises LockgenError when it cannot ask."""

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires, or why that cannot be known without a build."""

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """`build-system.requires` of an sdist's pyproject.toml (PEP 518), setuptools when it has none."""

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256, for which one that is listed without is downloaded. LockgenError when it cannot."""

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """A hint that these projects will be asked for soon; answers nothing and raises nothing."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """The same for the metadata of files."""
