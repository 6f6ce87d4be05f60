"""One target's solver with all it has learned, and the sets and the conflicts it has found so far."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from lockgen.model.conflict import Demand
from lockgen.model.request import Constraint
from lockgen.resolve.candidates import Candidate
from lockgen.resolve.encoding import Encoding
from lockgen.resolve.incompatibility import Incompatibility, Places, Requirements, Variable
from lockgen.resolve.masks import Choose, newest
from lockgen.resolve.prefetch import Prefetch
from lockgen.resolve.prereleases import Privilege
from lockgen.resolve.provider import Provider
from lockgen.resolve.solver import OnConflict, Solver
from lockgen.resolve.target_candidates import TargetCandidates

_MOST_SETS = 16
"""How many of the sets found last are tried on a new question before it is searched."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A question for the solver: the request's own demands, in order, and the known issues that hold."""

    assumptions: tuple[Variable, ...]
    roots: tuple[Variable, ...]
    order: Mapping[NormalizedName, int]
    """The packages that the request itself demands, by the place of the first demand."""
    provider: Provider
    """Gives the order in which versions are wanted."""
    is_any: bool
    """Whether any set will do: then the versions of the last one found are tried first, so that little is read."""

    def rank(self, variable: Variable) -> tuple[object, ...]:
        """What the request demands, in its order; then everything else by name; an extra behind its package."""
        return self.order.get(variable.name, len(self.order)), variable.name, variable.extra

    def choose(self, variable: Variable) -> int:
        """The place of the version to decide for."""
        left = variable.value & ~variable.absent
        if self.is_any and variable.last >= 0 and left >> variable.last & 1:
            return variable.last
        return self.provider.choose(variable.name)(left)


class TargetSolver:
    """Answers questions about one target and its candidates. `privileges` are those of the questions' demands."""

    def __init__(
        self,
        candidates: TargetCandidates,
        privileges: Mapping[NormalizedName, Privilege],
        on_conflict: OnConflict | None = None,
    ) -> None:
        self._solver = Solver(self._look, on_conflict)
        self.encoding = Encoding(candidates, privileges, self._solver.add)
        self._prefetch = Prefetch(candidates)
        self._choose: Callable[[NormalizedName], Choose] = lambda _name: newest
        self.searches = 0
        """How many questions needed a search."""
        self._sets: deque[Places] = deque(maxlen=_MOST_SETS)
        self._refuted: list[frozenset[Variable]] = []

    @property
    def conflicts(self) -> int:
        """How many conflicts were met so far."""
        return self._solver.conflicts

    @property
    def decisions(self) -> int:
        """How many decisions were taken so far, those taken back among them."""
        return self._solver.decisions

    def best(self, provider: Provider, roots: Sequence[Demand]) -> Places | Incompatibility:
        """The best set for the request's demands: each in turn gets the version wanted most that leaves the rest one.

        Where there is none, an incompatibility of assumptions, from whose causes the conflict can be derived.
        """
        return self._run(self._question(provider, roots, provider.request.constraints, is_any=False))

    def holds(self, provider: Provider, roots: Sequence[Demand], constraints: Iterable[Constraint]) -> bool:
        """Whether there is any set for these demands."""
        search = self._question(provider, roots, constraints, is_any=True)
        assumed = frozenset(search.assumptions)
        if any(core <= assumed for core in self._refuted):
            return False
        if any(self._fits(found, search) for found in self._sets):
            return True
        return not isinstance(self._run(search), Incompatibility)

    def _run(self, search: Search) -> Places | Incompatibility:
        self.searches += 1
        self._choose = search.provider.choose
        found = self._solver.solve(search)
        if isinstance(found, Incompatibility):
            self._refuted.append(frozenset(found.terms))
            return found
        self._sets.appendleft(found)
        for variable, place in found.items():
            variable.last = place
        return found

    def _question(
        self, provider: Provider, roots: Sequence[Demand], constraints: Iterable[Constraint], *, is_any: bool
    ) -> Search:
        encoding, memory, order = self.encoding, self.encoding.candidates.memory, dict[NormalizedName, int]()
        # The resolver has announced the pages by now; where that made the source fetch, the prefetch begins here.
        if memory.source.fetches:
            self._prefetch.along(roots, provider.choose)
        for demand in roots:
            order.setdefault(demand.name, len(order))
        variables = dict.fromkeys(variable for demand in roots for variable in encoding.demanded(demand))
        assumptions = dict.fromkeys(
            [
                *map(encoding.assume_root, roots),
                *map(encoding.assume_decided, order),
                *map(encoding.assume, constraints),
            ]
        )
        return Search(tuple(assumptions), tuple(variables), order, provider, is_any)

    def _look(self, variable: Variable, place: int) -> Requirements | Incompatibility:
        """Look at the version; where the source had to fetch something for it, prefetch its neighbours."""
        candidates = self.encoding.candidates
        fetches, looked_at = candidates.memory.source.fetches, len(self.encoding.looked_at)
        found = self.encoding.look(variable, place)
        if candidates.memory.source.fetches and len(self.encoding.looked_at) != looked_at:
            self._prefetch.ahead(variable, place)
        if candidates.memory.source.fetches != fetches:
            candidate = candidates.candidate(variable.name, variable.versions[place])
            if isinstance(candidate, Candidate):
                self._prefetch.along(candidates.demands(candidate, variable.extra), self._choose)
        return found

    def _fits(self, found: Places, search: Search) -> bool:
        """Whether a set found for another question answers this one too."""
        if any(root not in found for root in search.roots):
            return False
        return not any(self._holds_in(each, found) for assumption in search.assumptions for each in assumption.watching)

    @staticmethod
    def _holds_in(incompatibility: Incompatibility, found: Places) -> bool:
        """Whether all terms hold in the set; assumptions are taken to hold."""
        for variable, mask in incompatibility.terms.items():
            if variable.versions or variable in found:
                place = found.get(variable)
                if not (variable.absent if place is None else 1 << place) & mask:
                    return False
        return True
