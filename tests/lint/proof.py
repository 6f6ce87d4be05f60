"""What a repair promises, tried on the table that comes out when its edits are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from packaging.specifiers import SpecifierSet

from lockgen.lint.columns import COLUMNS, column_rows
from lockgen.lint.repairs import ColumnConflict
from lockgen.lint.table import LintTable
from lockgen.lint.versions import version_findings
from lockgen.matrix.edit.values import edit_values
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.lint import Finding, Repair
from lockgen.model.request import Row
from lockgen.model.result import Unsolved
from lockgen.model.target import Target
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.lint import tables_of
from tests.resolve.test_core import only, without


def mended(texts: Mapping[str, bytes], table: LintTable, repair: Repair) -> LintTable:
    """The table after the edits, which must leave matrices that can be read."""
    file, groups = table.phase.file, {row.name: row.group for row in table.phase.dependencies if row.group}
    matrices = load_matrices({**texts, file: edit_values(file, texts[file], repair.edits, groups=groups)})
    assert isinstance(table.resolver, Resolver)
    (whole,) = tables_of(matrices, select(matrices, [table.phase.phase], ()), table.resolver)
    return replace(whole, targets=table.targets)


def is_gone(table: LintTable, finding: Finding) -> bool:
    """Whether what was found does not hold on the mended table, on any of the finding's targets."""
    targets = [each for each in table.targets if not finding.targets or each.name in finding.targets]
    column = next((each for each in COLUMNS if finding.rule.startswith(f"{each}-")), None)
    if column is not None:
        return all(_holds(table, target, _numbers(table, target, finding, column)) for target in targets)
    if finding.rule == "unreachable-minimum":
        (name,) = finding.packages
        minimum = next(row for row in table.phase.dependencies if row.name == name).minimum
        return any(_holds(table, each, _with(table, each, name, f"=={minimum}")) for each in targets)
    if finding.rule == "dead-cap":
        (name,) = finding.packages
        newest = {each.name: _newest(table, each, name) for each in targets}
        best = max(filter(None, newest.values()))
        return any(_holds(table, each, _with(table, each, name, f"=={best}")) for each in targets)
    if finding.rule in ("no-such-version", "yanked-version"):
        subject = finding.message.split()[:2]
        return not any(
            each.rule == finding.rule and each.message.split()[:2] == subject for each in version_findings(table)
        )
    return all(_holds(table, each, table.rows(each)) for each in targets)


def is_minimal(table: LintTable, conflict: ColumnConflict, target: Target) -> bool:
    """Whether the members cannot hold together at their numbers, and can as soon as any one of them is left out."""
    core = only(replace(table.request(target), rows=column_rows(table, target, conflict.column)), conflict.outcome.core)
    spared = [table.resolver.conflict(without(core, member)) for member in conflict.outcome.core]
    return table.resolver.conflict(core) is not None and not any(spared)


def _holds(table: LintTable, target: Target, rows: tuple[Row, ...]) -> bool:
    return table.conflict(target, rows) is None


def _numbers(table: LintTable, target: Target, finding: Finding, column: str) -> tuple[Row, ...]:
    """The members of the conflict at the column's numbers, which `columns` reads for itself."""
    rows = [row for row in table.rows(target) if row.name in finding.packages]
    numbers = {"minimum": table.minimum, "recommended": lambda row: row.recommended}
    number = numbers.get(column, lambda row: _newest(table, target, row.name))
    return tuple(row if number(row) is None else _exact(row, f"=={number(row)}") for row in rows)


def _with(table: LintTable, target: Target, name: str, specifier: str) -> tuple[Row, ...]:
    return tuple(_exact(row, specifier) if row.name == name else row for row in table.rows(target))


def _exact(row: Row, specifier: str) -> Row:
    return replace(row, specifier=SpecifierSet(specifier))


def _newest(table: LintTable, target: Target, name: str):
    """The newest version the row alone takes on the target."""
    alone = tuple(row for row in table.rows(target) if row.name == name)
    found = table.resolver.versions(replace(table.request(target), rows=alone, strategy="maximum"))
    return None if isinstance(found, Unsolved) or not alone else found[alone[0].name]
