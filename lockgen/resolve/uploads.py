"""Upload times of the releases looked up, in order."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.target_candidates import ReleaseKey


@dataclass(slots=True)
class Uploads:
    """Upload times of every release noted, sorted; files without an upload time are left out."""

    memory: MemoryIndex
    _known: set[ReleaseKey] = field(default_factory=set)
    _uploads: list[tuple[datetime, NormalizedName, Version]] = field(default_factory=list)

    def note(self, releases: Iterable[ReleaseKey]) -> None:
        """Add the uploads of these releases."""
        for key in releases:
            if key not in self._known:
                self._known.add(key)
                project = self.memory.project(key[0])
                files = project.files(key[1]) if project else ()
                for when in {file.uploaded for file in files if file.uploaded is not None}:
                    insort(self._uploads, (when, *key))

    def between(self, since: datetime, until: datetime) -> set[ReleaseKey]:
        """The releases with an upload later than `since` and not later than `until`."""
        first, last = self._place_after(since), self._place_after(until)
        return {(name, version) for _, name, version in self._uploads[first:last]}

    def after(self, moment: datetime) -> Iterator[tuple[datetime, ReleaseKey]]:
        """The later uploads, one by one."""
        for place in range(self._place_after(moment), len(self._uploads)):
            when, name, version = self._uploads[place]
            yield when, (name, version)

    def _place_after(self, moment: datetime) -> int:
        return bisect_right(self._uploads, moment, key=lambda entry: entry[0])
