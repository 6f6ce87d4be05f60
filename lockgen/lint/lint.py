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
from lockgen.lint.revision import revision_findings
from lockgen.lint.routes import route_findings
from lockgen.lint.sets import set_findings
from lockgen.lint.table import LintTable
from lockgen.lint.unimported import unimported_findings
from lockgen.lint.versions import version_findings
from lockgen.model.lint import Finding
from lockgen.model.matrix import BASE
from lockgen.model.phase import Progress


def lint(tables: Sequence[LintTable], progress: Progress, *, is_whole: bool) -> tuple[Finding, ...]:
    """Every finding about the tables, accepted ones marked.

    `is_whole`: the tables are all phases with all their targets. Only then are known issues, known conflicts and
    entries of accept and not_imported judged: a part cannot show that something never occurs. Nor can a part of the
    targets of a phase, so bounds and unused rows are left out there.
    """
    matrices = tables[0].matrices
    found: list[Finding] = []
    for done, table in enumerate(tables, start=1):
        found += _news(table, found)
        progress(done, len(tables))
    if is_whole:
        found += route_findings(tables)
        found += [*issue_findings(tables), *unimported_findings(tables), *conflict_findings(tables)]
        found += unused(matrices, found)
    return accepted(matrices, found)


def _news(table: LintTable, known: Sequence[Finding]) -> list[Finding]:
    """The findings about the table that are not also those about a set below it, which stand there."""
    below = {layer.phase for layer in table.matrices.below(table.phase)}
    told = {_gist(each) for each in known if each.phase in below}
    return [each for each in _about(table) if _gist(each) not in told]


def _gist(finding: Finding) -> object:
    """What is found, wherever it holds and whichever row of the package is shown for it."""
    return finding.rule, finding.packages, finding.message


def _about(table: LintTable) -> Iterator[Finding]:
    yield from revision_findings(table)
    absent = list(version_findings(table))
    yield from absent
    outcomes = solve_table(table)
    yield from unsolved_findings(outcomes)
    yield from set_findings(outcomes)
    yield from override_findings(outcomes)
    if not any(finding.rule == "no-such-package" for finding in absent):
        # With a package missing every column fails for the same reason.
        yield from column_findings(table)
        if table.is_whole and table.phase.set == BASE:
            yield from bound_findings(table)
