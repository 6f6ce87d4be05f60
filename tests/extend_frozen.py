"""Adds to a frozen index what it lacks, beside the pages it has: those are never read anew, so no answer changes.

    python -m tests.extend_frozen tests/frozen/2026-11-20.xz NAME...

Each NAME is the file name of a wheel of a project in the index, whose metadata is added, or a project without a page,
whose page is added as PyPI lists it today. `cut` in the frozen index's date still bounds what a render sees of it.
Without a NAME it is what the repository's matrices, rendered and linted under every strategy, ask for and miss.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.errors import FrozenIndexError
from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex, Recorder, write_frozen
from lockgen.index.live import LiveIndex
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.index import DistFile, Metadata
from lockgen.model.phase import Scope
from lockgen.model.refusal import Refusal
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.lint import fix, lint
from lockgen.workflow.render import solve_phases


def extend(place: Path, names: list[str]) -> None:
    """Add these wheels' metadata and these projects' pages to the file."""
    frozen = FrozenIndex(place)
    policy = Policy(now=datetime.now(UTC), as_of=frozen.dated)
    with Cache(None) as cache, LiveIndex(read_settings(os.environ), cache, policy) as live:
        recorder = Recorder(live)
        for name in filter(lambda each: not each.endswith(".whl"), names):
            recorder.project(canonicalize_name(name))
        recorder.projects |= frozen.pages()
        recorder.metadata_lines |= frozen.metadata_lines
        recorder.build_lines |= frozen.build_lines
        for filename in filter(lambda each: each.endswith(".whl"), names):
            recorder.metadata(_file(recorder.projects, filename))
        place.write_bytes(write_frozen(recorder, dated=frozen.dated))


class Beside:
    """A frozen index whose gaps are filled from the live one, and a note of what these were."""

    def __init__(self, frozen: FrozenIndex, live: LiveIndex) -> None:
        self._frozen, self._live = frozen, live
        self.missing: dict[str, None] = {}

    @property
    def fetches(self) -> int:
        return self._live.fetches

    def project(self, name: NormalizedName) -> ProjectPage | None:
        try:
            return self._frozen.project(name)
        except FrozenIndexError:
            self.missing[name] = None
            return self._live.project(name)

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        try:
            return self._frozen.metadata(file)
        except FrozenIndexError:
            self.missing[file.filename] = None
            # The live page knows the address of the file.
            self._live.project(file.name)
            return self._live.metadata(file)

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        return self._frozen.build_requires(file)

    def hashed(self, file: DistFile) -> DistFile:
        return file

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Everything but the gaps is at hand."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """The same."""


def missing(place: Path) -> list[str]:
    """What the file lacks of what the repository's own matrices ask for."""
    frozen, texts = FrozenIndex(place), read_directory(Path("matrices"))
    matrices = load_matrices(texts)
    with (
        Cache(None) as cache,
        LiveIndex(read_settings(os.environ), cache, Policy(now=datetime.now(UTC), as_of=frozen.dated)) as live,
    ):
        source = Beside(frozen, live)
        resolver = Resolver(source)
        solve_phases(matrices, Scope(strategies=("recommended", "minimum", "maximum")), resolver, lambda *_: None)
        lint(matrices, Scope(), resolver, lambda *_: None)
        fix(texts, Scope(), (), resolver)
    return list(source.missing)


def _file(pages: dict[NormalizedName, ProjectPage | None], filename: str) -> DistFile:
    page = pages[canonicalize_name(filename.partition("-")[0])]
    assert page is not None, filename
    files = (file for version in page.versions for file in page.files(version))
    return next(file for file in files if file.filename == filename)


if __name__ == "__main__":
    file = Path(sys.argv[1])
    names = sys.argv[2:] or missing(file)
    sys.stdout.writelines(f"{name}\n" for name in names)
    extend(file, names)
