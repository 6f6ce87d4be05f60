"""The page's records from hand-made answers: the grid, why each version, proofs, drift and history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.drift import Drift, DriftFinding, DriftKind, HeldRelease, PhaseDrift, PinDrift, TargetDrift
from lockgen.model.history import History, Period, SolvabilityChange, TargetHistory, Upload
from lockgen.model.history import PinChange as Moved
from lockgen.model.index import DistFile, Metadata
from lockgen.model.issues import KnownIssue
from lockgen.model.lint import Finding
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.refusal import Refusal
from lockgen.model.report import LaneSpan, ReportPage
from lockgen.model.report_overview import CommittedNo, PageOrigin, SetSpan
from lockgen.model.request import Request, Row, SdistPermission
from lockgen.model.result import Deviation, IssueNote, Pin, Solved, TargetResult, Unsupported
from lockgen.model.target import Target, make_target
from lockgen.model.verify import Proof
from lockgen.report.report import ReportedPhase, page
from lockgen.report.report_overview import age_text
from tests.records import dependency, matrices, origin, result

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
MAC = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
OLD, ONE, TWO, THREE = (make_target(*each) for each in (("3.7", LINUX), ("3.8", LINUX), ("3.12", LINUX), ("3.12", MAC)))
FACTS = PhaseFacts(phase="1", title="First", revision=2, as_of=AS_OF, strategy="recommended", command="lockgen render")
FASTAPI, STARLETTE, IDNA = map(canonicalize_name, ("fastapi", "starlette", "idna"))
TABLES = matrices(
    dependency("starlette", "0.27.0", recommended="0.32.0", maximum="<0.33.0", note="with fastapi"),
    dependency("fastapi", "0.95.0", extras=frozenset({"all"}), group="web"),
    dependency("unused", "1"),
    issues=(
        KnownIssue(
            id="client",
            title="no client",
            symptom="it breaks",
            solution="older httpx",
            is_measured=True,
            packages={STARLETTE: SpecifierSet("<1")},
            constrain=(Requirement("IDNA<4"),),
            where="issues.yaml:3:5",
        ),
    ),
)


def pin(name: str, version: str, *by: str, permission: SdistPermission | None = None) -> Pin:
    normal = canonicalize_name(name)
    return Pin(
        name=normal,
        version=Version(version),
        files=(),
        via=tuple(Demand(name=normal, specifier=SpecifierSet(">=0.1"), origin=origin(who)) for who in by),
        metadata=Metadata(name=normal, version=Version(version)),
        permission=permission,
    )


def request(target: Target) -> Request:
    rows = tuple(Row(name=name, specifier=SpecifierSet(), where="phase-1.yaml:3") for name in (STARLETTE, FASTAPI))
    return Request(target=target, strategy="recommended", rows=rows, as_of=AS_OF)


def solved(target: Target, *pins: Pin, **fields) -> TargetResult:
    outcome = Solved(target=target, pins=pins, snapshot="", **fields)
    note = IssueNote(id="client", title="no client", solution="older httpx")
    return TargetResult(request=request(target), outcome=outcome, issues=(note,))


LATE = Refusal(kind="python", name=IDNA, version=Version("4"), reason="requires Python >=3.9")
BEHIND = Deviation(name=STARLETTE, wanted=Version("0.32.0"), got=Version("0.27.0"), because="fastapi caps it")
CELLS = (
    solved(
        ONE,
        pin("fastapi", "0.99.1", "phase-1.yaml:9"),
        pin("idna", "3", "starlette 0.27.0", permission=SdistPermission(name=IDNA, reason="no wheel")),
        pin("starlette", "0.27.0", "fastapi 0.99.1", "phase-1.yaml:3"),
        deviations=(BEHIND,),
        refusals=(LATE,),
        advice=("an extra is missing",),
    ),
    solved(
        TWO,
        pin("fastapi", "0.99.1", "phase-1.yaml:9"),
        pin("starlette", "0.33.0", "phase-1.yaml:3"),
        deviations=(replace(BEHIND, got=Version("0.33.0")),),
    ),
)
CASE = ReportedPhase(
    result=result(
        TABLES,
        FACTS,
        CELLS,
        unsupported=(Unsupported(target=OLD, reason="too old", remedy="Use flask."),),
        everything=(OLD.name, ONE.name, TWO.name, THREE.name),
    ),
    refused=(
        CommittedNo(target=THREE, core=("phase-1.yaml:9 needs fastapi<1",), steps=("idna: too new",), has_old_set=True),
    ),
    proofs=(
        Proof(target=ONE.name, level="fetched", verdict="proved", installer="pip 26.3"),
        Proof(target=ONE.name, level="installed", verdict="proved", python="3.8.18", libc="glibc 2.36"),
        Proof(target=ONE.name, level="smoked", verdict="failed", reason="it crashed", python="3.8.18"),
    ),
)


ORIGIN = PageOrigin(day=AS_OF.date(), lockgen="1", index="an index")


def shown(case: ReportedPhase = CASE, **fields) -> ReportPage:
    return page([case], [], {"1": [ONE.name, TWO.name, THREE.name]}, origin=ORIGIN, **fields)


def test_the_grid_has_the_rows_first_and_every_target_in_the_tables_order() -> None:
    phase = shown().phases[0]
    assert [each.name for each in phase.packages] == ["starlette", "fastapi", "idna"]
    assert [line.name for line in phase.targets] == [OLD.name, ONE.name, TWO.name, THREE.name]
    grid = [[(cell.mark, cell.version, cell.wanted) for cell in line.cells] for line in phase.targets]
    assert grid[0] == grid[3] == []
    assert grid[1] == [("below", "0.27.0", "0.32.0"), ("wanted", "0.99.1", ""), ("brought", "3", "")]
    assert grid[2] == [("above", "0.33.0", "0.32.0"), ("wanted", "0.99.1", ""), ("absent", "", "")]
    assert phase.targets[1].cells[2].is_sdist


def test_a_target_says_what_was_proved_and_what_failed() -> None:
    phase = shown().phases[0]
    one, two, three = phase.targets[1:]
    assert (one.level, one.failed) == ("installed", "smoked")
    assert one.proofs == (
        "closed: every dependency, tag and Requires-Python holds",
        "fetched: proved by pip 26.3",
        "installed: proved on Python 3.8.18, glibc 2.36",
        "smoked: FAILED, it crashed on Python 3.8.18",
    )
    assert one.notes == (
        "an extra is missing",
        "idna 3 is built from its sdist (no wheel); that needs no operating system packages",
    )
    assert one.issues == (("no client", "older httpx"),)
    assert (two.level, two.failed) == ("closed", "")
    assert (three.level, three.reason[0]) == ("", "these demands cannot be had: phase-1.yaml:9 needs fastapi<1")
    assert phase.targets[0].reason == ("too old", "Use flask.")
    assert phase.counts == (
        "2 of 3 targets solved",
        "1 not supported",
        "1 installed",
        "1 closed",
        "1 FAILED",
        "2 not as wanted",
    )


def test_the_head_counts_each_target_by_its_worst() -> None:
    page_ = shown()
    assert page_.head.verdict == "2 of 3 sets are broken, none has drifted"
    assert page_.head.state == "broken"
    assert {each.state: each.count for each in page_.head.counts if each.count} == {
        "broken": 2,
        "installed": 1,
        "closed": 1,
        "unsupported": 1,
    }
    assert [(each.where, each.what, each.details) for each in page_.broken] == [
        (ONE.name, "smoked: FAILED, it crashed on Python 3.8.18", ()),
        (
            THREE.name,
            "these demands cannot be had: phase-1.yaml:9 needs fastapi<1",
            ("idna: too new", "an older set is kept, which no longer answers the matrix; nothing deploys it"),
        ),
    ]
    assert [(each.where, each.what) for each in page_.unsupported] == [("py3.7-linux-x86_64", "too old. Use flask.")]
    assert [(each.level, each.where) for each in page_.proved] == [
        ("smoked", ""),
        ("installed", ONE.name),
        ("fetched", ""),
        ("closed", TWO.name),
    ]


def test_a_set_of_an_earlier_matrix_and_one_that_is_not_rendered_are_shown_as_such() -> None:
    page_ = shown(replace(CASE, refused=(), proofs=(), outdated=frozenset({TWO.name}), unrendered=(THREE,)))
    assert page_.head.verdict == "1 of 2 sets has drifted, none is broken; 1 target not rendered"
    assert page_.unrendered == THREE.name
    _, one, two, three = page_.phases[0].targets
    assert (one.state, two.state, three.state) == ("closed", "drifted", "unrendered")
    assert two.drifted[0].startswith("edited: the set does not answer the matrix")
    assert page_.phases[0].counts[:2] == ("2 of 3 targets solved", "1 not rendered")


@pytest.mark.parametrize(
    ("kind", "state"), [("gone", "broken"), ("tampered", "broken"), ("yanked", "drifted"), ("new-wheel", "drifted")]
)
def test_what_an_install_can_fail_over_is_broken_and_the_rest_is_drift(kind: DriftKind, state: str) -> None:
    found = DriftFinding(kind=kind, name="starlette", version=Version("0.33.0"), message="it happened")
    phase = PhaseDrift(facts=FACTS, rendered=AS_OF, targets=(TargetDrift(target=TWO.name, found=(found,)),))
    drift = Drift(now=AS_OF, cooldown=timedelta(), phases=(phase,))
    line = shown(replace(CASE, refused=(), proofs=()), drift=drift).phases[0].targets[2]
    assert line.state == state
    assert line.why == f"{kind}: starlette 0.33.0: it happened"
    assert line.cells[0].drift == kind


@pytest.mark.parametrize(
    ("days", "text"),
    [(-1, "0 days"), (1, "1 day"), (29, "29 days"), (31, "1 month"), (366, "1 year"), (800, "2 years 2 months")],
)
def test_an_age_is_in_words(days: int, text: str) -> None:
    assert age_text(days) == text


def test_pins_have_ages_where_the_index_dates_their_files() -> None:
    dated = replace(
        pin("idna", "3"),
        files=(
            DistFile(
                name=IDNA,
                version=Version("3"),
                filename="idna-3-py3-none-any.whl",
                sha256="",
                uploaded=AS_OF - timedelta(days=400),
            ),
        ),
    )
    cells = (solved(ONE, dated), solved(TWO, dated, pin("fastapi", "0.99.1")))
    (age,) = shown(replace(CASE, result=replace(CASE.result, cells=cells))).ages
    assert (age.name, age.days, age.text, age.where) == ("idna", 400, "1 year 1 month", "all")


def test_a_package_says_why_this_version() -> None:
    starlette, fastapi, idna = shown().phases[0].packages
    assert starlette.published == "minimum 0.27.0, recommended 0.32.0, maximum <0.33.0. with fastapi"
    assert fastapi.published == "minimum 0.95.0, with extras all. optional (web)"
    assert [(each.version, each.where, each.wanted, each.because) for each in starlette.versions] == [
        ("0.27.0", ONE.name, "0.32.0", "fastapi caps it"),
        ("0.33.0", TWO.name, "0.32.0", "fastapi caps it"),
    ]
    assert starlette.versions[0].asked == (
        "fastapi 0.99.1 needs starlette>=0.1",
        "phase-1.yaml:3 needs starlette>=0.1",
    )
    assert starlette.deviates
    assert not fastapi.deviates
    assert idna.refused == (f"idna 4 requires Python >=3.9: {ONE.name}",)
    assert starlette.issues == idna.issues == ("no client. starlette <1. Solution: older httpx.",)
    assert fastapi.issues == ()


def test_findings_are_told_once_for_all_their_phases() -> None:
    one = Finding(rule="a", severity="error", phase="1", where="x:1", message="cannot be", targets=(ONE.name,))
    targets = {"1": [ONE.name, TWO.name], "2": [ONE.name]}
    found = page(
        [CASE], [one, replace(one, phase="2"), replace(one, rule="b", accepted="known")], targets, origin=ORIGIN
    ).findings
    assert [(each.rule, each.phases, each.accepted) for each in found] == [
        ("a", ("1", "2"), ""),
        ("b", ("1",), "known"),
    ]
    assert found[0].text.startswith("cannot be.")


def test_drift_is_told_by_kind_with_what_waits() -> None:
    move = PinDrift(
        name=IDNA, before=Version("3"), after=Version("4"), is_direct=False, cause="its upload", behind=3, held_back=""
    )
    drift = Drift(
        now=AS_OF + timedelta(days=9),
        cooldown=timedelta(days=7),
        phases=(
            PhaseDrift(
                facts=FACTS,
                rendered=AS_OF,
                targets=(
                    TargetDrift(
                        target=ONE.name,
                        found=(
                            DriftFinding(kind="moved", name="idna", version=Version("3"), message="3 to 4", move=move),
                            DriftFinding(
                                kind="yanked", name="fastapi", version=Version("0.99.1"), message="was yanked"
                            ),
                        ),
                        held=(HeldRelease(name=IDNA, version=Version("5"), uploaded=AS_OF),),
                    ),
                ),
                unrendered=(TWO.name,),
            ),
        ),
        issues=(DriftFinding(kind="issue-solved", name="client", message="can no longer occur"),),
    )
    told = shown(drift=drift)
    found = told.phases[0].drift
    assert found is not None
    assert [(each.kind, each.headline) for each in found.found] == [
        ("yanked", "fastapi 0.99.1: was yanked"),
        ("moved", "idna 3 to 4, transitive, 3 days behind"),
    ]
    assert "its upload" in found.found[1].details[0]
    assert found.notes == (
        f"held back by the cooldown of 7 days: idna 5, uploaded 2026-11-20 ({ONE.name})",
        f"not rendered: {TWO.name}",
    )
    assert told.issues == ("known issue client: can no longer occur",)
    assert (
        shown(case=replace(CASE, result=replace(CASE.result, facts=replace(FACTS, phase="2"))), drift=drift)
        .phases[0]
        .drift
        is None
    )


def test_history_becomes_lanes() -> None:
    first, later = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 2, tzinfo=UTC)
    upload = Upload(uploaded=datetime(2024, 6, 1, 12, tzinfo=UTC), name=IDNA, version=Version("4"), filename="f")
    old, new = {FASTAPI: Version("0.99.1"), IDNA: Version("3")}, {FASTAPI: Version("0.99.1"), IDNA: Version("4")}
    history = History(
        since=first,
        until=AS_OF,
        moments=2,
        searches=2,
        courses=(
            TargetHistory(target=ONE, spans=(Period(since=first, pins=old), Period(since=later, pins=new))),
            TargetHistory(target=TWO, spans=(Period(since=first, pins=None), Period(since=later, pins=new))),
        ),
        turns=(SolvabilityChange(moment=later, gained=True, causes=(upload,), targets=(TWO.name,)),),
        moves=(
            Moved(
                moment=later,
                name=IDNA,
                before=Version("3"),
                after=Version("4"),
                causes=(upload,),
                targets=(ONE.name,),
            ),
        ),
    )
    told = shown(case=replace(CASE, history=history)).phases[0].timeline
    assert told is not None
    # The uploads of a day count from the midnight that ends it; the plot shows the day itself.
    turn, end = date(2024, 6, 1), date(2026, 11, 20)
    assert (told.since, told.until, told.solved) == (date(2024, 1, 1), end, ((date(2024, 1, 1), 1), (turn, 2)))
    assert [(lane.where, lane.spans) for lane in told.targets] == [
        (ONE.name, (SetSpan(start=told.since, end=end, has_set=True),)),
        (
            TWO.name,
            (
                SetSpan(start=told.since, end=turn, has_set=False),
                SetSpan(start=turn, end=end, has_set=True),
            ),
        ),
    ]
    assert {lane.package: lane.spans for lane in told.lanes} == {
        "starlette": (LaneSpan(start=told.since, end=end, version=""),),
        "fastapi": (LaneSpan(start=told.since, end=end, version="0.99.1"),),
        "unused": (LaneSpan(start=told.since, end=end, version=""),),
        "idna": (
            LaneSpan(start=told.since, end=turn, version="3"),
            LaneSpan(start=turn, end=end, version="4"),
        ),
    }
    assert [(each.day, each.package, each.what, each.where, each.cause) for each in told.moves] == [
        (turn, "", "has a set", TWO.name, "idna 4"),
        (turn, "idna", "3 to 4", ONE.name, "idna 4"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "words"), [(None, "4", "came in as 4"), ("3", None, "left at 3"), ("3", "4", "3 to 4")]
)
def test_a_package_comes_moves_and_goes(before: str | None, after: str | None, words: str) -> None:
    move = Moved(
        moment=AS_OF,
        name=IDNA,
        before=Version(before) if before else None,
        after=Version(after) if after else None,
        causes=(),
        targets=(ONE.name,),
    )
    start = AS_OF - timedelta(days=9)
    course = TargetHistory(target=ONE, spans=(Period(since=start, pins={}),))
    history = History(since=start, until=AS_OF, moments=1, searches=1, courses=(course,), turns=(), moves=(move,))
    told = shown(case=replace(CASE, history=history)).phases[0].timeline
    assert told is not None
    assert [each.what for each in told.moves] == [words]
