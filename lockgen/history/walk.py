"""The sets of each target on past days, solved only at moments at which an upload could have changed them."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from lockgen.model.history import Period, SetAt, TargetHistory, Upload
from lockgen.model.phase import Progress
from lockgen.model.result import Versions
from lockgen.model.target import Target


class ReplayPort(Protocol):
    """One target's request, solved at moment after moment."""

    def at(self, moment: datetime) -> SetAt:
        """The set at a moment later than those before it. Raises LockgenError when the index cannot answer."""

    def without(self, moment: datetime, upload: Upload) -> Versions | None:
        """The set at the moment, had this release not come; None: no set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """The histories of the targets, in the order of the replays."""

    courses: tuple[TargetHistory, ...]
    moments: int
    """At how many moments a set was solved."""


def walk(replays: Sequence[tuple[Target, ReplayPort]], since: datetime, until: datetime, progress: Progress) -> Walked:
    """Each target's sets from `since` to `until`, at the ends of the days (UTC) between, and at both.

    The targets advance together, so that what the solver learns for one on a day serves the others on the same day.
    """
    spans: list[list[Period]] = [[] for _ in replays]
    waiting = [(since, place) for place in range(len(replays))]
    moments: set[datetime] = set()
    while waiting:
        moment, place = heapq.heappop(waiting)
        if moment not in moments:
            moments.add(moment)
            progress((moment - since).days, (until - since).days)
        standing = replays[place][1].at(moment)
        if not spans[place] or spans[place][-1].pins != standing.pins:
            news = standing.news if spans[place] else ()
            spans[place].append(Period(since=moment, pins=standing.pins, news=news))
        if standing.until is not None and standing.until <= until:
            heapq.heappush(waiting, (min(end_of_day(standing.until), until), place))
    courses = (
        TargetHistory(target=target, spans=tuple(each)) for (target, _), each in zip(replays, spans, strict=True)
    )
    return Walked(courses=tuple(courses), moments=len(moments))


def end_of_day(moment: datetime) -> datetime:
    """The first midnight (UTC) that is not before the moment."""
    here = moment.astimezone(UTC)
    start = datetime.combine(here, time(), UTC)
    return start if start == here else start + timedelta(days=1)
