"""On small made-up indexes: every repair offered mends what was found, and no conflict names more than it takes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from packaging.version import Version

from lockgen.lint import lint as lint_workflow
from lockgen.lint.columns import COLUMNS, conflicts
from tests.examples import examples
from tests.lint.proof import is_gone, is_minimal, mended
from tests.lint.stand import one_table, table, targets
from tests.universe import Universe

NAMES = ("a", "b", "c")
VERSIONS = ("1.0", "1.1", "1.2", "2.0", "2.1")
PYTHONS = (None, None, None, ">=3.12", "<3.12")

Texts = dict[str, bytes]
Packages = dict[str, dict[str, dict[str, Any]]]


@st.composite
def asked(draw: st.DrawFn) -> tuple[Texts, Packages]:
    packages: Packages = {}
    for name in NAMES:
        listed = draw(st.lists(st.sampled_from(VERSIONS), unique=True, min_size=2))
        packages[name] = {version: _facts(draw, name) for version in listed}
    rows = [_row(draw, name) for name in draw(st.permutations(NAMES))]
    return {"example.yaml": table(*rows), "targets.yaml": targets("3.11", "3.12")}, packages


def _facts(draw: st.DrawFn, name: str) -> dict[str, Any]:
    others = [other for other in NAMES if other != name]
    demand = st.builds("{}{}{}".format, st.sampled_from(others), st.sampled_from((">=", "<", "==")), _version())
    return {
        "requires": draw(st.lists(demand, max_size=1)),
        "python": draw(st.sampled_from(PYTHONS)),
        "yanked": draw(st.sampled_from((None, None, None, "bad"))),
    }


def _version() -> st.SearchStrategy[str]:
    return st.sampled_from(VERSIONS)


def _row(draw: st.DrawFn, name: str) -> str:
    low, wish, high = sorted(draw(st.lists(_version(), min_size=3, max_size=3)), key=Version)
    recommended = f', recommended: "{wish}"' if draw(st.booleans()) else ""
    return f'{{name: {name}, minimum: "{low}"{recommended}, maximum: "<={high}"}}'


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked())
def test_every_repair_mends_what_was_found(case: tuple[Texts, Packages]) -> None:
    texts, packages = case
    before = one_table(texts, Universe(packages))
    for finding in lint_workflow.lint([before], lambda _done, _all: None, is_whole=True):
        for repair in finding.repairs:
            if repair.edits:
                note(f"{finding.message}: {repair.text}")
                assert is_gone(mended(texts, before, repair), finding)


@pytest.mark.slow
@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked())
def test_every_conflict_of_a_column_is_minimal(case: tuple[Texts, Packages]) -> None:
    texts, packages = case
    before = one_table(texts, Universe(packages))
    for column in COLUMNS:
        for conflict in conflicts(before, column):
            for target in conflict.targets:
                assert is_minimal(before, conflict, target)
