"""Bounds that no set reaches: minimums below every set, and caps above every set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.lint.repairs import cap_above, rewritten
from lockgen.lint.rules import finding
from lockgen.lint.sentences import conflict_sentence
from lockgen.lint.table import LintTable, Rows, exact
from lockgen.model.lint import Finding
from lockgen.model.result import Unsolved
from lockgen.model.target import Target
from lockgen.text import span
from lockgen.text.target_names import in_words

End = Literal["minimum", "maximum"]
Reached = Mapping[str, Version]
"""Target -> the newest version that can be had on it."""


def bound_findings(table: LintTable) -> Iterator[Finding]:
    """unreachable-minimum and dead-cap, each with the bound that is really there."""
    for row in table.phase.own:
        targets = table.targets_of(row)
        yield from _minimum(table, row.name, targets)
        if row.maximum is not None:
            yield from _cap(table, row.name, targets)


def _minimum(table: LintTable, name: NormalizedName, targets: Sequence[Target]) -> Iterator[Finding]:
    """The minimum can be had on no target, beside the other rows in their bounds."""
    row = table.row(targets[0], name) if targets else None
    minimum = None if row is None else table.minimum(row)
    if minimum is None:
        return
    why = _on_none(table, name, minimum, targets)
    floor, names = _floor(table, name, targets) if why else (None, [])
    if why is not None and floor is not None:
        where = "" if len(names) == len(targets) else f", on {in_words(names, table.names)}"
        said = f"minimum {name} {minimum} can be had on no target: the lowest is {floor}{where}"
        yield _finding(table, targets[0], name, "minimum", message=said, why=why, version=floor)


def _floor(table: LintTable, name: NormalizedName, targets: Sequence[Target]) -> tuple[Version | None, list[str]]:
    """The oldest version that some target can have, with these targets; none when the table has no set at all."""
    if not any(table.holds(target, table.rows(target)) for target in targets):
        return None, []
    row = table.row(targets[0], name)
    for version in table.walked(targets, name, table.listed(row)) if row else ():
        names = [target.name for target in targets if table.holds(target, _with(table, target, name, version))]
        if names:
            return version, names
    return None, []


def _with(table: LintTable, target: Target, name: NormalizedName, version: Version) -> Rows:
    return [exact(row, version) if row.name == name else row for row in table.rows(target)]


def _cap(table: LintTable, name: NormalizedName, targets: Sequence[Target]) -> Iterator[Finding]:
    """Below the cap are releases that a target could use, and that none can have because of the other rows."""
    alone = _reached(table, name, targets, alone=True)
    newest = max(alone.values(), default=None)
    why = newest and _on_none(table, name, newest, [each for each in targets if alone.get(each.name) == newest])
    ceilings = _reached(table, name, targets) if why else {}
    if newest is not None and why and ceilings and max(ceilings.values()) < newest:
        ceiling = max(ceilings.values())
        dead = span(_between(table, name, ceiling, newest))
        row = table.row(targets[0], name)
        cap = None if row is None else table.dependency(row).maximum
        said = f"maximum {name}{cap} lets in {dead}, which no target can have: the newest is {ceiling}"
        message = f"{said}{_where(table, ceilings, ceiling)}"
        yield _finding(table, targets[0], name, "maximum", message=message, why=why, version=ceiling)


def _on_none(table: LintTable, name: NormalizedName, version: Version, targets: Sequence[Target]) -> Unsolved | None:
    """Why the version cannot be had on the first of the targets; None when one of them can have it."""
    if any(table.holds(target, _with(table, target, name, version)) for target in targets):
        return None
    return table.conflict(targets[0], _with(table, targets[0], name, version)) if targets else None


def _reached(table: LintTable, name: NormalizedName, targets: Sequence[Target], *, alone: bool = False) -> Reached:
    """The newest version on each target that has one. A row served first gets its best."""
    found: dict[str, Version] = {}
    for target in targets:
        first = [row for row in table.rows(target) if row.name == name]
        rows: Rows = first if alone else [*first, *(row for row in table.rows(target) if row.name != name)]
        version = table.best(target, rows, "maximum")
        if version is not None:
            found[target.name] = version
    return found


def _between(table: LintTable, name: NormalizedName, low: Version, high: Version) -> list[Version]:
    """The releases above `low` up to `high`, oldest first; of pre-releases `high` alone, which a row may allow."""
    listing = table.resolver.project(name)
    listed = listing.versions if listing else ()
    return [each for each in reversed(listed) if low < each <= high and (each == high or not each.is_prerelease)]


def _where(table: LintTable, reached: Reached, version: Version) -> str:
    """Nothing where every target agrees."""
    names = [name for name, each in reached.items() if each == version]
    return "" if len(names) == len(reached) else f", on {in_words(names, table.names)}"


def _finding(  # noqa: PLR0913 - a finding has so many parts
    table: LintTable,
    target: Target,
    name: NormalizedName,
    key: End,
    *,
    message: str,
    why: Unsolved,
    version: Version,
) -> Finding:
    sentence, new = conflict_sentence(why, {}), cap_above(table, name, version) if key == "maximum" else str(version)
    return finding(
        table,
        "unreachable-minimum" if key == "minimum" else "dead-cap",
        [name],
        message,
        where=table.place(name, key, target.name),
        steps=(sentence.message, *sentence.steps),
        repairs=(rewritten(table, target, name, key, new=new, version=version),),
    )
