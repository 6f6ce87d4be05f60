"""lint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lockgen.errors import UsageError
from lockgen.findings import Finding
from lockgen.matrix.edit import edited
from lockgen.matrix.lint import linting
from lockgen.matrix.lint.fix import fixes
from lockgen.matrix.lint.linting import Progress
from lockgen.matrix.lint.rules import RULES
from lockgen.matrix.lint.table import Table
from lockgen.matrix.load import load_matrices
from lockgen.matrix.matrices import Matrices
from lockgen.matrix.select import select
from lockgen.resolve.engine import Engine
from lockgen.resolve.source import PackageSource
from lockgen.wording import alike
from lockgen.workflow.rendering import Ask

Texts = Mapping[str, bytes]
"""The files of a folder of matrices by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What the rules found, and the targets they looked at."""

    findings: tuple[Finding, ...]
    targets: Mapping[str, tuple[str, ...]]
    """Phase -> the names of its targets."""

    @property
    def is_clean(self) -> bool:
        """Whether everything found is accepted."""
        return all(finding.accepted for finding in self.findings)


def lint(matrices: Matrices, ask: Ask, source: PackageSource, progress: Progress) -> Linted:
    """Apply every rule to the phases and targets asked for. Raises LockgenError when it could not ask."""
    tables = _tables(matrices, ask, source)
    found = linting.lint(tables, progress, is_whole=not ask.phases and not ask.targets) if tables else ()
    return Linted(findings=found, targets={table.phase.phase: table.names for table in tables})


def check_rules(rules: Sequence[str]) -> None:
    """UsageError for a rule there is none of."""
    for rule in rules:
        if rule not in RULES:
            near = alike(rule, RULES)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"The rules are {', '.join(RULES)}."
            raise UsageError(f"there is no rule {rule!r}", hint=hint)


def fix(texts: Texts, ask: Ask, rules: Sequence[str], source: PackageSource) -> dict[str, bytes]:
    """The files that change when the findings of these rules (none: those about recommended versions) are mended.

    Phase by phase, a file that others extend first: what is mended there need not be mended again.
    """
    found = dict(texts)
    for name in load_matrices(texts).phases:
        if not ask.phases or name in ask.phases:
            matrices = load_matrices(found)
            (table,) = _tables(matrices, Ask(phases=(name,)), source)
            said = linting.lint([table], lambda _done, _all: None, is_whole=False)
            if edits := fixes(table, said, rules):
                groups = {row.name: row.group for row in table.phase.dependencies if row.group}
                file = table.phase.file
                found[file] = edited(file, found[file], edits, groups=groups)
    load_matrices(found)
    return {file: content for file, content in found.items() if content != texts[file]}


def _tables(matrices: Matrices, ask: Ask, source: PackageSource) -> list[Table]:
    engine = Engine(source)
    selections = select(matrices, ask.phases, ask.targets)
    return [
        Table(matrices=matrices, phase=each.phase, targets=each.targets, index=engine)
        for each in selections
        if each.targets
    ]
