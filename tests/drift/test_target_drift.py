"""What drift makes of small indexes: which difference is called what, and which release is named as its cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.drift.target_drift import target_drift
from lockgen.model.drift import CommittedSet, DriftFinding, TargetDrift
from lockgen.model.request import Row
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from tests.universe import Packages, Universe, request, row

THEN, NOW = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
LATER = datetime(2025, 6, 20, tzinfo=UTC)
"""Between the two: what was uploaded then is new."""
LINUX = "cp311-cp311-manylinux_2_17_x86_64.whl"
ANY = "py3-none-any.whl"


def looked(
    before: Packages, after: Packages, *rows: Row, cooldown: timedelta = timedelta(), revisions: tuple[int, int] = (1, 1), **more: Any
) -> TargetDrift:  # fmt: skip
    """The set of one index, looked at in the other one."""
    asked = request(*rows, as_of=THEN, **more)
    outcome = Resolver(Universe(before)).solve(asked)
    pins, tools = (outcome.pins, outcome.build) if isinstance(outcome, Solved) else ((), ())
    committed = CommittedSet(
        target=asked.target.name,
        revision=revisions[0],
        as_of=THEN,
        has_set=isinstance(outcome, Solved),
        pins={pin.name: pin.version for pin in pins},
        hashes={pin.name: tuple(file.sha256 for file in pin.files) for pin in pins},
        sdists=frozenset(pin.name for pin in pins if pin.permission),
        build={pin.name: pin.version for pin in tools},
        build_hashes={pin.name: tuple(file.sha256 for file in pin.files) for pin in tools},
    )
    now = replace(asked, as_of=NOW - cooldown)
    index = Resolver(Universe(after))
    return target_drift(
        CommittedTarget(
            committed=committed, request=now, revision=revisions[1], now=NOW, cooldown=cooldown, resolver=index
        )
    )


def said(found: TargetDrift) -> list[str]:
    return [f"{each.kind} {each.name}: {each.message}" for each in found.found]


def causes(found: TargetDrift) -> dict[str, str]:
    return {each.name: each.move.cause for each in found.found if each.move is not None}


A = {"a": {"1": {"files": [LINUX, ANY]}}}


def test_the_same_index_shows_nothing() -> None:
    assert looked(A, A, row("a>=1")) == TargetDrift(target="py3.11-linux-x86_64")


def test_one_of_two_files_deleted() -> None:
    found = looked(A, {"a": {"1": {"files": [ANY]}}}, row("a>=1"))
    assert said(found) == ["gone a: 1 of its 2 locked files is no longer listed"]


def test_files_that_the_lock_would_never_have_had_are_no_replacement() -> None:
    other = {
        "a": {"1": {"files": [ANY, "sdist", "cp311-cp311-win_amd64.whl", "cp312-cp312-manylinux_2_17_x86_64.whl"]}}
    }
    assert said(looked(A, other, row("a>=1"))) == ["gone a: 1 of its 2 locked files is no longer listed"]


def test_another_file_in_the_place_of_one_is_tampering() -> None:
    other = {"a": {"1": {"files": ["cp311-abi3-manylinux_2_17_x86_64.whl", ANY], "uploaded": LATER}}}
    (found,) = looked(A, other, row("a>=1")).found
    assert (found.kind, found.version) == ("tampered", Version("1"))
    assert found.message.startswith("a-1-cp311-abi3-manylinux_2_17_x86_64.whl is listed with sha256 ")
    assert ", uploaded 2025-06-20T00:00:00Z, after the lock was made; the locked " in found.message


def test_an_sdist_counts_where_an_sdist_is_locked() -> None:
    built = {"a": {"1": {"files": ["sdist"], "build": []}}}
    wheel = {"a": {"1": {"files": ["sdist", ANY], "build": [], "uploaded": LATER}}}
    assert looked(built, built, row("a>=1"), sdists=["a"]).found == ()
    (found,) = looked(built, wheel, row("a>=1"), sdists=["a"]).found
    assert (found.kind, found.message) == (
        "new-wheel",
        "a-1-py3-none-any.whl, uploaded 2025-06-20, serves, where only an sdist did",
    )


def test_a_yank_without_a_reason() -> None:
    found = looked(A, {"a": {"1": {"files": [LINUX, ANY], "yanked": ""}, "0.9": {}}}, row("a>=0.5"))
    assert said(found) == ["yanked a: the release is yanked, no reason given", "moved a: 1 -> 0.9"]


def test_a_yank_that_the_matrix_asks_for_is_told_and_moves_nothing() -> None:
    found = looked(A, {"a": {"1": {"files": [LINUX, ANY], "yanked": "bad"}}}, row("a==1"))
    assert said(found) == ["yanked a: the release is yanked: bad"]


CHAIN = {
    "a": {"1": {"requires": ["b<2"]}, "2": {"requires": ["b>=2", "c"], "uploaded": LATER}},
    "b": {"1": {}, "2": {}},
    "c": {"1": {"requires": ["d"]}},
    "d": {"1": {}},
}
BEFORE = {**CHAIN, "a": {"1": {"requires": ["b<2"]}}}


def test_a_release_is_the_cause_of_all_that_it_takes_along() -> None:
    found = looked(BEFORE, CHAIN, row("a>=1"))
    root = "(a 2, uploaded 2025-06-20)"
    assert causes(found) == {
        "a": "a 2, uploaded 2025-06-20",
        "b": f"a 2 needs b>=2 {root}",
        "c": f"a 2 needs c {root}",
        "d": f"c 1 needs d (a 2 needs c {root})",
    }
    by_name = {each.name: _move(each) for each in found.found}
    assert by_name["d"] == (None, Version("1"), False)
    assert by_name["a"] == (Version("1"), Version("2"), True)


def _move(each: DriftFinding) -> tuple[Version | None, Version | None, bool]:
    assert each.move is not None
    return each.move.before, each.move.after, each.move.is_direct


def test_what_falls_out_was_asked_for_by_what_moved() -> None:
    before = {"a": {"1": {"requires": ["old"]}}, "old": {"1": {}}}
    after = {"a": {"1": {"requires": ["old"]}, "2": {"uploaded": LATER}}, "old": {"1": {}}}
    found = looked(before, after, row("a>=1"))
    assert causes(found)["old"] == "a 1 needed old (a 2, uploaded 2025-06-20)"
    assert "moved old: 1 falls out" in said(found)


def test_a_circle_of_demands_ends() -> None:
    before = {"a": {"1": {"requires": ["b==1"]}}, "b": {"1": {"requires": ["a==1"]}}}
    after = {
        name: {**releases, "2": {"requires": [f"{other}==2"], "uploaded": LATER}}
        for (name, releases), other in zip(before.items(), ("b", "a"), strict=True)
    }
    assert set(causes(looked(before, after, row("a>=1")))) == {"a", "b"}


def test_an_older_release_without_another_reason_is_the_matrix() -> None:
    universe: Packages = {"a": {"1": {}, "2": {}}}
    before = request(row("a>=1", recommended="1"), as_of=THEN)
    outcome = Resolver(Universe(universe)).solve(before)
    assert isinstance(outcome, Solved)
    pins = {pin.name: pin for pin in outcome.pins}
    committed = CommittedSet(
        target=before.target.name,
        revision=3,
        as_of=THEN,
        has_set=True,
        pins={name: pin.version for name, pin in pins.items()},
        hashes={name: tuple(file.sha256 for file in pin.files) for name, pin in pins.items()},
    )
    case = CommittedTarget(
        committed=committed,
        request=replace(before, rows=(row("a>=1", recommended="2"),)),
        revision=4,
        now=NOW,
        cooldown=timedelta(),
        resolver=Resolver(Universe(universe)),
    )
    assert causes(target_drift(case)) == {"a": "the matrix was edited: revision 3 -> 4"}


def test_a_broken_set_with_two_causes_names_both() -> None:
    before: Packages = {"a": {"1": {}}, "b": {"1": {}}}
    after = {name: {"1": {"yanked": f"no {name}"}} for name in before}
    (broken,) = [each for each in looked(before, after, row("a>=1"), row("b>=1")).found if each.kind == "broken"]
    assert broken.message == "no set any more: a 1: the release is yanked: no a; b 1: the release is yanked: no b"
    assert broken.conflict is not None
    assert len(broken.conflict.core) == 1, "either would do"


def test_a_target_that_never_had_a_set_is_not_broken() -> None:
    nothing: Packages = {"a": {"1": {}}}
    assert looked(nothing, nothing, row("a>=2")).found == ()


def test_the_cooldown_holds_back_what_would_be_taken_and_nothing_else() -> None:
    after = {"a": {"1": {}, "2": {"uploaded": LATER}, "3": {"uploaded": LATER, "python": ">=3.12"}}}
    found = looked({"a": {"1": {}}}, after, row("a>=1"), cooldown=timedelta(days=20))
    assert found.found == ()
    assert [(each.name, str(each.version)) for each in found.held] == [(canonicalize_name("a"), "2")]


BUILT = {"a": {"1": {"files": ["sdist"], "build": ["tool"]}}, "tool": {"1": {}}}


def test_a_tool_that_builds_the_set_moved() -> None:
    after = {**BUILT, "tool": {"1": {}, "2": {"uploaded": LATER}}}
    found = looked(BUILT, after, row("a>=1"), sdists=["a"])
    assert said(found) == ["moved tool: 1 -> 2, to build with"]
    assert causes(found) == {"tool": "tool 2, uploaded 2025-06-20; it builds a"}


def test_a_tool_that_builds_the_set_yanked() -> None:
    after = {**BUILT, "tool": {"1": {"yanked": "bad"}, "0": {}}}
    found = looked(BUILT, after, row("a>=1"), sdists=["a"])
    assert said(found) == ["yanked tool: the release is yanked: bad; it builds a", "moved tool: 1 -> 0, to build with"]


def test_a_set_that_cannot_be_built_any_more_is_broken_by_its_tool() -> None:
    """The yank beside it is no proof of anything: the set itself could be had all along."""
    before = {**BUILT, "b": {"1": {}, "2": {}}}
    after = {**before, "tool": {"0": {"python": ">=3.12"}}, "b": {"1": {}, "2": {"yanked": "harmless"}}}
    found = looked(before, after, row("a>=1"), row("b>=1"), sdists=["a"])
    (broken,) = [each for each in found.found if each.kind == "broken"]
    assert "tool 1: the release is no longer listed; it builds a" in broken.message
    assert "without it there would be a set" not in broken.message


def test_a_wheel_that_the_lock_does_not_have() -> None:
    after = {"a": {"1": {"files": [LINUX, ANY, "cp311-abi3-manylinux_2_17_x86_64.whl"]}}}
    (found,) = looked(A, after, row("a>=1")).found
    assert (found.kind, found.message) == (
        "new-wheel",
        "a-1-cp311-abi3-manylinux_2_17_x86_64.whl, uploaded 2025-01-01, is a further wheel of this release",
    )
