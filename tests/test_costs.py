"""What rendering 60 cells takes, counted: the same on every machine, so that a cost which grows says so here.

A number that falls is written down as well: what was won is not lost again. Side by side with other tools, in seconds,
costs are measured by `tests/benchmarks`.
"""

from __future__ import annotations

import functools
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet

import lockgen.matrix.load
from lockgen.cli.main import main
from lockgen.index.frozen import FrozenIndex
from lockgen.model import platform, target
from lockgen.resolve.candidates import CandidateFilter
from lockgen.resolve.solver import Solver
from lockgen.resolve.target_solver import TargetSolver
from tests.conftest import FROZEN, ROOT

COUNTED: dict[str, tuple[Any, str]] = {
    "searches": (TargetSolver, "_run"),
    "decisions": (Solver, "_decide"),
    "files judged": (CandidateFilter, "_judge"),
    "markers evaluated": (Marker, "evaluate"),
    "versions held against a range": (SpecifierSet, "contains"),
    "pages read": (FrozenIndex, "project"),
    "metadata read": (FrozenIndex, "metadata"),
    "matrix files parsed": (lockgen.matrix.load, "read_document"),
}


FRESH = {
    "searches": 62,
    "decisions": 2_086,
    "files judged": 37_385,
    "markers evaluated": 3_916,
    "versions held against a range": 4_317,
    "pages read": 27,
    "metadata read": 273,
    "matrix files parsed": 7,
    "tags made": 36,
}
KEPT = {
    "files judged": 1_479,
    "markers evaluated": 981,
    "versions held against a range": 4_391,
    "pages read": 27,
    "matrix files parsed": 7,
    "tags made": 36,
}
"""A render of sets that are kept, and a check."""


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each of `COUNTED` is called; of tags, for how many Pythons on a platform they are made."""
    counts: Counter[str] = Counter()

    def counting(name: str, function: Any) -> Any:
        @functools.wraps(function)
        def calling(*words: Any, **named: Any) -> Any:
            counts[name] += 1
            return function(*words, **named)

        return calling

    with monkeypatch.context() as patch:
        for name, (place, attribute) in COUNTED.items():
            patch.setattr(place, attribute, counting(name, getattr(place, attribute)))
        platform._tags.cache_clear()
        yield counts
        counts["tags made"] = platform._tags.cache_info().misses


@pytest.mark.slow
def test_what_sixty_cells_cost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = ["--phase", "1", "--phase", "2", "--frozen", str(FROZEN), "--quiet", "--output", str(tmp_path)]
    monkeypatch.setenv("LOCKGEN_MATRICES", str(ROOT / "matrices"))
    target._is_admitted.cache_clear()  # else what other tests of this process asked for is not counted

    def cost(command: str) -> dict[str, int]:
        monkeypatch.setattr(sys, "argv", ["lockgen", command, *words])
        with counted(monkeypatch) as counts, pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        return dict(counts)

    assert cost("render") == FRESH
    assert cost("render") == KEPT
    assert cost("check") == KEPT
