"""Recording what an index answered into one dated file, and answering from such a file years later.

No addresses and no descriptions are recorded. The file's format is in `frozen_file`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from packaging.utils import NormalizedName

from lockgen.errors import FrozenIndexError
from lockgen.index.codec import decode_build_requires, decode_metadata, encode_build_requires, encode_metadata
from lockgen.index.frozen_file import FREEZE_AGAIN, FrozenContent, pack, unpack
from lockgen.index.pages import ProjectPage
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal


class RecordableSource(Protocol):
    """A source whose answers can be recorded: a `LiveIndex`, or a `FrozenIndex` to record a part of it."""

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when there is no such name."""

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256."""

    @property
    def fetches(self) -> int:
        """How many answers had to be fetched so far."""

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """A hint about what comes."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """The same for the metadata of files."""


class Recorder:
    """Answers from `source` and records every answer. Safe to use from several threads."""

    def __init__(self, source: RecordableSource) -> None:
        self._source = source
        self._lock = threading.Lock()
        self.projects: dict[NormalizedName, ProjectPage | None] = {}
        self.metadata_lines: dict[str, str] = {}
        self.build_lines: dict[str, str] = {}
        self.hashes: dict[str, str] = {}

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when the index has no such name."""
        page = self._source.project(name)
        with self._lock:
            self.projects[name] = page
        return page

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires; raises FrozenIndexError when its hash is not the one the index advertises."""
        answer = self._source.metadata(file)
        if isinstance(answer, Metadata) and file.is_wheel and (file.metadata_sha256 or answer.sha256) != answer.sha256:
            raise FrozenIndexError(
                f"the metadata of {file.filename} has another hash than the index advertises",
                where=file.name,
                hint="Clear the cache with `lockgen cache clear` and freeze again.",
            )
        line = encode_metadata(answer)
        with self._lock:
            if self.metadata_lines.setdefault(_file_key(file), line) != line:
                raise FrozenIndexError(
                    f"two indexes list a file of the hash of {file.filename}, with different metadata",
                    where=file.name,
                    hint="One of them gives wrong metadata: compare both with the METADATA inside the wheel.",
                )
        return answer

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""
        answer = self._source.build_requires(file)
        with self._lock:
            self.build_lines[_file_key(file)] = encode_build_requires(answer)
        return answer

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256; recorded for one that is listed without."""
        answer = self._source.hashed(file)
        if not file.sha256:
            with self._lock:
                self.hashes[_file_key(file)] = answer.sha256
        return answer

    @property
    def fetches(self) -> int:
        """How many answers had to be fetched so far."""
        return self._source.fetches

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Pass the hint on; nothing is recorded."""
        self._source.expect(names)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Pass the hint on; nothing is recorded."""
        self._source.expect_metadata(files)


def write_frozen(recorder: Recorder, *, dated: datetime) -> bytes:
    """The file of all answers recorded. `dated` (time zone aware) says when; equal records give equal bytes."""
    pages = {name: page for name, page in sorted(recorder.projects.items()) if page is not None}
    content = FrozenContent(
        dated=dated,
        listings={name: page.listing for name, page in pages.items()},
        absent=sorted(recorder.projects.keys() - pages.keys()),
        metadata_lines=recorder.metadata_lines,
        build_lines=recorder.build_lines,
        hashes=recorder.hashes,
    )
    return pack(content)


class FrozenIndex:
    """Answers from a frozen file, given as its path or its bytes; satisfies the resolver's `PackageSource`.

    Raises FrozenIndexError for what is no such file, and for every page or file that was not recorded.
    """

    def __init__(self, file: Path | bytes) -> None:
        self._where = file.name if isinstance(file, Path) else "frozen index"
        content = unpack(file, self._where)
        self.dated = content.dated
        """When it was frozen, time zone aware."""
        self.metadata_lines, self.build_lines = content.metadata_lines, content.build_lines
        self.hashes = content.hashes
        self._absent = frozenset(content.absent)
        self._listings = content.listings
        self._pages: dict[NormalizedName, ProjectPage] = {}

    def pages(self) -> dict[NormalizedName, ProjectPage | None]:
        """Every project recorded; None where the index had no such name."""
        names = map(NormalizedName, (*self._listings, *self._absent))
        return {name: self.project(name) for name in names}

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when the index that was frozen had no such name."""
        if name in self._absent:
            return None
        if name not in self._pages:
            if name not in self._listings:
                raise self._unknown("its page is", name)
            self._pages[name] = ProjectPage(self._listings[name])
        return self._pages[name]

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""
        line = self.metadata_lines.get(_file_key(file))
        if line is None:
            raise self._unknown(f"the metadata of {file.filename} is", file.name)
        return decode_metadata(line, file)

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""
        line = self.build_lines.get(_file_key(file))
        if line is None:
            raise self._unknown(f"what {file.filename} needs to build is", file.name)
        return decode_build_requires(line, file)

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256."""
        if file.sha256:
            return file
        if _file_key(file) not in self.hashes:
            raise self._unknown(f"the sha256 of {file.filename}, which the index does not list, is", file.name)
        return replace(file, sha256=self.hashes[_file_key(file)])

    @property
    def fetches(self) -> int:
        """None: all is here already."""
        return 0

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Nothing: all is here already."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Nothing, for the same reason."""

    def _unknown(self, what: str, name: NormalizedName) -> FrozenIndexError:
        dated = self.dated.date().isoformat()
        return FrozenIndexError(
            f"cannot ask: {what} not in {self._where}, frozen on {dated}", where=name, hint=FREEZE_AGAIN
        )


def _file_key(file: DistFile) -> str:
    return file.sha256 or f"{file.name} {file.filename}"
