"""The contract of the strategies (DESIGN 5.4), tested against an oracle that tries everything."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from lockgen.records import Request, Solved, Unsolved
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.provider import Provider
from lockgen.resolve.resolver import Resolver
from lockgen.resolve.target_candidates import candidates_of
from tests.universe import Universe, request, row

NAMES = ("a", "b", "c", "d", "e")
VERSIONS = ("1.0", "1.1", "2.0", "2.1rc1")

Packages = dict[str, dict[str, dict[str, list[str]]]]


def _requirement(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    name = draw(st.sampled_from(names))
    extra = draw(st.sampled_from(("", "", "", "[x]")))
    operator = draw(st.sampled_from(("", ">=", "<", "==", "!=", "<=")))
    return f"{name}{extra}{operator}{draw(st.sampled_from(VERSIONS)) if operator else ''}"


@st.composite
def universes(draw: st.DrawFn) -> tuple[Packages, tuple[str, ...], dict[str, str | None]]:
    packages: Packages = {}
    for name in NAMES:
        packages[name] = {}
        for version in draw(st.lists(st.sampled_from(VERSIONS), unique=True, min_size=1)):
            others = tuple(other for other in NAMES if other != name)
            requires = [_requirement(draw, others) for _ in range(draw(st.integers(0, 2)))]
            if draw(st.booleans()):
                requires.append(f"{_requirement(draw, others)}; extra == 'x'")
            yanked = draw(st.sampled_from((None, None, None, "bad")))
            packages[name][version] = {"requires": requires, "extras": ["x"], "yanked": yanked}
    rows = tuple(_requirement(draw, (name,)) for name in draw(st.permutations(NAMES))[: draw(st.integers(1, 3))])
    wishes = {text: draw(st.sampled_from((None, *VERSIONS))) for text in rows}
    return packages, rows, wishes


def _allowed(packages: Packages, requirement: Requirement, version: str) -> bool:
    """Whether the requirement, were it alone, would take this version: pre-releases by PEP 440, yanks by PEP 592."""
    if not requirement.specifier.contains(version, prereleases=True):
        return False
    finals = [v for v in packages[requirement.name] if not Version(v).is_prerelease]
    names_one = any(
        Version(clause.version).is_prerelease and clause.operator != "!=" for clause in requirement.specifier
    )
    needs_one = not any(requirement.specifier.contains(final) for final in finals)
    exact = any(
        clause.operator == "==" and Version(clause.version) == Version(version) for clause in requirement.specifier
    )
    if Version(version).is_prerelease and not (names_one or needs_one):
        return False
    return packages[requirement.name][version]["yanked"] is None or exact


def _closed(packages: Packages, roots: tuple[str, ...], choice: Mapping[str, str]) -> bool:
    """Whether the choice, with exactly the packages it needs, holds together. A row decides alone what it allows."""
    rows = {Requirement(root).name: Requirement(root) for root in roots}
    waiting, seen = [(Requirement(root), "") for root in roots], set()
    while waiting:
        requirement, _ = waiting.pop()
        version = choice.get(requirement.name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            return False
        if not _allowed(packages, rows.get(requirement.name, requirement), version):
            return False
        for extra in ("", *requirement.extras):
            if (requirement.name, extra) not in seen:
                seen.add((requirement.name, extra))
                for text in packages[requirement.name][version]["requires"]:
                    inner = Requirement(text)
                    if inner.marker.evaluate({"extra": extra}) if inner.marker else not extra:
                        waiting.append((inner, extra))
    return True


def _choices(packages: Packages) -> Iterator[dict[str, str]]:
    for versions in itertools.product(*(packages[name] for name in NAMES)):
        yield dict(zip(NAMES, versions, strict=True))


def oracle(packages: Packages, request: Request, roots: tuple[str, ...]) -> tuple[Version, ...] | None:
    """The best versions of the rows: all choices tried, compared row by row in matrix order."""
    provider = Provider(request, candidates_of(request, MemoryIndex(Universe(packages))))
    ranks = [{version: rank for rank, version in enumerate(provider.versions(r.name))} for r in request.rows]
    names = [r.name for r in request.rows]
    closed = (choice for choice in _choices(packages) if _closed(packages, roots, choice))
    sets = {tuple(Version(choice[name]) for name in names) for choice in closed}
    return min(sets, key=lambda s: [rank[v] for rank, v in zip(ranks, s, strict=True)], default=None)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(universes(), st.sampled_from(("minimum", "recommended", "maximum")))
def test_each_row_has_the_best_version_that_keeps_the_rest_solvable(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]], strategy: str
) -> None:
    packages, roots, wishes = universe
    asked = request(*(row(text, recommended=wishes[text]) for text in roots), strategy=strategy)
    outcome = Resolver(Universe(packages)).solve(asked)
    expected = oracle(packages, asked, roots)
    if expected is None:
        assert isinstance(outcome, Unsolved)
        return
    assert isinstance(outcome, Solved)
    pins = {pin.name: pin.version for pin in outcome.pins}
    assert tuple(pins[r.name] for r in asked.rows) == expected
    assert _closed(packages, roots, {name: str(version) for name, version in pins.items()})


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(universes())
def test_there_is_a_set_exactly_when_one_can_be_found(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]],
) -> None:
    packages, roots, _ = universe
    solvable = any(_closed(packages, roots, choice) for choice in _choices(packages))
    assert Resolver(Universe(packages)).holds(request(*map(row, roots))) is solvable


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(universes())
def test_a_core_is_minimal(universe: tuple[Packages, tuple[str, ...], dict[str, str | None]]) -> None:
    packages, roots, _ = universe
    outcome = Resolver(Universe(packages)).solve(request(*map(row, roots)))
    if isinstance(outcome, Solved):
        return
    core = [f"{d.name}{'[x]' if d.extras else ''}{d.specifier}" for d in outcome.core]
    assert not any(_closed(packages, tuple(core), choice) for choice in _choices(packages))
    for left_out in core:
        rest = tuple(text for text in core if text != left_out)
        assert any(_closed(packages, rest, choice) for choice in _choices(packages))


@pytest.mark.parametrize("strategy", ["minimum", "recommended", "maximum"])
def test_oracle_is_no_mirror_of_the_engine(strategy: str) -> None:
    packages: Packages = {
        "a": {"1.0": {"requires": ["b<2"]}, "2.0": {"requires": ["b<2"]}},
        "b": {"1.0": {"requires": []}, "2.0": {"requires": []}},
        **{name: {"1.0": {"requires": []}} for name in "cde"},
    }
    packages = {name: {v: {**f, "yanked": None} for v, f in releases.items()} for name, releases in packages.items()}
    asked = request(row("b>=1.0", recommended="2.0"), row("a>=1.0"), strategy=strategy)
    expected = {"minimum": ("1.0", "1.0"), "recommended": ("1.0", "2.0"), "maximum": ("1.0", "2.0")}[strategy]
    assert oracle(packages, asked, ("b>=1.0", "a>=1.0")) == tuple(map(Version, expected))
