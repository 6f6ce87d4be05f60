"""The smallest change to somebody's requirements after which they fit: another range for one of them, proved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile
from lockgen.model.request import Request, Row
from lockgen.model.requirements import UserRequirement
from lockgen.model.result import Unsolved
from lockgen.model.try_ import TryRepair
from lockgen.requirements.try_ import Question
from lockgen.text import requirement

_MOST_TRIES = 10
"""How many versions are looked at for one that serves every target."""


class Listing(Protocol):
    """A project as an index lists it."""

    @property
    def versions(self) -> tuple[Version, ...]:
        """Newest first."""

    def files(self, version: Version) -> tuple[DistFile, ...]:
        """The release's files."""


class Search(Protocol):
    """The resolver, as far as mending needs it."""

    def versions(self, request: Request) -> Mapping[NormalizedName, Version] | Unsolved:
        """The versions of its set."""

    def holds(self, request: Request) -> bool:
        """Whether the request can be satisfied."""

    def project(self, name: NormalizedName) -> Listing | None:
        """The project, None when the index has none."""


def mends(questions: Sequence[Question], core: Sequence[Demand], index: Search) -> tuple[TryRepair, ...]:
    """For each wish in the core, the version nearest to it with which all the questions' targets have a set.

    The questions are of targets with this same core. A wish whose package no version of serves is passed over; where
    none serves, the versions that serve beside the core alone. Steps back come last. What a frozen index does not hold
    is not offered.
    """
    said = {(member.by, member.name) for member in core}
    blamed = [wish for wish in questions[0].applying if (wish.where, wish.name) in said]
    alone = [replace(each, wishes=replace(each.wishes, wishes=tuple(blamed))) for each in questions]
    found = list(_mends(questions, blamed, index))
    partial = () if found else (replace(mend, is_partial=True) for mend in _mends(alone, blamed, index))
    return tuple(sorted((*found, *partial), key=lambda mend: mend.is_older))


def _mends(questions: Sequence[Question], blamed: Iterable[UserRequirement], index: Search) -> Iterator[TryRepair]:
    for wish in blamed:
        wanted = _wanted(wish, index)
        try:
            version = _nearest(questions, wish, wanted, index)
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
    questions: Sequence[Question], wish: UserRequirement, wanted: Version | None, index: Search
) -> Version | None:
    row = Row(
        name=wish.name,
        extras=wish.extras,
        specifier=SpecifierSet(),
        recommended=wanted,
        where=wish.where,
    )
    for _ in range(_MOST_TRIES):
        found = index.versions(_instead(questions[0], wish, row))
        if isinstance(found, Unsolved):
            return None
        version = found[wish.name]
        only = replace(row, specifier=SpecifierSet(f"=={version}"))
        if all(index.holds(_instead(each, wish, only)) for each in questions[1:]):
            return version
        row = replace(row, specifier=row.specifier & SpecifierSet(f"!={version}"))
    return None


def _wanted(wish: UserRequirement, index: Search) -> Version | None:
    """The newest release the wish would take, which is what its owner has; else the newest version it names."""
    listing = index.project(wish.name)
    inside = (each for each in (listing.versions if listing else ()) if wish.specifier.contains(each))
    named = (Version(clause.version) for clause in wish.specifier if "*" not in clause.version)
    return next(inside, None) or max(named, default=None)


def _instead(question: Question, wish: UserRequirement, row: Row) -> Request:
    """The question with the row in the place of every wish for its package: it is served first.

    Where the phase has a row for the package, that one goes on to bind it as a demand.
    """
    beside = replace(question.beside, buildable=frozenset({"*"}))
    own = tuple(
        Demand(name=each.name, specifier=each.specifier, extras=each.extras, by=each.where)
        for each in beside.rows
        if each.name == wish.name
    )
    kept = tuple(each for each in beside.demands if each.name != wish.name)
    rest = tuple(each for each in beside.rows if each.name != wish.name)
    return replace(beside, rows=(row, *rest), demands=(*own, *kept))
