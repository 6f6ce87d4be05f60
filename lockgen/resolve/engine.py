"""One request in, one outcome out: each row in turn gets its best version that keeps the rest solvable.

That definition (DESIGN 5.4) is carried out literally. A first search guesses the whole set; then, row by row, every
version the row would rather have is tried with the rows before it settled. Most tries end on sight, at a demand of a
settled row; resolvelib answers the others, and its "impossible" is believed only when `refute` proves it. With all
rows settled, a last search picks the transitive packages: newest first, in the order of `Provider.get_preference`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from packaging.utils import NormalizedName
from packaging.version import Version
from resolvelib import BaseReporter
from resolvelib.resolvers import Resolution, ResolutionImpossible, ResolutionTooDeep

from lockgen.records import Demand, Outcome, Refusal, Request, Solved, Unsolved
from lockgen.resolve.answers import Answers, Question
from lockgen.resolve.build import build_request
from lockgen.resolve.candidates import Release
from lockgen.resolve.foresight import foresee, look_around
from lockgen.resolve.outcome import solved, unsolved
from lockgen.resolve.provider import Choice, Key, Need, Provider
from lockgen.resolve.refute import Refuter
from lockgen.resolve.shelf import Shelf
from lockgen.resolve.source import PackageSource

Versions = Mapping[NormalizedName, Version]
_MOST_ROUNDS = 2_000
"""resolvelib can go in circles; past this the complete search decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finished:
    """A search with all it asked: whoever would answer the same has the same solution."""

    rows: object
    transcript: Mapping[Question, object]
    versions: Versions | None
    core: tuple[Demand, ...]


@dataclass(slots=True)
class Engine:
    """Solves requests against one source; what one solve learnt serves the next."""

    source: PackageSource
    searches: int = 0
    """How many solves needed a search of their own."""
    _shelf: Shelf = field(init=False)
    _finished: list[_Finished] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.source)

    def solve(self, request: Request) -> Outcome:
        """The answer for one request. Raises LockgenError only when the source could not be asked."""
        outcome = self._answer(request)
        return self._with_build(request, outcome) if isinstance(outcome, Solved) else outcome

    def _answer(self, request: Request) -> Outcome:
        answers = Answers(request, self._shelf)
        self._shelf.expect(row.name for row in request.rows)
        done = self._known(answers) or self._search(answers)
        if done.versions is None:
            return unsolved(answers, done.core)
        return solved(answers, done.versions)

    def _with_build(self, request: Request, outcome: Solved) -> Outcome:
        """The set with what its sdists need to be built; a set that cannot be built is no set."""
        question = build_request(request, outcome.pins, self.source)
        if question is None:
            return outcome
        if isinstance(question, Refusal):
            return Unsolved(target=request.target, core=(), refusals=(question,), snapshot=outcome.snapshot)
        built = self._answer(question)
        snapshot = sha256(f"{outcome.snapshot} {built.snapshot}".encode()).hexdigest()
        if isinstance(built, Unsolved):
            return replace(built, snapshot=snapshot)
        return replace(outcome, build=built.pins, snapshot=snapshot)

    def _known(self, answers: Answers) -> _Finished | None:
        # The search that served the last target serves most often the next: its neighbours differ least.
        for place, done in enumerate(reversed(self._finished)):
            if not place:
                foresee(answers, done.transcript)
            if done.rows == _rows(answers) and answers.agrees(done.transcript):
                answers.adopt(done.transcript)
                return done
        return None

    def _search(self, answers: Answers) -> _Finished:
        self.searches += 1
        answers.adopt({})
        if not self._finished:
            look_around(answers)
        versions = best(answers)
        core = () if versions is not None else minimal_core(answers)
        done = _Finished(rows=_rows(answers), transcript=answers.transcript(), versions=versions, core=core)
        self._finished.append(done)
        return done


def best(answers: Answers) -> Versions | None:
    """The set the strategy's definition asks for, None when there is none at all."""
    current = search(answers, {})
    if current is None:
        return None
    fixed: dict[NormalizedName, Version] = {}
    for name in answers.rows:
        current = _improve(answers, name, fixed, current)
        fixed[name] = current[name]
    settled = search(answers, fixed)
    return current if settled is None else settled


def _improve(answers: Answers, name: NormalizedName, fixed: Versions, current: Versions) -> Versions:
    """The set with the row's best version that is still solvable beside the rows before it."""
    for version in answers.versions(name):
        if version == current[name]:
            break
        if not _is_ruled_out(answers, name, version, fixed):
            better = search(answers, {**fixed, name: version})
            if better is not None:
                return better
    return current


def _is_ruled_out(answers: Answers, name: NormalizedName, version: Version, fixed: Versions) -> bool:
    """Whether the row itself, a known issue or a settled row forbids the version outright."""
    contains = answers.shelf.contains
    if not contains(answers.rows[name].specifier, version):
        return True
    if not all(contains(limit.specifier, version) for limit in answers.limits.get(name, ())):
        return True
    if any(
        demand.name == name and not contains(demand.specifier, version) for demand in settled_demands(answers, fixed)
    ):
        return True
    return not isinstance(answers.release(name, version), Release)


def settled_demands(answers: Answers, versions: Versions) -> list[Demand]:
    """What the given releases demand, their rows' extras included."""
    found: list[Demand] = []
    for name, version in versions.items():
        release = answers.release(name, version)
        if isinstance(release, Release):
            for extra in ("", *sorted(answers.rows[name].extras if name in answers.rows else ())):
                found.extend(answers.demands(release, extra))
    return found


def search(answers: Answers, fixed: Versions) -> Versions | None:
    """Some set with the given packages settled, None when it is proved that there is none."""
    provider = Provider(answers, fixed)
    # `Resolution` rather than `Resolver`: the latter recurses without end over a circle of packages it has abandoned.
    resolution: Resolution[Need, Choice, Key] = Resolution(provider, BaseReporter())
    try:
        state = resolution.resolve(provider.roots(), max_rounds=_MOST_ROUNDS)
    except (ResolutionImpossible, ResolutionTooDeep):
        found = Refuter(answers, answers.roots, fixed).search()
        return None if isinstance(found, frozenset) else found
    return {key.name: choice.release.version for key, choice in state.mapping.items() if not key.extra}


def minimal_core(answers: Answers) -> tuple[Demand, ...]:
    """A smallest set of the request's own demands that cannot hold together: dropping any one makes it solvable.

    Known issues that narrow a package are among the causes, but are no roots that could be dropped; they are listed.
    """
    causes = Refuter(answers, answers.roots, {}).search()
    blamed = {cause for cause in causes if isinstance(cause, Demand)}
    roots = [demand for demand in answers.roots if demand in blamed]
    for demand in tuple(roots):
        without = tuple(other for other in roots if other != demand)
        if isinstance(Refuter(answers, without, {}).search(), frozenset):
            roots.remove(demand)
    return (*roots, *sorted((cause for cause in blamed if cause not in answers.roots), key=str))


def _rows(answers: Answers) -> object:
    return answers.request.rows, answers.request.strategy
