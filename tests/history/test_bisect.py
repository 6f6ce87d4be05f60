"""Halving finds the first that fails, and asks no more than it must."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgen.history.bisect import first_failing


@given(st.integers(2, 300).flatmap(lambda count: st.tuples(st.just(count), st.integers(1, count - 1))))
def test_the_first_that_fails_is_found_by_halves(case: tuple[int, int]) -> None:
    count, bad = case
    asked: list[int] = []
    assert first_failing(count, lambda place: asked.append(place) or place < bad) == bad  # type: ignore[func-returns-value]
    assert len(asked) == len(set(asked)) <= 2 + math.ceil(math.log2(count))


@pytest.mark.parametrize(
    ("runs", "first", "asked"),
    [([], None, []), ([True], None, [0]), ([False], 0, [0]), ([False, False], 0, [1, 0]), ([True, True], None, [1])],
)
def test_the_ends(runs: list[bool], first: int | None, asked: list[int]) -> None:
    found: list[int] = []
    assert first_failing(len(runs), lambda place: found.append(place) or runs[place]) == first  # type: ignore[func-returns-value]
    assert found == asked
