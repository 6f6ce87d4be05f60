"""One request in, one outcome out: each row in turn gets its best version that keeps the rest solvable (DESIGN 5.4).

The facade of the stage: the rest of lockgen calls a `Resolver`, one per command.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain, combinations

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.explain import Explanation
from lockgen.model.index import DistFile, Metadata, PackageSource, Project
from lockgen.model.locked import LockedSet
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Outcome, Solved, Unsolved, Versions
from lockgen.resolve.conflict import Conflict, conflict_of
from lockgen.resolve.cores import Members, minimal_cores
from lockgen.resolve.explain import explain
from lockgen.resolve.hashes import with_hashes
from lockgen.resolve.incompatibility import Incompatibility, Places
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.missing import yanked_release
from lockgen.resolve.outcome import build_request, solved, unsolved
from lockgen.resolve.prereleases import Privilege
from lockgen.resolve.provider import DemandsKey, Provider
from lockgen.resolve.restore import restored_set
from lockgen.resolve.solver import OnConflict
from lockgen.resolve.target_candidates import candidates_of
from lockgen.resolve.target_solver import TargetSolver


@dataclass(slots=True)
class Resolver:
    """Answers requests against one source; what is learned from one request serves the next."""

    source: PackageSource
    on_conflict: OnConflict | None = None
    """Called when a search begins, and at each of its conflicts with the packages in conflict."""
    _memory: MemoryIndex = field(init=False)
    _solvers: dict[object, TargetSolver] = field(default_factory=dict)
    """By candidates and privileges: requests that agree in both share what is learned."""
    _conflicts: dict[object, list[tuple[Conflict, Mapping[DemandsKey, object]]]] = field(default_factory=dict)
    """By core and cut-offs: conflicts found before, with the answers they rest on."""

    def __post_init__(self) -> None:
        self._memory = MemoryIndex(self.source)

    @property
    def searches(self) -> int:
        """How many requests needed a search; those of `solve` are not counted."""
        return sum(solver.searches for solver in self._solvers.values())

    def solve(self, request: Request) -> Outcome:
        """The answer for one request, with the build requirements of its sdists.

        Its search starts from nothing, so that the snapshot covers what this request alone looked at. Raises
        LockgenError only when the source cannot answer.
        """
        outcome = self._solved(request)
        found = self._with_build(request, outcome) if isinstance(outcome, Solved) else outcome
        return with_hashes(found, self.source) if isinstance(found, Solved) else found

    def restored(self, request: Request, locked: LockedSet) -> Solved | None:
        """The locked set as the answer to the request, without a search; None where it does not answer it."""
        return restored_set(request, locked, self._memory)

    def outcome(self, request: Request) -> Outcome:
        """`solve` for one of many requests about a target: searches share what they learn.

        Build requirements of sdists are left out, and the snapshot covers the pins alone.
        """
        provider = self._provider(request)
        found = self._solver(provider, provider.roots).best(provider, provider.roots)
        return self._unsolved(provider) if isinstance(found, Incompatibility) else solved(provider, versions_of(found))

    def versions(self, request: Request) -> Versions | Unsolved:
        """The versions of the set that `solve` gives, without the build requirements."""
        provider = self._provider(request)
        found = self._solver(provider, provider.roots).best(provider, provider.roots)
        return self._unsolved(provider) if isinstance(found, Incompatibility) else versions_of(found)

    def conflict(self, request: Request) -> Unsolved | None:
        """Why the request cannot be satisfied; None when it can. Build requirements are left out."""
        return None if self.holds(request) else self._unsolved(self._provider(request))

    def holds(self, request: Request) -> bool:
        """Whether the request can be satisfied: `conflict` without the reasons."""
        provider = self._provider(request)
        return self._holds(provider, provider.roots, request.constraints)

    def explain(self, request: Request, name: NormalizedName, version: Version | None = None) -> Explanation:
        """Why the answer has the package as it has it: why no newer version, or why not this `version`.

        Raises LockgenError only when the source cannot answer.
        """
        return explain(self._provider(request), self.solve(request), name, conflict=self.conflict, version=version)

    def project(self, name: NormalizedName) -> Project | None:
        """The project as the source lists it, None when it has none; fetched once."""
        return self._memory.project(name)

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires; fetched once."""
        return self._memory.metadata(file)

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256; one that is listed without is downloaded for it."""
        return self.source.hashed(file)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Announce that the metadata of these files will be read soon."""
        self._memory.expect_metadata(files)

    def expect_versions(self, request: Request, name: NormalizedName, versions: Iterable[Version]) -> None:
        """Announce that these versions will be tried for requests about the target of `request`."""
        if self._memory.source.fetches:
            judged = candidates_of(request, self._memory).filter
            files = [judged.files(name, version) for version in versions]
            self._memory.expect_metadata([each[0] for each in files if isinstance(each, tuple)])

    def _solved(self, request: Request) -> Outcome:
        provider = self._provider(request)
        solver, found = search(provider, self.on_conflict)
        if not isinstance(found, Incompatibility):
            return solved(provider, versions_of(found), self.conflict)
        # What it learned serves the search for the conflict, whose derivation it has if the whole request is the core.
        self._solvers.setdefault(self._solver_key(provider, provider.policy.privileges), solver)
        whole = provider.roots, request.constraints
        self._keep_conflict(provider, whole, conflict_of(*whole, found, solver.encoding), solver)
        return self._unsolved(provider)

    def _unsolved(self, provider: Provider) -> Unsolved:
        """The "no" to a request without a set, by its shortest conflict: a function of the request alone."""
        found = minimal_cores(
            provider.roots, provider.request.constraints, lambda *members: self._holds(provider, *members)
        )
        conflicts: list[Conflict] = []
        for core in chain(self._disjoint(provider), found):
            conflict, looked_at = self._conflict_of(provider, core)
            provider.record(looked_at, ())
            conflicts.append(conflict)
            if conflict.is_short:
                break
        return unsolved(provider, min(conflicts, key=lambda conflict: conflict.length))

    def _disjoint(self, provider: Provider) -> Iterator[Members]:
        """The first two of the request's own demands on one package that share no version: the shortest conflict.

        Nothing where one of them cannot be had by itself.
        """
        mask = provider.memory.mask
        for one, other in combinations(provider.roots, 2):
            if one.name == other.name and not mask(one.name, one.specifier) & mask(other.name, other.specifier):
                if self._holds(provider, (one,), ()) and self._holds(provider, (other,), ()):
                    yield (one, other), ()
                return

    def _conflict_of(self, provider: Provider, core: Members) -> tuple[Conflict, tuple[DemandsKey, ...]]:
        """The conflict of these members, derived by a search for them alone, and what that looked at.

        Another target whose candidates answer alike has the same conflict.
        """
        roots, issues = core
        names = {demand.name for demand in roots}
        rows = tuple(row for row in provider.request.rows if row.name in names)
        alone = Provider(replace(provider.request, rows=rows, constraints=issues), provider.candidates)
        for conflict, answers in self._conflicts.get(_conflict_key(alone, core), ()):
            candidates = provider.candidates
            is_alike = all(candidates.answer(key) == answer for key, answer in answers.items())
            if is_alike and all(yanked_release(candidates, key) == why for key, why in conflict.unadmitted.items()):
                return conflict, tuple(answers)
        privileges = provider.policy_of(roots).privileges
        solver = TargetSolver(provider.candidates, privileges, self.on_conflict)
        refutation = solver.best(alone, roots)
        assert isinstance(refutation, Incompatibility), "the core holds together"  # noqa: S101
        found = conflict_of(roots, issues, refutation, solver.encoding)
        self._keep_conflict(alone, core, found, solver)
        return found, tuple(solver.encoding.looked_at)

    def _keep_conflict(self, alone: Provider, core: Members, conflict: Conflict, solver: TargetSolver) -> None:
        answers = {key: alone.candidates.answer(key) for key in solver.encoding.looked_at}
        self._conflicts.setdefault(_conflict_key(alone, core), []).append((conflict, answers))

    def _with_build(self, request: Request, outcome: Solved) -> Outcome:
        """The set with what its sdists need to be built; a set that cannot be built is no set."""
        build = build_request(request, outcome.pins, self.source.build_requires)
        if build is None:
            return outcome
        if isinstance(build, Refusal):
            return Unsolved(target=request.target, core=(), refusals=(build,), snapshot=outcome.snapshot)
        built = self._solved(build)
        snapshot = sha256(f"{outcome.snapshot} {built.snapshot}".encode()).hexdigest()
        if isinstance(built, Unsolved):
            return replace(built, snapshot=snapshot)
        return replace(outcome, build=built.pins, snapshot=snapshot)

    def _holds(self, provider: Provider, roots: Sequence[Demand], constraints: Iterable[Constraint]) -> bool:
        return self._solver(provider, roots).holds(provider, roots, constraints)

    def _solver(self, provider: Provider, roots: Sequence[Demand]) -> TargetSolver:
        """The solver of earlier requests with the same candidates and privileges, or a new one."""
        self._memory.expect(demand.name for demand in roots)
        policy = provider.policy if roots is provider.roots else provider.policy_of(roots)
        privileges = policy.privileges
        key = self._solver_key(provider, privileges)
        if key not in self._solvers:
            self._solvers[key] = TargetSolver(provider.candidates, privileges, self.on_conflict)
        return self._solvers[key]

    @staticmethod
    def _solver_key(provider: Provider, privileges: Mapping[NormalizedName, Privilege]) -> object:
        return id(provider.candidates), tuple(sorted(privileges.items()))

    def _provider(self, request: Request) -> Provider:
        return Provider(request, candidates_of(request, self._memory))


def _conflict_key(alone: Provider, core: Members) -> object:
    """What a conflict depends on besides the answers of the index."""
    request = alone.request
    wanted = request.strategy, tuple((row.name, row.recommended) for row in request.rows)
    return core, wanted, request.as_of, tuple(sorted(request.as_of_for.items())), request.undated, request.unhashed


def search(provider: Provider, on_conflict: OnConflict | None = None) -> tuple[TargetSolver, Places | Incompatibility]:
    """The best set for the request, searched from nothing; else its refutation. What was looked at is recorded."""
    provider.memory.expect(demand.name for demand in provider.roots)
    solver = TargetSolver(provider.candidates, provider.policy.privileges, on_conflict)
    found = solver.best(provider, provider.roots)
    provider.record(solver.encoding.looked_at, solver.encoding.allowed.policy.waiting)
    return solver, found


def versions_of(found: Places) -> Versions:
    """The versions of the packages in a set that was found."""
    return {variable.name: variable.versions[place] for variable, place in found.items() if not variable.extra}
