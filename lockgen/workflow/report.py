"""report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lockgen.errors import UsageError
from lockgen.matrix.select import exact_name
from lockgen.model.matrix import Matrices
from lockgen.model.phase import Progress, Scope
from lockgen.model.report import ReportPage
from lockgen.model.report_overview import PageOrigin
from lockgen.render.environment import Templates
from lockgen.render.report_html import page_html
from lockgen.render.write import write_alone
from lockgen.report.report import ReportedPhase, page
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.drift import DriftOptions
from lockgen.workflow.drift import drift as watch
from lockgen.workflow.history import recall
from lockgen.workflow.lint import lint
from lockgen.workflow.report_committed import committed_phases, is_rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What the page is about, beside matrices and index: the sets in `output`, their drift, history since a day."""

    output: Path
    smoke: str
    """Digest of the smoke script; empty when there is none."""
    look: DriftOptions
    origin: PageOrigin
    since: datetime | None = None
    """None: without history."""


def report_page(
    matrices: Matrices, scope: Scope, view: ReportOptions, *, resolver: Resolver, progress: Progress
) -> ReportPage:
    """The page about the scope's phases: the committed sets with their proofs, findings of lint, drift and history.

    A phase that is not rendered is shown as such. UsageError when none is, LockgenError when the index cannot be read.
    """
    own = replace(scope, as_of=None)
    cases = committed_phases(matrices, own, view.output, view.smoke, resolver)
    rendered = [each for each in cases if is_rendered(each, view.output)]
    if not rendered:
        raise UsageError(
            "not rendered: there is no set to report",
            where=str(view.output),
            hint="Run `lockgen render`, or name the folder of outputs with --output.",
        )
    linted = lint(matrices, own, resolver, progress, view.output)
    recalled = recall(matrices, own, view.since, resolver, progress) if view.since else ()
    histories = {each.facts.phase: each.history for each in recalled}
    return page(
        [replace(each, history=histories.get(each.result.facts.phase)) for each in cases],
        linted.findings,
        linted.targets,
        origin=view.origin,
        drift=watch(
            matrices, _drift_scope(scope, rendered, cases), view.look, view.output, resolver=resolver, progress=progress
        ),
    )


def write_page(shown: ReportPage, templates: Templates, file: Path) -> int:
    """Write the page, whole or not at all; how many bytes it has. `templates` are HTML templates."""
    content = page_html(shown, templates).encode()
    write_alone(file, content)
    return len(content)


def is_yes(shown: ReportPage) -> bool:
    """Whether no set is broken."""
    return not shown.broken


def _drift_scope(scope: Scope, rendered: Sequence[ReportedPhase], cases: Sequence[ReportedPhase]) -> Scope:
    """The phases that are rendered. With all of them at once, drift also looks for known issues that are over."""
    is_whole = not scope.phases and not scope.sets and len(rendered) == len(cases)
    names = () if is_whole else tuple(exact_name(each.result.facts.phase) for each in rendered)
    return replace(scope, phases=names, sets=())
