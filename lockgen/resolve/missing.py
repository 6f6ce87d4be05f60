"""Releases that a demand names and nothing can have: yanked, never uploaded, or removed from the index."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.refusal import Refusal
from lockgen.resolve.masks import places
from lockgen.resolve.target_candidates import ReleaseKey, TargetCandidates
from lockgen.text import spelled

Ranges = Sequence[Sequence[SpecifierSet]]
"""Of each demander in a conflict, the ranges in which its releases demand the package."""


def unlisted_ranges(candidates: TargetCandidates, name: NormalizedName, ranges: Ranges) -> Iterator[Refusal]:
    """The ranges in which the index lists no release at all; of a project that it does not list, none."""
    memory = candidates.memory
    versions = memory.listed(name).versions
    known = {str(specifier): specifier for ways in ranges for specifier in ways}
    for specifier in known.values() if versions else ():
        if not memory.mask(name, specifier):
            yield Refusal(kind="unlisted", name=name, reason=_unlisted_text(specifier, versions))


def releases_inside(
    candidates: TargetCandidates, name: NormalizedName, ranges: Ranges, admitted: int
) -> Iterator[ReleaseKey]:
    """The releases inside the ranges of all demanders, and not among those `admitted`."""
    memory = candidates.memory
    versions = memory.listed(name).versions
    inside = ((1 << len(versions)) - 1) & ~admitted
    for ways in ranges:
        inside &= reduce(or_, (memory.mask(name, specifier) for specifier in ways), 0)
    return ((name, versions[place]) for place in places(inside))


def yanked_release(candidates: TargetCandidates, release: ReleaseKey) -> Refusal | None:
    """The refusal of a release that is yanked (PEP 592); None for any other, and where no file of it serves."""
    name, version = release
    files = candidates.filter.files(name, version)
    if isinstance(files, Refusal) or (why := files[0].yanked) is None:
        return None
    reason = f"is yanked: {why}" if why else "is yanked, without a reason"
    return Refusal(kind="yanked", name=name, version=version, reason=reason)


def _unlisted_text(specifier: SpecifierSet, versions: Sequence[Version]) -> str:
    """`versions` are oldest first."""
    bounds = [Version(each.version.removesuffix(".*")) for each in specifier if each.operator != "==="]
    place = bisect_left(versions, max(bounds, default=versions[-1]))
    near = " and ".join(map(str, versions[max(0, place - 1) : place + 1]))
    return f"has no release {spelled(specifier)}: it never existed or was removed; the index lists {near} next to it"
