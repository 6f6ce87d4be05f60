"""drift."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from lockgen.drift.committed_target import CommittedTarget
from lockgen.drift.target_drift import target_drift
from lockgen.errors import UsageError
from lockgen.lint.accept import accepted
from lockgen.lint.issues import issue_findings
from lockgen.matrix.edit.cut_offs import move_cut_offs
from lockgen.matrix.select import chosen_phases, select
from lockgen.model.drift import CommittedSet, Drift, DriftFinding, PhaseDrift
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseRequests, Progress, Scope
from lockgen.resolve.resolver import Resolver
from lockgen.text import moment
from lockgen.workflow.committed import committed
from lockgen.workflow.lint import tables_of
from lockgen.workflow.render import layered_requests

CommittedSets = Mapping[str, CommittedSet]
"""By target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """The moment a committed set is looked at, and how old a release must be by then to be taken."""

    now: datetime
    cooldown: timedelta = timedelta()


def drift(
    matrices: Matrices, scope: Scope, look: DriftOptions, output: Path, *, resolver: Resolver, progress: Progress
) -> Drift:
    """Resolve again as of `look` and compare with what is committed in `output`.

    LockgenError for a phase that was not rendered or has a later cut-off, and when the index cannot be read.
    """
    later = at(matrices, scope, look)

    asked = layered_requests(later, replace(scope, as_of=None), resolver)
    total = sum(len(question.requests) for question in asked)
    found: list[PhaseDrift] = []
    before: dict[str, CommittedSets] = {}
    for question in asked:
        known = before[question.facts.phase] = committed(question.selection.phase, output)
        found.append(watched(matrices, question, look, known, resolver=resolver))
        progress(sum(len(done.targets) for done in found), total)
    is_whole = scope.is_whole
    noted = {issue for sets in before.values() for each in sets.values() for issue in each.issues}
    issues = tuple(_solved_issues(later, noted, resolver)) if is_whole else ()
    return Drift(now=look.now, cooldown=look.cooldown, phases=tuple(found), issues=issues)


def watched(
    matrices: Matrices, question: PhaseRequests, look: DriftOptions, before: CommittedSets, *, resolver: Resolver
) -> PhaseDrift:
    """The drift of a phase's committed sets from `before` to `matrices`, which have later cut-offs."""
    names = [target.name for target in question.selection.targets]
    return PhaseDrift(
        facts=question.facts,
        rendered=matrices.phase(question.facts.phase).as_of,
        targets=tuple(target_drift(case) for case in cases(matrices, question, look, before, resolver=resolver)),
        unrendered=tuple(name for name in names if name not in before),
        refused=question.selection.refused,
    )


def cases(
    matrices: Matrices, question: PhaseRequests, look: DriftOptions, before: CommittedSets, *, resolver: Resolver
) -> Iterator[CommittedTarget]:
    """Each target of the question that was rendered, beside its committed set; see `watched`."""
    revision = matrices.phase(question.facts.phase).revision
    for request in question.requests:
        if (known := before.get(request.target.name)) is not None:
            yield CommittedTarget(
                committed=known,
                request=request,
                revision=revision,
                now=look.now,
                cooldown=look.cooldown,
                resolver=resolver,
            )


def at(matrices: Matrices, scope: Scope, look: DriftOptions) -> Matrices:
    """The matrices with the cut-offs of the scope's phases moved to the moment of the drift.

    A cooldown never takes back what is committed already. UsageError for a phase whose cut-off is later.
    """
    tables = {phase.table for phase in chosen_phases(matrices, scope.phases, scope.sets)}
    # All sets of a phase have its cut-offs: those below a set that was chosen alone are needed as of then too.
    chosen = [phase for phase in matrices.phases.values() if phase.table in tables]
    for phase in chosen:
        if phase.as_of > look.now:
            hint = "Look at it as of a later moment, or at another phase."
            raise UsageError(
                f"phase {phase.phase} is rendered as of {moment(phase.as_of)}, later than {moment(look.now)}", hint=hint
            )
    moved = {phase.phase: move_cut_offs(phase, max(phase.as_of, look.now - look.cooldown)) for phase in chosen}
    return replace(matrices, phases={**matrices.phases, **moved})


def _solved_issues(matrices: Matrices, noted: Collection[str], resolver: Resolver) -> Iterator[DriftFinding]:
    """Known issues that concern committed sets and can no longer occur; those accepted as idle are left out."""
    tables = tables_of(matrices, select(matrices, (), ()), resolver)
    ids = {issue.where: issue.id for issue in matrices.issues}
    for finding in accepted(matrices, issue_findings(tables)):
        if not finding.accepted and ids[finding.where] in noted:
            yield DriftFinding(kind="issue-solved", name=ids[finding.where], message=finding.message)
