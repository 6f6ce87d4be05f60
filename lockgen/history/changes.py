"""What happened on the way: sets gained and lost, pins that moved, each said once for all targets it happened to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Generic, TypeVar

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.history.causes import CauseSearch
from lockgen.history.walk import ReplayPort, Walked
from lockgen.model.history import Period, PinChange, SolvabilityChange, Upload

_Move = tuple[datetime, NormalizedName, Version | None, Version | None]
_Turn = tuple[datetime, bool]
_GroupKey = TypeVar("_GroupKey")
_Releases = tuple[tuple[NormalizedName, Version], ...]


@dataclass(slots=True)
class _Groups(Generic[_GroupKey]):
    """What happened alike by the same releases: targets get a release with files of their own, minutes apart."""

    targets: dict[tuple[_GroupKey, _Releases], list[str]] = field(default_factory=dict)
    uploads: dict[tuple[_GroupKey, _Releases], list[Upload]] = field(default_factory=dict)

    def add(self, key: _GroupKey, causes: tuple[Upload, ...], target: str) -> None:
        """It happened to the target too."""
        group = key, tuple(sorted((upload.name, upload.version) for upload in causes))
        self.targets.setdefault(group, []).append(target)
        self.uploads.setdefault(group, []).extend(causes)

    def each(self) -> Iterator[tuple[_GroupKey, tuple[Upload, ...], tuple[str, ...]]]:
        """What, by which releases (of each the first upload that did it), and where."""
        for (key, releases), targets in self.targets.items():
            uploads = sorted(self.uploads[key, releases])
            firsts = (next(u for u in uploads if (u.name, u.version) == release) for release in releases)
            yield key, tuple(sorted(firsts)), tuple(targets)


def events(
    walked: Walked, followers: Sequence[ReplayPort]
) -> tuple[tuple[SolvabilityChange, ...], tuple[PinChange, ...]]:
    """What happened on the walk and what caused it, by time. `followers` are those of the walk, in its order.

    Raises LockgenError when it could not ask what would have been without an upload.
    """
    inquest = CauseSearch()
    moves: _Groups[_Move] = _Groups()
    turns: _Groups[_Turn] = _Groups()
    for course, follower in zip(walked.courses, followers, strict=True):
        for before, after in pairwise(course.spans):
            for name in _moved(before, after):
                old, new = (None if span.pins is None else span.pins.get(name) for span in (before, after))
                causes = inquest.of_move(follower, before, after, name)
                moves.add((after.since, name, old, new), causes, course.target.name)
            if (before.pins is None) != (after.pins is None):
                key = after.since, after.pins is not None
                turns.add(key, inquest.of_turn(follower, before, after), course.target.name)
    return (
        tuple(sorted(_turns(turns), key=lambda turn: (turn.moment, turn.gained, turn.causes))),
        tuple(sorted(_moves(moves), key=lambda move: (move.moment, move.name, move.causes))),
    )


def _moved(before: Period, after: Period) -> Iterator[NormalizedName]:
    """The packages whose version is not the same in both sets, by name; none where one side has no set."""
    old, new = before.pins, after.pins
    if old is None or new is None:
        return
    yield from (name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


def _moves(groups: _Groups[_Move]) -> Iterator[PinChange]:
    for (moment, name, before, after), causes, targets in groups.each():
        yield PinChange(moment=moment, name=name, before=before, after=after, causes=causes, targets=targets)


def _turns(groups: _Groups[_Turn]) -> Iterator[SolvabilityChange]:
    for (moment, gained), causes, targets in groups.each():
        yield SolvabilityChange(moment=moment, gained=gained, causes=causes, targets=targets)
