"""A phase as the rules read it: its targets with their requests, and the resolver that answers them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.conflict import Demand
from lockgen.model.matrix import Dependency, Matrices, Phase
from lockgen.model.numbers import RenderedNumbers
from lockgen.model.origin import ConstraintOrigin, IssueOrigin, LayerOrigin
from lockgen.model.request import Request, Row, Strategy
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Unsolved
from lockgen.model.target import Target

Rows = Sequence[Row]
_MOST_VERSIONS = 200
"""Of a range, from its oldest on, where one after the other is tried."""
_MOST_TRIES = 25
"""How many versions are looked at for one that serves every target."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LintTable:
    """One phase and the targets it is checked on."""

    matrices: Matrices
    phase: Phase
    targets: tuple[Target, ...]
    resolver: ResolverPort
    requests: Mapping[str, Request]
    """Target -> the request of a render."""
    rendered: RenderedNumbers | None = None
    """What the committed sets were rendered from; None where there are none."""
    is_whole: bool = True
    """Whether these are all targets of the phase: a part of them cannot show that something is had on none."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the targets."""
        return tuple(target.name for target in self.targets)

    def request(self, target: Target) -> Request:
        """The request that `lockgen render` solves for the target."""
        return self.requests[target.name]

    def rows(self, target: Target) -> tuple[Row, ...]:
        """The rows of the target, with their published bounds; of a named set its own alone.

        The sets below it are there as their pins, which are constraints of every request.
        """
        own = {row.where for row in self.phase.own}
        return tuple(row for row in self.request(target).rows if row.where in own)

    def row(self, target: Target, name: NormalizedName) -> Row | None:
        """The row of that name, None when it is not for this target."""
        return next((row for row in self.rows(target) if row.name == name), None)

    def best(self, target: Target, rows: Rows, strategy: Strategy) -> Version | None:
        """What the first of these rows gets when they stand instead of the published ones; None: there is no set."""
        found = self.resolver.versions(replace(self.request(target), rows=tuple(rows), strategy=strategy))
        return None if isinstance(found, Unsolved) else found[rows[0].name]

    def conflict(self, target: Target, rows: Rows) -> Unsolved | None:
        """Why these rows cannot be had together on the target; None when they can."""
        return self.resolver.conflict(replace(self.request(target), rows=tuple(rows)))

    def holds(self, target: Target, rows: Rows) -> bool:
        """Whether these rows can be had together on the target."""
        return self.resolver.holds(replace(self.request(target), rows=tuple(rows)))

    def listed(self, row: Row) -> list[Version]:
        """The final releases that the row's bounds let in, oldest first: no range lets in a yanked one (PEP 592)."""
        listing = self.resolver.project(row.name)
        if listing is None:
            return []
        is_early = row.prereleases is True
        inside = [v for v in reversed(listing.versions) if row.specifier.contains(v, prereleases=is_early or None)]
        inside = [v for v in inside if is_early or not v.is_prerelease]
        return [v for v in inside if any(file.yanked is None for file in listing.files(v))]

    def walked(self, targets: Sequence[Target], name: NormalizedName, versions: Sequence[Version]) -> Iterator[Version]:
        """The versions in this order, to be tried on these targets: announced in batches that double.

        A question about one version gives a search nothing to announce, and an index was asked for file after file.
        """
        for place, version in enumerate(versions):
            if place & (place - 1) == 0:
                for target in targets:
                    self.resolver.expect_versions(self.request(target), name, versions[place : 2 * place])
            yield version

    def dependency(self, row: Row) -> Dependency:
        """The row of a request as the file gives it."""
        same = [each for each in self.phase.dependencies if (each.name, each.where) == (row.name, row.where)]
        return next((each for each in same if each.specifier == row.specifier), same[-1])

    def targets_of(self, dependency: Dependency) -> list[Target]:
        """The targets that the row is for; others may have another row of the package."""
        rows = ((target, self.row(target, dependency.name)) for target in self.targets)
        return [target for target, row in rows if row is not None and self.dependency(row) is dependency]

    def minimum(self, row: Row) -> Version | None:
        """The version that the minimum strategy goes for: the bound, or the oldest release above one that is none.

        None for a row without a minimum.
        """
        listing = self.resolver.project(row.name)
        if row.minimum is None or listing is None or listing.files(row.minimum):
            return row.minimum
        return next(iter(self.listed(row)), None)

    def is_single(self, name: NormalizedName) -> bool:
        """Whether the package has no more than one row: only then a repair can tell which one to write anew."""
        return sum(row.name == name for row in self.phase.own) < 2  # noqa: PLR2004 - one

    def place(self, name: NormalizedName, key: str, target: str = "") -> str:
        """Where the row's value stands: file:line:column. With several rows of the package, that of the target.

        The row itself where it gives none; the head of the file for a package without a row.
        """
        here = next((self.row(each, name) for each in self.targets if each.name == target), None)
        rows = (row for row in reversed(self.phase.dependencies) if row.name == name)
        row = next(rows, None) if here is None else self.dependency(here)
        return f"{self.phase.file}:1:1" if row is None else place_of(row, key)


def place_of(row: Dependency, key: str) -> str:
    """Where the row's value stands, or the row itself where it gives none."""
    return row.places.get(key, f"{row.where}:1")


def is_row(demand: Demand) -> bool:
    """Whether a row of the table demands it rather than a known issue, a constraint or a set below."""
    return not isinstance(demand.origin, IssueOrigin | ConstraintOrigin | LayerOrigin)


def exact(row: Row, version: Version) -> Row:
    """The row narrowed to one version."""
    return replace(row, specifier=SpecifierSet(f"=={version}"))


def agreed(
    table: LintTable,
    targets: Sequence[Target],
    rows_beside: Callable[[Target], Rows],
    wanted: Row,
    strategy: Strategy,
) -> Version | None:
    """The best version of the row `wanted` that can be had on every target beside the other rows; None: there is none.

    The row is served first, so on each target it takes its best-ranked version for which the rest is solvable. Also
    None where a frozen index does not hold the versions in question: what it does not know is not offered.
    """
    try:
        return _agreed(table, targets, rows_beside, wanted, strategy)
    except FrozenIndexError:
        return None


def _agreed(
    table: LintTable,
    targets: Sequence[Target],
    rows_beside: Callable[[Target], Rows],
    wanted: Row,
    strategy: Strategy,
) -> Version | None:
    if strategy == "minimum":
        return _oldest(table, targets, rows_beside, wanted)
    specifier = wanted.specifier
    for _ in range(_MOST_TRIES):
        row = replace(wanted, specifier=specifier)
        version = table.best(targets[0], [row, *rows_beside(targets[0])], strategy)
        if version is None or _is_had(table, targets[1:], rows_beside, exact(wanted, version)):
            return version
        specifier &= SpecifierSet(f"!={version}")
    return None


def _oldest(
    table: LintTable, targets: Sequence[Target], beside: Callable[[Target], Rows], wanted: Row
) -> Version | None:
    """One after the other, since a search for the oldest of a row would look for the oldest of the others as well."""
    versions = table.listed(wanted)[:_MOST_VERSIONS]
    walked = table.walked(targets, wanted.name, versions)
    return next((each for each in walked if _is_had(table, targets, beside, exact(wanted, each))), None)


def _is_had(table: LintTable, targets: Sequence[Target], beside: Callable[[Target], Rows], row: Row) -> bool:
    return all(table.holds(each, [row, *beside(each)]) for each in targets)
