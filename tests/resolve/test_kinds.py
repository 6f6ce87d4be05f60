"""One scenario for each kind of question a resolver is given: lockgen, uv and pip answer from one index.

A disagreement stands in the scenario, with the sentence of the standard.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from lockgen.model.result import Unsolved
from tests.index.loopback import Index, live
from tests.resolve import kinds
from tests.resolve.kinds import CASES, FOLDER, expected, pins_of, served, solved
from tests.universe import AS_OF

IDS = [case["kind"] for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_lockgen(case: Mapping[str, Any]) -> None:
    outcome = solved(case)
    assert pins_of(outcome) == case.get("pins")
    if isinstance(outcome, Unsolved):
        assert [f"{demand.name}{demand.specifier}" for demand in outcome.core] == case["core"]


def test_each_kind_has_one_scenario_that_the_list_names() -> None:
    assert len(set(IDS)) == len(IDS)
    listed = re.findall(r"^- (.+)$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(IDS)


def test_each_disagreement_has_its_reason() -> None:
    for case in CASES:
        for tool in ("uv", "pip"):
            if tool in case:
                assert case[tool]["because"], case["kind"]
                assert expected(case, tool) != case.get("pins"), case["kind"]


@pytest.fixture
def index(case: Mapping[str, Any]) -> Iterator[Index]:
    with served(case["packages"]) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_uv_and_lockgen_on_one_index(case: Mapping[str, Any], index: Index) -> None:
    with live(index, as_of=AS_OF, now=AS_OF) as source:
        assert pins_of(solved(case, source)) == case.get("pins")
    assert kinds.uv_pins(case, index) == expected(case, "uv")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(sys.version_info[:2] != (3, 11) or sys.platform != "linux", reason="pip's markers are the host's")
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_pip_on_the_same_index(case: Mapping[str, Any], index: Index) -> None:
    assert kinds.pip_pins(case, index) == expected(case, "pip")
