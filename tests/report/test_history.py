"""A history in words: every line is told once, other people's names do no harm, days are those of the uploads."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.history.bisect import bisect_package, bisect_solvability
from lockgen.history.changes import changes
from lockgen.history.walk import walk
from lockgen.model.history import History, Period, SmokeBisectResult, Upload
from lockgen.model.phase import PhaseFacts
from lockgen.model.verify import Proof
from lockgen.report.history import NOTE, day_text, history_answer, history_json
from lockgen.report.history_bisect import bisect_answer, smoke_bisect_answer, smoke_bisect_json
from lockgen.report.history_markdown import history_markdown
from lockgen.report.layout import answer_text
from lockgen.resolve.history import Replays
from tests.universe import Universe, request, row

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
UNTIL = datetime(2025, 1, 31, tzinfo=UTC)
LINUX, WINDOWS = "py3.11-linux-x86_64", "py3.11-windows-x86_64"
FACTS = PhaseFacts(phase="x", title="Test", revision=1, as_of=UNTIL, strategy="maximum", command="lockgen render")
NEW = datetime(2025, 1, 5, 12, 30, 15, 999, tzinfo=UTC)
PACKAGES = {
    "a": {"1.0": {"requires": ["b<2"]}, "1.1": {"requires": ["b"], "uploaded": NEW}},
    "b": {"1.0": {}, "2.0": {}},
    "c": {"1.0": {"files": ["cp311-cp311-win_amd64.whl", "py3-none-any.whl"],
                  "uploaded_of": {"py3-none-any.whl": NEW}}},
}  # fmt: skip
ASKED = tuple(request(row("a>=1"), row("c>=1"), on=name, strategy="maximum", as_of=UNTIL) for name in (LINUX, WINDOWS))


def history_text(*words) -> str:
    return answer_text(history_answer(*words))


def bisect_text(*words) -> str:
    return answer_text(bisect_answer(*words))


def smoke_bisect_text(*words) -> str:
    return answer_text(smoke_bisect_answer(*words))


@pytest.fixture(scope="module")
def found() -> History:
    courses = Replays(Universe(PACKAGES))
    followers = [courses.follow(each) for each in ASKED]
    pairs = [(each.target, follower) for each, follower in zip(ASKED, followers, strict=True)]
    walked = walk(pairs, SINCE, UNTIL, lambda _done, _total: None)
    turns, moves = changes(walked, followers)
    return History(since=SINCE, until=UNTIL, moments=2, searches=4, courses=walked.courses, turns=turns, moves=moves)


def test_the_text(found: History) -> None:
    assert history_text(FACTS, ASKED, found).splitlines() == [
        "phase x (maximum, 2025-01-01 to 2025-01-31): 2 of 2 targets have a set; 2 moves; uploads mattered on 2 of 30 days",
        "  a set since",
        "    before 2025-01-01  py3.11-windows-x86_64",
        "    2025-01-05         py3.11-linux-x86_64    by c 1.0, uploaded 2025-01-05T12:30:15Z",
        "  the set of the last day since",
        "    2025-01-05  all  a 1.1, c 1.0",
        "  the rows' pins of the last day",
        "    a  1.1  since 2025-01-05  all",
        "    c  1.0  since 2025-01-01  py3.11-windows-x86_64",
        "    c  1.0  since 2025-01-05  py3.11-linux-x86_64",
        "  moves",
        "    2025-01-05  a  1.0 -> 1.1  py3.11-windows-x86_64",
        "    2025-01-05  b  1.0 -> 2.0  py3.11-windows-x86_64 by a 1.1",
    ]


def test_one_package_alone(found: History) -> None:
    lines = history_text(FACTS, ASKED, found, "b").splitlines()
    assert lines[0].endswith(": b moved 1 time")
    assert [line.strip() for line in lines[1:]] == [
        "moves",
        "2025-01-05  b  1.0 -> 2.0  py3.11-windows-x86_64 by a 1.1",
    ]
    assert [move["package"] for move in history_json(FACTS, found, "b")["moves"]] == ["b"]
    assert "`a`" not in history_markdown(FACTS, found, "b")


def test_the_json_holds_everything(found: History) -> None:
    told = json.loads(json.dumps(history_json(FACTS, found)))
    assert (told["since"], told["until"], told["note"]) == ("2025-01-01T00:00:00Z", "2025-01-31T00:00:00Z", NOTE)
    assert told["targets"][LINUX] == [
        {"since": "2025-01-01T00:00:00Z", "pins": None},
        {"since": "2025-01-06T00:00:00Z", "pins": {"a": "1.1", "b": "2.0", "c": "1.0"}},
    ]
    assert told["turns"] == [
        {
            "moment": "2025-01-06T00:00:00Z",
            "change": "gained",
            "targets": [LINUX],
            "causes": [
                {
                    "package": "c",
                    "version": "1.0",
                    "file": "c-1.0-py3-none-any.whl",
                    "uploaded": "2025-01-05T12:30:15.000999Z",
                }
            ],
        }
    ]


def test_the_markdown(found: History) -> None:
    lines = history_markdown(FACTS, found).splitlines()
    assert lines[0] == "## Phase x (maximum) from 2025-01-01 to 2025-01-31"
    assert "| 2025-01-05 | `b` | `1.0 -> 2.0` | `py3.11-windows-x86_64` | by a 1.1 |" in lines
    rows = [line.count("|") for line in lines if line.startswith("|")]
    assert rows == [5] * 3 + [6] * 4


def test_a_name_with_markup_does_no_harm(found: History) -> None:
    evil = NormalizedName("<b>|`x`")
    bad = replace(found, moves=tuple(replace(move, name=evil) for move in found.moves))
    (line, _) = [line for line in history_markdown(FACTS, bad).splitlines() if "1.1" in line and "windows" in line]
    assert line.count("|") - line.count(r"\|") == 6
    assert line.count("`") % 2 == 0


def test_a_bisection_names_the_file_and_the_second(found: History) -> None:
    text = bisect_text(FACTS, bisect_package(found, NormalizedName("b"), None), found)
    assert text.splitlines() == [
        "phase x (maximum): b 2.0 on 2 of 2 targets",
        "  py3.11-linux-x86_64",
        "      b 2.0: came with the set, made solvable by c 1.0, uploaded 2025-01-05T12:30:15Z",
        "        c-1.0-py3-none-any.whl  2025-01-05T12:30:15.000999Z",
        "  py3.11-windows-x86_64",
        "      b 2.0: moved from 1.0 by a 1.1, uploaded 2025-01-05T12:30:15Z",
        "        a-1.1-py3-none-any.whl  2025-01-05T12:30:15.000999Z",
    ]


def test_what_was_so_from_the_start_and_what_never_was(found: History) -> None:
    assert "py3.11-windows-x86_64\n      a set already on 2025-01-01" in bisect_text(
        FACTS, bisect_solvability(found), found
    )
    never = bisect_text(FACTS, bisect_package(found, NormalizedName("b"), Version("9")), found)
    assert never.splitlines()[1:] == ["  all", "      b 9 is in no set from 2025-01-01 on"]
    old = bisect_text(FACTS, bisect_package(found, NormalizedName("b"), Version("1.0")), found)
    assert "py3.11-windows-x86_64\n      b 1.0 already on 2025-01-01" in old


def test_the_first_set_that_does_not_run(found: History) -> None:
    a = NormalizedName("a")
    upload = Upload(uploaded=NEW, name=a, version=Version("1.1"), filename="a-1.1-py3-none-any.whl")
    proofs = (
        Proof(target=LINUX, level="installed", verdict="proved"),
        Proof(target=LINUX, level="smoked", verdict="failed", reason="TestClient: \x1b[31m::error::no"),
    )
    good = Period(since=SINCE, pins={a: Version("1.0")})
    bad = Period(since=NEW, pins={a: Version("1.1")}, news=(upload,))
    target = ASKED[0].target
    tried = ((NEW, False), (SINCE, True))
    broken = SmokeBisectResult(target=target, tried=tried, span=bad, before=good, proofs=proofs)
    assert smoke_bisect_text(FACTS, broken, found).splitlines() == [
        "phase x (maximum), py3.11-linux-x86_64: the first set that does not run came with a 1.1, uploaded 2025-01-05T12:30:15Z",
        "  what came",
        "      a-1.1-py3-none-any.whl  2025-01-05T12:30:15.000999Z",
        "      a 1.0 -> 1.1",
        "  smoked failed",
        "      TestClient:  [31m::error::no",
        "note: 2 of 3 sets were run",
    ]
    assert smoke_bisect_json(FACTS, broken)["causes"][0]["file"] == "a-1.1-py3-none-any.whl"
    first = smoke_bisect_text(FACTS, replace(broken, span=good, before=None), found)
    assert first.startswith("phase x (maximum), py3.11-linux-x86_64: no set ever ran, from 2025-01-01 on; 2 of 3 sets")
    runs = SmokeBisectResult(target=target, tried=((NEW, True),), span=None)
    assert smoke_bisect_text(FACTS, runs, found).endswith("the last set runs; 1 of 3 sets were run")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (SINCE, "2025-01-01"),
        (SINCE + timedelta(days=5), "2025-01-05"),
        (SINCE + timedelta(days=5, hours=3), "2025-01-06"),
    ],
)
def test_a_midnight_closes_the_day_before(found: History, moment: datetime, said: str) -> None:
    assert day_text(moment, found) == said
