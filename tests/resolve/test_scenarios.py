"""The small universes of tests/scenarios, solved."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from lockgen.records import Constraint, Request, Solved, Unsolved
from lockgen.resolve.engine import Engine
from tests.universe import Universe, request, row

FILE = Path(__file__).parent.parent / "scenarios" / "resolver.toml"
CASES = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]


def _constraint(facts: dict[str, str]) -> Constraint:
    narrows = Requirement(facts["narrows"])
    of = Requirement(facts["of"]) if "of" in facts else None
    releases = (of.name, of.specifier) if of else None
    return Constraint(issue=facts["issue"], name=narrows.name, specifier=narrows.specifier, releases=releases)


def _request(case: dict[str, Any], target: str) -> Request:
    wishes = case.get("wishes", {})
    rows = [row(text, recommended=wishes.get(Requirement(text).name)) for text in case["rows"]]
    return request(
        *rows,
        on=target,
        strategy=case.get("strategy", "recommended"),
        constraints=map(_constraint, case.get("constraints", [])),
        sdists=case.get("sdists", []),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_scenario(case: dict[str, Any]) -> None:
    universe = Universe(case["packages"])
    engine = Engine(universe)
    for target in case.get("targets", ["py3.11-linux-x86_64"]):
        outcome = engine.solve(_request(case, target))
        if "core" in case:
            assert isinstance(outcome, Unsolved)
            assert [f"{demand.name}{demand.specifier}" for demand in outcome.core] == case["core"]
        else:
            assert isinstance(outcome, Solved), outcome
            assert {pin.name: str(pin.version) for pin in outcome.pins} == case["pins"]
            assert {d.name: d.because for d in outcome.deviations}.items() >= case.get("because", {}).items()
            assert {pin.name: str(pin.version) for pin in outcome.build} == case.get("build", {})
        if "refused" in case:
            assert case["refused"] in {refusal.reason for refusal in outcome.refusals}
    assert not universe.read & set(case.get("unvisited", []))


def test_names_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names)
