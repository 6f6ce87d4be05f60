"""How ranges, moments, lists of targets and groups are written: short, and never meaning anything else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, timezone
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import Specifier, SpecifierSet

from lockgen.text import grouped, grouped_pairs, moment, spelled
from lockgen.text.target_names import in_words, python_key

ALL = [f"py{python}-{platform}" for python in ("3.9", "3.10", "3.11") for platform in ("linux", "my-linux", "windows")]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ([], ""),
        (ALL, "all"),
        (["py3.9-linux"], "py3.9-linux"),
        (["py3.10-windows", "py3.9-linux"], "py3.9-linux, py3.10-windows"),
        (ALL[:6], "py3.10 and older"),
        (ALL[3:], "py3.10 and newer"),
        (ALL[3::3], "py3.10 and newer on linux"),
        ([ALL[2], ALL[5]], "py3.10 and older on windows"),
        ([*ALL[:3], *ALL[6:]], "all but py3.10-*"),
        (ALL[3:6], "py3.10-*"),
        (ALL[2::3], "*-windows"),
        (ALL[1:], "all but py3.9-linux"),
        (ALL[0:6:3], "py3.10 and older on linux"),
        (ALL[0::3], "all but *-my-linux, *-windows"),
        (["py3.8-linux", *ALL], "all"),
        (["py3.8-linux"], "py3.8-linux"),
    ],
)
def test_targets_are_told_in_few_words(chosen: list[str], words: str) -> None:
    """`*-linux` would mean my-linux too."""
    assert in_words(chosen, ALL) == words
    assert in_words(reversed(chosen), ALL) == words


def test_a_single_target_that_is_everything_goes_by_its_name() -> None:
    assert in_words(["py3.11-linux"], ["py3.11-linux"]) == "py3.11-linux"


def _read_back(words: str, everything: Collection[str]) -> set[str]:
    if words == "all":
        return set(everything)
    if words.startswith("all but "):
        return set(everything) - _read_back(words.removeprefix("all but "), everything)
    patterns = words.split(", ") if words else []
    meant = [{name for name in everything if _means(pattern, name)} for pattern in patterns]
    assert all(meant), "a pattern that means nothing"
    return set().union(*meant)


def _means(pattern: str, name: str) -> bool:
    pythons, _, platform = pattern.partition(" on ")
    python, here = name.split("-", 1)
    if platform and platform not in (here, here.split("-")[0]):
        return False
    first, _, rest = pythons.partition(" ")
    at = python_key(python)
    if rest == "and newer":
        return at >= python_key(first)
    if rest == "and older":
        return at <= python_key(first)
    return python_key(first) <= at <= python_key(rest.removeprefix("to ")) if rest else fnmatchcase(name, pattern)


TARGETS = st.builds(
    "py{}-{}".format,
    st.sampled_from(["3.1", "3.8", "3.8.20", "3.9", "3.10", "3.11"]),
    st.lists(st.sampled_from(["linux", "x86_64", "macos", "arm64"]), min_size=1, max_size=3).map("-".join),
)


@given(st.data())
def test_the_words_mean_exactly_the_chosen_targets(data: st.DataObject) -> None:
    everything = data.draw(st.lists(TARGETS, unique=True, max_size=24))
    chosen = {name for name in everything if data.draw(st.booleans())}
    words = in_words(chosen, everything)
    assert _read_back(words, everything) == chosen
    assert (words == "") == (not chosen)


@given(st.lists(TARGETS, unique=True, min_size=2, max_size=24))
def test_everything_is_one_word(everything: list[str]) -> None:
    assert in_words(everything, everything) == "all"


@pytest.mark.parametrize(
    ("specifiers", "text"),
    [
        ("", ""),
        ("<0.28.0,>=0.27.0", ">=0.27.0,<0.28.0"),
        ("!=2.1,<3,>1", ">1,<3,!=2.1"),
        ("!=1.5.*,~=1.4", "~=1.4,!=1.5.*"),
        ("<=2,==1.*", "==1.*,<=2"),
        ("===1.0+local", "===1.0+local"),
    ],
)
def test_a_range_is_written_lower_bound_first(specifiers: str, text: str) -> None:
    assert spelled(SpecifierSet(specifiers)) == text


OPERATORS = st.sampled_from([">=", ">", "~=", "==", "<", "<=", "!="])


@given(st.lists(st.builds("{}{}.{}".format, OPERATORS, st.integers(0, 20), st.integers(0, 20)), max_size=5))
def test_a_range_means_what_it_meant_and_has_one_spelling(texts: list[str]) -> None:
    written = spelled(map(Specifier, texts))
    assert SpecifierSet(written) == SpecifierSet(",".join(texts))
    assert spelled(map(Specifier, reversed(texts))) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 20, tzinfo=UTC), "2026-11-20T00:00:00Z"),
        (datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=2))), "2026-11-19T23:00:00Z"),
        (datetime(2026, 11, 20, 1, 2, 3, 450000, tzinfo=UTC), "2026-11-20T01:02:03.450000Z"),
    ],
)
def test_a_moment_is_written_in_utc(value: datetime, text: str) -> None:
    assert moment(value) == text


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_a_moment_reads_back_as_itself(value: datetime) -> None:
    # Compared in UTC: Python never holds two zones' times equal where a clock is set back.
    assert datetime.fromisoformat(moment(value)) == value.astimezone(UTC)


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        moment(datetime(2026, 11, 20))  # noqa: DTZ001 - the fault under test


def test_what_is_alike_stands_together_in_order_of_first_appearance() -> None:
    words = ["pip", "uv", "nab", "uvloop", "pdm"]
    assert list(grouped(words, lambda word: word[0]).items()) == [
        ("p", ["pip", "pdm"]),
        ("u", ["uv", "uvloop"]),
        ("n", ["nab"]),
    ]
    assert list(grouped_pairs((len(word), word[0]) for word in words).items()) == [
        (3, ["p", "n", "p"]),
        (2, ["u"]),
        (6, ["u"]),
    ]


@given(st.lists(st.integers()))
def test_grouping_loses_and_adds_nothing(numbers: list[int]) -> None:
    groups = grouped(numbers, lambda number: number % 3)
    assert list(groups) == list(dict.fromkeys(number % 3 for number in numbers))
    assert all(group == [number for number in numbers if number % 3 == key] for key, group in groups.items())
    assert sum(map(len, groups.values())) == len(numbers)
