"""Reasons that are true: each one shown for a row that is not the version it wants is proved by removing it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.resolver import Resolver
from tests.examples import examples
from tests.universe import Packages, Universe, request, row

_STEP = re.compile(r"([a-z-]+) ([\d.]+)(?: to ([\d.]+) \(\d+ releases\))? needs? ([a-z-]+)\S*")


def reasons(packages: Packages, asked: Request) -> Mapping[str, str]:
    """Row -> why it does not have the version it wants."""
    outcome = Resolver(Universe(packages)).solve(asked)
    assert isinstance(outcome, Solved)
    return {each.name: each.because for each in outcome.deviations}


def without(packages: Packages, reason: str) -> Packages:
    """The universe in which no release demands any more what the reason names."""
    found: dict[str, Any] = deepcopy(dict(packages))
    for name, first, last, wanted in _STEP.findall(reason):
        inside = SpecifierSet(f">={first},<={last or first}")
        for version, facts in found.get(name, {}).items():
            if inside.contains(version):
                kept = [each for each in facts.get("requires", []) if Requirement(each).name != wanted]
                found[name][version] = {**facts, "requires": kept}
    return found


CELERY: Packages = {
    "redis": {"4.0": {}, "5.1": {}},
    "celery": {
        "5.3": {"requires": ["python-dateutil>=2.8", "kombu"]},
        "5.7": {"requires": ["python-dateutil==2.9", "kombu>=5.5"]},
    },
    "kombu": {"5.3": {}, "5.5": {"requires": ["redis<5"]}},
    "python-dateutil": {"2.8": {}, "2.9": {}, "4.0": {}},
}


def test_a_demand_whose_package_would_have_moved_along_is_no_reason() -> None:
    asked = request(row("redis", recommended="5.1"), row("celery", recommended="5.7"))
    reason = reasons(CELERY, asked)["celery"]
    assert reason == (
        "no set holds celery 5.7: matrix:redis, which comes first, needs redis==5.1; celery 5.7 needs kombu>=5.5; "
        "kombu 5.5 needs redis<5"
    )
    assert "celery" not in reasons(without(CELERY, "kombu 5.5 needs redis"), asked)
    assert "celery" not in reasons(without(CELERY, "celery 5.7 needs kombu"), asked)
    assert reasons(without(CELERY, "celery 5.7 needs python-dateutil"), asked)["celery"] == reason


def test_the_only_demand_in_the_way_is_the_reason_whoever_makes_it() -> None:
    packages: Packages = {
        "a": {"1": {"requires": ["t"]}},
        "t": {"1": {"requires": ["b<2"]}},
        "b": {"1": {}, "2": {}},
    }
    asked = request(row("a"), row("b", recommended="2"))
    assert reasons(packages, asked) == {"b": "t 1 needs b<2"}
    assert reasons(without(packages, "t 1 needs b<2"), asked) == {}


def test_everything_that_was_settled_before_and_stands_in_the_way_is_named() -> None:
    packages: Packages = {
        "a": {"1": {"requires": ["c<2"]}},
        "b": {"1": {"requires": ["c!=2"]}},
        "c": {"1": {}, "2": {}},
    }
    asked = request(row("a"), row("b"), row("c", recommended="2"))
    assert reasons(packages, asked) == {"c": "a 1 needs c<2; b 1 needs c!=2"}
    assert reasons(without(packages, "a 1 needs c"), asked) == {"c": "b 1 needs c!=2"}
    assert reasons(without(packages, "a 1 needs c; b 1 needs c"), asked) == {}


def test_a_known_issue_that_constrains_is_named_not_the_package_it_constrained() -> None:
    packages: Packages = {"star": {"1": {}, "2": {"requires": ["anyio>=4"]}}, "anyio": {"3": {}, "4": {}}}
    issue = Constraint(
        origin=IssueOrigin(id="anyio-conflict"), name=canonicalize_name("anyio"), specifier=SpecifierSet("<4")
    )
    rows = row("star", recommended="2"), row("anyio")
    assert reasons(packages, request(*rows, constraints=[issue])) == {
        "star": "star 2 needs anyio>=4; known issue anyio-conflict needs anyio<4",
        "anyio": "known issue anyio-conflict needs anyio<4",
    }
    assert reasons(packages, request(*rows)) == {}


def test_no_reason_is_circular() -> None:
    """dask and distributed demand each other exactly; what is in the way is a package without a wheel."""
    versions = ("2023.3", "2023.4", "2023.5")
    musl = {"files": ["cp311-cp311-musllinux_1_2_x86_64.whl"]}
    packages: Packages = {
        "dask": {v: {"requires": [f"distributed=={v}"]} for v in versions},
        "distributed": {v: {"requires": [f"dask=={v}", *(["msgpack"] if v != versions[0] else [])]} for v in versions},
        "msgpack": {"1": musl},
    }
    one, both = request(row("dask")), request(row("dask"), row("distributed"))
    for asked, name in ((one, "dask"), (one, "distributed"), (both, "dask"), (both, "distributed")):
        found = Resolver(Universe(packages)).explain(asked, canonicalize_name(name))
        assert str(found.version) == versions[0]
        assert found.newer
        for run in found.newer:
            assert "msgpack" in run.reason, run
            assert versions[0] not in run.reason


LIMITS = st.sampled_from(["", "<2", ">=2", "==1.0", "!=2.1"])
VERSIONS = ["1.0", "1.1", "2.0", "2.1"]
RELEASES = st.fixed_dictionaries({
    version: st.fixed_dictionaries({"requires": st.lists(st.builds("{}{}".format, st.sampled_from("xyzt"), LIMITS), max_size=2)})
    for version in VERSIONS
})  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys("xyzt", RELEASES)), st.lists(st.sampled_from(VERSIONS), min_size=3, max_size=3)
)
def test_without_the_demands_a_reason_names_it_is_the_reason_no_more(packages: Packages, wanted: list[str]) -> None:
    asked = request(*(row(name, recommended=version) for name, version in zip("xyz", wanted, strict=True)))
    if not Resolver(Universe(packages)).holds(asked):
        return
    found = reasons(packages, asked)
    # The first row is decided before all others, so nothing but the reason changes for it.
    for name in list(found)[:1]:
        assert _STEP.search(found[name]), found[name]
        assert reasons(without(packages, found[name]), asked).get(name) != found[name]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("a==1.1", ["a 1.1 is yanked: oops"]),
        ("a>=1.1,<2", ["a 1.1 is yanked: oops", "a 1.2 is yanked, without a reason"]),
        ("a==1.5", ["a has no release ==1.5: it never existed or was removed; the index lists 1.2 and 2.0 next to it"]),
        ("a>=3", ["a has no release >=3: it never existed or was removed; the index lists 2.0 next to it"]),
        ("a==0.9.*", ["a has no release ==0.9.*: it never existed or was removed; the index lists 1.0 next to it"]),
    ],
)
def test_a_demand_for_what_is_yanked_or_does_not_exist_says_so(asked: str, said: list[str]) -> None:
    a = {"1.0": {}, "1.1": {"yanked": "oops"}, "1.2": {"yanked": ""}, "2.0": {}}
    packages: Packages = {"a": a, "b": {"1": {"requires": [asked]}}}
    outcome = Resolver(Universe(packages)).solve(request(row("b")))
    assert isinstance(outcome, Unsolved) == ("==1.1" not in asked)
    if isinstance(outcome, Unsolved):
        assert sorted(map(str, outcome.refusals)) == said
    if "==" not in asked:
        outcome = Resolver(Universe(packages)).solve(request(row(asked)))
        assert isinstance(outcome, Unsolved)
        assert sorted(map(str, outcome.refusals)) == said


def test_explain_lists_only_the_known_issues_that_narrow_something() -> None:
    packages: Packages = {
        "a": {"1": {}, "2": {}, "3": {"files": ["cp311-cp311-win_amd64.whl"]}, "4rc1": {}},
        "b": {"1": {}},
    }

    def narrowed(specifier: str, demanded: str = "a") -> list[str]:
        issue = Constraint(origin=IssueOrigin(id="bad"), name=canonicalize_name("a"), specifier=SpecifierSet(specifier))
        asked = request(row(demanded), row("b"), constraints=[issue])
        return [str(each) for each in Resolver(Universe(packages)).explain(asked, canonicalize_name("a")).issues]

    assert narrowed("<2") == ["known issue bad needs a<2"]
    assert narrowed("<2", "a<2") == [], "the row leaves it nothing to narrow"
    assert narrowed("<3") == [], "the target could not use what it excludes"
    assert narrowed(">=1") == []
