"""The page of the repository's own committed output, with troubles made up, so that every state is on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.cli.environment import open_matrices, open_smoke
from lockgen.index.frozen import FrozenIndex
from lockgen.model.drift import Drift, DriftFinding, PhaseDrift, PinDrift, TargetDrift
from lockgen.model.history import History, Period, PinChange, SolvabilityChange, TargetHistory, Upload
from lockgen.model.lint import Finding
from lockgen.model.phase import Scope
from lockgen.model.report import ReportPage
from lockgen.model.report_overview import CommittedNo, PageOrigin
from lockgen.report.report import ReportedPhase, page
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.report_committed import committed_phases
from tests.conftest import ROOT

NOW = datetime(2026, 11, 29, tzinfo=UTC)
STARLETTE, CERTIFI = map(canonicalize_name, ("starlette", "certifi"))
ORIGIN = PageOrigin(day=NOW.date(), lockgen="0.1.0", index="the index pip is configured with")


@cache
def committed() -> tuple[ReportedPhase, ...]:
    """All four phases as they are committed. Nothing is asked of the index."""
    index = FrozenIndex(ROOT / "tests" / "frozen" / "web-2024-03-01.xz")
    folder = ROOT / "matrices"
    return committed_phases(open_matrices(folder), Scope(), ROOT / "output", open_smoke(folder), Resolver(index))


def calm() -> ReportPage:
    """Nothing has happened."""
    return page(committed(), [], {}, origin=ORIGIN)


def troubled() -> ReportPage:
    """Broken, drifted and unrendered sets, a failed proof, a finding of lint and a history."""
    first, *others = committed()
    return page(
        [_with_history(_without_some(first)), *others],
        [
            Finding(
                rule="recommended-conflict",
                severity="error",
                phase="1",
                where="phase-1.yaml:31:16",
                message="recommended starlette 0.32.0 cannot go with fastapi 0.99.1, which needs starlette <0.28.0",
            )
        ],
        {each.result.facts.phase: each.result.selection.everything for each in (first, *others)},
        origin=ORIGIN,
        drift=_drift([first, *others]),
    )


def _without_some(case: ReportedPhase) -> ReportedPhase:
    """Two targets have no set, one is not rendered; of another a proof failed."""
    targets = {cell.request.target.name: cell.request.target for cell in case.result.cells}
    no = [targets[name] for name in ("py3.12-macos-arm64", "py3.12-macos-x86_64")]
    missing = targets["py3.12-alpine-x86_64"]
    left = tuple(cell for cell in case.result.cells if cell.request.target not in {*no, missing})
    failed = next(each for each in case.proofs if (each.target, each.level) == ("py3.11-linux-x86_64", "smoked"))
    return replace(
        case,
        result=replace(case.result, cells=left),
        refused=tuple(
            CommittedNo(
                target=each,
                core=("phase-1.yaml:43 needs orjson>=3.9.3", "phase-1.yaml:19 needs pydantic==1.10.13"),
                steps=("orjson: 3.9.3 and 4 more have no wheel for macOS 13",),
                has_old_set=True,
            )
            for each in no
        ),
        unrendered=(missing,),
        proofs=(
            *(each for each in case.proofs if each is not failed),
            replace(failed, verdict="failed", reason="GET /health answered 500"),
        ),
    )


def _drift(cases: list[ReportedPhase]) -> Drift:
    yanked = DriftFinding(
        kind="yanked", name="starlette", version=Version("0.27.0"), message="the release is yanked: broken redirects"
    )
    moved = DriftFinding(
        kind="moved",
        name="certifi",
        version=Version("2026.10.18"),
        message="2026.10.18 -> 2026.11.22",
        move=PinDrift(
            name=CERTIFI,
            before=Version("2026.10.18"),
            after=Version("2026.11.22"),
            is_direct=False,
            cause="certifi 2026.11.22, uploaded 2026-11-22",
            behind=7,
        ),
    )
    gone = DriftFinding(kind="gone", name="anyio", version=Version("4.3.0"), message="the release is no longer listed")
    found = {
        ("1", "py3.9"): (yanked, moved),
        ("1", "py3.10"): (moved,),
        ("1-stable", "py3.9"): (yanked,),
        ("2", "py3.11"): (gone,),
    }
    return Drift(
        now=NOW,
        cooldown=timedelta(),
        phases=tuple(
            PhaseDrift(
                facts=case.result.facts,
                rendered=case.result.facts.as_of,
                targets=tuple(
                    TargetDrift(target=name, found=found.get((case.result.facts.phase, name.split("-")[0]), ()))
                    for name in case.result.selection.everything
                ),
            )
            for case in cases
        ),
    )


def _with_history(case: ReportedPhase) -> ReportedPhase:
    """Two groups of targets: one always had a set, one got it late."""
    start, turn = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 6, 2, tzinfo=UTC)
    upload = Upload(uploaded=turn - timedelta(hours=9), name=STARLETTE, version=Version("0.27.0"), filename="f")
    old, new = {STARLETTE: Version("0.26.1")}, {STARLETTE: Version("0.27.0")}
    targets = [cell.request.target for cell in case.result.cells]
    late = tuple(each.name for each in targets if "3.12" in each.name)
    courses = tuple(
        TargetHistory(
            target=each,
            spans=(
                Period(since=start, pins=None if each.name in late else old),
                Period(since=turn, pins=new, news=(upload,)),
            ),
        )
        for each in targets
    )
    move = PinChange(
        moment=turn,
        name=STARLETTE,
        before=Version("0.26.1"),
        after=Version("0.27.0"),
        causes=(upload,),
        targets=tuple(each.name for each in targets if each.name not in late),
    )
    gained = SolvabilityChange(moment=turn, gained=True, causes=(upload,), targets=late)
    history = History(since=start, until=NOW, moments=2, searches=2, courses=courses, turns=(gained,), moves=(move,))
    return replace(case, history=history)
