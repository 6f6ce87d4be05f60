"""Every row of a rendered phase as a table: what was wanted, what came of it and where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.answer import Section
from lockgen.model.phase import PhaseFacts
from lockgen.model.request import Request, Row
from lockgen.model.result import Solved, TargetResult
from lockgen.text import grouped_pairs, spelled
from lockgen.text.target_names import in_words


def rows_section(facts: PhaseFacts, cells: Sequence[TargetResult]) -> Section:
    """Every row of a phase: what was wanted, what came of it and where."""
    solved = [cell for cell in cells if isinstance(cell.outcome, Solved)]
    title = f"phase {facts.phase}: {facts.title} ({facts.strategy}, as of {facts.as_of:%Y-%m-%d})"
    head, *rows = _table(cells, solved) or [()]
    return Section(title=title, head=head, rows=tuple(rows))


def _table(cells: Sequence[TargetResult], solved: Sequence[TargetResult]) -> list[tuple[str, ...]]:
    rows = {row.name: (row, cell.request) for cell in solved for row in cell.request.rows}
    table: list[tuple[str, ...]] = [("package", "wanted", "rendered", "where")] if rows else []
    for row, request in rows.values():
        asked = {cell.request.target.name for cell in cells if row.name in {each.name for each in cell.request.rows}}
        # Where no row asks for it something else of the set may have brought it.
        brought = {target for targets in _versions(solved, row.name).values() for target in targets}
        names = [name for cell in cells if (name := cell.request.target.name) in asked | brought]
        wanted = "; ".join(dict.fromkeys(_wanted(each, request) for each in _rows_of(solved, row.name)))
        for place, (version, targets) in enumerate(_versions(solved, row.name).items()):
            where = in_words(targets, names)
            table.append((row.name if not place else "", wanted if not place else "", str(version), where))
    return table


def _rows_of(solved: Sequence[TargetResult], name: NormalizedName) -> list[Row]:
    """The rows of a package, of which each target has one."""
    return [row for cell in solved for row in cell.request.rows if row.name == name]


def _wanted(row: Row, request: Request) -> str:
    """The version the strategy goes for first (DESIGN 5.4), in words where the row names none."""
    if [clause.operator for clause in row.specifier] == ["=="]:
        return spelled(row.specifier).removeprefix("==")
    if request.strategy == "minimum":
        return str(row.minimum or "oldest")
    return str(row.recommended or "newest") if request.strategy == "recommended" else "newest"


def _versions(solved: Sequence[TargetResult], name: NormalizedName) -> dict[Version, list[str]]:
    """Each version of a package with its targets, in the targets' order."""
    return grouped_pairs(
        (version, cell.request.target.name) for cell in solved for pinned, version in _pins(cell) if pinned == name
    )


def _pins(cell: TargetResult) -> Iterator[tuple[NormalizedName, Version]]:
    if isinstance(cell.outcome, Solved):
        yield from ((pin.name, pin.version) for pin in cell.outcome.pins)
