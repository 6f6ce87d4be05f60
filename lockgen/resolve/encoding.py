"""One target's candidates as variables and incompatibilities, made as the search comes to them.

Rows, requirements, pins and known issues are assumptions: variables of their own, which a question holds to or not. So
whatever the solver learns is true of every question about the target, and a refutation names what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.origin import ReleaseOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint
from lockgen.resolve.constraints import constraint_demand, constraint_demand_of, is_about
from lockgen.resolve.incompatibility import Incompatibility, Requirements, Variable
from lockgen.resolve.prereleases import AllowedVersions, Privilege, is_exact, names_exactly
from lockgen.resolve.target_candidates import TargetCandidates

_REQUEST = -1
"""The place of the demander of what the request itself demands."""


@dataclass(slots=True, eq=False)
class Encoding:
    """The incompatibilities of one target made so far. `privileges` are those of the requests it serves."""

    candidates: TargetCandidates
    privileges: Mapping[NormalizedName, Privilege]
    add: Callable[[Incompatibility], None]
    """Takes an incompatibility into the search."""
    allowed: AllowedVersions = field(init=False)
    looked_at: dict[tuple[NormalizedName, Version, str], None] = field(default_factory=dict)
    """Every release and extra looked at, in that order; the empty extra stands for the release."""
    refusals: dict[tuple[NormalizedName, int], Refusal] = field(default_factory=dict)
    _variables: dict[tuple[NormalizedName, str], Variable] = field(default_factory=dict)
    _looks: dict[tuple[Variable, int], Requirements] = field(default_factory=dict)
    _pending: dict[tuple[Variable, int], Sequence[Demand]] = field(default_factory=dict)
    """Demands of these versions that no incompatibility stands for yet."""
    _shared: dict[object, Incompatibility] = field(default_factory=dict)
    """Releases with the same demand share an incompatibility, which makes what is learned from it general."""
    _assumptions: dict[object, Variable] = field(default_factory=dict)
    _constraints: dict[NormalizedName, list[tuple[Constraint, Variable]]] = field(default_factory=dict)
    _release_constraints: dict[NormalizedName, list[tuple[Constraint, Variable]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.allowed = AllowedVersions(self.candidates, self.privileges)

    def variable(self, name: NormalizedName, extra: str = "") -> Variable:
        """The variable of a package or of one of its extras."""
        found = self._variables.get((name, extra))
        if found is None:
            versions = self.candidates.memory.listed(name).versions
            found = self._variables[name, extra] = Variable(name, extra, versions, count=len(versions))
            if extra:
                found.base = self.variable(name)
                found.base.extras.append(found)
            else:
                for constraint, assumption in self._constraints.get(name, ()):
                    self._constrain(constraint, assumption)
        return found

    def look(self, variable: Variable, place: int) -> Requirements | Incompatibility:
        """What the version requires, or that no set may have it. LockgenError when the source cannot answer."""
        key = variable, place
        if key not in self._looks:
            try:
                refused = self._begin_look(variable, place)
            except BaseException:
                # Half of what a version demands is worse than nothing: the next look begins again.
                self._looks.pop(key, None)
                raise
            if refused is not None:
                return refused
        found = self._looks[key]
        if pending := self._pending.get(key):
            self._pending[key] = self._require_known(variable, place, pending, found)
        return found

    def _begin_look(self, variable: Variable, place: int) -> Incompatibility | None:
        """Take in what is known of the version without reading other packages' pages; why it is refused, if it is."""
        name, version = variable.name, variable.versions[place]
        self.looked_at[name, version, variable.extra] = None
        candidate = self.candidates.candidate(name, version)
        if isinstance(candidate, Refusal):
            self.refusals[name, place] = candidate
            return Incompatibility({variable: 1 << place})
        found = self._looks[variable, place] = Requirements([], [])
        if candidate.yanked is not None:
            self._exclude_yanked(name, place)
            found.incompatibilities.extend(variable.incoming)
        if variable.base is not None:
            found.children.append((variable.base, None))
        self._pending[variable, place] = self.candidates.demands(candidate, variable.extra)
        for constraint, assumption in self._release_constraints.get(name, ()):
            self._require_beside(variable, place, constraint, assumption)
        return None

    def _require_known(
        self, variable: Variable, place: int, pending: Sequence[Demand], found: Requirements
    ) -> Sequence[Demand]:
        """Encode what the version demands of packages met before, and of others only if that does not rule it out.

        So a version that collides costs no page of a package that nothing else needs. The demands still to encode.
        """
        for demand in pending:
            if (demand.name, "") in self._variables:
                self._require((variable, place), demand, found)
        rest = [demand for demand in pending if (demand.name, "") not in self._variables]
        if not rest or any(each.rules_out(variable, place) for each in found.incompatibilities):
            return rest
        for demand in rest:
            self._require((variable, place), demand, found)
        return ()

    # -- assumptions

    def assume_root(self, demand: Demand) -> Variable:
        """The assumption that the request demands this."""
        key = demand.name, demand.extras, str(demand.specifier)
        assumption = self._assumptions.get(key)
        if assumption is None:
            assumption = self._assumptions[key] = _assumption(demand.name)
            allowed = self.allowed.of_root(demand)
            for variable in self.demanded(demand):
                variable.incoming.append(self._forbid(assumption, variable, allowed, demand))
        return assumption

    def assume_decided(self, name: NormalizedName) -> Variable:
        """The assumption that the request demands the package, so that it alone decides about pre-releases."""
        return self._assumptions.setdefault(name, _assumption(name))

    def assume(self, constraint: Constraint) -> Variable:
        """The assumption that this known issue, or rule, narrows a package."""
        releases = constraint.releases and (constraint.releases[0], str(constraint.releases[1]))
        key = constraint.name, str(constraint.specifier), releases, constraint.extras, constraint.origin
        assumption = self._assumptions.get(key)
        if assumption is None:
            assumption = _assumption(constraint.name)
            self._apply_to_known(constraint, assumption)
            # Last, so that a source that fails on the way leaves no assumption half encoded.
            self._assumptions[key] = assumption
            kept = self._constraints if constraint.releases is None else self._release_constraints
            about = constraint.name if constraint.releases is None else constraint.releases[0]
            kept.setdefault(about, []).append((constraint, assumption))
        return assumption

    def _apply_to_known(self, constraint: Constraint, assumption: Variable) -> None:
        """Add what a known issue demands of the releases and packages that were met before it."""
        if constraint.releases is None:
            if (constraint.name, "") in self._variables:
                self._constrain(constraint, assumption)
            return
        for variable, place in [each for each in self._looks if each[0].name == constraint.releases[0]]:
            self._require_beside(variable, place, constraint, assumption)
            # At once: a set found before this is known must not pass for an answer.
            for each in self._looks[variable, place].incompatibilities:
                self.add(each)

    def demanded(self, demand: Demand) -> Iterator[Variable]:
        """The variables of the demanded package and of the demanded extras."""
        yield self.variable(demand.name)
        for extra in sorted(demand.extras):
            yield self.variable(demand.name, extra)

    # -- incompatibilities

    def _require(
        self, by: tuple[Variable, int], demand: Demand, found: Requirements, assumption: Variable | None = None
    ) -> None:
        """Encode what a version of a variable demands, always or under an assumption."""
        loose, strict = self.allowed.of_release(demand)
        under = () if assumption is None else (assumption,)
        for child in self.demanded(demand):
            found.children.append((child, assumption))
            found.incompatibilities.append(self._incompatibility(by, child, loose, demand, under))
            if strict != loose:
                decided = (*under, self.assume_decided(demand.name))
                found.incompatibilities.append(self._incompatibility(by, child, strict, demand, decided))

    def _require_beside(self, variable: Variable, place: int, constraint: Constraint, assumption: Variable) -> None:
        """Under the assumption, the version demands what the known issue adds to it."""
        release = ReleaseOrigin(name=variable.name, extra=variable.extra, version=variable.versions[place])
        if is_about(release, constraint, self.candidates.memory):
            demand = constraint_demand_of(release, constraint, self.candidates.memory)
            self._require((variable, place), demand, self._looks[variable, place], assumption)

    def _incompatibility(
        self, by: tuple[Variable, int], child: Variable, allowed: int, demand: Demand, under: tuple[Variable, ...]
    ) -> Incompatibility:
        """That the version of a variable needs one of the `allowed` versions of the child, under assumptions."""
        variable, place = by
        if child is variable:
            # A release that demands itself: it is inside the range, or of no use.
            mask = 0 if allowed >> place & 1 else 1 << place
            terms = {variable: mask, **dict.fromkeys(under, 1)}
            return Incompatibility(terms, demands={place: demand}, requires=variable)
        is_exact = names_exactly(demand)
        key = variable, child, allowed, is_exact, under
        known = self._shared.get(key)
        if known is None:
            terms = {variable: 0, **dict.fromkeys(under, 1), child: child.full & ~allowed}
            known = self._shared[key] = Incompatibility(terms, requires=child, is_exact=is_exact)
            child.incoming.append(known)
        known.terms[variable] |= 1 << place
        known.demands[place] = demand
        return known

    def _constrain(self, constraint: Constraint, assumption: Variable) -> None:
        variable = self.variable(constraint.name)
        allowed = self.candidates.memory.mask(constraint.name, constraint.specifier) | variable.absent
        self._forbid(assumption, variable, allowed, constraint_demand(constraint, self.candidates.memory))

    def _forbid(self, assumption: Variable, variable: Variable, allowed: int, demand: Demand) -> Incompatibility:
        terms = {assumption: 1, variable: variable.full & ~allowed}
        found = Incompatibility(terms, demands={_REQUEST: demand}, requires=variable)
        self.add(found)
        return found

    # -- yanked releases

    def _exclude_yanked(self, name: NormalizedName, place: int) -> None:
        """Take a version that turned out to be yanked from every demand that does not name it exactly (PEP 592)."""
        if not self.allowed.exclude_yanked(name, place):
            return
        bit, version = 1 << place, self.variable(name).versions[place]
        for variable in [each for each in self._variables.values() if each.name == name]:
            for incoming in variable.incoming:
                is_named = incoming.is_exact and any(is_exact(demand, version) for demand in incoming.demands.values())
                if not is_named:
                    incoming.terms[variable] |= bit
                elif name not in self.privileges:
                    self._exclude_where_decided(incoming, variable, bit)

    def _exclude_where_decided(self, incoming: Incompatibility, variable: Variable, bit: int) -> None:
        """Where the request demands the package, a release's demand does not let the yanked version in."""
        terms = {**incoming.terms, variable: bit, self.assume_decided(variable.name): 1}
        self.add(Incompatibility(terms, demands=incoming.demands, requires=variable))


def _assumption(name: NormalizedName) -> Variable:
    return Variable(name, "", (), count=1)
