"""The packages of a phase on the page: their versions, where each stands, what requires it and why no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.utils import canonicalize_name

from lockgen.model.issues import KnownIssue
from lockgen.model.matrix import Dependency, Matrices, Phase
from lockgen.model.report import Mark, PackageSection, VersionSection
from lockgen.model.result import Deviation, Solved, TargetResult
from lockgen.report.conflict import refusal_lines
from lockgen.text import grouped, grouped_pairs, spelled
from lockgen.text.target_names import in_words

Wishes = Mapping[str, Deviation | None]
"""Name of a row -> how its pin deviates; None: it does not."""
_Told = tuple[Mark, str, str]


def order(phase: Phase, cells: Sequence[TargetResult]) -> tuple[str, ...]:
    """Every package of any set: the table's rows in its order, then the others by name."""
    found = {pin.name for cell in cells if isinstance(cell.outcome, Solved) for pin in cell.outcome.pins}
    direct = [row.name for row in phase.dependencies if row.name in found]
    return (*dict.fromkeys(direct), *sorted(found.difference(direct)))


def wishes(cell: TargetResult, solved: Solved) -> Wishes:
    """What became of each row of the cell."""
    deviations = {each.name: each for each in solved.deviations}
    return {row.name: deviations.get(row.name) for row in cell.request.rows}


def marked(name: str, wished: Wishes) -> _Told:
    """How a pin stands to what was wanted, what that was, and why it is not that; both empty where it is."""
    if name not in wished:
        return "brought", "", ""
    deviation = wished[name]
    if deviation is None:
        return "wanted", "", ""
    mark: Mark = "below" if deviation.got < deviation.wanted else "above"
    return mark, str(deviation.wanted), deviation.because


def packages(
    matrices: Matrices, phase: Phase, cells: Sequence[TargetResult], names: Sequence[str]
) -> tuple[PackageSection, ...]:
    """A section for each of the names, in their order."""
    rows: dict[str, list[Dependency]] = grouped(phase.dependencies, lambda row: str(row.name))
    return tuple(
        PackageSection(
            name=name,
            is_direct=name in rows,
            published=_published_texts(rows.get(name, ())),
            versions=tuple(_versions(name, cells)),
            refused=tuple(_refused(name, cells)),
            issues=tuple(_issue(issue) for issue in matrices.issues if name in _about(issue)),
        )
        for name in names
    )


def _published_texts(rows: Sequence[Dependency]) -> str:
    """The rows of a package; where there are several, each with the targets it is for."""
    if len(rows) < 2:  # noqa: PLR2004 - one needs no telling apart
        return "".join(map(_published_text, rows))
    return "; ".join(f"{row.when.words or 'everywhere'}: {_published_text(row)}" for row in rows)


def _published_text(row: Dependency) -> str:
    """`minimum 4.2, recommended 4.2.16, maximum <5.0. The last that supports Python 3.9`."""
    numbers = {
        "minimum": str(row.minimum or ""),
        "recommended": str(row.recommended or ""),
        "exactly": str(row.exact or ""),
        "maximum": spelled(row.maximum or ()),
        "without": ", ".join(each.version for each in row.exclusions),
    }
    extras = f"with extras {', '.join(sorted(row.extras))}" if row.extras else ""
    said = ", ".join(filter(None, (*(f"{key} {value}" for key, value in numbers.items() if value), extras)))
    group = f"optional ({row.group})" if row.group else ""
    return ". ".join(filter(None, (said, group, *row.remarks, row.purpose)))


def _versions(name: str, cells: Sequence[TargetResult]) -> Iterator[VersionSection]:
    groups = grouped_pairs(
        ((str(pin.version), *marked(name, wishes(cell, cell.outcome))), (cell.request.target.name, pin))
        for cell in cells
        if isinstance(cell.outcome, Solved)
        for pin in cell.outcome.pins
        if pin.name == name
    )
    everything = [target for group in groups.values() for target, _ in group]
    for (version, mark, wanted, because), group in groups.items():
        yield VersionSection(
            version=version,
            where=in_words([target for target, _ in group], everything),
            mark=mark,
            wanted=wanted,
            because=because,
            asked=tuple(dict.fromkeys(str(demand) for _, pin in group for demand in pin.via)),
        )


def _refused(name: str, cells: Sequence[TargetResult]) -> Iterator[str]:
    groups = grouped_pairs(
        (line, cell.request.target.name)
        for cell in cells
        for line in refusal_lines(refusal for refusal in cell.outcome.refusals if refusal.name == name)
    )
    everything = [cell.request.target.name for cell in cells]
    for line, targets in groups.items():
        yield f"{line}: {in_words(targets, everything)}"


def _about(issue: KnownIssue) -> Iterator[str]:
    """The packages the issue speaks of."""
    yield from issue.packages
    yield from (canonicalize_name(wanted.name) for wanted in issue.constrain)


def _issue(issue: KnownIssue) -> str:
    """`anyio version conflicts. ImportError: ... Solution: ...`."""
    parts = (issue.title, issue.about, issue.cause, f"Solution: {issue.solution}" if issue.solution else "", issue.note)
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
