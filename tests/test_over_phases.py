"""Targets in words over several phases."""

from __future__ import annotations

from lockgen.text.target_names import over_phases

A, B, C = "py3.11-linux", "py3.12-linux", "py3.12-mac"
EVERYTHING = {"1": [A, B, C], "2": [A, B, C], "3": [A, B]}


def test_what_is_the_same_in_several_phases_stands_once() -> None:
    places = [(phase, target) for phase in ("1", "2") for target in (B, C)] + [("3", A)]
    assert over_phases(places, EVERYTHING) == "py3.12-* of phases 1 and 2; py3.11-linux of phase 3"


def test_a_phase_that_is_alone_is_not_named() -> None:
    assert over_phases([("1", A), ("1", B), ("1", C)], {"1": [A, B, C]}) == "all"


def test_everything_of_all_phases_is_one_word() -> None:
    assert (
        over_phases([(phase, target) for phase, names in EVERYTHING.items() for target in names], EVERYTHING) == "all"
    )
