"""The uploads of the releases somebody asked about, in the order of time."""

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
    """A diary that grows with every release somebody asks about. Files without an upload time are in no diary."""

    memory: MemoryIndex
    _known: set[ReleaseKey] = field(default_factory=set)
    _days: list[tuple[datetime, NormalizedName, Version]] = field(default_factory=list)

    def note(self, releases: Iterable[ReleaseKey]) -> None:
        """Enter these releases' uploads, each release once."""
        for key in releases:
            if key not in self._known:
                self._known.add(key)
                project = self.memory.project(key[0])
                files = project.files(key[1]) if project else ()
                for when in {file.uploaded for file in files if file.uploaded is not None}:
                    insort(self._days, (when, *key))

    def between(self, since: datetime, until: datetime) -> set[ReleaseKey]:
        """The releases with an upload later than `since` and not later than `until`."""
        return {(name, version) for _, name, version in self._days[self._after(since) : self._after(until)]}

    def after(self, moment: datetime) -> Iterator[tuple[datetime, ReleaseKey]]:
        """The later uploads, one by one."""
        for place in range(self._after(moment), len(self._days)):
            when, name, version = self._days[place]
            yield when, (name, version)

    def _after(self, moment: datetime) -> int:
        return bisect_right(self._days, moment, key=lambda entry: entry[0])
