"""Makes tests/frozen/hard-2026-11-20.xz again: what PyPI listed for the hard graphs, as far as one target can see it.

    python -m tests.resolve.refreeze_hard [CACHE]

Files uploaded later, sdists, and wheels for other targets are left out; a release of which nothing is left keeps its
first sdist, so that it is refused as it is on the index. What the graphs are is in `tests/resolve/test_hard_graphs.py`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename

from lockgen.index.cache import Cache
from lockgen.index.frozen import Recorder, write_frozen
from lockgen.index.live import LiveIndex
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.resolve.resolver import Resolver
from tests.resolve.test_hard_graphs import AS_OF, FROZEN, GRAPHS, asked
from tests.universe import target


class Thin:
    """A source of which only the files are seen that the target of the graphs can tell apart."""

    def __init__(self, source: LiveIndex) -> None:
        self._source = source
        self._tags = frozenset(target("py3.11.0-linux-x86_64").tags)

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
        rows = [row for row in json.loads(files) if row[3] is None or datetime.fromisoformat(row[3]) <= AS_OF]
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

    def expect(self, names: Iterable[NormalizedName]) -> None:
        self._source.expect(names)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        self._source.expect_metadata(files)


def main() -> int:
    """Ask every graph of the live index, and write what was asked."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    policy = Policy(now=datetime.now(UTC), as_of=AS_OF)
    with Cache(place) as cache, LiveIndex(read_settings(os.environ), cache, policy) as index:
        recorder = Recorder(Thin(index))
        for graph in GRAPHS:
            Resolver(recorder).solve(asked(graph))
        FROZEN.write_bytes(write_frozen(recorder, dated=AS_OF))
    return 0


if __name__ == "__main__":
    sys.exit(main())
