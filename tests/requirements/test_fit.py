"""Whether wishes fit beside a phase: every answer there is, in universes of a few packages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.index import Metadata
from lockgen.model.origin import IssueOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint, StatedMetadata
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Unsolved
from lockgen.model.try_ import AddedLine, TryResult
from lockgen.requirements.try_ import try_requirements
from lockgen.resolve.resolver import Resolver
from tests.examples import examples
from tests.requirements.reading import read, wishes
from tests.requirements.trying import question, rule, tried
from tests.universe import Universe, row

PYDANTIC: dict[str, dict[str, Any]] = {"1.9": {}, "1.10": {}, "2.0": {}, "2.5": {}}
V1 = row("pydantic>=1.9,<2", recommended="1.10")
ANY = row("pydantic>=1.9", recommended="2.5")
VERSIONS = ["1.0", "1.1", "2.0", "2.1"]
LIMITS = st.sampled_from(["", "<2", ">=2", "==1.0", "!=2.1", ">=1.1,<2.1"])
RELEASES = st.fixed_dictionaries({
    version: st.fixed_dictionaries({"requires": st.lists(st.builds("{}{}".format, st.sampled_from("xyz"), LIMITS), max_size=2)})
    for version in VERSIONS
})  # fmt: skip
UNIVERSES = st.fixed_dictionaries(dict.fromkeys("xyz", RELEASES))


def listed(pairs: tuple[tuple[str, Version], ...]) -> list[str]:
    return [f"{name} {version}" for name, version in pairs]


def core(answer: TryResult) -> list[str]:
    assert answer.conflict is not None
    return [str(demand) for demand in answer.conflict.core]


def test_what_fits_the_pins_moves_none_and_says_what_comes_beside_them() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": {"requires": ["pydantic<2", "dep"]}}, "dep": {"1.0": {}}}
    answer = tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.10"}))
    assert (answer.fit, answer.moves, answer.conflict) == ("pins", (), None)
    assert listed(answer.added) == ["dep 1.0", "lib 1.0"]


def test_a_yes_warns_of_yanked_releases_and_of_extras_that_do_not_exist() -> None:
    packages = {
        "pydantic": PYDANTIC,
        "lib": {"1.0": {"yanked": "broken metadata", "extras": ["standard"]}, "0.9": {}},
        "plain": {"1.0": {}},
    }
    answer = tried(packages, question(V1, asked="lib[standrad]==1.0\nplain[x]\n", committed={"pydantic": "1.10"}))
    assert answer.fit == "pins"
    assert answer.warnings == (
        "lib 1.0 is yanked: broken metadata",
        "lib 1.0 has no extra 'standrad'; did you mean standard?",
        "plain 1.0 has no extra 'x'; it has none",
    )


def test_an_older_pin_than_a_render_gives_today_still_counts() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": {"requires": ["pydantic"]}}}
    assert tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.9"})).fit == "pins"


def test_what_fits_only_the_ranges_says_what_would_move() -> None:
    packages = {
        "pydantic": {**PYDANTIC, "2.5": {"requires": ["core"]}, "2.0": {"requires": []}},
        "core": {"1.0": {}},
        "lib": {"1.0": {"requires": ["pydantic<2.5"]}},
    }
    answer = tried(packages, question(ANY, asked="lib\n", committed={"pydantic": "2.5", "core": "1.0"}))
    assert answer.fit == "ranges"
    assert answer.moves == (
        Change(name=canonicalize_name("core"), before=Version("1.0"), after=None),
        Change(name=canonicalize_name("pydantic"), before=Version("2.5"), after=Version("2.0")),
    )
    assert listed(answer.added) == ["lib 1.0"]


def test_the_versions_of_what_the_lines_add_and_what_a_newer_one_would_move() -> None:
    lib = {
        "0.4.8": {},
        "1.16": {"requires": ["jiter>=2"]},
        "1.17": {"requires": ["jiter>=2"]},
        "2.0": {"requires": ["pydantic>=2"]},
    }
    packages = {
        "pydantic": {"1.10": {"requires": ["jiter"]}, "2.0": {}},
        "jiter": {"1": {}, "2": {}},
        "lib": lib,
    }
    answer = tried(packages, question(V1, asked="lib\npydantic\n", committed={"pydantic": "1.10", "jiter": "1"}))
    assert answer.fit == "pins"
    assert answer.lines == (
        AddedLine(
            name=canonicalize_name("lib"),
            version=Version("0.4.8"),
            newer=Version("1.17"),
            moves=(canonicalize_name("jiter"),),
        ),
    )
    answer = tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.10", "jiter": "2"}))
    assert answer.lines == (AddedLine(name=canonicalize_name("lib"), version=Version("1.17")),)


def test_only_pins_that_have_to_move_do_and_those_go_newest() -> None:
    """certifi and exceptiongroup stay although newer ones are there; of two that cannot both stay one does."""
    packages: dict[str, dict[str, Any]] = {
        "pydantic": {"1.10": {"requires": ["certifi", "anyio", "h11"]}},
        "certifi": {"1": {}, "2": {}},
        "anyio": {"3.0": {}, "4.0": {}, "4.1": {}, "4.2": {}, "5": {}},
        "h11": {"1": {}, "2": {}, "3": {}},
        "lib": {"1": {"requires": ["anyio>=4,<5", "core"]}},
        "core": {"1": {"requires": ["h11>=2"]}},
    }
    committed = {"pydantic": "1.10", "certifi": "1", "anyio": "3.0", "h11": "1"}
    answer = tried(packages, question(V1, asked="lib\n", committed=committed))
    assert answer.fit == "ranges"
    assert [(each.name, str(each.after)) for each in answer.moves] == [("anyio", "4.2"), ("h11", "3")]


@settings(max_examples=examples(60), deadline=None)
@given(UNIVERSES, st.lists(LIMITS, min_size=2, max_size=2))
def test_no_pin_that_would_move_can_be_put_back_alone(packages: dict[str, Any], asked: list[str]) -> None:
    index = Resolver(Universe(packages))
    found = index.versions(question(row("x")).request)
    if isinstance(found, Unsolved):
        return
    committed: dict[str, str] = {name: str(version) for name, version in found.items()}
    asking = question(row("x"), asked=f"y{asked[0]}\nz{asked[1]}\n", committed=committed)
    answer = try_requirements(asking, index)
    after = {**found, **{each.name: each.after for each in answer.moves}, **dict(answer.added)}
    for move in answer.moves:
        pins = {name: version for name, version in after.items() if version is not None}
        back = [
            Constraint(origin=IssueOrigin(id="pin"), name=name, specifier=SpecifierSet(f"=={version}"))
            for name, version in {**pins, move.name: move.before}.items()
        ]
        if move.after is not None:
            assert not index.holds(replace(asking.beside, constraints=tuple(back))), move


def test_a_no_blames_the_phase_and_the_requirement_never_a_pin() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": {"requires": ["pydantic>=2"]}}, "other": {"1.0": {}}}
    answer = tried(packages, question(V1, asked="other\nlib==1.0\n", committed={"pydantic": "1.10", "other": "1.0"}))
    assert answer.fit == "no"
    assert core(answer) == ["matrix:pydantic needs pydantic>=1.9,<2", "requirements.txt:2 needs lib==1.0"]
    assert answer.conflict is not None
    assert answer.conflict.collisions == ("lib 1.0 needs pydantic>=2",)


def test_where_a_pin_is_to_blame_first_the_ranges_may_still_say_no() -> None:
    """Against the pins it is the pin that collides; without it the row's own bounds do."""
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": {"requires": ["pydantic!=1.10,!=1.9"]}}}
    answer = tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.10"}))
    assert core(answer) == ["matrix:pydantic needs pydantic>=1.9,<2", "requirements.txt:1 needs lib"]


def test_a_name_the_index_does_not_know() -> None:
    answer = tried({"pydantic": PYDANTIC}, question(V1, asked="lib\n"))
    assert core(answer) == ["requirements.txt:1 needs lib"]
    assert answer.conflict is not None
    assert [str(refusal) for refusal in answer.conflict.refusals] == ["lib is no project the index knows"]


@pytest.mark.parametrize(("asked", "fit"), [("pydantic<2", "pins"), ("pydantic==1.9", "ranges"), ("pydantic>=2", "no")])
def test_a_wish_for_a_package_that_is_a_row(asked: str, fit: str) -> None:
    answer = tried({"pydantic": PYDANTIC}, question(V1, asked=f"{asked}\n", committed={"pydantic": "1.10"}))
    assert answer.fit == fit


def test_an_extra_wished_of_a_row_brings_in_what_it_needs() -> None:
    packages = {"pydantic": {"1.10": {"extras": ["email"], "requires": ["validator; extra == 'email'"]}}}
    asking = question(V1, asked="pydantic[email]\n", committed={"pydantic": "1.10"})
    assert listed(tried({**packages, "validator": {"1.0": {}}}, asking).added) == ["validator 1.0"]
    assert tried(packages, asking).fit == "no"


def test_constraints_bind_and_bring_nothing_in() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": {"requires": ["pydantic"]}}, "far": {"9.0": {}}}
    files = {"requirements.txt": "-c bounds.txt\nlib\n", "bounds.txt": "pydantic<1.10\nfar==1.0\n"}
    answer = tried(packages, question(V1, asked=read(files), committed={"pydantic": "1.10"}))
    assert (answer.fit, listed(answer.added)) == ("ranges", ["lib 1.0"])
    assert answer.moves == (Change(name=canonicalize_name("pydantic"), before=Version("1.10"), after=Version("1.9")),)


def test_a_constraint_that_collides_is_named() -> None:
    files = {"requirements.txt": "-c bounds.txt\n", "bounds.txt": "pydantic>=2\n"}
    answer = tried({"pydantic": PYDANTIC}, question(V1, asked=read(files)))
    assert core(answer) == ["matrix:pydantic needs pydantic>=1.9,<2", "bounds.txt:1 needs pydantic>=2"]


@pytest.mark.parametrize(("on", "fit"), [("py3.11-windows-x86_64", "no"), ("py3.11-linux-x86_64", "pins")])
def test_a_marker_is_judged_on_the_target(on: str, fit: str) -> None:
    asked = "pydantic>=2; sys_platform == 'win32'\n"
    assert tried({"pydantic": PYDANTIC}, question(V1, asked=asked, committed={"pydantic": "1.10"}, on=on)).fit == fit


@pytest.mark.parametrize(("on", "fit"), [("py3.8-linux-x86_64", "not for it"), ("py3.11-linux-x86_64", "pins")])
def test_a_project_that_is_not_for_a_python_is_not_tried_there(on: str, fit: str) -> None:
    asked = UserRequirements(requirements=wishes("pydantic\n").requirements, requires_python=SpecifierSet(">=3.9"))
    answer = tried({"pydantic": PYDANTIC}, question(V1, asked=asked, on=on))
    assert (answer.fit, answer.reason) == (fit, "it requires Python >=3.9" if fit != "pins" else "")


def test_a_rule_of_the_table_counts_like_metadata_and_is_named() -> None:
    packages = {"pydantic": PYDANTIC, "langchain": {"0.0.9": {}, "0.1": {}}}
    v1_only = (rule("langchain<0.1", "pydantic<2"),)
    v2 = row("pydantic>=2")
    answer = tried(packages, question(v2, asked="langchain==0.0.9\n", rules=v1_only))
    assert core(answer) == [
        "matrix:pydantic needs pydantic>=2",
        "requirements.txt:1 needs langchain==0.0.9",
        "issues.yaml:1 (v1 only) needs pydantic<2",
    ]
    assert tried(packages, question(v2, asked="langchain==0.0.9\n")).fit == "pins"
    assert tried(packages, question(v2, asked="langchain\n", rules=v1_only)).fit == "pins"
    assert tried(packages, question(V1, asked="langchain==0.0.9\n", rules=v1_only)).fit == "pins"


@pytest.mark.parametrize(("asked", "fit"), [("ray<2.8", "pins"), ("ray[serve]<2.8", "no"), ("ray[serve]", "pins")])
def test_a_rule_about_an_extra_counts_only_where_the_extra_is_asked_for(asked: str, fit: str) -> None:
    packages = {"pydantic": PYDANTIC, "ray": {"2.7": {"extras": ["serve"]}, "2.8": {"extras": ["serve"]}}}
    serve = rule("ray<2.8", "pydantic<2", frozenset({"serve"}))
    assert tried(packages, question(row("pydantic>=2"), asked=f"{asked}\n", rules=(serve,))).fit == fit


def test_an_extra_that_something_else_asks_for_counts_too() -> None:
    packages = {"pydantic": PYDANTIC, "app": {"1": {"requires": ["ray[serve]"]}}, "ray": {"2.7": {"extras": ["serve"]}}}
    serve = rule("ray<2.8", "pydantic<2", frozenset({"serve"}))
    assert tried(packages, question(row("pydantic>=2"), asked="app\n", rules=(serve,))).fit == "no"


def test_what_only_an_sdist_serves_needs_a_build() -> None:
    packages = {
        "pydantic": PYDANTIC,
        "lib": {"1.0": {"files": ["sdist"], "requires": ["dep"]}},
        "dep": {"1.0": {"files": ["sdist"]}, "0.9": {}},
        "far": {"1.0": {"files": ["sdist"]}},
    }
    answer = tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.10"}))
    assert (answer.fit, listed(answer.builds), answer.unread) == ("pins", ["lib 1.0"], ())
    assert listed(answer.added) == ["dep 0.9", "lib 1.0"], "where a wheel serves nothing is built"


def test_to_build_is_better_than_to_move_a_pin() -> None:
    packages = {
        "pydantic": PYDANTIC,
        "lib": {"1.0": {"files": ["sdist"]}, "0.9": {"requires": ["pydantic<1.10"]}},
    }
    answer = tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.10"}))
    assert (answer.fit, listed(answer.builds)) == ("pins", ["lib 1.0"])


def test_an_sdist_the_matrix_allows_is_no_news() -> None:
    packages = {"pydantic": {"1.10": {"files": ["sdist"]}}, "lib": {"1.0": {}}}
    asking = question(V1, asked="lib\n", committed={"pydantic": "1.10"}, sdists=["pydantic"])
    built = {**packages, "setuptools": {"80.0": {}}}
    assert (tried(built, asking).fit, tried(built, asking).builds) == ("pins", ())


def test_what_render_could_not_build_does_not_fit() -> None:
    packages = {"pydantic": {"1.10": {"files": ["sdist"], "build": ["nowhere"]}}, "lib": {"1.0": {}}}
    answer = tried(packages, question(V1, asked="lib\n", committed={"pydantic": "1.10"}, sdists=["pydantic"]))
    assert (answer.fit, answer.builds) == ("no", ())
    assert answer.conflict is not None
    assert [str(each) for each in answer.conflict.core] == ["pydantic 1.10 (build) needs nowhere"]


def test_a_permitted_sdist_that_says_nothing_of_what_it_requires_does_not_fit_for_certain() -> None:
    packages = {"lib": {"1.0": {"dynamic": True, "files": ["sdist"], "build": []}}, "pydantic": PYDANTIC}
    asking = question(V1, asked="lib\n", committed={"pydantic": "1.10"}, sdists=["lib"])
    answer = tried(packages, asking)
    assert (answer.fit, listed(answer.unread), listed(answer.builds)) == ("unknown", ["lib 1.0"], [])
    stated = StatedMetadata(
        name=canonicalize_name("lib"), requires_dist=("pydantic<1.10",), read_from="the test", where="issues.yaml:9:3"
    )
    answer = tried(packages, replace(asking, request=replace(asking.request, stated=(stated,))))
    assert (answer.fit, answer.unread) == ("ranges", ())
    assert answer.read_from == (("lib", Version("1.0"), "issues.yaml, which states it: the test"),)


def test_the_wheels_of_other_targets_turn_unknown_into_no() -> None:
    """spacy 3.4.1 on 3.11: no wheel, and those for 3.10 require pydantic <1.10."""
    lib = {"dynamic": True, "files": ["sdist", "cp310-cp310-win_amd64.whl"], "requires": ["pydantic<1.9"]}
    answer = tried({"lib": {"1.0": lib}, "pydantic": PYDANTIC}, question(V1, asked="lib==1.0\n"))
    assert (answer.fit, answer.unread) == ("no", ())
    assert answer.conflict is not None
    assert answer.conflict.collisions == ("lib 1.0 needs pydantic<1.9",)


class Unreadable(Universe):
    """Nobody can tell what an sdist requires without building it."""

    def metadata(self, file: Any) -> Metadata | Refusal:
        if file.is_wheel:
            return super().metadata(file)
        return Refusal(kind="metadata", name=file.name, version=file.version, reason="only a build could tell")


def test_a_yes_that_rests_on_what_nobody_could_read_is_unknown() -> None:
    index = Resolver(Unreadable({"pydantic": PYDANTIC, "lib": {"1.0": {"files": ["sdist"]}}}))
    answer = try_requirements(question(V1, asked="lib\n", committed={"pydantic": "1.10"}), index)
    assert (answer.fit, listed(answer.unread), listed(answer.builds)) == ("unknown", ["lib 1.0"], ["lib 1.0"])


def test_to_know_is_better_than_to_move_no_pin() -> None:
    lib = {"1.0": {"files": ["sdist"]}, "0.9": {"requires": ["pydantic<1.10"]}}
    index = Resolver(Unreadable({"pydantic": PYDANTIC, "lib": lib}))
    answer = try_requirements(question(V1, asked="lib\n", committed={"pydantic": "1.10"}), index)
    assert (answer.fit, listed(answer.added)) == ("ranges", ["lib 0.9"])


def test_a_no_is_certain_although_something_could_not_be_read() -> None:
    index = Resolver(Unreadable({"pydantic": PYDANTIC, "lib": {"1.0": {"files": ["sdist"]}}}))
    answer = try_requirements(question(V1, asked="lib\npydantic>=2\n"), index)
    assert core(answer) == ["matrix:pydantic needs pydantic>=1.9,<2", "requirements.txt:2 needs pydantic>=2"]


def test_nothing_committed_means_that_no_pin_binds() -> None:
    answer = tried({"pydantic": PYDANTIC}, question(V1, asked="pydantic==1.9\n"))
    assert (answer.fit, answer.moves) == ("pins", ())


def test_known_issues_still_bind() -> None:
    packages = {"pydantic": PYDANTIC, "lib": {"1.0": {"requires": ["pydantic<1.10"]}}}
    asking = question(V1, asked="lib\n", committed={"pydantic": "1.10"})
    (limit,) = question(V1, rules=(rule("pydantic<9", "pydantic<9"),)).rules
    issue = replace(limit, origin=IssueOrigin(id="old"), specifier=SpecifierSet(">=1.10"), releases=None)
    bound = replace(asking, request=replace(asking.request, constraints=(issue,)))
    assert tried(packages, asking).fit == "ranges"
    assert "known issue old needs pydantic>=1.10" in core(tried(packages, bound))


def test_an_older_release_with_a_wheel_that_collides_does_not_hide_the_sdist_that_fits() -> None:
    packages = {
        "pydantic": PYDANTIC,
        "lib": {"1.0": {"files": ["sdist"], "requires": ["dep"]}, "0.9": {"requires": ["pydantic>=2"]}},
        "dep": {"1.0": {"files": ["sdist"]}, "0.9": {"requires": ["pydantic>=2"]}},
    }
    answer = tried(packages, question(V1, asked="lib\n"))
    assert (answer.fit, listed(answer.builds)) == ("pins", ["dep 1.0", "lib 1.0"])
