"""The smallest change to requirements after which they fit: another version for one of them, proved by a solve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.origin import RequirementOrigin, RowOrigin
from lockgen.model.request import Request, Row
from lockgen.model.requirements import UserRequirement
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Unsolved
from lockgen.model.try_ import TryRepair
from lockgen.requirements.try_ import TryQuestion
from lockgen.text import requirement as written

_MOST_TRIES = 10
"""How many versions are looked at for one that serves every target."""


def find_repairs(
    questions: Sequence[TryQuestion], core: Sequence[Demand], resolver: ResolverPort
) -> tuple[TryRepair, ...]:
    """For each requirement in the core, the nearest version with which all the questions' targets have a set.

    The questions are of targets with this same core. Requirements that no version repairs are left out; if that is all
    of them, the result is the versions that solve the core alone. Steps back come last. What a frozen index does not
    hold is not offered.
    """
    said = {(member.origin, member.name) for member in core}
    blamed = [each for each in questions[0].applying if (RequirementOrigin(where=each.where), each.name) in said]
    alone = [replace(each, requirements=replace(each.requirements, requirements=tuple(blamed))) for each in questions]
    found = list(_repairs(questions, blamed, resolver))
    partial = () if found else (replace(repair, is_partial=True) for repair in _repairs(alone, blamed, resolver))
    return tuple(sorted((*found, *partial), key=lambda repair: repair.is_older))


def _repairs(
    questions: Sequence[TryQuestion], blamed: Iterable[UserRequirement], resolver: ResolverPort
) -> Iterator[TryRepair]:
    for requirement in blamed:
        wanted = _wanted(requirement, resolver)
        try:
            version = _nearest(questions, requirement, wanted, resolver)
        except FrozenIndexError:
            # The frozen index lacks the answer, which only this repair needs.
            continue
        if version is not None:
            yield TryRepair(
                where=requirement.where,
                name=requirement.name,
                version=version,
                instead=written(requirement.name, requirement.extras, requirement.specifier),
                is_older=wanted is not None and version < wanted,
            )


def _nearest(
    questions: Sequence[TryQuestion], requirement: UserRequirement, wanted: Version | None, resolver: ResolverPort
) -> Version | None:
    row = Row(
        name=requirement.name,
        extras=requirement.extras,
        specifier=SpecifierSet(),
        recommended=wanted,
        where=requirement.where,
    )
    for _ in range(_MOST_TRIES):
        found = resolver.versions(_instead(questions[0], requirement, row))
        if isinstance(found, Unsolved):
            return None
        version = found[requirement.name]
        only = replace(row, specifier=SpecifierSet(f"=={version}"))
        if all(resolver.holds(_instead(each, requirement, only)) for each in questions[1:]):
            return version
        row = replace(row, specifier=row.specifier & SpecifierSet(f"!={version}"))
    return None


def _wanted(requirement: UserRequirement, resolver: ResolverPort) -> Version | None:
    """The newest release the requirement admits, which its owner probably has; else the newest version it names."""
    listing = resolver.project(requirement.name)
    inside = (each for each in (listing.versions if listing else ()) if requirement.specifier.contains(each))
    named = (Version(clause.version) for clause in requirement.specifier if "*" not in clause.version)
    return next(inside, None) or max(named, default=None)


def _instead(question: TryQuestion, requirement: UserRequirement, row: Row) -> Request:
    """The request with the row, as the first, in the place of every requirement for its package.

    A row of the phase for the package stays as a demand.
    """
    beside = replace(question.beside, buildable=frozenset({"*"}))
    own = tuple(
        Demand(name=each.name, specifier=each.specifier, extras=each.extras, origin=RowOrigin(where=each.where))
        for each in beside.rows
        if each.name == requirement.name
    )
    kept = tuple(each for each in beside.demands if each.name != requirement.name)
    rest = tuple(each for each in beside.rows if each.name != requirement.name)
    return replace(beside, rows=(row, *rest), demands=(*own, *kept))
