"""How requirements fit, in words and as JSON: hand-made trials, one for each answer there is."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.conflict import Demand, Derivation, Step
from lockgen.model.origin import RequirementOrigin
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.refusal import Refusal
from lockgen.model.requirements import Unconsidered, UserRequirement, UserRequirements
from lockgen.model.result import Unsolved, Unsupported
from lockgen.model.target import Target, make_target
from lockgen.model.try_ import TryRepair, TryResult
from lockgen.report.layout import answer_text
from lockgen.report.try_ import TriedPhase, asked_text, left_out, result_json, try_answer
from tests.records import origin

LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
MAC = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
ONE, TWO, THREE, FOUR = (make_target(python, platform) for python in ("3.11", "3.12") for platform in (LINUX, MAC))
FACTS = PhaseFacts(
    phase="2",
    title="Modern",
    revision=1,
    as_of=datetime(2026, 11, 20, tzinfo=UTC),
    strategy="recommended",
    command="",
)
HEAD = "phase 2: Modern (as of 2026-11-20): "
HOSTILE = "\x1b[31mred\x1b[0m\nphase 2: fits 30 of 30 targets"


def pair(text: str) -> tuple:
    name, version = text.split(" ")
    return canonicalize_name(name), Version(version)


def move(name: str, committed: str, new: str | None) -> Change:
    return Change(name=canonicalize_name(name), before=Version(committed), after=None if new is None else Version(new))


def demand(by: str, wanted: str) -> Demand:
    name, specifier = wanted.split(" ")
    return Demand(name=canonicalize_name(name), specifier=SpecifierSet(specifier), origin=origin(by))


def mend(where: str = "requirements.txt:2", **more: bool) -> TryRepair:
    name, version = pair("langchain 0.1.20")
    return TryRepair(where=where, name=name, version=version, instead="langchain==0.0.200", **more)


ROW, WISH = demand("phase-2.yaml:36", "pydantic >=2.5"), demand("requirements.txt:2", "langchain ==0.0.200")


def no(target: Target, *core: Demand, refusals: tuple[Refusal, ...] = (), **more) -> TryResult:
    link = Step(
        origin=origin("langchain 0.1"),
        releases=(Version("0.0.200"),),
        name=canonicalize_name("pydantic"),
        specifiers=(SpecifierSet("<2"),),
    )
    meetings = () if refusals else (Derivation(name=canonicalize_name("pydantic"), chains=((WISH, link),)),)  # type: ignore[arg-type]
    conflict = Unsolved(target=target, core=core or (ROW, WISH), meetings=meetings, refusals=refusals, snapshot="")
    return TryResult(target=target, fit="no", conflict=conflict, **more)


def text(*trials: TryResult, unsupported: tuple[Unsupported, ...] = (), is_committed: bool = True) -> list[str]:
    """The lines below the verdict."""
    tried = TriedPhase(facts=FACTS, results=trials, unsupported=unsupported, is_committed=is_committed)
    return answer_text(try_answer(UserRequirements(), [tried], is_build=True)).splitlines()[1:]


def test_what_fits_everywhere_is_one_line() -> None:
    every = [TryResult(target=target, fit="pins", added=(pair("flask 3.0"),)) for target in (ONE, TWO, THREE, FOUR)]
    assert text(*every) == [f"  {HEAD}fits 4 of 4 targets", "    fits the committed pins: all"]
    assert text(*every, is_committed=False)[1:] == ["    fits the pins a render gives today (none are committed): all"]


def test_what_would_move_and_what_has_to_be_built() -> None:
    moves = (move("anyio", "4.3.0", "4.4.0"), move("sniffio", "1.3.1", None))
    answer = TryResult(target=ONE, fit="ranges", moves=moves, builds=(pair("lib 1.0"),))
    assert text(answer)[1:] == [
        "    fits the ranges, with other pins: py3.11-linux-x86_64",
        "        needs a build: lib 1.0",
        "        pins that would move: anyio 4.3.0 -> 4.4.0, sniffio 1.3.1 -> left out",
    ]


def test_unknown_names_what_could_not_be_read_and_apart_from_it_what_is_only_built() -> None:
    lib, far = pair("lib 1.0"), pair("far 2.0")
    assert text(TryResult(target=ONE, fit="unknown", builds=(lib, far), unread=(far,))) == [
        f"  {HEAD}fits 0 of 1 targets, unknown on 1",
        "    unknown, fits as far as metadata can be read without a build: py3.11-linux-x86_64",
        "        only a build could tell what these require: far 2.0",
        "        needs a build: lib 1.0",
    ]


def test_a_no_tells_who_collides_how_it_comes_about_and_what_would_help() -> None:
    assert text(no(ONE, repairs=(mend(),))) == [
        f"  {HEAD}fits 0 of 1 targets, does not fit 1",
        "    does not fit: py3.11-linux-x86_64",
        (
            "        these demands cannot hold together: "
            "phase-2.yaml:36 needs pydantic>=2.5; requirements.txt:2 needs langchain==0.0.200"
        ),
        "          langchain 0.0.200 needs pydantic<2",
        "        nearest that fits: requirements.txt:2: langchain 0.1.20 instead of langchain==0.0.200",
    ]


@pytest.mark.parametrize(
    ("core", "said"),
    [
        ((WISH,), "cannot be had there, whatever the phase: requirements.txt:2 needs langchain==0.0.200"),
        (
            (WISH, demand("requirements.txt:9", "pydantic >=2")),
            (
                "cannot hold together there, whatever the phase: "
                "requirements.txt:2 needs langchain==0.0.200; requirements.txt:9 needs pydantic>=2"
            ),
        ),
    ],
)
def test_a_no_that_the_phase_has_no_part_in_says_so(core: tuple[Demand, ...], said: str) -> None:
    assert f"        {said}" in text(no(ONE, *core, is_own=True))


def test_a_missing_wheel_is_said_as_such() -> None:
    name, version = pair("faiss-cpu 1.7.4")
    refusal = Refusal(kind="platform", name=name, version=version, reason="has no usable file among 24")
    assert "          faiss-cpu 1.7.4 has no usable file among 24" in text(no(ONE, WISH, refusals=(refusal,)))


def test_a_step_back_is_said_as_such() -> None:
    (line,) = (line for line in text(no(ONE, repairs=(mend(is_older=True),))) if "nearest" in line)
    assert line == (
        "        nearest that fits: requirements.txt:2: langchain 0.1.20 (a step back) instead of langchain==0.0.200"
    )


def test_all_lines_that_must_change_and_those_that_cannot_be_met() -> None:
    other = replace(mend("requirements.txt:5"), name=canonicalize_name("lib"), version=None, instead="lib==1")
    lines = text(no(ONE, repairs=(mend(), mend("requirements.txt:3"), other), repairs_unread=(pair("dep 1.0"),)))
    assert lines[-5:] == [
        "        nearest that may fit together, each of which is needed:",
        "          requirements.txt:2: langchain 0.1.20 instead of langchain==0.0.200",
        "          requirements.txt:3: langchain 0.1.20 instead of langchain==0.0.200",
        "        cannot be met: requirements.txt:5: no version of lib fits beside the phase and the other lines",
        "        it may fit, for only a build could tell what these require: dep 1.0",
    ]


def test_what_could_not_be_looked_for_says_why() -> None:
    assert text(no(ONE, repairs_unknown="its page is not in it"))[-1] == (
        "        what would fit is unknown: its page is not in it"
    )


def test_a_project_that_is_not_for_a_python() -> None:
    assert text(TryResult(target=ONE, fit="not for it", reason="it requires Python >=3.12")) == [
        f"  {HEAD}fits 0 of 1 targets, not asked on 1",
        "    not asked: py3.11-linux-x86_64",
        "        it requires Python >=3.12",
    ]


def test_the_same_answer_is_said_once_and_the_best_one_first() -> None:
    apart = no(FOUR, demand("requirements.txt:7", "uvloop >=9"))
    other = Unsupported(target=make_target("3.7", LINUX), reason="no", remedy="")
    lines = text(no(ONE), apart, no(TWO), TryResult(target=THREE, fit="pins"), unsupported=(other,))
    assert lines[0] == f"  {HEAD}fits 1 of 4 targets, does not fit 3, 1 unsupported"
    assert [line for line in lines[1:] if not line.startswith("     ")] == [
        "    fits the committed pins: py3.12-linux-x86_64",
        "    does not fit: py3.11-*",
        "    does not fit: py3.12-macos-arm64",
    ]


def test_what_is_added_differs_often_and_makes_no_paragraph_of_its_own() -> None:
    one, two = (TryResult(target=target, fit="pins", added=(pair(f"lib {n}"),)) for n, target in enumerate((ONE, TWO)))
    assert len(text(one, two)) == 2


def test_words_from_elsewhere_make_no_line_and_no_colour() -> None:
    blamed = replace(WISH, origin=RequirementOrigin(where=HOSTILE))
    lines = text(no(ONE, blamed, repairs=(mend(HOSTILE),)), TryResult(target=TWO, fit="not for it", reason=HOSTILE))
    assert not any("\x1b" in line for line in lines)
    assert sum(line.startswith("  phase 2") for line in lines) == 1


def test_json_has_every_key_whatever_the_answer() -> None:
    every = [
        TryResult(target=ONE, fit="pins"),
        TryResult(target=ONE, fit="unknown", builds=(pair("lib 1.0"),), unread=(pair("lib 1.0"),)),
        TryResult(target=ONE, fit="ranges", moves=(move("a", "1", None),), added=(pair("b 2"),)),
        no(ONE, repairs=(mend(is_older=True),), is_own=True),
    ]
    told = [json.loads(json.dumps(result_json(each))) for each in every]
    assert len({tuple(each) for each in told}) == 1
    # The key of `repairs` in the JSON is `mends`, which scripts read.
    names = {each.name.replace("repairs", "mends") for each in fields(TryResult)}
    assert names - set(told[0]) == {"target", "conflict"}
    assert told[1]["builds"] == told[1]["unread"] == {"lib": "1.0"}
    assert told[2]["moves"] == {"a": {"committed": "1", "new": None}}
    assert told[3]["core"] == [
        {"by": "phase-2.yaml:36", "needs": "pydantic>=2.5"},
        {"by": "requirements.txt:2", "needs": "langchain==0.0.200"},
    ]
    assert told[3]["steps"] == ["langchain 0.0.200 needs pydantic<2"]
    assert told[3]["mends"] == [
        {
            "where": "requirements.txt:2",
            "name": "langchain",
            "version": "0.1.20",
            "instead": "langchain==0.0.200",
            "is_older": True,
        }
    ]


def test_what_was_asked_for_and_what_was_not_considered() -> None:
    one = UserRequirement(name=canonicalize_name("flask"), specifier=SpecifierSet(), where="r.txt:1")
    address = Unconsidered(where="r.txt:2", text=f"git+x {HOSTILE}", reason="a git address")
    assert asked_text(UserRequirements(requirements=(one,))) == "1 requirement"
    two = UserRequirements(requirements=(one, one), constraints=(one,), unconsidered=(address,), prereleases=True)
    first, second, third = answer_text(try_answer(two, [])).splitlines()
    assert first.startswith("2 requirements and 1 constraint (pre-releases only where one is named): ")
    assert second.startswith("  not considered: r.txt:2: git+x ")
    assert third == "      a git address"
    assert "\x1b" not in second
    assert not left_out(UserRequirements(requirements=(one,)))
