"""What the solver learns is true, and what one question taught never changes the answer to the next."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.errors import LockgenError
from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Unsolved
from lockgen.resolve.incompatibility import Incompatibility, Variable
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.prereleases import PrereleasePolicy
from lockgen.resolve.provider import Provider
from lockgen.resolve.resolver import Resolver, search
from lockgen.resolve.solver import Solver
from lockgen.resolve.target_candidates import candidates_of
from lockgen.resolve.target_solver import TargetSolver
from tests.examples import examples
from tests.resolve.brute import NAMES, VERSIONS, Brute, Packages, packages, requirement, universes
from tests.universe import Universe, request, row

SLOW = [HealthCheck.too_slow]


class Noting(Solver):
    """Keeps what it learns."""

    learned: list[Incompatibility]

    def _learn(self, conflict: Incompatibility) -> tuple[Incompatibility, int]:
        found = super()._learn(conflict)
        self.learned = [*getattr(self, "learned", []), found[0]]
        return found


def models(found: Packages, roots: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Every part of the roots with every set it has."""
    for count in range(len(roots) + 1):
        for chosen in itertools.combinations(roots, count):
            yield from ((chosen, each) for each in Brute(found, chosen).sets)


def is_violated(
    learned: Incompatibility, assumed: set[Variable], pins: dict[str, str], extras: set[tuple[str, str]]
) -> bool:
    """Whether all its terms hold in this set under these assumptions."""

    def value(variable: Variable) -> int:
        if not variable.versions:
            return 1 if variable in assumed else variable.absent
        if (variable.name, variable.extra) not in extras:
            return variable.absent
        return 1 << [str(each) for each in variable.versions].index(pins[variable.name])

    return all(value(variable) & mask for variable, mask in learned.terms.items())


@settings(max_examples=examples(150), deadline=None, suppress_health_check=SLOW)
@given(universes())
def test_what_is_learned_follows_from_the_universe(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]],
) -> None:
    found, texts, _ = universe
    asked = request(*map(row, texts))
    provider = Provider(asked, candidates_of(asked, MemoryIndex(Universe(found))))
    privileges = PrereleasePolicy(provider.candidates, provider.roots).privileges
    target = TargetSolver(provider.candidates, privileges)
    target._solver.__class__ = Noting
    target.best(provider, provider.roots)
    learned = getattr(target._solver, "learned", [])
    if not learned:
        return
    encoding = target.encoding
    roots = dict(zip(texts, provider.roots, strict=True))
    for chosen, pins in models(found, texts):
        held = [roots[text] for text in chosen]
        if PrereleasePolicy(provider.candidates, held).privileges != privileges:
            continue
        assumed = {encoding.assume_root(demand) for demand in held}
        assumed |= {encoding.assume_decided(demand.name) for demand in held}
        extras = _extras(Brute(found, chosen), pins)
        for each in learned:
            assert not is_violated(each, assumed, pins, extras), (each, chosen, pins)


def _extras(brute: Brute, pins: dict[str, str]) -> set[tuple[str, str]]:
    """The packages of a set, and the extras asked of them."""
    found: set[tuple[str, str]] = set()
    waiting = [(each.name, extra) for each in map(Requirement, brute.roots) for extra in ("", *each.extras)]
    while waiting:
        variable = waiting.pop()
        if variable not in found:
            found.add(variable)
            demands = brute.demands(variable, pins[variable[0]])
            waiting += [(each.name, extra) for each in demands for extra in ("", *each.extras)]
    return found


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Packages, list[Request]]:
    """A universe, and many questions about one target of it."""
    found = draw(packages())

    def narrowing() -> Constraint:
        name, other = draw(st.permutations(NAMES))[:2]
        specifier = SpecifierSet(draw(st.sampled_from((">=", "<", "!="))) + draw(st.sampled_from(VERSIONS)))
        releases = (canonicalize_name(other), SpecifierSet(">=1.1")) if draw(st.booleans()) else None
        return Constraint(
            origin=IssueOrigin(id=f"{name}{specifier}"),
            name=canonicalize_name(name),
            specifier=specifier,
            releases=releases,
        )

    def question() -> Request:
        names = draw(st.permutations(NAMES))[: draw(st.integers(1, 4))]
        return request(
            *(row(requirement(draw, (name,))) for name in names),
            strategy=draw(st.sampled_from(("minimum", "maximum"))),
            constraints=[narrowing() for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2))))],
        )

    return found, [question() for _ in range(100)]


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[*SLOW, HealthCheck.large_base_example])
@given(conversations())
def test_after_a_hundred_questions_the_answers_are_those_of_a_fresh_solver(
    conversation: tuple[Packages, list[Request]],
) -> None:
    found, questions = conversation
    warm = Resolver(Universe(found))
    for asked in questions:
        fresh = Resolver(Universe(found)).solve(asked)
        again = warm.outcome(asked)
        assert warm.holds(asked) is not isinstance(fresh, Unsolved)
        assert warm.solve(asked) == fresh
        if isinstance(fresh, Unsolved):
            assert isinstance(again, Unsolved)
            assert (again.core, again.meetings, again.refusals) == (fresh.core, fresh.meetings, fresh.refusals)
            assert warm.conflict(asked) is not None
        else:
            assert not isinstance(again, Unsolved)
            assert [(pin.name, pin.version) for pin in again.pins] == [(pin.name, pin.version) for pin in fresh.pins]


def test_a_question_that_a_known_set_answers_is_not_searched() -> None:
    universe = Universe({"a": {"1.0": {"requires": ["b"]}, "2.0": {"requires": ["b"]}}, "b": {"1.0": {}, "2.0": {}}})
    resolver = Resolver(universe)
    assert resolver.holds(request(row("a"), row("b")))
    assert resolver.searches == 1
    assert resolver.holds(request(row("a>=2"), row("b")))
    assert resolver.holds(request(row("b>=2")))
    assert resolver.searches == 1
    assert not resolver.holds(request(row("a>=3"), row("b")))
    assert resolver.searches == 2
    assert not resolver.holds(request(row("a>=3"), row("b<2")))
    assert resolver.searches == 2


def test_an_interrupted_search_leaves_the_solver_as_it_was() -> None:
    packages_ = {"a": {"1.0": {"requires": ["b"]}}, "b": {"1.0": {"requires": ["c"]}}, "c": {"1.0": {}}}

    class Stubborn(Universe):
        def metadata(self, file):
            if file.name == "c" and not self.expected & {"willing"}:
                raise KeyboardInterrupt
            return super().metadata(file)

    universe = Stubborn(packages_)
    resolver = Resolver(universe)
    with pytest.raises(KeyboardInterrupt):
        resolver.holds(request(row("a")))
    universe.expected.add("willing")
    assert resolver.holds(request(row("a")))
    assert not resolver.holds(request(row("a"), row("c<1")))


def test_the_order_of_the_transitive_packages_is_a_function_of_decisions_alone() -> None:
    """`c` is implied by what `b` demands before anything decided demands it; `b` is decided first all the same."""
    packages_ = {
        "r": {"1.0": {"requires": ["z"]}},
        "z": {"1.0": {"requires": ["b", "c"]}},
        "b": {"1.0": {}, "2.0": {"requires": ["c<2"]}},
        "c": {"1.0": {}, "2.0": {}},
    }
    for learned in (False, True):
        resolver = Resolver(Universe(packages_))
        if learned:
            assert not resolver.holds(request(row("r"), row("b>=2"), row("c>=2")))
        found = resolver.versions(request(row("r")))
        assert not isinstance(found, Unsolved)
        assert {str(name): str(version) for name, version in found.items()} == {
            "r": "1.0",
            "z": "1.0",
            "b": "2.0",
            "c": "1.0",
        }


def test_a_known_issue_that_comes_later_is_asked_of_the_sets_found_before() -> None:
    universe = Universe({"a": {"1.0": {}}, "b": {"1.0": {}, "2.0": {}}})
    resolver = Resolver(universe)
    assert resolver.holds(request(row("a"), row("b<2")))
    beside = (canonicalize_name("a"), SpecifierSet("<2"))
    issue = Constraint(
        origin=IssueOrigin(id="i"), name=canonicalize_name("b"), specifier=SpecifierSet(">=2"), releases=beside
    )
    assert not resolver.holds(request(row("a"), row("b<2"), constraints=[issue]))
    assert resolver.holds(request(row("a"), row("b"), constraints=[issue]))


@pytest.mark.parametrize("asked_before", [False, True], ids=["first", "after another question"])
def test_a_source_that_fails_on_the_way_leaves_no_known_issue_half_said(*, asked_before: bool) -> None:
    class Flaky(Universe):
        def project(self, name):
            if name == "b" and "up" not in self.expected:
                raise LockgenError("out of reach")
            return super().project(name)

    universe = Flaky({"a": {"1.0": {}}, "b": {"1.0": {}}})
    beside = (canonicalize_name("a"), SpecifierSet(">=1"))
    issue = Constraint(
        origin=IssueOrigin(id="i"), name=canonicalize_name("b"), specifier=SpecifierSet(">=2"), releases=beside
    )
    resolver, asked = Resolver(universe), request(row("a"), constraints=[issue])
    if asked_before:
        assert resolver.holds(request(row("a")))
    with pytest.raises(LockgenError):
        resolver.holds(asked)
    universe.expected.add("up")
    assert not resolver.holds(asked)


def test_an_extra_asked_for_late_has_only_the_versions_its_package_has_left() -> None:
    releases = {version: {"extras": ["x"]} for version in ("1.0", "2.0", "3.0")}
    asked = request(row("a>=1,<2"), row("p"))
    provider = Resolver(Universe({"a": releases, "p": {"1.0": {"requires": ["a[x]"]}}}))._provider(asked)
    solver, _ = search(provider)
    assert [f"{name}[{extra}] {version}" for name, version, extra in solver.encoding.looked_at] == [
        "a[] 1.0",
        "p[] 1.0",
        "a[x] 1.0",
    ]
    assert solver.conflicts == 0


def test_a_release_that_demands_another_version_of_itself_is_told() -> None:
    outcome = Resolver(Universe({"a": {"1.0": {"requires": ["a>=2"]}}})).solve(request(row("a")))
    assert isinstance(outcome, Unsolved)
    assert outcome.collisions == ("a 1.0 needs a>=2",)
