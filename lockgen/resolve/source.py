"""The port to the world, declared by its consumer: what the resolver must be able to ask.

`lockgen.index` satisfies it structurally; so does a dictionary in a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal


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

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """A hint that these projects will be asked for soon; answers nothing and raises nothing."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """The same for the metadata of files."""
