"""Who may have a pre-release or a yanked release. One rule, decided demand by demand, so that no order can change it.

A pre-release is admitted by a demand that names one, or that no final release existing at the cut-off satisfies
(PEP 440, Handling of pre-releases). A yanked release is admitted by a demand for exactly its version (PEP 592). Where
the request itself demands the package (a row of the matrix, a requirement to try), it alone decides; elsewhere every
demand must admit it. pip asks whether any demand does: then one package decides what others get, and taking it away
again can leave a set that nobody allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.resolve.candidates import Release, Sieve
from lockgen.resolve.shelf import Shelf


@dataclass(slots=True)
class Permission:
    """The rule for one search; `roots` are the demands of the matrix it starts from."""

    shelf: Shelf
    sieve: Sieve
    roots: Iterable[Demand]
    _roots: dict[NormalizedName, tuple[Demand, ...]] = field(init=False)
    _offers: dict[tuple[NormalizedName, int], bool] = field(default_factory=dict)
    _waiting: list[Demand] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._roots = {}
        for demand in self.roots:
            self._roots[demand.name] = (*self._roots.get(demand.name, ()), demand)

    def admits(self, demand: Demand, version: Version) -> bool:
        """Whether the version lies in the demand's range and, if it is a pre-release, may be had."""
        if not self.shelf.contains(demand.specifier, version):
            return False
        return not version.is_prerelease or any(map(self._offers_prereleases, self._deciding(demand)))

    def accepts(self, demand: Demand, release: Release) -> bool:
        """`admits`, and if the release is yanked, whether it is asked for by its exact version."""
        if not self.admits(demand, release.version):
            return False
        return release.yanked is None or self.accepts_yanked(demand, release.version)

    def accepts_yanked(self, demand: Demand, version: Version) -> bool:
        """Whether a version that is yanked is asked for by its exact number."""
        return any(_is_exact(each, version) for each in self._deciding(demand))

    @property
    def waiting(self) -> tuple[Demand, ...]:
        """The demands that offer pre-releases only until a final release inside them exists, as far as was asked."""
        return tuple(self._waiting)

    def waits(self, demand: Demand) -> bool:
        """Whether no final release inside the demand existed at the cut-off."""
        return not any(self.sieve.exists(demand.name, version) for version in self.finals(demand))

    def finals(self, demand: Demand) -> Iterator[Version]:
        """Every final release inside the demand, whenever it came."""
        project = self.shelf.project(demand.name)
        finals = (version for version in (project.versions if project else ()) if not version.is_prerelease)
        return (version for version in finals if self.shelf.contains(demand.specifier, version))

    def _deciding(self, demand: Demand) -> tuple[Demand, ...]:
        """The request's own demands on the package, or else the demand itself."""
        return self._roots.get(demand.name, (demand,))

    def _offers_prereleases(self, demand: Demand) -> bool:
        key = (demand.name, id(demand.specifier))
        if key not in self._offers:
            self._offers[key] = bool(demand.specifier.prereleases)
            if not self._offers[key] and self.waits(demand):
                self._offers[key] = True
                self._waiting.append(demand)
        return self._offers[key]


def _is_exact(demand: Demand, version: Version) -> bool:
    return any(
        clause.operator in {"==", "==="} and not clause.version.endswith(".*") and clause.contains(version)
        for clause in demand.specifier
    )
