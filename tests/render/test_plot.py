"""The plot's geometry: days become x, nothing stands outside the picture."""

from __future__ import annotations

import re
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lockgen.model.report import Lane, LaneSpan, Timeline
from lockgen.render.report_plot import plot

FIRST = date(2023, 1, 1)


def timeline(days: int, *turns: int, solved: tuple[tuple[int, int], ...] = ((0, 30),)) -> Timeline:
    at = [FIRST + timedelta(days=turn) for turn in (*turns, days)]
    spans = [
        LaneSpan(start=start, end=end, version=f"1.{n}")
        for n, (start, end) in enumerate(zip([FIRST, *at], at, strict=False))
    ]
    return Timeline(
        since=FIRST,
        until=FIRST + timedelta(days=days),
        lanes=(Lane(package="idna", spans=tuple(spans)),),
        solved=tuple((FIRST + timedelta(days=day), count) for day, count in solved),
        moves=(),
    )


def test_bars_follow_each_other_without_a_gap() -> None:
    drawn = plot(timeline(1000, 250, 500))
    bars = drawn.rows[0].bars
    assert [bar.version for bar in bars] == ["1.0", "1.1", "1.2"]
    assert [bar.is_odd for bar in bars] == [False, True, False]
    assert bars[0].x == drawn.left
    assert bars[-1].x + bars[-1].width == drawn.right
    assert bars[1].x == bars[0].x + bars[0].width == drawn.left + (drawn.right - drawn.left) / 4


def test_a_label_stands_only_where_it_has_room() -> None:
    assert [bar.label for bar in plot(timeline(1000, 500, 503)).rows[0].bars] == ["1.0", "", "1.2"]


def test_targets_with_a_set_are_a_staircase() -> None:
    drawn = plot(timeline(100, solved=((0, 0), (50, 15), (75, 30))))
    assert drawn.most == 30
    xs, ys = (list(map(float, re.findall(rf"{letter}([\d.]+)", drawn.steps))) for letter in "HV")
    assert xs == [
        drawn.left,
        (drawn.left + drawn.right) / 2,
        drawn.left + 0.75 * (drawn.right - drawn.left),
        drawn.right,
    ]
    assert ys == [drawn.base, drawn.base - 32, drawn.base - 64, drawn.base]


def test_three_years_have_a_handful_of_ticks() -> None:
    labels = [tick.label for tick in plot(timeline(3 * 365 + 300)).ticks]
    assert labels == ["2023-01", "2023-07", "2024-01", "2024-07", "2025-01", "2025-07", "2026-01", "2026-07"]


@given(st.integers(0, 20000), st.lists(st.integers(0, 20000), max_size=5), st.integers(0, 60))
def test_nothing_stands_outside_the_picture(days: int, turns: list[int], count: int) -> None:
    drawn = plot(timeline(days, *sorted(turn for turn in turns if turn <= days), solved=((0, count),)))
    assert len(drawn.ticks) <= 40
    assert all(drawn.left <= tick.x <= drawn.right for tick in drawn.ticks)
    assert all(drawn.left <= bar.x and bar.x + bar.width <= drawn.right + 0.1 for bar in drawn.rows[0].bars)
    assert drawn.rows[-1].y + drawn.lane <= drawn.height
