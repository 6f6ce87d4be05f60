"""Where things stand in the plot of a history: days become x, packages become lanes. Pure; the template draws it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lockgen.model.report import Lane, Timeline
from lockgen.model.report_overview import TargetLane

WIDTH = 1000
_LEFT = 130  # room for the longest names
_RIGHT = 16
_LANE = 22
_TARGET_LANE = 34  # a line of text and a bar
_WORDS = 130  # letters of it
_STEPS = 64  # the height of the plot of solved targets
_TOP = 26
_LETTER = 6.4  # width of a letter of the labels
_TICK = 50  # what a tick's label takes
_DAYS_PER_TICK = 45
_MONTHS = (1, 2, 3, 6, 12, 24, 60)
_DECEMBER = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A first of a month on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotBar:
    """A version of a package from one day to another."""

    x: float
    width: float
    version: str
    label: str
    """The version where there is room for it, else empty."""
    words: str
    is_odd: bool
    """Neighbours differ, so that the turn between them is seen without colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotRow:
    """A package's lane."""

    package: str
    y: float
    bars: tuple[PlotBar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Everything in the coordinates of an SVG viewBox `0 0 width height`."""

    width: int
    height: int
    left: int
    right: int
    steps: str
    """The path of how many targets had a set."""
    base: float
    """y of none of them."""
    most: int
    ticks: tuple[Tick, ...]
    rows: tuple[PlotRow, ...]
    lane: int
    targets: tuple[PlotRow, ...]
    """When targets had a set, in a viewBox of its own; the row's name says which."""
    targets_height: int
    target_lane: int


def plot(timeline: Timeline) -> Plot:
    """The geometry of a timeline. Coordinates have one decimal place, so that equal timelines give equal bytes."""
    most = max((count for _, count in timeline.solved), default=0)
    base = float(_TOP + _STEPS)
    return Plot(
        width=WIDTH,
        height=int(base) + 14 + _LANE * len(timeline.lanes) + 6,
        left=_LEFT,
        right=WIDTH - _RIGHT,
        steps=_steps(timeline, most, base),
        base=base,
        most=most,
        ticks=tuple(_ticks(timeline)),
        rows=tuple(_row(lane, timeline, base + 14 + _LANE * place) for place, lane in enumerate(timeline.lanes)),
        lane=_LANE,
        targets=tuple(
            _target_row(lane, timeline, _TOP + _TARGET_LANE * place) for place, lane in enumerate(timeline.targets)
        ),
        targets_height=_TOP + _TARGET_LANE * len(timeline.targets) + 4,
        target_lane=_TARGET_LANE,
    )


def _x(day: date, timeline: Timeline) -> float:
    share = (day - timeline.since).days / max((timeline.until - timeline.since).days, 1)
    return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def _steps(timeline: Timeline, most: int, base: float) -> str:
    """A staircase: from each day on the height of its count."""
    path = f"M{_LEFT} {base}"
    for day, count in timeline.solved:
        path += f"H{_x(day, timeline)}V{round(base - _STEPS * count / max(most, 1), 1)}"
    return f"{path}H{WIDTH - _RIGHT}V{base}Z"


def _ticks(timeline: Timeline) -> Iterator[Tick]:
    wanted = max((timeline.until - timeline.since).days // 10, _DAYS_PER_TICK) / 31
    months = next((each for each in _MONTHS if each >= wanted), _MONTHS[-1])
    day = date(timeline.since.year, 1, 1)
    while day <= timeline.until:
        if day >= timeline.since and _x(day, timeline) <= WIDTH - _TICK:
            yield Tick(x=_x(day, timeline), label=f"{day:%Y-%m}")
        ahead = day.month - 1 + months
        day = date(day.year + ahead // _DECEMBER, ahead % _DECEMBER + 1, 1)


def _row(lane: Lane, timeline: Timeline, y: float) -> PlotRow:
    return PlotRow(package=lane.package, y=y, bars=tuple(_bars(lane, timeline)))


def _target_row(lane: TargetLane, timeline: Timeline, y: float) -> PlotRow:
    words = lane.where if len(lane.where) <= _WORDS else f"{lane.where[: _WORDS - 1]}\N{HORIZONTAL ELLIPSIS}"
    return PlotRow(package=words, y=y, bars=tuple(_set_bars(lane, timeline)))


def _set_bars(lane: TargetLane, timeline: Timeline) -> Iterator[PlotBar]:
    for span in lane.spans:
        x = _x(span.start, timeline)
        width = round(_x(span.end, timeline) - x, 1)
        state = "set" if span.has_set else "no set"
        if width > 0:
            yield PlotBar(
                x=x,
                width=width,
                version=state,
                label=f"{state} from {span.start}" if width > len(state) * _LETTER + 100 else "",
                words=f"{lane.where}: {state} from {span.start} to {span.end}",
                is_odd=not span.has_set,
            )


def _bars(lane: Lane, timeline: Timeline) -> Iterator[PlotBar]:
    for place, span in enumerate(lane.spans):
        x = _x(span.start, timeline)
        width = round(_x(span.end, timeline) - x, 1)
        if span.version and width > 0:
            yield PlotBar(
                x=x,
                width=width,
                version=span.version,
                label=span.version if len(span.version) * _LETTER + 6 < width else "",
                words=f"{lane.package} {span.version} from {span.start} to {span.end}",
                is_odd=place % 2 == 1,
            )
