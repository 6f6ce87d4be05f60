"""One request's view of the index: its demands, its pre-release policy, the order in which it wants versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.origin import ConstraintOrigin, ReleaseOrigin, RowOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request, Row
from lockgen.resolve.candidates import Candidate, CandidateFilter
from lockgen.resolve.constraints import constraint_demand, constraint_demand_of, is_about
from lockgen.resolve.masks import Choose, chooser, first, newest, ranked
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.prereleases import PrereleasePolicy, names_exactly
from lockgen.resolve.target_candidates import TargetCandidates

DemandsKey = tuple[NormalizedName, Version, str]
"""A release and one of its extras; the empty extra stands for the release itself."""


@dataclass(frozen=True, eq=False)
class Provider:
    """One request's view. Fields with an underscore are caches, or the record of what was looked up."""

    request: Request
    candidates: TargetCandidates
    _choosers: dict[NormalizedName, Choose] = field(default_factory=dict)
    _versions: dict[NormalizedName, tuple[Version, ...]] = field(default_factory=dict)
    _looked_up: dict[DemandsKey, None] = field(default_factory=dict)
    _waiting: list[Demand] = field(default_factory=list)

    @property
    def memory(self) -> MemoryIndex:
        """What all targets share."""
        return self.candidates.memory

    @property
    def filter(self) -> CandidateFilter:
        """The rules by which files are judged."""
        return self.candidates.filter

    @cached_property
    def rows(self) -> dict[NormalizedName, Row]:
        """The request's rows by name, in matrix order."""
        return {row.name: row for row in self.request.rows}

    @cached_property
    def roots(self) -> tuple[Demand, ...]:
        """What the request itself demands: its rows in matrix order, then what else it holds the set to."""
        interned = self.memory.interned
        rows = (
            Demand(
                name=row.name,
                specifier=interned(row.specifier),
                extras=row.extras,
                prereleases=row.prereleases,
                origin=RowOrigin(where=row.where),
            )
            for row in self.request.rows
        )
        return (*rows, *(replace(each, specifier=interned(each.specifier)) for each in self.request.demands))

    @cached_property
    def policy(self) -> PrereleasePolicy:
        """Which demands may have pre-releases and yanked releases."""
        return self.policy_of(self.roots)

    def policy_of(self, roots: Iterable[Demand]) -> PrereleasePolicy:
        """The policy of some of the request's own demands."""
        return PrereleasePolicy(self.candidates, (*roots, *self._letting_in))

    @cached_property
    def _letting_in(self) -> tuple[Demand, ...]:
        """The matrix's constraints that name a pre-release or a version exactly: they let it in, as in pip and uv."""
        return tuple(
            demand
            for demands in self.constraints.values()
            for demand in demands
            if isinstance(demand.origin, ConstraintOrigin) and (demand.specifier.prereleases or names_exactly(demand))
        )

    @cached_property
    def constraints(self) -> Mapping[NormalizedName, tuple[Demand, ...]]:
        """Known issues and rules that narrow a package wherever it is in the set, by package."""
        found: dict[NormalizedName, tuple[Demand, ...]] = {}
        for each in self.request.constraints:
            if each.releases is None:
                found[each.name] = (*found.get(each.name, ()), constraint_demand(each, self.memory))
        return found

    def choose(self, name: NormalizedName) -> Choose:
        """In which order the package's versions are wanted."""
        if name not in self._choosers:
            row = self.rows.get(name)
            choose = newest if row is None else self._chooser(row)
            wanted = self.request.preferred.get(name)
            listed = self.memory.listed(name)
            if wanted is not None and wanted in listed.places:
                choose = first(listed.places[wanted], choose)
            self._choosers[name] = choose
        return self._choosers[name]

    def _chooser(self, row: Row) -> Choose:
        strategy = self.request.strategy
        key = ("chooser", row.name, row.recommended, strategy)
        return self.memory.kept(key, lambda: chooser(self.memory.listed(row.name).versions, row, strategy))

    def versions(self, name: NormalizedName) -> tuple[Version, ...]:
        """Every listed version, in the order this request wants them."""
        if name not in self._versions:
            self._versions[name] = ranked(self.memory.listed(name).versions, self.choose(name))
        return self._versions[name]

    def contains(self, demand: Demand, version: Version) -> bool:
        """Whether the version lies in the demand's range, pre-releases included; `policy` decides about those."""
        return self.memory.contains(demand.name, demand.specifier, version)

    def candidate(self, name: NormalizedName, version: Version) -> Candidate | Refusal:
        """The release as this target sees it."""
        self._looked_up.setdefault((name, version, ""), None)
        return self.candidates.candidate(name, version)

    def demands(self, candidate: Candidate, extra: str = "") -> tuple[Demand, ...]:
        """What the release demands, or what one of its extras demands on top, with what known issues add."""
        self._looked_up.setdefault((candidate.name, candidate.version, extra), None)
        found = self.candidates.demands(candidate, extra)
        return (*found, *self._constraint_demands(candidate, extra)) if self.request.constraints else found

    def record(self, looked_up: Iterable[DemandsKey], waiting: Iterable[Demand]) -> None:
        """Record what a search for this request looked up, and its `waiting` demands."""
        self._looked_up.update(dict.fromkeys(looked_up))
        self._waiting.extend(waiting)

    @property
    def waiting(self) -> tuple[Demand, ...]:
        """The demands looked up that offer pre-releases only because no final release inside them exists yet."""
        return (*self.policy.waiting, *self._waiting)

    def transcript(self) -> dict[DemandsKey, object]:
        """Everything looked up so far, with a fingerprint of the answer."""
        return {key: self.fingerprint(key) for key in self._looked_up}

    def fingerprint(self, key: DemandsKey) -> object:
        """A value that is equal for equal answers: what the release demands, and what narrows it."""
        name, version, extra = key
        candidate = self.candidates.candidate(name, version)
        if isinstance(candidate, Refusal):
            return None
        demands = (*self.candidates.demands(candidate, extra), *self._constraint_demands(candidate, extra))
        narrowed = tuple(str(each.specifier) for each in self.constraints.get(name, ()))
        return candidate.yanked is None, narrowed, demands

    @property
    def looked_at(self) -> tuple[NormalizedName, ...]:
        """The packages of which a release was looked up, sorted."""
        return tuple(sorted({name for name, _, _ in self._looked_up}))

    def snapshot(self) -> str:
        """Hex sha256 over what the index has of the releases looked up: files at the cut-off and metadata."""
        releases = sorted({(name, str(version)): (name, version) for name, version, _ in self._looked_up}.items())
        facts = (self.candidates.facts(*release) for _, release in releases)
        return hashlib.sha256(f"[{','.join(filter(None, facts))}]".encode()).hexdigest()

    def refused(self) -> tuple[Refusal, ...]:
        """Every release that was looked up and refused."""
        found = (self.candidates.candidate(name, version) for name, version, extra in self._looked_up if not extra)
        return tuple(answer for answer in found if isinstance(answer, Refusal))

    def _constraint_demands(self, candidate: Candidate, extra: str) -> tuple[Demand, ...]:
        """What known issues add to the demands of the release, or of one of its extras."""
        release = ReleaseOrigin(name=candidate.name, extra=extra, version=candidate.version)
        return tuple(
            constraint_demand_of(release, constraint, self.memory)
            for constraint in self.request.constraints
            if is_about(release, constraint, self.memory)
        )
