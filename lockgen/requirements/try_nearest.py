"""The nearest versions for lines that must change: the fewest listed releases from the version wanted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import Project
from lockgen.model.resolver import ResolverPort
from lockgen.requirements.try_lines import Lines

_MOST_ROUNDS = 30
"""How often a version that serves one target of a group and not another is passed over."""


def nearest_versions(
    group: Sequence[Lines], wanted: Sequence[Version | None], resolver: ResolverPort
) -> tuple[Version, ...] | None:
    """For each changing line the nearest version with which all targets of the group have a set; None: there are none.

    The first line gets its nearest, then the next beside it. A line whose package another line changed gets the same.
    """
    found: list[Version] = []
    for place, line in enumerate(group[0].changing):
        search = _Search(group, tuple(found), line.name, wanted[place], resolver)
        known = [one for one, other in zip(found, group[0].changing, strict=False) if other.name == line.name]
        version = known[0] if known else search.nearest()
        if version is None:
            return None
        found.append(version)
    return tuple(found)


@dataclass(slots=True)
class _Search:
    group: Sequence[Lines]
    before: tuple[Version, ...]
    """The versions of the lines before this one."""
    name: NormalizedName
    wanted: Version | None
    resolver: ResolverPort
    _listed: list[Version] = field(init=False)
    """Final releases that are not yanked, oldest first."""
    _home: int = field(init=False)
    """Where the wanted version stands or would stand among them."""

    def __post_init__(self) -> None:
        listing = self.resolver.project(self.name)
        self._listed = [] if listing is None else sorted(filter(partial(_is_offered, listing), listing.versions))
        self._home = len(self._listed) if self.wanted is None else bisect_left(self._listed, self.wanted)

    def nearest(self) -> Version | None:
        """The nearest version that serves the whole group; of two as near, the newer one."""
        distance = 0
        for _ in range(_MOST_ROUNDS):
            for lines in self.group:
                found = self._least_distance(lines, distance)
                if found is None:
                    return None
                distance = found
            for version in self._at(distance):
                if all(self._holds(lines, version, version) for lines in self.group):
                    return version
            distance += 1
        return None

    def _least_distance(self, lines: Lines, start: int) -> int | None:
        """The least distance from `start` on within which some version serves the target, found by doubling.

        About 2 log2(releases) questions.
        """
        low, high, step = start, start, 1
        while not self._holds_within(lines, high):
            if high > len(self._listed):
                return None
            low, high, step = high + 1, high + step, step * 2
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._holds_within(lines, middle) else (middle + 1, high)
        return high

    def _holds_within(self, lines: Lines, distance: int) -> bool:
        within = self._listed[max(0, self._home - distance) : self._home + distance + 1]
        return bool(within) and self._holds(lines, within[0], within[-1])

    def _holds(self, lines: Lines, oldest: Version, newest: Version) -> bool:
        window = SpecifierSet(f"=={oldest}" if oldest == newest else f">={oldest},<={newest}")
        return self.resolver.holds(lines.request(self.before, window))

    def _at(self, distance: int) -> list[Version]:
        """The versions at this distance, the newer one first."""
        places = dict.fromkeys((self._home + distance, self._home - distance))
        return [self._listed[place] for place in places if 0 <= place < len(self._listed)]


def _is_offered(listing: Project, version: Version) -> bool:
    return not version.is_prerelease and any(file.yanked is None for file in listing.files(version))
