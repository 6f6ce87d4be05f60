"""Graphs that are hard to search, from a frozen index: the verdict, and what finding it may cost.

The costs are counts, so they are the same on every machine: a change that makes one grow says so here. Side by side
with uv, in seconds, they are measured by `tests/benchmarks/hard_graphs.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from lockgen.index.frozen import FrozenIndex, Recorder
from lockgen.model.request import Request
from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.provider import Provider
from lockgen.resolve.resolver import Resolver, search
from lockgen.resolve.target_candidates import candidates_of
from tests.universe import request, row

FROZEN = Path(__file__).parent.parent / "frozen" / "hard-2026-11-20.xz"
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)

GRAPHS = {
    "mission": "mlflow langchain ray[serve] fastapi<0.100 pydantic<2",
    "boto": "boto3 aiobotocore s3fs urllib3>=2",
    "jupyter": "jupyter",
    "models": "transformers datasets scikit-learn pandas xgboost lightgbm",
    "airflow": "apache-airflow==2.9.3",
    "openai": "openai>=1.60 anthropic instructor pydantic<2",
}


class Cost(NamedTuple):
    """Pins (0: no), and what the search from nothing takes: decisions, conflicts, releases looked at, metadata read."""

    pins: int
    decisions: int
    conflicts: int
    looks: int
    metadata: int


COSTS = {
    "mission": Cost(120, 1096, 27, 294, 291),
    "boto": Cost(22, 24, 2, 175, 151),
    "jupyter": Cost(97, 99, 0, 107, 99),
    "models": Cost(48, 48, 0, 59, 48),
    "airflow": Cost(0, 107, 1, 311, 307),
    "openai": Cost(0, 71, 69, 165, 165),
}


def asked(graph: str) -> Request:
    rows = (row(text, where=f"requirements.txt:{place}") for place, text in enumerate(GRAPHS[graph].split(), 1))
    return request(*rows, on="py3.11.0-linux-x86_64", strategy="maximum", as_of=AS_OF)


@pytest.fixture(scope="module")
def frozen() -> FrozenIndex:
    return FrozenIndex(FROZEN)


@pytest.mark.parametrize("graph", GRAPHS)
def test_what_a_hard_graph_costs(graph: str, frozen: FrozenIndex) -> None:
    recorder = Recorder(frozen)
    provider = Provider(asked(graph), candidates_of(asked(graph), MemoryIndex(recorder)))
    solver, found = search(provider)
    pins = len({variable.name for variable in found}) if isinstance(found, dict) else 0
    looks = len({(name, version) for name, version, _ in solver.encoding.looked_at})
    cost = Cost(pins, solver.decisions, solver.conflicts, looks, len(recorder.metadata_lines))
    assert cost == COSTS[graph]


NOS = {
    "airflow": (["apache-airflow==2.9.3"], ["apache-airflow 2.9.3 needs python-nvd3>=0.15.0"]),
    "openai": (["instructor", "pydantic<2"], 1),
}


@pytest.mark.parametrize("graph", NOS)
def test_why_a_hard_graph_has_no_set(graph: str, frozen: FrozenIndex) -> None:
    outcome = Resolver(frozen).solve(asked(graph))
    assert isinstance(outcome, Unsolved)
    core, steps = NOS[graph]
    assert [demand.wanted for demand in outcome.core] == core
    assert steps in (list(outcome.collisions), len(outcome.collisions))


def test_the_next_question_about_a_hard_graph_costs_almost_nothing(frozen: FrozenIndex) -> None:
    resolver, question = Resolver(frozen), asked("mission")
    assert isinstance(resolver.outcome(question), Solved)
    searched = resolver.searches
    fewer = request(*question.rows[1:], on="py3.11.0-linux-x86_64", strategy="maximum", as_of=AS_OF)
    assert resolver.holds(question)
    assert resolver.holds(fewer)
    assert resolver.searches == searched
