"""report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lockgen.matrix.select import exact_name
from lockgen.model.drift import Drift
from lockgen.model.history import History
from lockgen.model.matrix import Matrices
from lockgen.model.phase import Progress, Scope
from lockgen.model.report import ReportPage
from lockgen.model.verify import Proof
from lockgen.render.environment import Templates
from lockgen.render.phase import RenderInputs
from lockgen.render.report_html import page_html
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.verified import Verified, read_verified
from lockgen.render.write import read, write_alone
from lockgen.report.report import ReportedPhase, page
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.drift import DriftOptions
from lockgen.workflow.drift import drift as watch
from lockgen.workflow.history import recall
from lockgen.workflow.keep import KeepOptions, answer_phases
from lockgen.workflow.lint import lint
from lockgen.workflow.render import RenderedPhase, render_phases


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How far the page looks beside the sets: drift of what stands in `output`, history since a day."""

    output: Path
    look: DriftOptions
    since: datetime | None = None
    """None: without history."""


def report_page(
    matrices: Matrices,
    scope: Scope,
    inputs: RenderInputs,
    view: ReportOptions,
    *,
    resolver: Resolver,
    progress: Progress,
) -> ReportPage:
    """The page about the scope's phases: sets, proofs, findings of lint, drift and history.

    The sets are those of the matrices' own cut-offs, the proofs those in the output that still hold. A phase that was
    not rendered there has no drift. LockgenError when the index cannot be read.
    """
    own = replace(scope, as_of=None)
    committed = KeepOptions(output=view.output, is_as_committed=True)
    rendered = render_phases(answer_phases(matrices, own, committed, resolver, progress), inputs, view.output)
    linted = lint(matrices, own, resolver, progress, view.output)
    recalled = recall(matrices, own, view.since, resolver, progress) if view.since else ()
    histories = {each.facts.phase: each.history for each in recalled}
    return page(
        [_case(each, histories.get(each.result.facts.phase)) for each in rendered],
        linted.findings,
        linted.targets,
        drift=_drift(matrices, scope, view, rendered, resolver=resolver, progress=progress),
    )


def write_page(shown: ReportPage, templates: Templates, file: Path) -> int:
    """Write the page, whole or not at all; how many bytes it has. `templates` are HTML templates."""
    content = page_html(shown, templates).encode()
    write_alone(file, content)
    return len(content)


def is_yes(shown: ReportPage) -> bool:
    """Whether every target the tables support has a set."""
    return not any(line.status == "unsolved" for phase in shown.phases for line in phase.targets)


def _case(rendered: RenderedPhase, history: History | None) -> ReportedPhase:
    result = rendered.result
    # The plan holds only the proofs of exactly these sets.
    text = rendered.plan.files.get(VERIFIED)
    known = read_verified(None if text is None else text.decode())
    names = {cell.request.target.name for cell in result.cells}
    return ReportedPhase(
        result=result,
        proofs=tuple(_proof(each) for each in known if each.target in names),
        history=history,
    )


def _proof(entry: Verified) -> Proof:
    return Proof(
        target=entry.target,
        level=entry.level,
        verdict=entry.verdict,
        reason=entry.reason,
        python=entry.python,
        libc=entry.libc,
        installer=entry.installer,
    )


def _drift(
    matrices: Matrices,
    scope: Scope,
    view: ReportOptions,
    rendered: Sequence[RenderedPhase],
    *,
    resolver: Resolver,
    progress: Progress,
) -> Drift | None:
    """What became of the phases that are rendered; None when none is."""
    there = [each.result.facts.phase for each in rendered if SUMMARY in read(each.folder, [SUMMARY])]
    if not there:
        return None
    # With all phases at once, drift also looks for known issues that are over.
    is_whole = not scope.phases and not scope.sets and len(there) == len(rendered)
    named = replace(scope, phases=() if is_whole else tuple(map(exact_name, there)), sets=())
    return watch(matrices, named, view.look, view.output, resolver=resolver, progress=progress)
