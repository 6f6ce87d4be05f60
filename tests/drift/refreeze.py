"""Makes tests/frozen/web-*.xz again: what PyPI listed on two days, as far as drift asks for it.

    python -m tests.drift.refreeze

The index carries no history, so each file holds the releases uploaded by its day; those before 2022-06 and
wheels for other targets are left out, and nothing asks for them. What was yanked or deleted since is as it is today.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import NormalizedName, parse_wheel_filename

from lockgen.cli.options import SourceOptions
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import Source, open_source
from lockgen.index.frozen import Recorder, write_frozen
from lockgen.index.pages import ProjectPage
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.index import DistFile, Metadata
from lockgen.model.matrix import Matrices
from lockgen.model.phase import Scope
from lockgen.model.refusal import Refusal
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.drift import DriftOptions, at
from lockgen.workflow.lint import lint
from lockgen.workflow.render import solve_phases

HERE = Path(__file__).parent
SINCE = datetime(2022, 6, 1, tzinfo=UTC)
DAYS = (datetime(2023, 10, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))


class Window:
    """A source of which only files uploaded between two moments are seen, and of the wheels those that fit."""

    def __init__(self, source: Source, until: datetime, tags: frozenset[Tag], *, since: datetime = SINCE) -> None:
        self._source, self._since, self._until, self._tags = source, since, until, tags

    def project(self, name: NormalizedName) -> ProjectPage | None:
        page = self._source.project(name)
        if page is None:
            return None
        header, *lines = page.listing.split("\n")
        return ProjectPage("\n".join([header, *filter(None, map(self._within, lines))]))

    def _within(self, line: str) -> str:
        version, _, files = line.partition("\t")
        kept = [row for row in json.loads(files) if self._is_seen(row[0], datetime.fromisoformat(row[3]))]
        return f"{version}\t{json.dumps(kept, separators=(',', ':'))}" if kept else ""

    def _is_seen(self, filename: str, uploaded: datetime) -> bool:
        if not self._since <= uploaded <= self._until:
            return False
        return not filename.endswith(".whl") or bool(parse_wheel_filename(filename)[3] & self._tags)

    @property
    def fetches(self) -> int:
        return self._source.fetches

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


def main() -> None:
    book = load_matrices(read_directory(HERE / "matrices"))
    for day in DAYS:
        content = _frozen(book, day)
        file = HERE.parent / "frozen" / f"web-{day:%Y-%m-%d}.xz"
        file.write_bytes(content)
        sys.stdout.write(f"{file.name} {len(content)}\n")


def _frozen(book: Matrices, day: datetime) -> bytes:
    ask = Scope(as_of=day)
    tags = frozenset(tag for target in select(book, (), ())[0].targets for tag in target.tags)
    with ProgressBar(quiet=True) as bar, open_source(SourceOptions(), book, ask, bar) as index:
        recorder = Recorder(Window(index, day, tags))
        resolver = Resolver(recorder)
        for moment in (each for each in DAYS if each <= day):
            then = at(book, ask, DriftOptions(now=moment))
            solve_phases(then, Scope(), resolver, bar.solved)
            lint(then, Scope(), resolver, bar.solved)
        for page in [page for page in recorder.projects.values() if page is not None]:
            for file in (file for version in page.versions for file in page.files(version)):
                # What the sets would be without one of their releases: a test takes it away.
                if file.is_wheel and page.name != "pydantic-core":
                    recorder.metadata(file)
        return write_frozen(recorder, dated=day)


if __name__ == "__main__":
    main()
