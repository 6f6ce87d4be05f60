"""What would help: one requirement written anew, nearest to what its owner has, and proved on every target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.model.index import Metadata
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.model.requirements import UserRequirement
from lockgen.model.try_ import TryRemedy, TryRepair
from lockgen.requirements.try_ import TryQuestion, try_requirements
from lockgen.requirements.try_repairs import find_remedies
from lockgen.resolve.resolver import Resolver
from tests.examples import examples
from tests.requirements.trying import question, rule
from tests.universe import Packages, Universe, row

PYDANTIC: dict[str, dict[str, Any]] = {"1.10": {}, "2.0": {}, "2.5": {}}
V2 = row("pydantic>=2")
NEEDS_V1 = {"requires": ["pydantic<2"]}
LANGCHAIN: dict[str, dict[str, Any]] = {"0.0.9": NEEDS_V1, "0.1": {}, "0.2": {}, "1.0": {}}


class Unreadable(Universe):
    """What an sdist requires only a build could tell."""

    def metadata(self, file: Any) -> Metadata | Refusal:
        if file.is_wheel:
            return super().metadata(file)
        return Refusal(kind="metadata", name=file.name, version=file.version, reason="only a build could tell")


@dataclass
class Counted:
    """A resolver that counts the questions."""

    resolver: Resolver
    held: int = 0

    def holds(self, request: Request) -> bool:
        self.held += 1
        return self.resolver.holds(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.resolver, name)


def mended(packages: Packages, *questions: TryQuestion) -> list[tuple[str, str]]:
    """Where, and the proved text; the questions are all a no, with one remedy for all of them."""
    index = Resolver(Universe(packages))
    assert all(try_requirements(each, index).fit == "no" for each in questions)
    found = find_remedies(questions, index)
    assert len(set(found)) == 1
    for each in questions:
        prove(each, found[0], index)
    return [(repair.where, _said(repair)) for repair in found[0].repairs]


def _said(repair: TryRepair) -> str:
    if repair.version is None:
        return f"no {repair.name} instead of {repair.instead}"
    back = " (back)" if repair.is_older else ""
    return f"{repair.name} {repair.version}{back} instead of {repair.instead}"


def changed(asking: TryQuestion, remedy: TryRemedy, left_out: TryRepair | None = None) -> TryQuestion:
    """The question with the remedy applied, `left_out` of it taken back and the other versions free to move."""
    repairs = {(repair.where, repair.name): repair for repair in remedy.repairs}

    def lines(old: Sequence[UserRequirement]) -> Iterator[UserRequirement]:
        for line in old:
            repair = repairs.get((line.where, line.name))
            if repair is None or repair == left_out:
                yield line
            elif repair.version is not None:
                yield replace(line, specifier=SpecifierSet("" if left_out else f"=={repair.version}"))

    asked = asking.requirements
    return asking.with_lines(tuple(lines(asked.requirements)), tuple(lines(asked.constraints)))


def prove(asking: TryQuestion, remedy: TryRemedy, index: Resolver) -> None:
    """Applied, it is a yes; and with any line of it taken back it is a no, whatever the other lines become."""
    if not remedy.repairs:
        return
    assert try_requirements(changed(asking, remedy), index).fit != "no", remedy
    for repair in remedy.repairs:
        assert try_requirements(changed(asking, remedy, repair), index).fit == "no", repair


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


def test_of_two_that_collide_with_each_other_the_last_listed_gives_way() -> None:
    packages = {
        "pydantic": PYDANTIC,
        "a": {"1": {"requires": ["b<2"]}, "2": {}},
        "b": {"1": {}, "2": {}},
    }
    assert mended(packages, question(V2, asked="a==1\nb==2\n")) == [
        ("requirements.txt:2", "b 1 (back) instead of b==2"),
    ]
    assert mended(packages, question(V2, asked="b==2\na==1\n")) == [("requirements.txt:2", "a 2 instead of a==1")]


def test_every_line_that_must_change_is_named_and_every_one_that_cannot_be_met() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": LANGCHAIN, "lib": {"1.0": NEEDS_V1}, "dep": {"1": NEEDS_V1, "2": {}}}
    langchain, lib, dep = (
        "langchain 0.1 instead of langchain==0.0.9",
        "no lib instead of lib",
        "dep 2 instead of dep==1",
    )
    assert mended(packages, question(V2, asked="langchain==0.0.9\nlib\ndep==1\n")) == [
        ("requirements.txt:1", langchain),
        ("requirements.txt:2", lib),
        ("requirements.txt:3", dep),
    ]
    assert mended(packages, question(V2, asked="lib\nlangchain==0.0.9\n")) == [
        ("requirements.txt:1", lib),
        ("requirements.txt:2", langchain),
    ]


def test_the_nearest_is_the_fewest_releases_away_not_the_newest_of_its_series() -> None:
    releases = {f"0.0.{n}": NEEDS_V1 for n in range(14)} | {f"0.0.{n}": {} for n in range(14, 35)}
    packages = {"pydantic": PYDANTIC, "sqlmodel": releases}
    assert mended(packages, question(V2, asked="sqlmodel==0.0.8\n")) == [
        ("requirements.txt:1", "sqlmodel 0.0.14 instead of sqlmodel==0.0.8")
    ]


def test_a_second_conflict_on_one_target_does_not_spoil_the_others() -> None:
    wheels = {"files": ["cp311-cp311-manylinux_2_28_x86_64.whl", "cp312-cp312-manylinux_2_28_x86_64.whl"]}
    packages = {
        "pydantic": PYDANTIC,
        "langchain": LANGCHAIN,
        "lib": {"1": {"files": wheels["files"][:1]}, "2": wheels},
    }
    index = Resolver(Universe(packages))
    asking = [question(V2, asked="langchain==0.0.9\nlib==1\n", on=f"py{n}-linux-x86_64") for n in ("3.11", "3.12")]
    assert [[_said(repair) for repair in each.repairs] for each in find_remedies(asking, index)] == [
        ["langchain 0.1 instead of langchain==0.0.9"],
        ["langchain 0.1 instead of langchain==0.0.9", "lib 2 instead of lib==1"],
    ]


def test_a_yanked_release_is_not_offered() -> None:
    lib = {"1.0": NEEDS_V1, "1.1": {"yanked": "oops"}, "1.2": {}}
    assert mended({"pydantic": PYDANTIC, "lib": lib}, question(V2, asked="lib==1.0\n")) == [
        ("requirements.txt:1", "lib 1.2 instead of lib==1.0")
    ]


def test_a_constraint_gives_way_where_no_line_can() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": LANGCHAIN}
    asking = question(V2, asked="langchain\n")
    bounds = tuple(replace(line, where="bounds.txt:1") for line in question(V2, asked="langchain==0.0.9\n").applying)
    assert mended(packages, asking.with_lines(asking.applying, bounds)) == [
        ("bounds.txt:1", "langchain 0.1 instead of langchain==0.0.9")
    ]


def test_a_version_that_can_be_read_is_offered_before_a_nearer_one_that_only_a_build_could_tell() -> None:
    lib = {"1.0": NEEDS_V1, "1.1": {"files": ["sdist"]}, "1.2": {}}
    index = Resolver(Unreadable({"pydantic": PYDANTIC, "lib": lib}))
    (remedy,) = find_remedies([question(V2, asked="lib==1.0\n")], index)
    assert ([_said(each) for each in remedy.repairs], remedy.unread) == (["lib 1.2 instead of lib==1.0"], ())
    del lib["1.2"]
    index = Resolver(Unreadable({"pydantic": PYDANTIC, "lib": lib}))
    (remedy,) = find_remedies([question(V2, asked="lib==1.0\n")], index)
    assert ([_said(each) for each in remedy.repairs], remedy.unread) == (
        ["lib 1.1 instead of lib==1.0"],
        (("lib", Version("1.1")),),
    )


def test_looking_for_a_remedy_among_many_lines_and_releases_asks_few_questions() -> None:
    many: dict[str, dict[str, Any]] = {f"lib{n}": {"1": {}} for n in range(100)}
    packages = {"pydantic": PYDANTIC, **many, "far": {f"{n}.0": NEEDS_V1 if n < 400 else {} for n in range(500)}}
    asking = question(V2, asked="".join(f"{name}\n" for name in many) + "far==0.0\n")
    index = Resolver(Universe(packages))
    counted = Counted(index)
    (remedy,) = find_remedies([asking], counted)
    assert [_said(each) for each in remedy.repairs] == ["far 400.0 instead of far==0.0"]
    assert (counted.held <= 45, index.searches <= 45) == (True, True), (counted.held, index.searches)


def test_a_step_forward_of_the_later_line() -> None:
    packages = {"pydantic": PYDANTIC, "a": {"1": {}, "2": {"requires": ["b>1"]}}, "b": {"1": {}, "2": {}}}
    assert mended(packages, question(V2, asked="a==2\nb==1\n")) == [
        ("requirements.txt:2", "b 2 instead of b==1"),
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


@pytest.mark.parametrize("asked", ["langchain===legacy\n", "langchain==7.*\n"])
def test_what_names_no_version_is_brought_to_the_newest(asked: str) -> None:
    (found,) = mended({"pydantic": PYDANTIC, "langchain": LANGCHAIN}, question(V2, asked=asked))
    assert found == ("requirements.txt:1", f"langchain 1.0 instead of {asked.strip()}")


@pytest.mark.parametrize("asked", ["nobody==1.0\n", "langchain==7.7\n"])
def test_what_does_not_exist(asked: str) -> None:
    found = mended({"pydantic": PYDANTIC, "langchain": LANGCHAIN}, question(V2, asked=asked))
    assert found == (
        [("requirements.txt:1", "no nobody instead of nobody==1.0")]
        if "nobody" in asked
        else [("requirements.txt:1", "langchain 1.0 (back) instead of langchain==7.7")]
    )


VERSIONS = ["1.0", "1.1", "2.0", "2.1"]
LIMITS = st.sampled_from(["", "<2", ">=2", "==1.0", "!=2.1", ">=1.1,<2.1"])
RELEASES = st.fixed_dictionaries({}, optional={
    version: st.fixed_dictionaries({"requires": st.lists(st.builds("{}{}".format, st.sampled_from("xyz"), LIMITS), max_size=2)})
    for version in VERSIONS
})  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys("xyz", RELEASES)), LIMITS, st.lists(LIMITS, min_size=2, max_size=2))
def test_every_mend_is_true_in_any_universe(packages: Packages, bounds: str, asked: list[str]) -> None:
    asking = question(row(f"x{bounds}"), asked=f"y{asked[0]}\nz{asked[1]}\n")
    index = Resolver(Universe(packages))
    if try_requirements(asking, index).fit == "no":
        (remedy,) = find_remedies([asking], index)
        prove(asking, remedy, index)
        assert remedy.repairs or remedy.unknown
