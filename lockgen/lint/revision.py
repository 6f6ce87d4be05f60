"""The revision, which stands for the numbers: whether they changed since the sets were rendered, and it did not."""

from __future__ import annotations

from collections.abc import Iterator

from lockgen.lint.rules import finding
from lockgen.lint.table import LintTable
from lockgen.model.lint import Finding, Repair
from lockgen.model.numbers import changed_numbers


def revision_findings(table: LintTable) -> Iterator[Finding]:
    """same-revision: rows that are not those of the committed sets of this revision."""
    changes = [each for each in changed_numbers(table.phase, table.rendered) if each.set == table.phase.set]
    if changes and table.rendered is not None:
        revision = table.phase.revision
        yield finding(
            table,
            "same-revision",
            [each.name for each in changes],
            f"numbers changed under the same revision: {table.rendered.where} has revision {revision} with others",
            where=table.phase.revision_at or f"{table.phase.file}:1:1",
            steps=tuple(map(str, changes)),
            repairs=[Repair(text=f"revision {revision + 1}")],
        )
