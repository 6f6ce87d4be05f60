"""A render as text: what came out for each row, where it differs from what was wanted, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.phase import PhaseFacts
from lockgen.model.request import Request, Row
from lockgen.model.result import Deviation, Solved, TargetResult, Unsolved, Unsupported
from lockgen.report.conflict import Nearest, conflict_lines, refusal_text
from lockgen.report.tables import text_columns
from lockgen.text import alike, grouped_pairs, in_words, spelled

TargetRepairs = Mapping[str, Sequence[str]]
"""Target -> what would give it a set: `minimum kombu 5.2.1`, `drop py3.8-*`."""
NO_REPAIRS: TargetRepairs = MappingProxyType({})


def outcome_text(
    facts: PhaseFacts,
    cells: Sequence[TargetResult],
    unsupported: Sequence[Unsupported],
    known: Collection[str] = (),
    repairs: TargetRepairs = NO_REPAIRS,
) -> str:
    """A heading, a table of the rows, and a paragraph for each "no".

    `known` are the names that one the index does not know may have been meant for; `repairs` what would help.
    """
    solved = [cell for cell in cells if isinstance(cell.outcome, Solved)]
    counts = [f"{len(solved)} of {len(cells)} targets solved"]
    if unsupported:
        counts.append(f"{len(unsupported)} unsupported")
    head = f"phase {facts.phase}: {facts.title} ({facts.strategy}, as of {facts.as_of:%Y-%m-%d}): {', '.join(counts)}"
    parts = [
        head,
        *_indented(text_columns(_table(cells, solved))),
        *_indented(_advice(solved)),
        *_indented(_nos(cells, nearest(cells, known), repairs)),
        *_indented(_never(unsupported)),
    ]
    return "\n".join(parts)


def nos_text(
    facts: PhaseFacts, cells: Sequence[TargetResult], known: Collection[str] = (), repairs: TargetRepairs = NO_REPAIRS
) -> str:
    """Only the paragraphs of `outcome_text` for each "no", each with its phase; empty when there is none."""
    nos = _nos(cells, nearest(cells, known), repairs)
    return "\n".join(f"phase {facts.phase} ({facts.strategy}): {no}" for no in nos)


def nearest(cells: Iterable[TargetResult], known: Collection[str]) -> dict[str, list[str]]:
    """Each name the cells' index does not know, with the names of `known` like it; one with none is left out."""
    refusals = (refusal for cell in cells for refusal in cell.outcome.refusals)
    absent = dict.fromkeys(each.name for each in refusals if each.kind == "absent" and each.version is None)
    # A misspelled row is itself among the names of its matrix.
    there = set(known) - absent.keys()
    found = {name: alike(name, there) for name in absent}
    return {name: names for name, names in found.items() if names}


def _table(cells: Sequence[TargetResult], solved: Sequence[TargetResult]) -> list[tuple[str, ...]]:
    rows = {row.name: (row, cell.request) for cell in solved for row in cell.request.rows}
    table: list[tuple[str, ...]] = [("package", "wanted", "rendered", "where and why")] if rows else []
    for row, request in rows.values():
        asked = {cell.request.target.name for cell in cells if row.name in {each.name for each in cell.request.rows}}
        # Where no row asks for it something else of the set may have brought it.
        brought = {target for targets in _versions(solved, row.name).values() for target in targets}
        names = [name for cell in cells if (name := cell.request.target.name) in asked | brought]
        wanted = "; ".join(dict.fromkeys(_wanted(each, request) for each in _rows_of(solved, row.name)))
        for place, (version, targets) in enumerate(_versions(solved, row.name).items()):
            where = in_words(targets, names)
            why = _because(solved, row.name, version)
            table.append((row.name if not place else "", wanted if not place else "", str(version), f"{where}{why}"))
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


def _because(solved: Sequence[TargetResult], name: NormalizedName, version: Version) -> str:
    reasons = dict.fromkeys(each.because for each in _deviations(solved) if (each.name, each.got) == (name, version))
    return f": {next(iter(reasons))}" if reasons else ""


def _deviations(solved: Sequence[TargetResult]) -> Iterator[Deviation]:
    for cell in solved:
        if isinstance(cell.outcome, Solved):
            yield from cell.outcome.deviations


def _advice(solved: Sequence[TargetResult]) -> Iterator[str]:
    names = [cell.request.target.name for cell in solved]
    groups = grouped_pairs(
        (line, cell.request.target.name)
        for cell in solved
        if isinstance(cell.outcome, Solved)
        for line in cell.outcome.advice
    )
    return (f"note: {line} ({in_words(targets, names)})" for line, targets in groups.items())


def _nos(cells: Sequence[TargetResult], near: Nearest, repairs: TargetRepairs) -> Iterator[str]:
    """One paragraph for each distinct "no"."""
    names = [cell.request.target.name for cell in cells]
    groups = grouped_pairs(
        (_no(cell.outcome, near, repairs.get(cell.request.target.name, ())), cell.request.target.name)
        for cell in cells
        if isinstance(cell.outcome, Unsolved)
    )
    for text, targets in groups.items():
        yield f"no set for {in_words(targets, names)}: {text}"


def _refused(outcome: Unsolved, near: Nearest) -> str:
    return "; ".join(refusal_text(refusal, near) for refusal in outcome.refusals)


def _no(outcome: Unsolved, near: Nearest, repairs: Sequence[str]) -> str:
    lines = [*conflict_lines(outcome, near)] if outcome.core else [_refused(outcome, near)]
    if repairs:
        lines.append(f"nearest: {', or '.join(repairs)}")
    return "\n    ".join(lines)


def _never(unsupported: Sequence[Unsupported]) -> Iterator[str]:
    groups = grouped_pairs(((each.reason, each.remedy), each.target.name) for each in unsupported)
    for (reason, remedy), names in groups.items():
        pattern = in_words(names, names) if len(names) == 1 else _pattern(names)
        yield f"unsupported {pattern}: {reason}. {remedy}".rstrip()


def _pattern(names: Sequence[str]) -> str:
    pythons = {name.split("-", 1)[0] for name in names}
    return f"{next(iter(pythons))}-*" if len(pythons) == 1 else ", ".join(names)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def files_text(counts: Mapping[str, int]) -> str:
    """`31 files created, 2 changed`; what is zero is left out."""
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing to do"
