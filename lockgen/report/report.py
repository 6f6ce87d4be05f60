"""The records of the HTML page: what was solved, proved, found and moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockgen.model.drift import Drift, PhaseDrift
from lockgen.model.history import History
from lockgen.model.lint import Finding
from lockgen.model.phase import PhaseResult
from lockgen.model.report import (
    DriftSection,
    FindingSection,
    GridCell,
    PhaseDriftSection,
    PhaseSection,
    ReportPage,
    TargetLine,
)
from lockgen.model.result import Pin, Solved, TargetResult, Unsolved, Unsupported
from lockgen.model.verify import LEVELS, Proof
from lockgen.report.conflict import conflict_lines
from lockgen.report.drift import (
    cooldown_text,
    counts_text,
    cut_offs_text,
    day_text,
    grouped_findings,
    headline,
    held_releases,
)
from lockgen.report.lint import PhaseTargets, groups, sentences
from lockgen.report.report_packages import marked, order, packages, wishes
from lockgen.report.report_timeline import timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPhase:
    """A phase as it was answered, and what else is known of it."""

    result: PhaseResult
    proofs: tuple[Proof, ...] = ()
    """Of exactly these sets, the lowest level first."""
    history: History | None = None


def page(
    cases: Sequence[ReportedPhase],
    findings: Sequence[Finding],
    targets: PhaseTargets,
    *,
    drift: Drift | None = None,
) -> ReportPage:
    """Everything the page shows. `targets` are those of lint. `drift` None: the page has no drift section."""
    drifted = {} if drift is None else {each.facts.phase: each for each in drift.phases}
    return ReportPage(
        phases=tuple(_phase(case, drifted.get(case.result.facts.phase), drift) for case in cases),
        findings=tuple(_findings(findings, targets)),
        issues=() if drift is None else tuple(f"known issue {each.name}: {each.message}" for each in drift.issues),
    )


def _phase(case: ReportedPhase, drifted: PhaseDrift | None, drift: Drift | None) -> PhaseSection:
    names = order(case.result.phase, case.result.cells)
    lines = {
        **{cell.request.target.name: _line(cell, names, case.proofs) for cell in case.result.cells},
        **{each.target.name: _unsupported(each) for each in case.result.unsupported},
    }
    targets = tuple(lines[name] for name in dict.fromkeys((*case.result.selection.everything, *lines)) if name in lines)
    return PhaseSection(
        phase=case.result.facts.phase,
        title=case.result.facts.title,
        revision=case.result.facts.revision,
        as_of=day_text(case.result.facts.as_of),
        command=case.result.facts.command,
        counts=tuple(_counts(targets)),
        targets=targets,
        packages=packages(case.result.matrices, case.result.phase, case.result.cells, names),
        drift=None if drifted is None or drift is None else _drift(drifted, drift),
        timeline=None if case.history is None else timeline(case.history, case.result.phase),
    )


def _counts(targets: Sequence[TargetLine]) -> Iterator[str]:
    statuses = Counter(line.status for line in targets)
    asked = len(targets) - statuses["unsupported"]
    yield f"{statuses['solved']} of {asked} targets solved"
    if statuses["unsupported"]:
        yield f"{statuses['unsupported']} not supported"
    levels = Counter(line.level for line in targets if line.level)
    yield from (f"{levels[level]} {level}" for level in reversed(LEVELS) if levels[level])
    if failed := sum(bool(line.failed) for line in targets):
        yield f"{failed} FAILED"
    if deviating := sum(any(cell.mark in {"below", "above"} for cell in line.cells) for line in targets):
        yield f"{deviating} not as wanted"


def _line(cell: TargetResult, names: Sequence[str], proofs: Sequence[Proof]) -> TargetLine:
    target = cell.request.target
    issues = tuple((each.title, each.solution) for each in cell.issues)
    if isinstance(cell.outcome, Unsolved):
        return TargetLine(
            name=target.name,
            python=target.python,
            platform=target.platform.name,
            status="unsolved",
            reason=tuple(conflict_lines(cell.outcome)),
            issues=issues,
        )
    own = [proof for proof in proofs if proof.target == target.name]
    return TargetLine(
        name=target.name,
        python=target.python,
        platform=target.platform.name,
        status="solved",
        cells=tuple(_cells(cell.outcome, cell, names)),
        level=_level(own),
        failed=next((proof.level for proof in own if proof.verdict == "failed"), ""),
        proofs=("closed: every dependency, tag and Requires-Python holds", *map(_proof, own)),
        issues=issues,
        notes=(*cell.outcome.advice, *map(_built, filter(lambda pin: pin.permission, cell.outcome.pins))),
    )


def _cells(solved: Solved, cell: TargetResult, names: Sequence[str]) -> Iterator[GridCell]:
    pins: Mapping[str, Pin] = {pin.name: pin for pin in solved.pins}
    wished = wishes(cell, solved)
    for name in names:
        if name not in pins:
            yield GridCell(mark="absent")
            continue
        mark, wanted, _because = marked(name, wished)
        pin = pins[name]
        yield GridCell(version=str(pin.version), mark=mark, wanted=wanted, is_sdist=pin.permission is not None)


def _unsupported(each: Unsupported) -> TargetLine:
    return TargetLine(
        name=each.target.name,
        python=each.target.python,
        platform=each.target.platform.name,
        status="unsupported",
        reason=tuple(filter(None, (each.reason, each.remedy))),
    )


def _level(proofs: Sequence[Proof]) -> str:
    proved = [LEVELS.index(proof.level) for proof in proofs if proof.verdict == "proved"]
    return LEVELS[max(proved, default=0)]


def _proof(proof: Proof) -> str:
    """`smoked: on Python 3.11.7, glibc 2.36`, or what failed."""
    on = ", ".join(filter(None, (f"Python {proof.python}" if proof.python else "", proof.libc)))
    means = " ".join(filter(None, (f"by {proof.installer}" if proof.installer else "", f"on {on}" if on else "")))
    said = f"FAILED, {proof.reason}" if proof.verdict == "failed" else "proved"
    return " ".join(filter(None, (f"{proof.level}: {said}", means)))


def _built(pin: Pin) -> str:
    assert pin.permission is not None  # noqa: S101 - the caller chose these pins
    needs = ", ".join(pin.permission.build_packages) or "no operating system packages"
    return f"{pin.name} {pin.version} is built from its sdist ({pin.permission.reason}); that needs {needs}"


def _drift(phase: PhaseDrift, drift: Drift) -> PhaseDriftSection:
    waiting = [
        f"held back by the cooldown of {cooldown_text(drift.cooldown)}: {one.name} {one.version}, "
        f"uploaded {day_text(one.uploaded)} ({where})"
        for one, where in held_releases((phase,))
    ]
    unrendered = [f"not rendered: {', '.join(phase.unrendered)}"] if phase.unrendered else []
    return PhaseDriftSection(
        summary=f"{counts_text(phase)} ({cut_offs_text(phase)})",
        found=tuple(
            DriftSection(kind=each.one.kind, headline=headline(each.one), where=each.where, details=each.details)
            for each in grouped_findings((phase,))
        ),
        notes=(*waiting, *unrendered),
    )


def _findings(findings: Sequence[Finding], targets: PhaseTargets) -> Iterator[FindingSection]:
    for group in groups(findings):
        first = group[0]
        yield FindingSection(
            severity=first.severity,
            rule=first.rule,
            where=first.where,
            text=sentences(group, targets),
            steps=first.steps,
            accepted=first.accepted,
            phases=tuple(each for each in targets if each in {one.phase for one in group}),
        )
