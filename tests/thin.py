"""An index as one target sees it, for frozen indexes that are read or written often."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename

from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex
from lockgen.index.pages import ProjectPage
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.model.target import Target


class Thin:
    """A source of which only the files are seen that a target can tell apart.

    Files uploaded later, sdists, and wheels for other targets are left out; a release of which nothing is left keeps
    its first sdist, so that it is refused as it is on the index.
    """

    def __init__(self, source: FrozenIndex | LiveIndex, target: Target, as_of: datetime) -> None:
        self._source, self._as_of = source, as_of
        self._tags = frozenset(target.tags)

    @property
    def fetches(self) -> int:
        return self._source.fetches

    def project(self, name: NormalizedName) -> ProjectPage | None:
        page = self._source.project(name)
        if page is None:
            return None
        header, *lines = page.listing.split("\n")
        return ProjectPage("\n".join([header, *filter(None, map(self._thinned, lines))]))

    def _thinned(self, line: str) -> str:
        version, _, files = line.partition("\t")
        rows = [row for row in json.loads(files) if row[3] is None or datetime.fromisoformat(row[3]) <= self._as_of]
        wheels = [row for row in rows if self._is_usable(row[0])]
        sdists = [row for row in rows if not row[0].endswith(".whl")][:1]
        kept = wheels or sdists or rows[:1]
        return f"{version}\t{json.dumps(kept, separators=(',', ':'))}" if kept else ""

    def _is_usable(self, filename: str) -> bool:
        try:
            return filename.endswith(".whl") and bool(parse_wheel_filename(filename)[3] & self._tags)
        except InvalidWheelFilename:
            return False

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        return self._source.metadata(file)

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        return self._source.build_requires(file)

    def hashed(self, file: DistFile) -> DistFile:
        return self._source.hashed(file)

    def expect(self, names: Iterable[NormalizedName]) -> None:
        self._source.expect(names)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        self._source.expect_metadata(files)
