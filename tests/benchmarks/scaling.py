"""How cost grows: cells against time, packages against time, as bars of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.benchmarks.grid import MANY, SIXTY, Grid
from tests.benchmarks.hard_graphs import fresh

_CELLS: Mapping[int, tuple[str, ...]] = {
    1: ("--phase", "1", "--target", "py3.11-linux-x86_64"),
    6: ("--phase", "1", "--target", "py3.11-*"),
    30: ("--phase", "1"),
    60: SIXTY,
    120: MANY,
    180: (*SIXTY, "--strategy", "all"),
}
_GRAPHS = ("boto", "models", "streamlit-demo", "jupyter", "mission", "llm-app-on-ray", "notebook")
_WIDTH = 50


def cells_against_time(grid: Grid) -> list[tuple[int, float]]:
    """Processor seconds of a render afresh, warm, whole process."""
    found = [(count, grid.render(*words).seconds) for count, words in _CELLS.items()]
    return [*found, (600, grid.render(*MANY, matrices=grid.folder / "many").seconds)]


def packages_against_time(cache: Path) -> list[tuple[int, float]]:
    """Pins of hard graphs, and processor seconds from request to outcome, warm; imports are not counted."""
    place = cache / "graphs"
    place.mkdir(exist_ok=True)
    found = []
    for name in _GRAPHS:
        fresh("graph", name, place, offline=False)
        outcome = fresh("graph", name, place)
        found.append((len(outcome.pins or {}), outcome.seconds))
    return sorted(found)


def plot(what: str, points: Iterable[tuple[int, float]]) -> list[str]:
    """One bar each, as long as the processor time."""
    found = list(points)
    unit = max(seconds for _, seconds in found) / _WIDTH
    bars = [f"{count:>4} {'#' * max(1, round(seconds / unit))} {seconds:.2f} s" for count, seconds in found]
    return [f"{what.capitalize()} against processor time:", "", "```text", *bars, "```"]
