"""Rows as effective ranges: the published bounds, narrowed by the known issues, each part once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.origin import ConstraintOrigin, LayerOrigin
from lockgen.model.request import Constraint, Request, Row
from lockgen.text import reading_order, spelled


def narrowing(row: Row, request: Request, pinned: Mapping[NormalizedName, Version]) -> tuple[Constraint, ...]:
    """The known issues that narrow the row: those for any set, and those for a release that is pinned in this one.

    The pins of the sets that a named set extends are no part of its ranges: they stand in constraints.txt.
    """
    found = (c for c in request.constraints if not isinstance(c.origin, LayerOrigin))
    return tuple(c for c in found if c.name == row.name and applies(c, pinned))


def applies(constraint: Constraint, pinned: Mapping[NormalizedName, Version]) -> bool:
    """Whether the constraint binds a set with these pins."""
    if constraint.releases is None:
        return True
    name, releases = constraint.releases
    return name in pinned and releases.contains(pinned[name], prereleases=True)


def effective(row: Row, constraints: tuple[Constraint, ...]) -> str:
    """The row as a requirement (dependency specifiers standard): name, sorted extras, simplified range."""
    both = row.specifier
    for constraint in constraints:
        both &= constraint.specifier
    extras = f"[{','.join(sorted(row.extras))}]" if row.extras else ""
    return f"{row.name}{extras}{written(both)}"


def written(specifiers: SpecifierSet) -> str:
    """The range as people write it, lower bound first, without bounds that the others imply."""
    return spelled(_needed(specifiers))


def _needed(specifiers: SpecifierSet) -> list[Specifier]:
    kept = sorted(specifiers, key=reading_order)
    if [s.operator for s in kept] in ([">=", "<"], [">=", "<="], [">="]):
        return kept  # most rows by far, and neither bound can imply the other
    for candidate in tuple(kept):
        rest = [other for other in kept if other is not candidate]
        if _implied(candidate, rest):
            kept = rest
    return kept


def _implied(specifier: Specifier, rest: list[Specifier]) -> bool:
    # A bound that names a pre-release also invites pre-releases, and `===` compares text: neither is ever implied.
    if not rest or any(s.operator == "===" or s.prereleases for s in (specifier, *rest)):
        return False
    return SpecifierSet(rest).is_subset(SpecifierSet(str(specifier)))


def narrowed_by(constraints: tuple[Constraint, ...]) -> Iterator[str]:
    """A comment line for each known issue and constraint that narrows the row above it."""
    for constraint in constraints:
        condition = f", with {constraint.releases[0]}{written(constraint.releases[1])}" if constraint.releases else ""
        origin = constraint.origin
        # Without its line, so that a line more in the matrix does not touch every file.
        by = f"constraint {origin.where.partition(':')[0]}" if isinstance(origin, ConstraintOrigin) else str(origin)
        yield f"{by}{condition}: {constraint.name}{written(constraint.specifier)}"
