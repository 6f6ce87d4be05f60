"""The columns of a table installed as written: which of their numbers exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.lint.repairs import ColumnConflict, repairs
from lockgen.lint.rules import finding
from lockgen.lint.sentences import conflict_sentence
from lockgen.lint.table import LintTable, Rows, exact, is_row
from lockgen.model.lint import Finding
from lockgen.model.matrix import BASE
from lockgen.model.request import Row, Strategy
from lockgen.model.result import Unsolved
from lockgen.model.target import Target
from lockgen.text import grouped

COLUMNS: tuple[Strategy, ...] = ("recommended", "minimum", "maximum")

_MOST_CONFLICTS = 12
_MOST_QUESTIONS = 60
"""Per column and target: a column with more is clear enough."""


def column_findings(table: LintTable) -> Iterator[Finding]:
    """Every conflict of every column, each with the nearest numbers that would do.

    Of a named set the recommended column alone: what is fixed in it are the pins of the recommended sets below, and its
    minimums and maximums stand beside others.
    """
    for column in COLUMNS if table.phase.set == BASE else COLUMNS[:1]:
        for conflict in conflicts(table, column):
            if (found := _finding(table, conflict)) is not None:
                yield found


def conflicts(table: LintTable, column: Strategy) -> tuple[ColumnConflict, ...]:
    """All minimal conflicts of a column, those of several targets once.

    Where the ranges have no set, no column has one: other rules report that.
    """
    found = grouped(_column_conflicts(table, column), lambda each: tuple(map(str, each[1].core)))
    return tuple(_conflict(column, alike) for alike in found.values())


def _column_conflicts(table: LintTable, column: Strategy) -> Iterator[tuple[Target, Unsolved, Rows]]:
    for target in table.targets:
        if table.holds(target, table.rows(target)):
            rows = column_rows(table, target, column)
            yield from ((target, outcome, rows) for outcome in _cores(table, target, rows))


def column_rows(table: LintTable, target: Target, column: Strategy) -> tuple[Row, ...]:
    """The target's rows, each narrowed to its version in the column; a row without one keeps its bounds."""
    return tuple(_narrowed(table, target, row, column) for row in table.rows(target))


def _narrowed(table: LintTable, target: Target, row: Row, column: Strategy) -> Row:
    version = table.minimum(row) if column == "minimum" else row.recommended if column == "recommended" else None
    if column == "maximum":
        # A maximum is a bound: its number is the newest release the row alone would take here.
        version = table.best(target, [row], "maximum")
    return row if version is None else exact(row, version)


def _conflict(column: Strategy, alike: Sequence[tuple[Target, Unsolved, Rows]]) -> ColumnConflict:
    _, outcome, rows = alike[0]
    versions = {row.name: version for row in rows if (version := _only(row)) is not None}
    return ColumnConflict(column=column, outcome=outcome, targets=tuple(each[0] for each in alike), versions=versions)


def _only(row: Row) -> Version | None:
    clauses = list(row.specifier)
    return Version(clauses[0].version) if len(clauses) == 1 and clauses[0].operator == "==" else None


def _cores(table: LintTable, target: Target, rows: Rows) -> Iterator[Unsolved]:
    """Every minimal conflict: leave out a member of each one known, and see whether another is left (Reiter 1987)."""
    found: dict[frozenset[NormalizedName], Unsolved] = {}
    waiting: list[frozenset[NormalizedName]] = [frozenset()]
    seen = set(waiting)
    while waiting and len(found) < _MOST_CONFLICTS and len(seen) < _MOST_QUESTIONS:
        without = waiting.pop(0)
        members = next((known for known in found if not known & without), None)
        if members is None:
            outcome = table.conflict(target, [row for row in rows if row.name not in without])
            if outcome is None:
                continue
            members = frozenset(demand.name for demand in outcome.core if is_row(demand))
            found[members] = outcome
            yield outcome
        fresh = [without | {member} for member in sorted(members)]
        waiting += [each for each in fresh if each not in seen]
        seen.update(fresh)


def _finding(table: LintTable, conflict: ColumnConflict) -> Finding | None:
    rule = _rule(conflict)
    if not rule:
        return None
    sentence = conflict_sentence(conflict.outcome, _names(conflict))
    return finding(
        table,
        rule,
        conflict.members,
        sentence.message,
        where=table.place(sentence.about, conflict.column, conflict.targets[0].name),
        targets=[target.name for target in conflict.targets],
        steps=sentence.steps,
        repairs=repairs(table, conflict),
    )


def _rule(conflict: ColumnConflict) -> str:
    """A number that fails alone for want of a file is no conflict; one that does not exist has rules of its own.

    Empty for those.
    """
    kinds = {refusal.kind for refusal in conflict.outcome.refusals}
    alone = len(conflict.outcome.core) == 1 and not conflict.outcome.collisions
    if alone and (not kinds or kinds & {"absent", "unlisted", "late"}):
        return ""
    if alone and kinds & {"platform", "sdist", "unhashed"} and conflict.column != "maximum":
        return f"{conflict.column}-without-wheel"
    return f"{conflict.column}-conflict"


def _names(conflict: ColumnConflict) -> dict[str, str]:
    return {
        str(demand.origin): f"{conflict.column} {demand.name} {conflict.versions[demand.name]}"
        for demand in conflict.outcome.core
        if is_row(demand) and demand.name in conflict.versions
    }
