"""Adds to a frozen index what it lacks, beside the pages it has: those are never read anew, so no answer changes.

    python -m tests.extend_frozen tests/frozen/2026-11-20.xz NAME...

Each NAME is the file name of a wheel of a project in the index, whose metadata is added, or a project without a page,
whose page is added as PyPI lists it today. `cut` in the frozen index's date still bounds what a render sees of it.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex, Recorder, write_frozen
from lockgen.index.live import LiveIndex
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.model.index import DistFile


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


def _file(pages: dict[NormalizedName, ProjectPage | None], filename: str) -> DistFile:
    page = pages[canonicalize_name(filename.partition("-")[0])]
    assert page is not None, filename
    files = (file for version in page.versions for file in page.files(version))
    return next(file for file in files if file.filename == filename)


if __name__ == "__main__":
    extend(Path(sys.argv[1]), sys.argv[2:])
