"""Which of a day's uploads did it: those without which it would not have happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.history.walk import ReplayPort
from lockgen.model.history import Period, Upload
from lockgen.model.result import Versions

_CauseKey = tuple[object, ...]


@dataclass(slots=True)
class CauseSearch:
    """Asks a follower what the set would have been without an upload, once for all targets that changed alike."""

    _known: dict[_CauseKey, Versions | None] = field(default_factory=dict)

    def of_move(self, follower: ReplayPort, before: Period, after: Period, name: NormalizedName) -> tuple[Upload, ...]:
        """The uploads that moved the pin of `name` from one span's version to the other's, oldest first."""
        new = _version(after.pins, name)
        own = tuple(upload for upload in after.news if (upload.name, upload.version) == (name, new))
        if own and _version(before.pins, name) is not None:
            return own
        return self._needed(follower, before, after, lambda pins: pins is not None and pins.get(name) == new)

    def of_turn(self, follower: ReplayPort, before: Period, after: Period) -> tuple[Upload, ...]:
        """The uploads that gave the target a set, or took it."""
        return self._needed(follower, before, after, lambda pins: (pins is None) == (after.pins is None))

    def _needed(
        self, follower: ReplayPort, before: Period, after: Period, happened: Callable[[Versions | None], bool]
    ) -> tuple[Upload, ...]:
        if len(after.news) == 1:
            return after.news
        needed = tuple(each for each in after.news if not happened(self._without(follower, before, after, each)))
        return needed or after.news

    def _without(self, follower: ReplayPort, before: Period, after: Period, upload: Upload) -> Versions | None:
        alike = (after.since, upload, _frozen(before.pins), _frozen(after.pins), after.news)
        if alike not in self._known:
            self._known[alike] = follower.without(after.since, upload)
        return self._known[alike]


def _version(pins: Versions | None, name: NormalizedName) -> Version | None:
    return None if pins is None else pins.get(name)


def _frozen(pins: Versions | None) -> Iterable[tuple[NormalizedName, Version]] | None:
    return None if pins is None else frozenset(pins.items())
