"""Who may have a pre-release or a yanked release. One rule, decided demand by demand, so that no order can change it.

A pre-release is admitted by a demand that names one, or that no final release existing at the cut-off satisfies
(PEP 440, Handling of pre-releases); a row of the matrix may allow or refuse them outright. A yanked release is admitted
by a demand for exactly its version (PEP 592). Where the request itself demands the package (a row of the matrix, a
requirement to try), it alone decides, and so do constraints of the matrix that name a pre-release or a version exactly;
elsewhere every demand must admit it. pip is content with any demand that does: then one package decides what others
get, and taking it away again can leave a set that no demand allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from packaging.specifiers import Specifier
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.refusal import Refusal
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.masks import places
from lockgen.resolve.target_candidates import TargetCandidates


class Privilege(NamedTuple):
    """What the request's own demands on a package let every demand have of it."""

    offers_prereleases: bool
    yanked: int
    """The yanked versions demanded exactly, as a mask."""


@dataclass(slots=True)
class PrereleasePolicy:
    """The rule for one search; `roots` are the demands of the request it starts from."""

    candidates: TargetCandidates
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
        if not self.candidates.memory.contains(demand.name, demand.specifier, version):
            return False
        return not version.is_prerelease or self._any_offers(self._deciding(demand))

    def accepts(self, demand: Demand, candidate: Candidate) -> bool:
        """`admits`, and if the release is yanked, whether its exact version is demanded."""
        if not self.admits(demand, candidate.version):
            return False
        return candidate.yanked is None or self.accepts_yanked(demand, candidate.version)

    def accepts_yanked(self, demand: Demand, version: Version) -> bool:
        """Whether the exact version, which is yanked, is demanded."""
        return any(is_exact(each, version) for each in self._deciding(demand))

    @property
    def privileges(self) -> Mapping[NormalizedName, Privilege]:
        """The packages of which the request's own demands let in a pre-release or a yanked release."""
        found = {name: self._privilege(name, demands) for name, demands in self._roots.items()}
        return {name: privilege for name, privilege in found.items() if any(privilege)}

    def _any_offers(self, demands: Iterable[Demand]) -> bool:
        """Whether one of the demands lets pre-releases in; a row that refuses them has the last word."""
        found = tuple(demands)
        return not any(each.prereleases is False for each in found) and any(map(self.offers, found))

    def offers(self, demand: Demand) -> bool:
        """Whether the demand by itself lets pre-releases in."""
        if demand.prereleases is not None:
            return demand.prereleases
        key = (demand.name, id(demand.specifier))
        if key not in self._offers:
            self._offers[key] = bool(demand.specifier.prereleases)
            if not self._offers[key] and self.waits(demand):
                self._offers[key] = True
                self._waiting.append(demand)
        return self._offers[key]

    @property
    def waiting(self) -> tuple[Demand, ...]:
        """The demands looked up that offer pre-releases only because no final release inside them exists yet."""
        return tuple(self._waiting)

    def waits(self, demand: Demand) -> bool:
        """Whether no final release inside the demand existed at the cut-off."""
        return not self._once("finals", demand, self._has_final)

    def _has_final(self, demand: Demand) -> bool:
        return any(self.candidates.filter.exists(demand.name, version) for version in self.finals(demand))

    def finals(self, demand: Demand) -> Iterator[Version]:
        """Every final release inside the demand, newest first, whenever it came."""
        memory = self.candidates.memory
        listed = memory.listed(demand.name)
        mask = memory.mask(demand.name, demand.specifier) & ~listed.prereleases
        return (listed.versions[place] for place in places(mask))

    def _deciding(self, demand: Demand) -> tuple[Demand, ...]:
        """The request's own demands on the package, or else the demand itself."""
        return self._roots.get(demand.name, (demand,))

    def _privilege(self, name: NormalizedName, demands: tuple[Demand, ...]) -> Privilege:
        # Each demand by itself, not what all of them leave: a part of them must not be refused what it may have alone.
        exact = 0
        for demand in demands:
            exact |= self._once("yanked", demand, self._exactly_yanked)
        return Privilege(bool(self.candidates.memory.listed(name).prereleases) and self._any_offers(demands), exact)

    def _exactly_yanked(self, demand: Demand) -> int:
        """The yanked versions that the demand names exactly, as a mask."""
        if not names_exactly(demand):
            return 0
        memory, name = self.candidates.memory, demand.name
        listed = memory.listed(name)
        inside = (listed.versions[place] for place in places(memory.mask(name, demand.specifier)))
        return sum(
            1 << listed.places[each] for each in inside if is_exact(demand, each) and self._is_yanked(name, each)
        )

    def _once(self, what: str, demand: Demand, ask: Callable[[Demand], int]) -> int:
        """The answer about the demand's range, worked out once for all requests about the target.

        Lint searches with some of the same rows thousands of times, and each search needs it of every row.
        """
        key = what, demand.name, id(demand.specifier)
        known = self.candidates.ranges.get(key)
        if known is None:
            known = self.candidates.ranges[key] = demand.specifier, ask(demand)
        return known[1]

    def _is_yanked(self, name: NormalizedName, version: Version) -> bool:
        files = self.candidates.filter.files(name, version)
        return not isinstance(files, Refusal) and files[0].yanked is not None


@dataclass(slots=True)
class AllowedVersions:
    """The versions that demands let in, as masks. `privileges` are those of the request's own demands.

    That a release is yanked is known once its files were judged: until `exclude_yanked` is called, it is let in.
    """

    candidates: TargetCandidates
    privileges: Mapping[NormalizedName, Privilege]
    policy: PrereleasePolicy = field(init=False)
    """Which demands offer pre-releases by themselves."""
    _yanked: dict[NormalizedName, int] = field(default_factory=dict)
    """The yanked versions found so far."""

    def __post_init__(self) -> None:
        self.policy = PrereleasePolicy(self.candidates, ())

    def exclude_yanked(self, name: NormalizedName, place: int) -> bool:
        """Note that the version is yanked. Whether that is news and takes it from any demand."""
        known, bit = self._yanked.get(name, 0), 1 << place
        self._yanked[name] = known | bit
        privilege = self.privileges.get(name)
        return not known & bit and (privilege is None or not privilege.yanked & bit)

    def of_root(self, demand: Demand) -> int:
        """The versions that one of the request's own demands lets in."""
        privilege = self.privileges.get(demand.name, Privilege(offers_prereleases=False, yanked=0))
        return self._privileged(demand, privilege)

    def of_release(self, demand: Demand) -> tuple[int, int]:
        """The versions a release's demand lets in where it decides alone, and where the request has one of its own."""
        privilege = self.privileges.get(demand.name)
        if privilege is not None:
            allowed = self._privileged(demand, privilege)
            return allowed, allowed
        memory = self.candidates.memory
        inside = memory.mask(demand.name, demand.specifier)
        early = inside & memory.listed(demand.name).prereleases
        yanked = inside & self._yanked.get(demand.name, 0)
        strict = loose = inside & ~early & ~yanked
        if early and self.policy.offers(demand):
            loose |= early & ~yanked
        if yanked and names_exactly(demand):
            versions = memory.listed(demand.name).versions
            loose |= sum(1 << place for place in places(yanked) if is_exact(demand, versions[place]))
        return loose, strict

    def _privileged(self, demand: Demand, privilege: Privilege) -> int:
        memory = self.candidates.memory
        inside = memory.mask(demand.name, demand.specifier)
        if not privilege.offers_prereleases:
            inside &= ~memory.listed(demand.name).prereleases
        return inside & ~(self._yanked.get(demand.name, 0) & ~privilege.yanked)


def is_exact(demand: Demand, version: Version) -> bool:
    """Whether the demand names exactly this version."""
    return any(_is_exact_clause(clause) and clause.contains(version, prereleases=True) for clause in demand.specifier)


def names_exactly(demand: Demand) -> bool:
    """Whether the demand names a version exactly."""
    return any(map(_is_exact_clause, demand.specifier))


def _is_exact_clause(clause: Specifier) -> bool:
    return clause.operator in {"==", "==="} and not clause.version.endswith(".*")
