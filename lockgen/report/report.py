"""The records of the HTML page: the committed sets, what was proved, found and moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockgen.model.drift import Drift, DriftFinding, PhaseDrift
from lockgen.model.history import History
from lockgen.model.lint import Finding
from lockgen.model.phase import PhaseResult
from lockgen.model.report import (
    DriftSection,
    FindingSection,
    PhaseDriftSection,
    PhaseSection,
    ReportPage,
    TargetLine,
)
from lockgen.model.report_overview import CommittedNo, PageOrigin
from lockgen.model.result import Solved
from lockgen.model.target import Target
from lockgen.model.verify import LEVELS, Proof
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
from lockgen.report.report_overview import (
    broken_groups,
    head,
    pin_ages,
    proved_targets,
    unrendered_text,
    unsupported_groups,
)
from lockgen.report.report_packages import order, packages
from lockgen.report.report_targets import OUTDATED, refused_line, solved_line, unrendered_line, unsupported_line
from lockgen.report.report_timeline import timeline
from lockgen.text.target_names import in_words

_TargetFindings = Mapping[str, Sequence[DriftFinding]]
"""Target -> what became of its set, the most serious first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPhase:
    """A phase as it is committed, and what else is known of it."""

    result: PhaseResult
    """Its cells are the committed sets."""
    refused: tuple[CommittedNo, ...] = ()
    """The targets that are committed without a set."""
    unrendered: tuple[Target, ...] = ()
    outdated: frozenset[str] = frozenset()
    """The targets whose set answers an earlier matrix."""
    proofs: tuple[Proof, ...] = ()
    """Of exactly these sets, the lowest level first."""
    history: History | None = None


def page(
    cases: Sequence[ReportedPhase],
    findings: Sequence[Finding],
    targets: PhaseTargets,
    *,
    origin: PageOrigin,
    drift: Drift | None = None,
) -> ReportPage:
    """Everything the page shows. `targets` are those of lint. `drift` None: the page has no drift section."""
    drifted = {} if drift is None else {each.facts.phase: each for each in drift.phases}
    phases = tuple(_phase(case, drifted.get(case.result.facts.phase), drift) for case in cases)
    return ReportPage(
        head=head(phases, origin),
        phases=phases,
        findings=tuple(_findings(findings, targets)),
        broken=broken_groups(phases),
        proved=proved_targets(phases),
        unsupported=unsupported_groups(phases),
        unrendered=unrendered_text(phases),
        ages=pin_ages(
            (
                (case.result.facts.phase, cell.request.target.name, pin)
                for case in cases
                for cell in case.result.cells
                if isinstance(cell.outcome, Solved)
                for pin in cell.outcome.pins
            ),
            origin.day,
        ),
        issues=() if drift is None else tuple(f"known issue {each.name}: {each.message}" for each in drift.issues),
    )


def _phase(case: ReportedPhase, drifted: PhaseDrift | None, drift: Drift | None) -> PhaseSection:
    names = order(case.result.phase, case.result.cells)
    found = {} if drifted is None else {each.target: each.found for each in drifted.targets}
    lines = {line.name: line for line in _lines(case, names, found)}
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
        drift=None if drifted is None or drift is None else _drift(drifted, drift, _edited(case)),
        timeline=None if case.history is None else timeline(case.history, case.result.phase),
    )


def _lines(case: ReportedPhase, names: Sequence[str], found: _TargetFindings) -> Iterator[TargetLine]:
    for cell in case.result.cells:
        if isinstance(cell.outcome, Solved):
            name = cell.request.target.name
            is_outdated = name in case.outdated
            yield solved_line(cell, cell.outcome, names, case.proofs, found.get(name, ()), is_outdated=is_outdated)
    yield from map(refused_line, case.refused)
    yield from map(unrendered_line, case.unrendered)
    yield from map(unsupported_line, case.result.unsupported)


def _counts(targets: Sequence[TargetLine]) -> Iterator[str]:
    statuses = Counter(line.status for line in targets)
    asked = len(targets) - statuses["unsupported"]
    yield f"{statuses['solved']} of {asked} targets solved"
    if statuses["unrendered"]:
        yield f"{statuses['unrendered']} not rendered"
    if statuses["unsupported"]:
        yield f"{statuses['unsupported']} not supported"
    levels = Counter(line.level for line in targets if line.level)
    yield from (f"{levels[level]} {level}" for level in reversed(LEVELS) if levels[level])
    if failed := sum(bool(line.failed) for line in targets):
        yield f"{failed} FAILED"
    if deviating := sum(any(cell.mark in {"below", "above"} for cell in line.cells) for line in targets):
        yield f"{deviating} not as wanted"


def _edited(case: ReportedPhase) -> Iterator[DriftSection]:
    kind, headline_ = OUTDATED
    if case.outdated:
        where = in_words(sorted(case.outdated), case.result.selection.everything)
        yield DriftSection(kind=kind, headline=headline_, where=where)


def _drift(phase: PhaseDrift, drift: Drift, edited: Iterator[DriftSection]) -> PhaseDriftSection:
    waiting = [
        f"held back by the cooldown of {cooldown_text(drift.cooldown)}: {one.name} {one.version}, "
        f"uploaded {day_text(one.uploaded)} ({where})"
        for one, where in held_releases((phase,))
    ]
    unrendered = [f"not rendered: {', '.join(phase.unrendered)}"] if phase.unrendered else []
    return PhaseDriftSection(
        summary=f"{counts_text(phase)} ({cut_offs_text(phase)})",
        found=(
            *edited,
            *(
                DriftSection(kind=each.one.kind, headline=headline(each.one), where=each.where, details=each.details)
                for each in grouped_findings((phase,))
            ),
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
