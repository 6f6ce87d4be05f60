"""Overrides and exclusions stand in place of what releases demand; constraints bind; rows judge pre-releases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.issues import ANYWHERE
from lockgen.model.origin import ConstraintOrigin
from lockgen.model.overrides import ExcludeRule, OverrideRule, extra_of
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.resolver import Resolver
from tests.universe import Packages, Universe, request, row

PACKAGES: Packages = {
    "app": {
        "1.0": {
            "requires": [
                "lib<2",
                "lib>=0; sys_platform == 'win32'",
                "win<2; sys_platform == 'win32'",
                "dep[x]<2",
                "opt<2; extra == 'o' and python_version < '3'",
                "spare",
            ],
            "extras": ["o"],
        }
    },
    "lib": {"1.0": {}, "2.0": {"requires": ["spare>=1"]}},
    "win": {"1.0": {}, "2.0": {}},
    "dep": {"1.0": {"requires": ["more; extra == 'x'"], "extras": ["x"]}, "2.0": {"extras": ["x"]}},
    "more": {"1.0": {}},
    "opt": {"1.0": {}, "2.0": {}},
    "spare": {"1.0": {}},
    "early": {"1.0": {}, "1.1": {}, "2.0rc1": {}},
}


def override(text: str) -> OverrideRule:
    wanted = row(text)
    return OverrideRule(
        name=wanted.name, extras=wanted.extras, specifier=wanted.specifier, reason="r", when=ANYWHERE, where="m.yaml:9"
    )


def exclude(name: str) -> ExcludeRule:
    return ExcludeRule(name=canonicalize_name(name), reason="r", when=ANYWHERE, where="m.yaml:10")


def constraint(name: str, specifier: str) -> Constraint:
    where = ConstraintOrigin(where="m.yaml:11")
    return Constraint(origin=where, name=canonicalize_name(name), specifier=SpecifierSet(specifier))


def solve(asked: Request) -> dict[str, str]:
    found = Resolver(Universe(PACKAGES)).solve(asked)
    assert isinstance(found, Solved), found
    return {pin.name: str(pin.version) for pin in found.pins}


def test_an_override_replaces_each_demand_with_its_extras_and_its_marker():
    # As uv does: of a marker the extra alone stays.
    pins = solve(request(row("app"), overrides=(override("lib>=2"), override("win"), override("dep>=2"))))
    assert pins == {"app": "1.0", "lib": "2.0", "win": "2.0", "dep": "2.0", "spare": "1.0"}
    assert solve(request(row("app[o]"), overrides=(override("opt>=2"),)))["opt"] == "2.0"
    assert "opt" not in solve(request(row("app"), overrides=(override("opt>=2"),)))


def test_an_excluded_package_is_demanded_by_none():
    pins = solve(request(row("app"), overrides=(override("lib>=2"),), excludes=(exclude("spare"), exclude("dep"))))
    assert pins == {"app": "1.0", "lib": "2.0"}


def test_a_row_holds_beside_an_override_and_the_no_names_both():
    found = Resolver(Universe(PACKAGES)).solve(request(row("app"), row("lib<2"), overrides=(override("lib>=2"),)))
    assert isinstance(found, Unsolved)
    assert [str(demand) for demand in found.core] == ["matrix:app needs app", "matrix:lib needs lib<2"]
    assert "app 1.0 (override m.yaml:9) needs lib>=2" in found.collisions


def test_a_constraint_binds_what_is_there_and_brings_nothing():
    pins = solve(request(row("app"), constraints=(constraint("dep", "<1.5"), constraint("win", "<2"))))
    assert (pins["dep"], "win" in pins) == ("1.0", False)
    found = Resolver(Universe(PACKAGES)).solve(request(row("app"), constraints=(constraint("lib", ">=2"),)))
    assert isinstance(found, Unsolved)
    assert "constraint m.yaml:11 needs lib>=2" in [str(demand) for demand in found.core]


def test_requests_with_and_without_rules_do_not_mix():
    resolver, plain = Resolver(Universe(PACKAGES)), request(row("app"))
    with_rule = replace(plain, overrides=(override("lib>=2"),))
    found = [resolver.solve(each) for each in (plain, with_rule, plain)]
    versions = [{str(pin.name): str(pin.version) for pin in each.pins} for each in found if isinstance(each, Solved)]
    assert [each["lib"] for each in versions] == ["1.0", "2.0", "1.0"]


@pytest.mark.parametrize(
    ("prereleases", "strategy", "version"),
    [(None, "maximum", "1.1"), (True, "maximum", "2.0rc1"), (False, "maximum", "1.1"), (True, "minimum", "1.0")],
)
def test_a_row_allows_or_refuses_pre_releases(prereleases, strategy, version):
    wanted = replace(row("early"), prereleases=prereleases)
    assert solve(request(wanted, strategy=strategy)) == {"early": version}


def test_a_row_that_refuses_pre_releases_refuses_them_where_there_is_nothing_else():
    asked = request(replace(row("early>=2.0rc1"), prereleases=False))
    assert isinstance(Resolver(Universe(PACKAGES)).solve(asked), Unsolved)
    assert solve(replace(asked, rows=(row("early>=2.0rc1"),))) == {"early": "2.0rc1"}


def test_a_constraint_that_names_a_pre_release_lets_it_in():
    packages = {**PACKAGES, "top": {"1.0": {"requires": ["early"]}}}
    asked = request(row("top"), constraints=(constraint("early", "==2.0rc1"),))
    found = Resolver(Universe(packages)).solve(asked)
    assert isinstance(found, Solved)
    assert {str(pin.name): str(pin.version) for pin in found.pins}["early"] == "2.0rc1"


def test_a_lower_bound_that_is_no_release_is_no_deviation():
    found = Resolver(Universe({"cal": {"2022.1": {}, "2023.1": {}}})).solve(
        request(row("cal>=2022"), strategy="minimum")
    )
    assert isinstance(found, Solved)
    assert ([str(pin.version) for pin in found.pins], found.deviations) == (["2022.1"], ())


@pytest.mark.parametrize(
    ("marker", "extra"),
    [
        ("", ""),
        ('extra == "X.y"', "x-y"),
        ('python_version < "3" and extra == "x"', "x"),
        ('(os_name == "nt" or python_version < "3") and extra == "x"', "x"),
        ('"x" == extra and os_name == "nt"', "x"),
        ('extra == "x" or os_name == "nt"', ""),
        ('(extra == "x" or extra == "y") and os_name == "nt"', ""),
    ],
)
def test_the_extra_a_marker_depends_on_as_a_whole(marker, extra):
    assert extra_of(marker) == extra
