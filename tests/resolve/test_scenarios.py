"""The small universes of tests/scenarios, solved."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint, Request, StatedMetadata
from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.resolver import Resolver
from tests.universe import Packages, Universe, request, row

FILE = Path(__file__).parent.parent / "scenarios" / "resolver.toml"
CASES = tomllib.loads(FILE.read_text(encoding="utf-8"))["case"]


def _constraint(facts: dict[str, str]) -> Constraint:
    narrows = Requirement(facts["narrows"])
    of = Requirement(facts["of"]) if "of" in facts else None
    releases = (canonicalize_name(of.name), of.specifier) if of else None
    return Constraint(
        origin=IssueOrigin(id=facts["issue"]),
        name=canonicalize_name(narrows.name),
        specifier=narrows.specifier,
        releases=releases,
    )


def _stated(facts: dict[str, Any]) -> StatedMetadata:
    name, _, version = facts["release"].partition("==")
    return StatedMetadata(
        name=canonicalize_name(name),
        version=Version(version) if version else None,
        requires_dist=tuple(facts.get("requires", [])),
        requires_python=facts.get("python"),
        provides_extra=tuple(map(canonicalize_name, facts.get("extras", []))),
        build_requires=tuple(facts.get("build", [])),
        read_from="the test",
        where="issues.yaml:3:5",
    )


def _request(case: dict[str, Any], target: str) -> Request:
    wishes = case.get("wishes", {})
    rows = [row(text, recommended=wishes.get(Requirement(text).name)) for text in case["rows"]]
    return request(
        *rows,
        on=target,
        strategy=case.get("strategy", "recommended"),
        constraints=map(_constraint, case.get("constraints", [])),
        sdists=case.get("sdists", []),
        stated=tuple(map(_stated, case.get("stated", []))),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_scenario(case: dict[str, Any]) -> None:
    universe = Universe(case["packages"])
    engine = Resolver(universe)
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
            assert set(case.get("advice", [])) <= set(outcome.advice)
            for name, read_from in case.get("read_from", {}).items():
                assert [pin.metadata.read_from for pin in outcome.pins if pin.name == name] == [read_from]
            for name, files in case.get("files", {}).items():
                assert [file.filename for pin in outcome.pins if pin.name == name for file in pin.files] == files
        if "collisions" in case:
            assert isinstance(outcome, Unsolved)
            assert list(outcome.collisions) == case["collisions"]
        if "refused" in case:
            assert case["refused"] in {refusal.reason for refusal in outcome.refusals}
    assert not universe.read & set(case.get("unvisited", []))


def test_names_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names)


def _chain(length: int) -> dict[str, dict[str, dict[str, list[str]]]]:
    links = {f"p{n}": {"1.0": {"requires": [f"p{n + 1}"]}} for n in range(length)}
    return {**links, f"p{length}": {"1.0": {"requires": ["zz>=2"]}}, "zz": {"1.0": {}, "2.0": {}}}


def _fan(width: int) -> Packages:
    leaves: Packages = {f"p{n}": {"1.0": {}} for n in range(1, width)}
    needs = [f"p{n}" for n in range(1, width + 1)]
    return {
        "p0": {"1.0": {"requires": needs}},
        **leaves,
        f"p{width}": {"1.0": {"requires": ["zz>=2"]}},
        "zz": {"1.0": {}, "2.0": {}},
    }


@pytest.mark.parametrize("packages", [_chain(700), _fan(350)], ids=["a chain of 700", "a fan of 350"])
def test_a_deep_or_wide_conflict_is_a_no_like_any_other(packages: dict[str, Any]) -> None:
    outcome = Resolver(Universe(packages)).solve(request(row("p0"), row("zz<2")))
    assert isinstance(outcome, Unsolved)
    assert [demand.name for demand in outcome.core] == ["p0", "zz"]


def test_many_versions_that_all_collide_are_passed_over_on_sight() -> None:
    versions = {f"1.{n}": {"requires": [f"b>=2.{n}"]} for n in range(1200)}
    packages = {"a": {"1.0.1": {}, **versions}, "b": {"1.0": {}, "2.0": {}}}
    universe = Universe(packages)
    outcome = Resolver(universe).solve(request(row("a>=1"), row("b<2"), strategy="maximum"))
    assert isinstance(outcome, Solved)
    assert {pin.name: str(pin.version) for pin in outcome.pins} == {"a": "1.0.1", "b": "1.0"}


def test_answers_of_another_date_are_not_shared() -> None:
    packages = {
        "a": {
            "2.0": {"files": ["cp311-cp311-win_amd64.whl"], "uploaded": datetime(2025, 6, 1, tzinfo=UTC)},
            "1.0rc1": {"uploaded": datetime(2024, 1, 1, tzinfo=UTC)},
        }
    }
    dates = [datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2025)]
    for order in (dates, dates[::-1]):
        engine = Resolver(Universe(packages))
        found = {date: engine.solve(request(row("a"), as_of=date)) for date in order}
        assert isinstance(found[dates[0]], Unsolved)
        assert isinstance(found[dates[1]], Solved)
