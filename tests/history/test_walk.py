"""The walk on small universes: where it stops, and which upload it blames."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lockgen.history.bisect import bisect_package, bisect_solvability
from lockgen.history.changes import changes
from lockgen.history.walk import end_of_day, walk
from lockgen.model.history import History, PinChange, SolvabilityChange
from lockgen.resolve.history import Replays
from tests.universe import Packages, Universe, request, row

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=30)
LINUX, WINDOWS = "py3.11-linux-x86_64", "py3.11-windows-x86_64"


def day(number: int, hour: int = 12) -> datetime:
    return datetime(2025, 1, number, hour, tzinfo=UTC)


def history(packages: Packages, *rows: str, on: tuple[str, ...] = (LINUX,)) -> History:
    """What became of the rows, each the newest, on these targets in January 2025."""
    courses = Replays(Universe(packages))
    asked = [request(*map(row, rows), on=name, strategy="maximum", as_of=UNTIL) for name in on]
    replays = [courses.follow(each) for each in asked]
    targets = [each.target for each in asked]
    walked = walk(list(zip(targets, replays, strict=True)), SINCE, UNTIL, lambda _done, _total: None)
    turns, moves = changes(walked, replays)
    return History(
        since=SINCE,
        until=UNTIL,
        moments=walked.moments,
        searches=courses.searches,
        courses=walked.courses,
        turns=turns,
        moves=moves,
    )


def told(found: History) -> list[str]:
    events_: list[tuple[datetime, str, SolvabilityChange | PinChange]] = [
        (each.moment, "set" if each.gained else "no set", each) for each in found.turns
    ]
    moves = [(each.moment, f"{each.name} {each.before} -> {each.after}", each) for each in found.moves]
    return [
        f"{moment:%d} {what} by {' and '.join(map(str, each.causes))} on {len(each.targets)}"
        for moment, what, each in sorted([*events_, *moves], key=lambda one: one[:2])
    ]


def test_a_release_moves_its_own_pin_on_the_day_it_came() -> None:
    found = history({"a": {"1.0": {}, "2.0": {"uploaded": day(3)}}}, "a>=1")
    assert told(found) == ["04 a 1.0 -> 2.0 by a 2.0 on 1"]
    assert found.moments == 2
    assert found.searches == 2


def test_days_without_an_upload_that_matters_are_not_solved() -> None:
    """Of what lies outside every range, of pre-releases and of wheels for others nothing is solved."""
    packages = {
        "a": {"1.0": {"requires": ["b<2"]}, "1.1rc1": {"uploaded": day(2)}},
        "b": {
            "1.0": {},
            "2.0": {"uploaded": day(3)},
            "1.5": {"uploaded": day(4), "files": ["cp311-cp311-win_amd64.whl"]},
        },
        "c": {"1.0": {"uploaded": day(5)}},
    }
    found = history(packages, "a>=1")
    assert (found.moments, found.searches, told(found)) == (1, 1, [])


def test_the_release_behind_a_move_of_another_package() -> None:
    packages = {
        "a": {"1.0": {"requires": ["b<2"]}, "1.1": {"requires": ["b"], "uploaded": day(5)}},
        "b": {"1.0": {}, "2.0": {}},
        "d": {"1.0": {}, "1.1": {"uploaded": day(5, 13)}},
    }
    found = history(packages, "a>=1", "d>=1")
    assert told(found) == [
        "06 a 1.0 -> 1.1 by a 1.1 on 1",
        "06 b 1.0 -> 2.0 by a 1.1 on 1",
        "06 d 1.0 -> 1.1 by d 1.1 on 1",
    ]


def test_of_two_releases_of_a_package_on_one_day_the_one_that_mattered() -> None:
    packages = {
        "a": {
            "1.0": {"requires": ["b<2"]},
            "1.1": {"requires": ["b<3"], "uploaded": day(5)},
            "1.2": {"requires": ["b"], "uploaded": day(5, 14)},
        },
        "b": {"1.0": {}, "2.0": {}, "3.0": {}},
    }
    assert told(history(packages, "a>=1")) == ["06 a 1.0 -> 1.2 by a 1.2 on 1", "06 b 1.0 -> 3.0 by a 1.2 on 1"]


def test_a_set_begins_when_the_last_missing_release_comes_and_can_end() -> None:
    packages = {
        "a": {"1.0": {"requires": ["b>=2"], "uploaded": day(2)}},
        "b": {"2.0": {"uploaded": day(4), "files": ["sdist", "cp311-cp311-win_amd64.whl", "py3-none-any.whl"],
                      "uploaded_of": {"cp311-cp311-win_amd64.whl": day(9)},
                      "requires_of": {"cp311-cp311-win_amd64.whl": ["absent"]}}},
    }  # fmt: skip
    found = history(packages, "a>=1", on=(LINUX, WINDOWS))
    assert told(found) == ["05 set by b 2.0 on 2", "10 no set by b 2.0 on 1"]
    assert [each.event and each.event.moment for each in bisect_solvability(found)] == [day(5, 0), day(5, 0)]


def test_what_comes_with_files_of_its_own_on_each_target_is_told_once() -> None:
    wheels = ["cp311-cp311-manylinux_2_28_x86_64.whl", "cp311-cp311-win_amd64.whl"]
    uploaded = {wheels[0]: day(3, 1), wheels[1]: day(3, 2)}
    packages = {"a": {"1.0": {}, "2.0": {"files": wheels, "uploaded_of": uploaded}}}
    found = history(packages, "a>=1", on=(LINUX, WINDOWS))
    assert told(found) == ["04 a 1.0 -> 2.0 by a 2.0 on 2"]
    files = [
        [cause.filename for cause in each.causes]
        for each in bisect_package(found, request(row("a")).rows[0].name, None)
    ]
    assert files == [[f"a-2.0-{wheels[0]}"], [f"a-2.0-{wheels[1]}"]]


def test_a_first_final_release_ends_the_pre_releases() -> None:
    packages = {
        "a": {"1.0": {"requires": ["b>=2"]}},
        "b": {"2.1rc1": {}, "2.0": {"uploaded": day(8), "files": ["cp311-cp311-win_amd64.whl"]}},
    }
    found = history(packages, "a>=1")
    assert told(found) == ["09 no set by b 2.0 on 1"]


def test_a_cut_off_of_its_own_holds_a_package_back() -> None:
    packages = {"a": {"1.0": {}, "2.0": {"uploaded": day(3)}, "3.0": {"uploaded": day(9)}}}
    asked = request(row("a>=1"), as_of=UNTIL, as_of_for={row("a").name: day(5)})
    replay = Replays(Universe(packages)).follow(asked)
    (course,) = walk([(asked.target, replay)], SINCE, UNTIL, lambda _done, _total: None).courses
    assert [str((span.pins or {})[row("a").name]) for span in course.spans] == ["1.0", "2.0"]


@pytest.mark.parametrize(
    ("moment", "end"), [(day(3, 0), day(3, 0)), (day(3, 1), day(4, 0)), (day(31), day(31, 0) + timedelta(1))]
)
def test_the_end_of_a_day(moment: datetime, end: datetime) -> None:
    assert end_of_day(moment) == end
