"""Records the frozen index of a project in tests/projects: what its walk asks of PyPI, and no more.

    python -m tests.record_project NAME

The walk is made over an index without pages, whose gaps PyPI fills. Of what came, releases are left out of which nothing
was read, and files that no target could use; then the walk is made again over the rest, until nothing is lacking.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from lockgen.cli.sources import cache_path
from lockgen.errors import FrozenIndexError
from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex, Recorder
from lockgen.index.frozen_file import FrozenContent, pack
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.index import DistFile
from tests.projects.walks import FOLDER, WALKS, Site, Walk

_MOST_ROUNDS = 5


class Filled:
    """Frozen indexes whose gaps the live one fills, while the block lasts."""

    def __init__(self, live: Recorder) -> None:
        self._live = live
        self.asked = 0

    def __enter__(self) -> Self:
        self._own = {name: getattr(FrozenIndex, name) for name in ("project", "metadata", "build_requires", "hashed")}
        for name, own in self._own.items():
            setattr(FrozenIndex, name, self._filling(name, own))
        return self

    def __exit__(self, *_: object) -> None:
        for name, own in self._own.items():
            setattr(FrozenIndex, name, own)

    def _filling(self, name: str, own: Callable[[FrozenIndex, Any], Any]) -> Callable[[FrozenIndex, Any], Any]:
        def answer(index: FrozenIndex, about: Any) -> Any:
            try:
                return own(index, about)
            except FrozenIndexError:
                if isinstance(about, DistFile):
                    # The live page knows the address of the file.
                    self._live.project(about.name)
                self.asked += 1
                return getattr(self._live, name)(about)

        return answer


def record(project: Walk, day: datetime, cache: Path) -> bytes:
    """The frozen index of the project, dated `day`."""
    index = pack(FrozenContent(dated=day, listings={}, absent=[], metadata_lines={}, build_lines={}))
    with Cache(cache) as kept, LiveIndex(read_settings(os.environ), kept, Policy(now=day, as_of=day)) as live:
        recorder = Recorder(live)
        for _ in range(_MOST_ROUNDS):
            with tempfile.TemporaryDirectory() as folder, Filled(recorder) as filled:
                for step, done in Site(project, Path(folder), index).walk():
                    sys.stderr.write(f"{step}: exit {done.code}\n{done.out[:3000]}{done.err[:3000]}\n")
                index = pack(_thinned(recorder, project, day, _tags(Path(folder) / "matrices")))
            sys.stderr.write(f"{filled.asked} answers from PyPI, {len(index)} bytes\n")
            if not filled.asked:
                return index
    raise SystemExit("the walk asks for something else each time")


def _tags(matrices: Path) -> frozenset[Any]:
    """The tags of all targets."""
    (selection, *_) = select(load_matrices(read_directory(matrices)), (), ())
    return frozenset(tag for target in selection.targets for tag in target.tags)


def _thinned(recorder: Recorder, project: Walk, day: datetime, tags: frozenset[Any]) -> FrozenContent:
    read = recorder.metadata_lines.keys() | recorder.build_lines.keys()
    named = {canonicalize_name(Requirement(each).name) for each in (*project.fits, *project.clashes, *project.remedy)}
    pages = {name: page for name, page in sorted(recorder.projects.items()) if page is not None}
    return FrozenContent(
        dated=day,
        listings={
            name: "\n".join(_listed(page.listing, read, tags, is_whole=name in named)) for name, page in pages.items()
        },
        absent=sorted(recorder.projects.keys() - pages.keys()),
        metadata_lines=recorder.metadata_lines,
        build_lines=recorder.build_lines,
    )


def _listed(listing: str, read: set[str], tags: frozenset[Any], *, is_whole: bool) -> Iterator[str]:
    """The lines of a page that stay: the releases that were read and all newer ones, or all with `is_whole`.

    Those of the oldest one's series stay too, for `init` guesses by it. An unread release keeps one file: it is there.
    """
    head, *lines = listing.split("\n")
    name = json.loads(head)["name"]
    yield head
    releases = [(version, json.loads(files)) for version, _, files in (line.partition("\t") for line in lines if line)]
    is_read = [any(row[1] in read or f"{name} {row[0]}" in read for row in rows) for _, rows in releases]
    oldest = max((place for place, each in enumerate(is_read) if each), default=-1)
    major = Version(releases[oldest][0]).major if releases else 0
    for place, ((version, rows), is_this_read) in enumerate(zip(releases, is_read, strict=True)):
        if is_whole or place <= oldest or (oldest >= 0 and Version(version).major == major):
            usable = [row for row in rows if _is_usable(row[0], tags)]
            kept = usable if is_this_read else (usable or rows)[:1]
            yield f"{version}\t{json.dumps(kept, separators=(',', ':'))}"


def _is_usable(filename: str, tags: frozenset[Any]) -> bool:
    try:
        return not filename.endswith(".whl") or bool(parse_wheel_filename(filename)[3] & tags)
    except InvalidWheelFilename:
        return False


if __name__ == "__main__":
    chosen = next(each for each in WALKS if each.name == sys.argv[1])
    today = datetime.now(UTC).replace(microsecond=0)
    (FOLDER / chosen.name / "index.xz").write_bytes(record(chosen, today, cache_path(None)))
