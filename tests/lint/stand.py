"""A small table beside a small index: matrices in a folder, and a frozen index of a few made-up packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.index.frozen import Recorder, write_frozen
from lockgen.index.pages import PageEntry, ProjectPage, encode
from lockgen.lint.table import LintTable
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.index import DistFile, Metadata, PackageSource
from lockgen.model.matrix import Matrices
from lockgen.model.refusal import Refusal
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.lint import tables_of
from tests.universe import Packages, Universe

DATED = datetime(2026, 6, 1, tzinfo=UTC)
LINUX = '{name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}'
WINDOWS = "{name: windows-x86_64, os: windows, arch: x86_64}"


def table(*rows: str, more: str = "") -> bytes:
    """example.yaml; the first row stands in line 8, column 5."""
    lines = "".join(f"  - {row}\n" for row in rows)
    return f"""schema: 1
phase: example
title: Example
revision: 1
# it names no server
as_of: 2026-01-01T00:00:00Z
dependencies:
{lines}{more}""".encode()


def targets(*pythons: str, platforms: Sequence[str] = (LINUX,)) -> bytes:
    """targets.yaml; the first Python stands in line 3, column 5."""
    lines = [f'  - {{python: "{python}"}}' for python in pythons]
    return "\n".join(
        ["schema: 1", "pythons:", *lines, "platforms:", *(f"  - {each}" for each in platforms), ""]
    ).encode()


@dataclass
class Stall:
    """A universe whose projects are pages, as an index client reads them."""

    universe: Universe
    statuses: Mapping[str, str] = field(default_factory=dict)

    def project(self, name: NormalizedName) -> ProjectPage | None:
        listing = self.universe.project(name)
        if listing is None:
            return None
        header = {"name": name, "status": self.statuses.get(name, "active"), "refused": []}
        entries = {version: list(map(_entry, files)) for version, files in listing.releases.items()}
        return ProjectPage(encode(header, entries, base="").listing)

    @property
    def fetches(self) -> int:
        return self.universe.fetches

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        return self.universe.metadata(file)

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        return self.universe.build_requires(file)

    def hashed(self, file: DistFile) -> DistFile:
        return file

    def expect(self, names: object) -> None:
        """All is here."""

    def expect_metadata(self, files: object) -> None:
        """All is here."""


def _entry(file: DistFile) -> PageEntry:
    return PageEntry(
        filename=file.filename,
        sha256=file.sha256,
        size=file.size,
        uploaded=file.uploaded.isoformat() if file.uploaded else None,
        requires_python=file.requires_python,
        yanked=file.yanked,
        metadata_sha256=None,
        link="",
    )


def frozen(packages: Packages, *, statuses: Mapping[str, str] | None = None, absent: Sequence[str] = ()) -> bytes:
    """A frozen index that holds everything about the packages, and says of others that there are none."""
    recorder = Recorder(Stall(Universe(packages), statuses or {}))
    for name in map(canonicalize_name, (*packages, *absent)):
        page = recorder.project(name)
        for version in page.versions if page else ():
            for file in page.files(version) if page else ():
                recorder.metadata(file)
                if not file.is_wheel:
                    recorder.build_requires(file)
    return write_frozen(recorder, dated=DATED)


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files in the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def tables(matrices: Matrices, source: PackageSource, *phases: str) -> list[LintTable]:
    """The phases with all their targets, as lint looks at them."""
    return tables_of(matrices, select(matrices, phases, ()), Resolver(source))


def one_table(texts: Mapping[str, bytes], source: PackageSource) -> LintTable:
    """The one phase of these matrices."""
    (only,) = tables(load_matrices(texts), source)
    return only
