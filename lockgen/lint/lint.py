"""All rules over all tables, in the order they are fixed in: what does not exist, what cannot be, what is idle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockgen.lint.accept import accepted, unused
from lockgen.lint.bounds import bound_findings
from lockgen.lint.columns import column_findings
from lockgen.lint.conflicts import conflict_findings
from lockgen.lint.issues import issue_findings
from lockgen.lint.outcomes import solve_table, unsolved_findings
from lockgen.lint.overrides import override_findings
from lockgen.lint.sets import set_findings
from lockgen.lint.table import LintTable
from lockgen.lint.versions import version_findings
from lockgen.model.lint import Finding
from lockgen.model.phase import Progress


def lint(tables: Sequence[LintTable], progress: Progress, *, is_whole: bool) -> tuple[Finding, ...]:
    """Every finding about the tables, accepted ones marked.

    `is_whole`: the tables are all phases with all their targets. Only then are known issues, known conflicts and accept
    entries judged: a part cannot show that something never occurs. Nor can a part of the targets of a phase, so bounds
    and unused rows are left out there.
    """
    matrices = tables[0].matrices
    found: list[Finding] = []
    for done, table in enumerate(tables, start=1):
        found += _about(table)
        progress(done, len(tables))
    if is_whole:
        found += [*issue_findings(tables), *conflict_findings(tables)]
        found += unused(matrices, found)
    return accepted(matrices, found)


def _about(table: LintTable) -> Iterator[Finding]:
    absent = list(version_findings(table))
    yield from absent
    outcomes = solve_table(table)
    yield from unsolved_findings(outcomes)
    yield from set_findings(outcomes)
    yield from override_findings(outcomes)
    if not any(finding.rule == "no-such-package" for finding in absent):
        # With a package missing every column fails for the same reason.
        yield from column_findings(table)
        if table.is_whole:
            yield from bound_findings(table)
