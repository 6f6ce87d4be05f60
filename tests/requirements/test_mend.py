"""What would help: one requirement written anew, nearest to what its owner has, and proved on every target."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from lockgen.model.origin import RequirementOrigin
from lockgen.model.try_ import TryRepair
from lockgen.requirements.try_ import TryQuestion, try_requirements
from lockgen.requirements.try_repairs import find_repairs
from lockgen.resolve.resolver import Resolver
from tests.requirements.trying import question, rule
from tests.universe import Packages, Universe, row

PYDANTIC: dict[str, dict[str, Any]] = {"1.10": {}, "2.0": {}, "2.5": {}}
V2 = row("pydantic>=2")
NEEDS_V1 = {"requires": ["pydantic<2"]}
LANGCHAIN: dict[str, dict[str, Any]] = {"0.0.9": NEEDS_V1, "0.1": {}, "0.2": {}, "1.0": {}}


def mended(packages: Packages, *questions: TryQuestion) -> list[tuple[str, str]]:
    """Where, and the proved text; the questions are all a no."""
    index = Resolver(Universe(packages))
    conflicts = [try_requirements(each, index).conflict for each in questions]
    assert all(conflicts)
    core = {(demand.origin, demand.name) for demand in conflicts[0].core}  # type: ignore[union-attr]
    found = find_repairs(questions, conflicts[0].core, index)  # type: ignore[union-attr]
    for repair in found:
        assert (RequirementOrigin(where=repair.where), repair.name) in core
        _prove(questions, repair, core, index)
    return [(repair.where, _said(repair)) for repair in found]


def _said(repair: TryRepair) -> str:
    back, partly = " (back)" if repair.is_older else "", " (partly)" if repair.is_partial else ""
    return f"{repair.name} {repair.version}{back}{partly} instead of {repair.instead}"


def _prove(
    questions: Sequence[TryQuestion], repair: TryRepair, core: Collection[tuple[object, str]], index: Resolver
) -> None:
    """Apply it and ask again."""
    for each in questions:
        kept = (
            wish for wish in each.requirements.requirements if not repair.is_partial or (wish.where, wish.name) in core
        )
        exactly = SpecifierSet(f"=={repair.version}")
        changed = tuple(replace(wish, specifier=exactly) if wish.name == repair.name else wish for wish in kept)
        assert (
            try_requirements(replace(each, requirements=replace(each.requirements, requirements=changed)), index).fit
            != "no"
        ), repair


def test_the_nearest_newer_release_that_fits() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": LANGCHAIN}
    assert mended(packages, question(V2, asked="langchain==0.0.9\n")) == [
        ("requirements.txt:1", "langchain 0.1 instead of langchain==0.0.9")
    ]


def test_an_older_release_where_no_newer_one_fits() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"0.8": {}, "0.9": {}, "1.0": NEEDS_V1}}
    assert mended(packages, question(V2, asked="lib>=1\n")) == [
        ("requirements.txt:1", "lib 0.9 (back) instead of lib>=1")
    ]


def test_the_rules_of_the_table_hold_for_the_mend_too() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": {"0.0.8": {}, "0.0.9": {}, "0.1": {}}}
    asking = question(V2, asked="langchain[llms]==0.0.8\n", rules=(rule("langchain<0.1", "pydantic<2"),))
    assert mended(packages, asking) == [("requirements.txt:1", "langchain 0.1 instead of langchain[llms]==0.0.8")]


def test_each_of_two_that_collide_with_each_other_can_give_way() -> None:
    packages = {
        "pydantic": PYDANTIC,
        "a": {"1": {"requires": ["b<2"]}, "2": {}},
        "b": {"1": {}, "2": {}},
    }
    assert mended(packages, question(V2, asked="a==1\nb==2\n")) == [
        ("requirements.txt:1", "a 2 instead of a==1"),
        ("requirements.txt:2", "b 1 (back) instead of b==2"),
    ]


def test_where_two_things_are_wrong_the_first_is_mended_and_it_says_that_more_is_in_the_way() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": LANGCHAIN, "lib": {"1.0": NEEDS_V1}}
    assert mended(packages, question(V2, asked="langchain==0.0.9\nlib\n")) == [
        ("requirements.txt:1", "langchain 0.1 (partly) instead of langchain==0.0.9")
    ]
    assert mended(packages, question(V2, asked="lib\nlangchain==0.0.9\n")) == []


def test_steps_back_come_last() -> None:
    packages = {"pydantic": PYDANTIC, "a": {"1": {}, "2": {"requires": ["b>1"]}}, "b": {"1": {}, "2": {}}}
    assert mended(packages, question(V2, asked="a==2\nb==1\n")) == [
        ("requirements.txt:2", "b 2 instead of b==1"),
        ("requirements.txt:1", "a 1 (back) instead of a==2"),
    ]


def test_a_requirement_that_is_a_row_is_brought_inside_its_bounds() -> None:
    assert mended({"pydantic": PYDANTIC}, question(row("pydantic<2.5"), asked="pydantic>=2.5\n")) == [
        ("requirements.txt:1", "pydantic 2.0 (back) instead of pydantic>=2.5")
    ]


def test_one_release_for_all_targets_with_the_same_conflict() -> None:
    wheel = {"files": ["cp311-cp311-manylinux_2_28_x86_64.whl"]}
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": NEEDS_V1, "1.1": wheel, "1.2": {}, "1.3": {}}}
    linux, windows = (
        question(V2, asked="lib==1.0\n", on=f"py3.11-{platform}") for platform in ("linux-x86_64", "windows-x86_64")
    )
    assert mended(packages, linux) == [("requirements.txt:1", "lib 1.1 instead of lib==1.0")]
    assert mended(packages, linux, windows) == [("requirements.txt:1", "lib 1.2 instead of lib==1.0")]


def test_what_has_to_be_built_may_help() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": NEEDS_V1, "1.1": {"files": ["sdist"]}}}
    assert mended(packages, question(V2, asked="lib==1.0\n")) == [("requirements.txt:1", "lib 1.1 instead of lib==1.0")]


def test_a_constraint_of_the_project_goes_on_to_bind() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": LANGCHAIN}
    asking = question(V2, asked="langchain==0.0.9\n")
    bound = replace(
        asking, requirements=replace(asking.requirements, constraints=question(V2, asked="langchain!=0.1\n").applying)
    )
    assert mended(packages, bound) == [("requirements.txt:1", "langchain 0.2 instead of langchain==0.0.9")]


@pytest.mark.parametrize("asked", ["nobody==1.0\n", "langchain==7.7\n"])
def test_what_does_not_exist(asked: str) -> None:
    found = mended({"pydantic": PYDANTIC, "langchain": LANGCHAIN}, question(V2, asked=asked))
    assert found == (
        [] if "nobody" in asked else [("requirements.txt:1", "langchain 1.0 (back) instead of langchain==7.7")]
    )


VERSIONS = ["1.0", "1.1", "2.0", "2.1"]
LIMITS = st.sampled_from(["", "<2", ">=2", "==1.0", "!=2.1", ">=1.1,<2.1"])
RELEASES = st.fixed_dictionaries({}, optional={
    version: st.fixed_dictionaries({"requires": st.lists(st.builds("{}{}".format, st.sampled_from("xyz"), LIMITS), max_size=2)})
    for version in VERSIONS
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys("xyz", RELEASES)), LIMITS, st.lists(LIMITS, min_size=2, max_size=2))
def test_every_mend_is_true_in_any_universe(packages: Packages, bounds: str, asked: list[str]) -> None:
    asking = question(row(f"x{bounds}"), asked=f"y{asked[0]}\nz{asked[1]}\n")
    if try_requirements(asking, Resolver(Universe(packages))).fit == "no":
        mended(packages, asking)
