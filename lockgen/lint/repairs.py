"""The smallest repairs of a conflict: for each of its numbers the nearest one that goes with the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.lint.table import LintTable, Rows, agreed, exact, is_row
from lockgen.model.lint import Edit, Repair
from lockgen.model.matrix import Dependency
from lockgen.model.request import Row, Strategy
from lockgen.model.result import Unsolved
from lockgen.model.target import Target

_NEAR = 10
"""Releases below a minimum within which lowering it is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnConflict:
    """Numbers of one column that exclude each other, with every target they do it on."""

    column: Strategy
    outcome: Unsolved
    """Of the first of the targets."""
    targets: tuple[Target, ...]
    versions: dict[NormalizedName, Version]
    """The column's versions on these targets."""

    @property
    def members(self) -> tuple[NormalizedName, ...]:
        """The rows among the members of the core, in matrix order."""
        return tuple(demand.name for demand in self.outcome.core if is_row(demand))


def repairs(table: LintTable, conflict: ColumnConflict) -> tuple[Repair, ...]:
    """For each member that can be changed alone the nearest versions; each proved on every target of the conflict.

    The nearest comes first; of two as near, the later row, which gives way.
    """
    found = [
        (_distance(table, name, conflict.versions[name], version), place, _repair(table, conflict, name, version))
        for place, name in enumerate(reversed(conflict.members))
        if name in conflict.versions
        for version in _versions(table, conflict, name)
    ]
    return tuple(repair for _, _, repair in sorted(found, key=lambda each: each[:2]))


def _versions(table: LintTable, conflict: ColumnConflict, name: NormalizedName) -> list[Version]:
    """The nearest version inside the published bounds; for a minimum also one just below it."""
    row = table.row(conflict.targets[0], name)
    assert row is not None  # noqa: S101 - a member of a conflict of this target
    own = conflict.versions[name]
    inside = _nearest(table, conflict, replace(row, recommended=own), conflict.column)
    below = _just_below(table, conflict, row, own) if conflict.column == "minimum" else None
    return [version for version in (inside, below) if version is not None]


def _just_below(table: LintTable, conflict: ColumnConflict, row: Row, own: Version) -> Version | None:
    """Lowering a minimum is a repair only where a version next to it would do: further down lies another promise."""
    near = near_below(table, row.name, own)
    return None if near is None else _nearest(table, conflict, replace(row, specifier=near), "maximum")


def near_below(table: LintTable, name: NormalizedName, own: Version) -> SpecifierSet | None:
    """The few releases of the same major version just below; None: there are none."""
    listing = table.resolver.project(name)
    below = [each for each in (listing.versions if listing else ()) if each < own and each.major == own.major]
    return SpecifierSet(f">={below[:_NEAR][-1].public},<{own.public}") if below else None


def _nearest(table: LintTable, conflict: ColumnConflict, wanted: Row, strategy: Strategy) -> Version | None:
    """Beside the other members as they are and the other rows in their bounds; where those forbid it, without them."""
    for beside in (_all_beside(table, conflict, wanted.name), _members_beside(table, conflict, wanted.name)):
        if (version := agreed(table, conflict.targets, beside, wanted, strategy)) is not None:
            return version
    return None


def _all_beside(table: LintTable, conflict: ColumnConflict, name: NormalizedName) -> Callable[[Target], Rows]:
    return lambda target: [_as_written(conflict, row) for row in table.rows(target) if row.name != name]


def _members_beside(table: LintTable, conflict: ColumnConflict, name: NormalizedName) -> Callable[[Target], Rows]:
    others = set(conflict.members) - {name}
    return lambda target: [_as_written(conflict, row) for row in table.rows(target) if row.name in others]


def _as_written(conflict: ColumnConflict, row: Row) -> Row:
    is_member = row.name in conflict.members and row.name in conflict.versions
    return exact(row, conflict.versions[row.name]) if is_member else row


def _distance(table: LintTable, name: NormalizedName, one: Version, other: Version) -> int:
    """How many final releases lie between."""
    listing = table.resolver.project(name)
    low, high = sorted((one, other))
    return sum(low < each <= high and not each.is_prerelease for each in (listing.versions if listing else ()))


def _repair(table: LintTable, conflict: ColumnConflict, name: NormalizedName, version: Version) -> Repair:
    new = cap_above(table, name, version) if conflict.column == "maximum" else str(version)
    return rewritten(table, conflict.targets[0], name, conflict.column, new=new, version=version)


def rewritten(
    table: LintTable, target: Target, name: NormalizedName, key: Strategy, *, new: str, version: Version
) -> Repair:
    """The value of the target's row written anew, so that `version` is what can be had.

    A bound that shuts out the recommended version takes it along to `version`, since no table may have both. Without
    edits where the row is one of several of its package, or names its version exactly.
    """
    row = table.row(target, name)
    assert row is not None  # noqa: S101 - the caller found it there
    dependency = table.dependency(row)
    if key == "minimum":
        new = Version(new).public  # no bound can be a local version
    changes = [edit(table, dependency, key, new)]
    text = f"{name}{new}" if key == "maximum" else f"{name} {new}"
    if dependency.recommended is not None and not _lets_in(key, new, dependency.recommended):
        changes.append(edit(table, dependency, "recommended", str(version)))
        text = f"{text} (recommended {version})"
    if dependency.exact is not None or not table.is_single(name):
        return Repair(text=f"{text} ({dependency.where})")
    return Repair(text=text, edits=tuple(changes))


def _lets_in(key: Strategy, new: str, recommended: Version) -> bool:
    """Whether a bound written anew lets in the recommended version."""
    bounds = {"minimum": f">={new}", "maximum": new}
    return key not in bounds or SpecifierSet(bounds[key]).contains(recommended, prereleases=True)


def edit(table: LintTable, row: Dependency, key: Strategy, new: str) -> Edit:
    """The row's value written anew."""
    old = getattr(row, key)
    return Edit(package=row.name, key=key, old="" if old is None else str(old), new=new, set=table.phase.set)


def cap_above(table: LintTable, name: NormalizedName, version: Version) -> str:
    """The bound that lets in the version and nothing newer: `<0.28.0`, or `<=X` where the index lists nothing newer."""
    listing = table.resolver.project(name)
    newer = [each for each in (listing.versions if listing else ()) if each > version and not each.is_prerelease]
    return f"<{newer[-1].public}" if newer and newer[-1].public != version.public else f"<={version.public}"


def drop(targets: Sequence[str], where: str) -> Repair:
    """Leaving targets out of the table, which is always possible."""
    return Repair(text=f"drop {where}" if where else f"drop {', '.join(targets)}")
