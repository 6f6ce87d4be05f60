"""Makes tests/frozen/docs-2026-11-20.xz again: `python -m tests.docs.refreeze`.

It holds what the pages of docs/ ask for beside the seed's index: some projects and all that their releases require, the
releases of a year and a half, and of their wheels those for the platforms that `lockgen init` writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.cli.sources import cache_path
from lockgen.index.cache import Cache
from lockgen.index.frozen import Recorder, write_frozen
from lockgen.index.live import LiveIndex
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.model.index import Metadata
from lockgen.model.platform import Platform
from lockgen.model.target import make_target
from tests.conftest import ROOT
from tests.drift.refreeze import Window

DAY = datetime(2026, 11, 20, tzinfo=UTC)
SINCE = datetime(2025, 5, 1, tzinfo=UTC)
EARLIER = datetime(2022, 1, 1, tzinfo=UTC)
"""For projects that have released little since."""
FEW = 4
CACHE = cache_path(None)
PLACE = ROOT / "tests" / "frozen" / "docs-2026-11-20.xz"
ROOTS = (
    "fastapi", "uvicorn[standard]", "httpx", "django", "gunicorn", "psycopg[binary]", "redis[hiredis]", "requests", "flask",
    "pytest", "acme-billing",
)  # fmt: skip
_PLATFORMS = (
    Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28)),
    Platform(name="linux-aarch64", os="linux", arch="aarch64", libc="glibc", version=(2, 28)),
    Platform(name="alpine-x86_64", os="linux", arch="x86_64", libc="musl", version=(1, 2)),
    Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0)),
    Platform(name="windows-x86_64", os="windows", arch="x86_64"),
)
TARGETS = tuple(
    make_target(python, platform) for python in ("3.11.2", "3.12.3", "3.13.5", "3.14.4") for platform in _PLATFORMS
)


class Recent(Window):
    """Releases of a year and a half, or all of a project that has few of these."""

    def project(self, name: NormalizedName) -> ProjectPage | None:
        page = super().project(name)
        if page is None or len([each for each in page.versions if not each.is_prerelease]) >= FEW:
            return page
        return Window(self._source, DAY, self._tags, since=EARLIER).project(name)


def refreeze() -> bytes:
    """The content of the file."""
    tags = frozenset(tag for target in TARGETS for tag in target.tags)
    with Cache(CACHE) as cache, LiveIndex(read_settings(os.environ), cache, Policy(now=DAY, as_of=DAY)) as live:
        recorder = Recorder(Recent(live, DAY, tags, since=SINCE))
        waiting = [Requirement(each) for each in ROOTS]
        seen: set[tuple[str, str]] = set()
        while waiting:
            requirement = waiting.pop()
            name = canonicalize_name(requirement.name)
            new = {(name, extra) for extra in ("", *requirement.extras)} - seen
            if new:
                seen |= new
                waiting += _required(recorder, name, requirement.extras)
        return write_frozen(recorder, dated=DAY)


def _required(recorder: Recorder, name: str, extras: set[str]) -> Iterator[Requirement]:
    """What any of its releases requires on any of the targets."""
    page = recorder.project(canonicalize_name(name))
    files = [file for version in (page.versions if page else ()) for file in page.files(version) if file.is_wheel]  # type: ignore[union-attr]
    recorder.expect_metadata(files)
    for found in map(recorder.metadata, files):
        for each in found.requires_dist if isinstance(found, Metadata) else ():
            wanted = Requirement(each)
            if wanted.marker is None or any(
                wanted.marker.evaluate({**target.environment, "extra": extra})
                for target in TARGETS for extra in ("", *extras)
            ):  # fmt: skip
                yield wanted


if __name__ == "__main__":
    content = refreeze()
    PLACE.write_bytes(content)
    sys.stdout.write(f"{PLACE.name} {len(content)}\n")
