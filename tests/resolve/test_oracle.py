"""The contract of the strategies (DESIGN 5.4), tested against an oracle that tries everything."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.provider import Provider
from lockgen.resolve.resolver import Resolver
from lockgen.resolve.target_candidates import candidates_of
from tests.examples import examples
from tests.resolve.brute import NAMES, VERSIONS, Brute, Issue, Packages, universes
from tests.universe import Universe, request, row

SLOW = [HealthCheck.too_slow]


def orders(packages: Packages, asked: Request) -> Mapping[str, list[str]]:
    """The order in which the rows want their versions, which has tests of its own (test_scenarios)."""
    provider = Provider(asked, candidates_of(asked, MemoryIndex(Universe(packages))))
    return {each.name: list(map(str, provider.versions(each.name))) for each in asked.rows}


def constraint(issue: Issue) -> Constraint:
    narrowed, beside = Requirement(issue.narrows), Requirement(issue.beside) if issue.beside else None
    return Constraint(
        origin=IssueOrigin(id=str(issue)),
        name=canonicalize_name(narrowed.name),
        specifier=narrowed.specifier,
        releases=(canonicalize_name(beside.name), beside.specifier) if beside else None,
    )


@st.composite
def issues(draw: st.DrawFn) -> tuple[Issue, ...]:
    def one() -> Issue:
        name, other = draw(st.permutations(NAMES))[:2]
        narrows = f"{name}{draw(st.sampled_from(('>=', '<', '!=')))}{draw(st.sampled_from(VERSIONS))}"
        return Issue(narrows, draw(st.sampled_from(("", f"{other}>=1.1"))))

    return tuple(one() for _ in range(draw(st.integers(0, 2))))


@settings(max_examples=examples(250), deadline=None, suppress_health_check=SLOW)
@given(universes(), issues(), st.sampled_from(("minimum", "recommended", "maximum")))
def test_each_package_has_the_best_version_that_keeps_the_rest_solvable(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]], known: tuple[Issue, ...], strategy: str
) -> None:
    packages, roots, wishes = universe
    rows = [row(text, recommended=wishes[text]) for text in roots]
    asked = request(*rows, strategy=strategy, constraints=map(constraint, known))
    outcome = Resolver(Universe(packages)).solve(asked)
    expected = Brute(packages, roots, known).best(orders(packages, asked))
    if expected is None:
        assert isinstance(outcome, Unsolved)
    else:
        assert isinstance(outcome, Solved)
        assert {pin.name: str(pin.version) for pin in outcome.pins} == expected


@settings(max_examples=examples(120), deadline=None, suppress_health_check=SLOW)
@given(universes(), issues())
def test_there_is_a_set_exactly_when_one_can_be_found(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]], known: tuple[Issue, ...]
) -> None:
    packages, roots, _ = universe
    asked = request(*map(row, roots), constraints=map(constraint, known))
    assert Resolver(Universe(packages)).holds(asked) is bool(Brute(packages, roots, known).sets)


@settings(max_examples=examples(80), deadline=None, suppress_health_check=SLOW)
@given(universes())
def test_a_core_is_minimal(universe: tuple[Packages, tuple[str, ...], dict[str, str | None]]) -> None:
    packages, roots, _ = universe
    outcome = Resolver(Universe(packages)).solve(request(*map(row, roots)))
    if isinstance(outcome, Solved):
        return
    core = tuple(f"{each.name}{'[x]' if each.extras else ''}{each.specifier}" for each in outcome.core)
    assert not Brute(packages, core).sets
    for left_out in core:
        assert Brute(packages, tuple(text for text in core if text != left_out)).sets


@pytest.mark.parametrize("strategy", ["minimum", "recommended", "maximum"])
def test_oracle_is_no_mirror_of_the_resolver(strategy: str) -> None:
    packages: Packages = {
        "a": {"1.0": {"requires": ["b<2"]}, "2.0": {"requires": ["b<2"]}},
        "b": {"1.0": {"requires": []}, "2.0": {"requires": []}},
        **{name: {"1.0": {"requires": []}} for name in "cde"},
    }
    packages = {name: {v: {**f, "yanked": None} for v, f in releases.items()} for name, releases in packages.items()}
    wanted = {"minimum": ["1.0", "2.0"], "recommended": ["2.0", "1.0"], "maximum": ["2.0", "1.0"]}[strategy]
    expected = {"minimum": ("1.0", "1.0"), "recommended": ("1.0", "2.0"), "maximum": ("1.0", "2.0")}[strategy]
    found = Brute(packages, ("b>=1.0", "a>=1.0")).best({"a": wanted, "b": wanted})
    assert found == dict(zip(("b", "a"), expected, strict=True))
    assert Brute(packages, ("b>=1.0", "a>=1.0"), (Issue("b>=2"),)).best({}) is None
    assert Brute(packages, ("b>=1.0",), (Issue("c>=2", beside="b<2"),)).best({}) == {"b": "2.0"}


def test_a_core_names_the_known_issue_it_needs() -> None:
    """The oracle of known issues can say no: the specifier of the issue is what forbids the set."""
    packages: Packages = {name: {"1.0": {"requires": [], "yanked": None}} for name in NAMES}
    issue = Issue("a!=1.0")
    assert not Brute(packages, ("a",), (issue,)).sets
    outcome = Resolver(Universe(packages)).solve(request(row("a"), constraints=[constraint(issue)]))
    assert isinstance(outcome, Unsolved)
    assert [str(each.specifier) for each in outcome.core] == ["", str(SpecifierSet("!=1.0"))]
