"""Why a set does not hold a version: what excludes it, what it collides with, and what its row wanted instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.records import Refusal, Row
from lockgen.resolve.answers import Answers
from lockgen.resolve.candidates import Release

Versions = Mapping[NormalizedName, Version]


def wanted(answers: Answers, row: Row) -> Version | None:
    """The version the strategy names: the published one, or the newest in the row's own range where none is."""
    if answers.request.strategy == "minimum":
        return row.minimum
    if answers.request.strategy == "recommended" and row.recommended is not None:
        return row.recommended
    contains = answers.shelf.contains
    inside = (version for version in answers.versions(row.name) if contains(row.specifier, version))
    return next((v for v in inside if not v.is_prerelease and answers.sieve.exists(row.name, v)), None)


def because(
    answers: Answers, name: NormalizedName, aim: Version, *, demands: tuple[Demand, ...], versions: Versions
) -> str:
    """Why a row has not the version it aims at.

    The first of: a demand on the row, a known issue, a refused release, a demand of the wanted release itself.
    """
    excluding = next(exclusions(answers, name, aim, demands), None)
    if excluding is not None:
        return str(excluding)
    release = answers.release(name, aim)
    if isinstance(release, Refusal):
        return str(release)
    if not all(answers.permission.accepts(demand, release) for demand in demands):
        return f"{name} {aim} is {'yanked' if release.yanked is not None else 'a pre-release'}"
    collision = next(collisions(answers, release, demands, versions), None)
    return f"no set holds {name} {aim} beside the rows before it" if collision is None else told(collision, versions)


def exclusions(answers: Answers, name: NormalizedName, version: Version, demands: Iterable[Demand]) -> Iterator[Demand]:
    """Those of the demands, and then of the known issues, whose range does not hold the version."""
    for demand in (*demands, *answers.limits.get(name, ())):
        if not answers.shelf.contains(demand.specifier, version):
            yield demand


def own_demands(answers: Answers, release: Release, demands: Iterable[Demand]) -> Iterator[Demand]:
    """What the release itself demands, with the extras that `demands` ask of it."""
    for extra in ("", *sorted({extra for demand in demands for extra in demand.extras})):
        yield from answers.demands(release, extra)


def collisions(answers: Answers, release: Release, demands: Iterable[Demand], versions: Versions) -> Iterator[Demand]:
    """Those of the release's own demands that these versions do not fulfil."""
    for demand in own_demands(answers, release, demands):
        other = versions.get(demand.name)
        if other is not None and not answers.shelf.contains(demand.specifier, other):
            yield demand


def excluded(answers: Answers, demand: Demand) -> tuple[Demand, ...]:
    """What the request and the known issues say about the demanded package, if that leaves the demand no version."""
    others = (*(each for each in answers.roots if each.name == demand.name), *answers.limits.get(demand.name, ()))
    if not others:
        return ()
    ranges = [each.specifier for each in (demand, *others)]
    contains = answers.shelf.contains
    fits = (all(contains(each, version) for each in ranges) for version in answers.versions(demand.name))
    return () if any(fits) else others


def told(collision: Demand, versions: Versions) -> str:
    """A collision in words, with what the set has."""
    return f"{collision}, but this set has {collision.name} {versions[collision.name]}"
