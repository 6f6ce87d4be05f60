"""The smallest change to somebody's requirements after which they fit: another range for one of them, proved."""

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
from lockgen.text import requirement

_MOST_TRIES = 10
"""How many versions are looked at for one that serves every target."""


def mends(questions: Sequence[TryQuestion], core: Sequence[Demand], resolver: ResolverPort) -> tuple[TryRepair, ...]:
    """For each wish in the core, the version nearest to it with which all the questions' targets have a set.

    The questions are of targets with this same core. A wish whose package no version of serves is passed over; where
    none serves, the versions that serve beside the core alone. Steps back come last. What a frozen index does not hold
    is not offered.
    """
    said = {(member.origin, member.name) for member in core}
    blamed = [wish for wish in questions[0].applying if (RequirementOrigin(where=wish.where), wish.name) in said]
    alone = [replace(each, wishes=replace(each.wishes, wishes=tuple(blamed))) for each in questions]
    found = list(_mends(questions, blamed, resolver))
    partial = () if found else (replace(mend, is_partial=True) for mend in _mends(alone, blamed, resolver))
    return tuple(sorted((*found, *partial), key=lambda mend: mend.is_older))


def _mends(
    questions: Sequence[TryQuestion], blamed: Iterable[UserRequirement], resolver: ResolverPort
) -> Iterator[TryRepair]:
    for wish in blamed:
        wanted = _wanted(wish, resolver)
        try:
            version = _nearest(questions, wish, wanted, resolver)
        except FrozenIndexError:
            # Nobody asked for this when the index was frozen; the answer itself does not hang on it.
            continue
        if version is not None:
            yield TryRepair(
                where=wish.where,
                name=wish.name,
                version=version,
                instead=requirement(wish.name, wish.extras, wish.specifier),
                is_older=wanted is not None and version < wanted,
            )


def _nearest(
    questions: Sequence[TryQuestion], wish: UserRequirement, wanted: Version | None, resolver: ResolverPort
) -> Version | None:
    row = Row(
        name=wish.name,
        extras=wish.extras,
        specifier=SpecifierSet(),
        recommended=wanted,
        where=wish.where,
    )
    for _ in range(_MOST_TRIES):
        found = resolver.versions(_instead(questions[0], wish, row))
        if isinstance(found, Unsolved):
            return None
        version = found[wish.name]
        only = replace(row, specifier=SpecifierSet(f"=={version}"))
        if all(resolver.holds(_instead(each, wish, only)) for each in questions[1:]):
            return version
        row = replace(row, specifier=row.specifier & SpecifierSet(f"!={version}"))
    return None


def _wanted(wish: UserRequirement, resolver: ResolverPort) -> Version | None:
    """The newest release the wish would take, which is what its owner has; else the newest version it names."""
    listing = resolver.project(wish.name)
    inside = (each for each in (listing.versions if listing else ()) if wish.specifier.contains(each))
    named = (Version(clause.version) for clause in wish.specifier if "*" not in clause.version)
    return next(inside, None) or max(named, default=None)


def _instead(question: TryQuestion, wish: UserRequirement, row: Row) -> Request:
    """The question with the row in the place of every wish for its package: it is served first.

    Where the phase has a row for the package, that one goes on to bind it as a demand.
    """
    beside = replace(question.beside, buildable=frozenset({"*"}))
    own = tuple(
        Demand(name=each.name, specifier=each.specifier, extras=each.extras, origin=RowOrigin(where=each.where))
        for each in beside.rows
        if each.name == wish.name
    )
    kept = tuple(each for each in beside.demands if each.name != wish.name)
    rest = tuple(each for each in beside.rows if each.name != wish.name)
    return replace(beside, rows=(row, *rest), demands=(*own, *kept))
