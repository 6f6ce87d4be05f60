"""Which values to write anew, so that a column can be installed as written, or a bound is the one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.lint.columns import COLUMNS
from lockgen.lint.repairs import rewritten
from lockgen.lint.table import LintTable, Rows, agreed, exact
from lockgen.model.lint import Edit, Finding
from lockgen.model.request import Row, Strategy
from lockgen.model.target import Target

RECOMMENDED = "recommended"
"""Stands for every rule about recommended versions."""
COLUMN_RULES: Mapping[str, Strategy] = {
    "recommended-conflict": "recommended",
    "recommended-without-wheel": "recommended",
    "minimum-conflict": "minimum",
    "minimum-without-wheel": "minimum",
}
"""Rules whose repair is a column that holds together on every target, rather than one number after the other."""


def fixes(table: LintTable, findings: Iterable[Finding], rules: Sequence[str]) -> tuple[Edit, ...]:
    """The edits that end the findings of these rules about the phase; accepted ones are left as they are.

    RECOMMENDED among the rules, and no rules at all, mean every finding about a recommended version.
    """
    open_ = [each for each in findings if each.phase == table.phase.phase and not each.accepted]
    is_wanted = not rules or RECOMMENDED in rules
    chosen = [each for each in open_ if each.rule in rules or (is_wanted and _column(each) == "recommended")]
    columns = {_column(each) for each in chosen}
    # Recommended versions first: the one of a column serves all targets, the one a bound takes along only some.
    wanted = [change for column in COLUMNS if column in columns for change in column_edits(table, column)]
    wanted += [change for each in chosen if _column(each) is None for change in _first(each)]
    edits: dict[tuple[str, str], Edit] = {}
    for change in wanted:
        edits.setdefault((change.package, change.key), change)
    return tuple(edits.values())


def _first(finding: Finding) -> tuple[Edit, ...]:
    """The edits of the nearest repair."""
    return finding.repairs[0].edits if finding.repairs else ()


def _column(finding: Finding) -> Strategy | None:
    is_wish = {each.key for each in _first(finding)} == {"recommended"}
    return "recommended" if is_wish else COLUMN_RULES.get(finding.rule)


def column_edits(table: LintTable, column: Strategy) -> tuple[Edit, ...]:
    """The fewest changes, later rows first to give way, after which the column can be had on every target at once.

    Each row in turn takes its best-ranked version that every target can have beside the rows before it. Empty when
    there is no such column: then no single number serves all targets, and only `when` could tell them apart.
    """
    chosen: dict[NormalizedName, Version] = {}
    for dependency in table.phase.own:
        targets = table.targets_of(dependency)
        if not targets or getattr(dependency, column) is None:
            continue
        if not table.is_single(dependency.name):
            continue  # one number per package is what an edit can write
        wanted = table.row(targets[0], dependency.name)
        assert wanted is not None  # noqa: S101 - these are its targets
        beside = partial(_beside, table, dict(chosen), dependency.name)
        version = agreed(table, targets, beside, wanted, column)
        if version is None:
            return ()
        chosen[dependency.name] = version
    if not all(table.holds(target, _rows(table, target, chosen)) for target in table.targets):
        return ()
    return tuple(
        change
        for name, version in chosen.items()
        for dependency in table.phase.own
        if dependency.name == name and version != getattr(dependency, column)
        for change in rewritten(
            table, table.targets_of(dependency)[0], name, column, new=str(version), version=version
        ).edits
    )


def _beside(table: LintTable, chosen: Mapping[NormalizedName, Version], name: NormalizedName, target: Target) -> Rows:
    return [row for row in _rows(table, target, chosen) if row.name != name]


def _rows(table: LintTable, target: Target, chosen: Mapping[NormalizedName, Version]) -> list[Row]:
    return [exact(row, chosen[row.name]) if row.name in chosen else row for row in table.rows(target)]
