"""Where the sets of a walk change: pins moved, sets gained and lost, each with the uploads that caused it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import TypeVar

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.history.walk import ReplayPort, Walked
from lockgen.model.history import Period, PinChange, SolvabilityChange, Upload
from lockgen.model.result import Versions
from lockgen.text import grouped

_PinKey = tuple[datetime, NormalizedName, Version | None, Version | None]
_SetKey = tuple[datetime, bool]
_ChangeKey = TypeVar("_ChangeKey", bound=Hashable)
_CauseKey = tuple[object, ...]
_Causes = tuple[Upload, ...]


def changes(
    walked: Walked, replays: Sequence[ReplayPort]
) -> tuple[tuple[SolvabilityChange, ...], tuple[PinChange, ...]]:
    """The changes of the walk, by time; what changed alike on several targets is one. `replays` are those of the walk.

    Raises LockgenError when the index cannot answer what a set would have been without an upload.
    """
    search = _CauseSearch()
    pins: list[tuple[_PinKey, _Causes, str]] = []
    sets: list[tuple[_SetKey, _Causes, str]] = []
    for course, replay in zip(walked.courses, replays, strict=True):
        for before, after in pairwise(course.spans):
            for name in _moved(before, after):
                key = after.since, name, _version(before.pins, name), _version(after.pins, name)
                pins.append((key, search.of_pin(replay, before, after, name), course.target.name))
            if (before.pins is None) != (after.pins is None):
                gained = after.since, after.pins is not None
                sets.append((gained, search.of_set(replay, before, after), course.target.name))
    turns = (
        SolvabilityChange(moment=moment, gained=gained, causes=causes, targets=targets)
        for (moment, gained), causes, targets in _merged(sets)
    )
    moves = (
        PinChange(moment=moment, name=name, before=before, after=after, causes=causes, targets=targets)
        for (moment, name, before, after), causes, targets in _merged(pins)
    )
    return (
        tuple(sorted(turns, key=lambda turn: (turn.moment, turn.gained, turn.causes))),
        tuple(sorted(moves, key=lambda move: (move.moment, move.name, move.causes))),
    )


def _merged(
    changed: Iterable[tuple[_ChangeKey, _Causes, str]],
) -> Iterator[tuple[_ChangeKey, _Causes, tuple[str, ...]]]:
    """What changed alike by the same releases, with its targets and the first upload of each release.

    By releases rather than by files: targets get a release with files of their own, minutes apart.
    """
    groups = grouped(changed, lambda each: (each[0], tuple(sorted((cause.name, cause.version) for cause in each[1]))))
    for (key, releases), group in groups.items():
        uploads = sorted(cause for _, causes, _ in group for cause in causes)
        firsts = {(each.name, each.version): each for each in reversed(uploads)}
        yield key, tuple(sorted(firsts[release] for release in releases)), tuple(target for *_, target in group)


def _moved(before: Period, after: Period) -> Iterator[NormalizedName]:
    """The packages whose version is not the same in both sets, by name; none where one side has no set."""
    old, new = before.pins, after.pins
    if old is None or new is None:
        return
    yield from (name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


@dataclass(slots=True)
class _CauseSearch:
    """Finds the uploads of a day without which a change would not have come, once for all targets that changed alike.

    Replays the moment without an upload; the sets it gets are kept.
    """

    _known: dict[_CauseKey, Versions | None] = field(default_factory=dict)

    def of_pin(self, replay: ReplayPort, before: Period, after: Period, name: NormalizedName) -> _Causes:
        """The uploads that moved the pin of `name` from one span's version to the other's, oldest first."""
        new = _version(after.pins, name)
        own = tuple(upload for upload in after.news if (upload.name, upload.version) == (name, new))
        if own and _version(before.pins, name) is not None:
            return own
        return self._needed(replay, before, after, lambda pins: pins is not None and pins.get(name) == new)

    def of_set(self, replay: ReplayPort, before: Period, after: Period) -> _Causes:
        """The uploads that gave the target a set, or took it."""
        return self._needed(replay, before, after, lambda pins: (pins is None) == (after.pins is None))

    def _needed(
        self, replay: ReplayPort, before: Period, after: Period, happened: Callable[[Versions | None], bool]
    ) -> _Causes:
        if len(after.news) == 1:
            return after.news
        needed = tuple(each for each in after.news if not happened(self._without(replay, before, after, each)))
        return needed or after.news

    def _without(self, replay: ReplayPort, before: Period, after: Period, upload: Upload) -> Versions | None:
        alike = (after.since, upload, _frozen(before.pins), _frozen(after.pins), after.news)
        if alike not in self._known:
            self._known[alike] = replay.without(after.since, upload)
        return self._known[alike]


def _version(pins: Versions | None, name: NormalizedName) -> Version | None:
    return None if pins is None else pins.get(name)


def _frozen(pins: Versions | None) -> Iterable[tuple[NormalizedName, Version]] | None:
    return None if pins is None else frozenset(pins.items())
