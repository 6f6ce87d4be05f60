"""The smallest "no": without any one of its members, be it a row, a wish or a known issue, the rest holds together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.conflict import Demand
from lockgen.model.origin import IssueOrigin, RequirementOrigin
from lockgen.model.request import Constraint, Request, Strategy
from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.resolver import Resolver
from tests.examples import examples
from tests.resolve.brute import NAMES, VERSIONS, Packages, universes
from tests.universe import Universe, request, row


def _narrowing(draw: st.DrawFn, number: int) -> Constraint:
    name, other = draw(st.permutations(NAMES))[:2]
    specifier = SpecifierSet(draw(st.sampled_from((">=", "<", "!="))) + draw(st.sampled_from(VERSIONS)))
    releases = (canonicalize_name(other), SpecifierSet(">=1.1")) if draw(st.booleans()) else None
    return Constraint(
        origin=IssueOrigin(id=f"i{number}"), name=canonicalize_name(name), specifier=specifier, releases=releases
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[Packages, Request]:
    packages, rows, _ = draw(universes())
    wish = draw(st.sampled_from(NAMES))
    demands = [
        Demand(
            name=canonicalize_name(wish),
            specifier=SpecifierSet(">=1.1"),
            origin=RequirementOrigin(where="wishes.txt:1"),
        )
    ]
    constraints = [_narrowing(draw, number) for number in range(draw(st.integers(0, 3)))]
    return packages, request(*map(row, rows), constraints=constraints, demands=tuple(demands))


def without(asked: Request, member: Demand) -> Request:
    """The request without one member of a core."""
    return replace(
        asked,
        rows=tuple(each for each in asked.rows if each.where != str(member.origin)),
        demands=tuple(each for each in asked.demands if each != member),
        constraints=tuple(each for each in asked.constraints if each.origin != member.origin),
    )


def only(asked: Request, core: tuple[Demand, ...]) -> Request:
    """The request with nothing but the core."""
    by = {str(member.origin) for member in core}
    return replace(
        asked,
        rows=tuple(each for each in asked.rows if each.where in by),
        demands=tuple(each for each in asked.demands if str(each.origin) in by),
        constraints=tuple(each for each in asked.constraints if str(each.origin) in by),
    )


def holds_together(packages: Packages, asked: Request) -> bool:
    return isinstance(Resolver(Universe(packages)).solve(asked), Solved)


@pytest.mark.slow
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked())
def test_each_member_is_needed_and_all_together_are_enough(universe: tuple[Packages, Request]) -> None:
    packages, question = universe
    outcome = Resolver(Universe(packages)).solve(question)
    if isinstance(outcome, Solved):
        return
    core = only(question, outcome.core)
    assert not holds_together(packages, core)
    for member in outcome.core:
        assert holds_together(packages, without(core, member))


def _issue(narrows: str, of: str | None = None) -> Constraint:
    narrowed, binding = Requirement(narrows), Requirement(of) if of else None
    releases = (canonicalize_name(binding.name), binding.specifier) if binding else None
    return Constraint(
        origin=IssueOrigin(id=f"about-{narrowed.name}"),
        name=canonicalize_name(narrowed.name),
        specifier=narrowed.specifier,
        releases=releases,
    )


A_AND_B: Packages = {"a": {"1.0": {"requires": ["b"]}}, "b": {"1.0": {"requires": []}, "2.0": {"requires": []}}}


@pytest.mark.parametrize("of", [None, "a<2"], ids=["wherever it is", "beside certain releases"])
def test_a_known_issue_is_a_member_only_where_it_is_needed(of: str | None) -> None:
    rows = (row("a"), row("b<2", where="m:2"))
    blamed = request(*rows, constraints=[_issue("b>=2", of), _issue("c>=1")])
    outcome = Resolver(Universe(A_AND_B)).solve(blamed)
    assert isinstance(outcome, Unsolved)
    assert {str(member.origin) for member in outcome.core} == {"m:2", "known issue about-b"} | (
        {"matrix:a"} if of else set()
    )
    innocent = request(row("a>=2"), constraints=[_issue("b>=2", of)])
    outcome = Resolver(Universe(A_AND_B)).solve(innocent)
    assert isinstance(outcome, Unsolved)
    assert [str(member.origin) for member in outcome.core] == ["matrix:a"]


def test_a_chain_leads_from_the_request_to_where_demands_meet() -> None:
    packages: Packages = {
        "app": {f"1.{n}": {"requires": [f"web[fast]>=1.{n}"]} for n in range(4)},
        "web": {f"1.{n}": {"requires": ["loop>=3; extra == 'fast'"], "extras": ["fast"]} for n in range(4)},
        "loop": {"2.0": {"requires": []}, "3.0": {"requires": []}},
    }
    outcome = Resolver(Universe(packages)).solve(request(row("app>=1.0", where="m:1"), row("loop<3", where="m:2")))
    assert isinstance(outcome, Unsolved)
    (meeting,) = (each for each in outcome.meetings if len(each.chains) == 2)
    assert meeting.name == "loop"
    assert [[str(link) for link in chain] for chain in meeting.chains] == [
        ["m:2 needs loop<3"],
        [
            "m:1 needs app>=1.0",
            "app 1.0 to 1.3 (4 releases) need web[fast]>=1.3 or web[fast]>=1.2 or web[fast]>=1.1 or another",
            "web[fast] 1.0 to 1.3 (4 releases) need loop>=3",
        ],
    ]
    assert outcome.collisions == tuple(str(link) for link in meeting.chains[1][1:])


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(asked(), st.sampled_from(("minimum", "recommended", "maximum")))
def test_the_quicker_questions_have_the_same_answers(universe: tuple[Packages, Request], strategy: Strategy) -> None:
    packages, question = universe
    question = replace(question, strategy=strategy)
    outcome, quick = Resolver(Universe(packages)).solve(question), Resolver(Universe(packages))
    assert quick.holds(question) is isinstance(outcome, Solved)
    conflict, rows = quick.conflict(question), quick.versions(question)
    if isinstance(outcome, Solved):
        pins = {pin.name: pin.version for pin in outcome.pins}
        assert conflict is None
        assert rows == pins
    else:
        assert conflict is not None
        assert conflict.core == outcome.core
        assert isinstance(rows, Unsolved)


def test_one_engine_tells_targets_and_questions_apart() -> None:
    """What is shared between requests depends on neither: rows, demands and sdists make questions of their own."""
    packages: Packages = {
        "a": {"1.0": {"requires": []}, "2.0": {"requires": ["b>=2"], "files": ["cp311-cp311-win_amd64.whl", "sdist"]}},
        "b": {"1.0": {"requires": []}, "2.0": {"requires": []}},
    }
    engine = Resolver(Universe(packages))
    plain = request(row("a"))
    windows = request(row("a"), on="py3.11-windows-x86_64")
    anything = replace(plain, buildable=frozenset({"*"}))
    wished = replace(
        windows,
        demands=(
            Demand(name=canonicalize_name("b"), specifier=SpecifierSet("<2"), origin=RequirementOrigin(where="r:1")),
        ),
    )
    found = [engine.versions(each) for each in (plain, windows, anything, wished, plain)]
    assert [None if isinstance(each, Unsolved) else str(each[canonicalize_name("a")]) for each in found] == [
        "1.0",
        "2.0",
        "2.0",
        "1.0",
        "1.0",
    ]


def test_two_demands_on_one_package_that_exclude_each_other_are_told_before_longer_stories() -> None:
    packages: Packages = {
        "web": {"1.0": {"requires": ["model<2"]}},
        "model": {"1.0": {"requires": []}, "2.0": {"requires": []}},
    }
    wish = Demand(
        name=canonicalize_name("model"), specifier=SpecifierSet(">=2"), origin=RequirementOrigin(where="r.txt:1")
    )
    asked_ = request(row("web", where="m:1"), row("model<2", where="m:2"), demands=(wish,))
    outcome = Resolver(Universe(packages)).solve(asked_)
    assert isinstance(outcome, Unsolved)
    assert [str(demand.origin) for demand in outcome.core] == ["m:2", "r.txt:1"]
    assert outcome.collisions == ()
