"""A target on the page: its committed set, what was proved of it, and what became of it since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lockgen.model.drift import DriftFinding, DriftKind
from lockgen.model.report import GridCell, TargetLine
from lockgen.model.report_overview import CommittedNo
from lockgen.model.result import Pin, Solved, TargetResult, Unsupported
from lockgen.model.target import Target
from lockgen.model.verify import LEVELS, Level, Proof
from lockgen.report.drift import detail_lines, headline
from lockgen.report.report_packages import marked, wishes

BREAKING: frozenset[DriftKind] = frozenset({"tampered", "gone", "broken", "quarantined"})
"""What an install of the committed lock can fail over, and a set that can no longer be had."""
OUTDATED = ("edited", "the set does not answer the matrix as it is now; lockgen check says why")
"""What is said of a set that answers an earlier matrix: a word beside the kinds of drift, and a line."""


def solved_line(
    cell: TargetResult,
    solved: Solved,
    names: Sequence[str],
    proofs: Sequence[Proof],
    found: Sequence[DriftFinding],
    *,
    is_outdated: bool,
) -> TargetLine:
    """A target with a committed set. `names`: the packages of the grid; `found`: the drift of the target."""
    target = cell.request.target
    own = [proof for proof in proofs if proof.target == target.name]
    drifted = [line for each in found if each.kind not in BREAKING for line in _drift_lines(each)]
    return TargetLine(
        name=target.name,
        python=target.python,
        platform=target.platform.name,
        status="solved",
        cells=tuple(_cells(solved, cell, names, found)),
        broken=tuple(line for each in found if each.kind in BREAKING for line in _drift_lines(each)),
        drifted=(*([": ".join(OUTDATED)] if is_outdated else ()), *drifted),
        level=_level(own),
        failed=next((proof.level for proof in own if proof.verdict == "failed"), ""),
        proofs=("closed: every dependency, tag and Requires-Python holds", *map(proof_text, own)),
        issues=tuple((each.title, each.solution) for each in cell.issues),
        notes=(*solved.advice, *map(_built, filter(lambda pin: pin.permission, solved.pins))),
    )


def refused_line(no: CommittedNo) -> TargetLine:
    """A target for which no set is committed, because there is none."""
    verdict = "cannot be had" if len(no.core) == 1 else "cannot hold together"
    core = [f"these demands {verdict}: {'; '.join(no.core)}"] if no.core else []
    kept = ["an older set is kept, which no longer answers the matrix; nothing deploys it"] if no.has_old_set else []
    return TargetLine(
        name=no.target.name,
        python=no.target.python,
        platform=no.target.platform.name,
        status="unsolved",
        reason=(*core, *no.steps, *kept) or ("the summary gives no reason",),
    )


def unrendered_line(target: Target) -> TargetLine:
    """A target that the matrix asks for and that was not rendered."""
    return TargetLine(
        name=target.name,
        python=target.python,
        platform=target.platform.name,
        status="unrendered",
        reason=("not rendered: run `lockgen render`",),
    )


def unsupported_line(each: Unsupported) -> TargetLine:
    """A target that the tables do not support."""
    return TargetLine(
        name=each.target.name,
        python=each.target.python,
        platform=each.target.platform.name,
        status="unsupported",
        reason=tuple(filter(None, (each.reason, each.remedy))),
    )


def proof_text(proof: Proof) -> str:
    """`smoked: proved on Python 3.11.7, glibc 2.36`, or what failed."""
    on = f"Python {proof.where}" if proof.python else proof.where
    means = " ".join(filter(None, (f"by {proof.installer}" if proof.installer else "", f"on {on}" if on else "")))
    said = f"FAILED, {proof.reason}" if proof.verdict == "failed" else "proved"
    return " ".join(filter(None, (f"{proof.level}: {said}", means)))


def _drift_lines(each: DriftFinding) -> Iterator[str]:
    """The finding and its causes; of a conflict the first line, the others stand in the section about drift."""
    first, *_ = (*detail_lines(each), "")
    yield f"{each.kind}: {headline(each)}{f' ({first})' if first else ''}"


def _cells(
    solved: Solved, cell: TargetResult, names: Sequence[str], found: Sequence[DriftFinding]
) -> Iterator[GridCell]:
    pins: Mapping[str, Pin] = {pin.name: pin for pin in solved.pins}
    wished = wishes(cell, solved)
    moved = {each.name: _pin_drift(each) for each in reversed(found)}  # the most serious of a package comes first
    for name in names:
        if name not in pins:
            yield GridCell(mark="absent")
            continue
        mark, wanted, _because = marked(name, wished)
        pin = pins[name]
        yield GridCell(
            version=str(pin.version),
            mark=mark,
            wanted=wanted,
            is_sdist=pin.permission is not None,
            drift=moved.get(name, ""),
        )


def _pin_drift(each: DriftFinding) -> str:
    if each.move is None:
        return each.kind
    return "goes" if each.move.after is None else f"to {each.move.after}"


def _level(proofs: Sequence[Proof]) -> Level:
    proved = [LEVELS.index(proof.level) for proof in proofs if proof.verdict == "proved"]
    return LEVELS[max(proved, default=0)]


def _built(pin: Pin) -> str:
    assert pin.permission is not None  # noqa: S101 - the caller chose these pins
    needs = ", ".join(pin.permission.build_packages) or "no operating system packages"
    return f"{pin.name} {pin.version} is built from its sdist ({pin.permission.reason}); that needs {needs}"
