"""One target's candidates as variables and incompatibilities, made as the search comes to them.

Rows, requirements, pins and known issues are assumptions: variables of their own, which a question holds to or not. So
whatever the solver learns is true of every question about the target, and a refutation names what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.origin import IssueOrigin, ReleaseOrigin, RuleOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint
from lockgen.resolve.incompatibility import Incompatibility, Requirements, Variable, places
from lockgen.resolve.prereleases import PrereleasePolicy, Privilege, is_exact, names_exactly
from lockgen.resolve.target_candidates import TargetCandidates

_REQUEST = -1
"""The place of the demander of what the request itself demands."""


@dataclass(slots=True, eq=False)
class Encoding:
    """Everything said of one target so far. `privileges` are those of the requests it serves."""

    candidates: TargetCandidates
    privileges: Mapping[NormalizedName, Privilege]
    add: Callable[[Incompatibility], None]
    """Takes an incompatibility into the search."""
    policy: PrereleasePolicy = field(init=False)
    """What demands let in that no row decides about."""
    looked_at: dict[tuple[NormalizedName, Version, str], None] = field(default_factory=dict)
    """Every release and extra looked at, in that order; the empty extra stands for the release."""
    refusals: dict[tuple[NormalizedName, int], Refusal] = field(default_factory=dict)
    _variables: dict[tuple[NormalizedName, str], Variable] = field(default_factory=dict)
    _yanked: dict[NormalizedName, int] = field(default_factory=dict)
    """The yanked versions come upon, as masks."""
    _looks: dict[tuple[Variable, int], Requirements] = field(default_factory=dict)
    _pending: dict[tuple[Variable, int], Sequence[Demand]] = field(default_factory=dict)
    """What these versions demand and did not say yet."""
    _shared: dict[object, Incompatibility] = field(default_factory=dict)
    """Releases that say the same share an incompatibility, which makes what is learned from it general."""
    _assumptions: dict[object, Variable] = field(default_factory=dict)
    _limits: dict[NormalizedName, list[tuple[Constraint, Variable]]] = field(default_factory=dict)
    _beside: dict[NormalizedName, list[tuple[Constraint, Variable]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.policy = PrereleasePolicy(self.candidates, ())

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
                for constraint, assumption in self._limits.get(name, ()):
                    self._limit(constraint, assumption)
        return found

    def look(self, variable: Variable, place: int) -> Requirements | Incompatibility:
        """What the version requires, or that no set may have it. LockgenError when the source cannot be asked."""
        key = variable, place
        if key not in self._looks:
            try:
                refused = self._begin(variable, place)
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

    def _begin(self, variable: Variable, place: int) -> Incompatibility | None:
        """Take in what is known of the version without asking for other packages; why it is refused, if it is."""
        name, version = variable.name, variable.versions[place]
        self.looked_at[name, version, variable.extra] = None
        candidate = self.candidates.candidate(name, version)
        if isinstance(candidate, Refusal):
            self.refusals[name, place] = candidate
            return Incompatibility({variable: 1 << place})
        found = self._looks[variable, place] = Requirements([], [])
        if candidate.yanked is not None:
            self._strike(name, place)
            found.incompatibilities.extend(variable.incoming)
        if variable.base is not None:
            found.children.append((variable.base, None))
        self._pending[variable, place] = self.candidates.demands(candidate, variable.extra)
        for constraint, assumption in self._beside.get(name, ()):
            self._require_beside(variable, place, constraint, assumption)
        return None

    def _require_known(
        self, variable: Variable, place: int, pending: Sequence[Demand], found: Requirements
    ) -> Sequence[Demand]:
        """Say what the version demands of packages met before, and of others only if that does not rule it out.

        So a version that collides costs no page of a package that nothing else needs. What is still to be said.
        """
        for demand in pending:
            if (demand.name, "") in self._variables:
                self._require((variable, place), demand, found)
        rest = [demand for demand in pending if (demand.name, "") not in self._variables]
        if not rest or any(_rules_out(each, variable, place) for each in found.incompatibilities):
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
            privilege = self.privileges.get(demand.name, Privilege(offers_prereleases=False, yanked=0))
            allowed = self._privileged(demand, privilege)
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
            self._say_everywhere(constraint, assumption)
            # Last, so that a source that fails on the way leaves nothing half said.
            self._assumptions[key] = assumption
            kept = self._limits if constraint.releases is None else self._beside
            about = constraint.name if constraint.releases is None else constraint.releases[0]
            kept.setdefault(about, []).append((constraint, assumption))
        return assumption

    def _say_everywhere(self, constraint: Constraint, assumption: Variable) -> None:
        """Say what a known issue adds to what was met before it."""
        if constraint.releases is None:
            if (constraint.name, "") in self._variables:
                self._limit(constraint, assumption)
            return
        for variable, place in [each for each in self._looks if each[0].name == constraint.releases[0]]:
            self._require_beside(variable, place, constraint, assumption)
            # At once: a set found before this is known must not pass for an answer.
            for each in self._looks[variable, place].incompatibilities:
                self.add(each)

    def demanded(self, demand: Demand) -> Iterator[Variable]:
        """The variables of the demanded package and of the extras asked for."""
        yield self.variable(demand.name)
        for extra in sorted(demand.extras):
            yield self.variable(demand.name, extra)

    # -- incompatibilities

    def _require(
        self, by: tuple[Variable, int], demand: Demand, found: Requirements, assumption: Variable | None = None
    ) -> None:
        """Say what a version of a variable demands, always or under an assumption."""
        loose, strict = self._allowed(demand)
        under = () if assumption is None else (assumption,)
        for child in self.demanded(demand):
            found.children.append((child, assumption))
            found.incompatibilities.append(self._say(by, child, loose, demand, under))
            if strict != loose:
                decided = (*under, self.assume_decided(demand.name))
                found.incompatibilities.append(self._say(by, child, strict, demand, decided))

    def _require_beside(self, variable: Variable, place: int, constraint: Constraint, assumption: Variable) -> None:
        assert constraint.releases is not None  # noqa: S101 - only those are kept beside releases
        is_meant = variable.extra in constraint.extras if constraint.extras else not variable.extra
        if is_meant and self.candidates.memory.mask(variable.name, constraint.releases[1]) >> place & 1:
            demand = added(constraint, self.candidates, variable.name, variable.extra, variable.versions[place])
            self._require((variable, place), demand, self._looks[variable, place], assumption)

    def _say(
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

    def _limit(self, constraint: Constraint, assumption: Variable) -> None:
        variable = self.variable(constraint.name)
        allowed = self.candidates.memory.mask(constraint.name, constraint.specifier) | variable.absent
        self._forbid(assumption, variable, allowed, said(constraint, self.candidates))

    def _forbid(self, assumption: Variable, variable: Variable, allowed: int, demand: Demand) -> Incompatibility:
        terms = {assumption: 1, variable: variable.full & ~allowed}
        found = Incompatibility(terms, demands={_REQUEST: demand}, requires=variable)
        self.add(found)
        return found

    # -- who may have a pre-release or a yanked release

    def _allowed(self, demand: Demand) -> tuple[int, int]:
        """The versions the demand lets in where it decides alone, and where the request demands the package too."""
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

    def _strike(self, name: NormalizedName, place: int) -> None:
        """Take a version that turned out to be yanked from everybody who has not asked for it by its number."""
        bit = 1 << place
        known = self._yanked.get(name, 0)
        if known & bit:
            return
        self._yanked[name] = known | bit
        privilege = self.privileges.get(name)
        if privilege is not None and privilege.yanked & bit:
            return
        version = self.variable(name).versions[place]
        for variable in [each for each in self._variables.values() if each.name == name]:
            for said_ in variable.incoming:
                is_asked = said_.is_exact and any(is_exact(demand, version) for demand in said_.demands.values())
                if not is_asked:
                    said_.terms[variable] |= bit
                elif privilege is None:
                    self._strike_where_decided(said_, variable, bit)

    def _strike_where_decided(self, said_: Incompatibility, variable: Variable, bit: int) -> None:
        terms = {**said_.terms, variable: bit, self.assume_decided(variable.name): 1}
        self.add(Incompatibility(terms, demands=said_.demands, requires=variable))


def _rules_out(incompatibility: Incompatibility, variable: Variable, place: int) -> bool:
    """Whether all terms would hold now, were the variable decided so."""
    terms = incompatibility.terms
    if not terms[variable] >> place & 1:
        return False
    return not any(each.value & ~mask for each, mask in terms.items() if each is not variable)


def said(constraint: Constraint, candidates: TargetCandidates) -> Demand:
    """A known issue's narrowing as a demand."""
    specifier = candidates.memory.interned(constraint.specifier)
    return Demand(name=constraint.name, specifier=specifier, origin=constraint.origin)


def added(
    constraint: Constraint, candidates: TargetCandidates, name: NormalizedName, extra: str, version: Version
) -> Demand:
    """What a known issue adds to the demands of this release."""
    origin = constraint.origin
    if isinstance(origin, IssueOrigin | RuleOrigin):
        origin = replace(origin, beside=ReleaseOrigin(name=name, extra=extra, version=version))
    return replace(said(constraint, candidates), origin=origin)


def _assumption(name: NormalizedName) -> Variable:
    return Variable(name, "", (), count=1)
