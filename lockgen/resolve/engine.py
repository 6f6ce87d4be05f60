"""One request in, one outcome out: each row in turn gets its best version that keeps the rest solvable.

That definition (DESIGN 5.4) is carried out like this. resolvelib guesses a set. Where every version that a row would
rather have is ruled out on sight (`sight`), the guess is the answer for the rows; else, and whenever resolvelib finds
nothing, the complete search (`refute`) decides. With the rows settled, a last search picks the transitive packages:
newest first, in the order of `Provider.get_preference`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from packaging.utils import NormalizedName
from packaging.version import Version
from resolvelib import BaseReporter
from resolvelib.resolvers import Resolution, ResolutionImpossible, ResolutionTooDeep

from lockgen.demands import Demand
from lockgen.records import Outcome, Refusal, Request, Solved, Unsolved
from lockgen.resolve.answers import Answers, Question
from lockgen.resolve.build import build_request
from lockgen.resolve.core import minimal_core
from lockgen.resolve.foresight import foresee, look_around
from lockgen.resolve.outcome import solved, unsolved
from lockgen.resolve.provider import Choice, Key, Need, Provider
from lockgen.resolve.refute import DeadEnd, Refuter
from lockgen.resolve.shelf import Shelf
from lockgen.resolve.sight import is_best
from lockgen.resolve.source import PackageSource

Versions = Mapping[NormalizedName, Version]
_MOST_ROUNDS = 1_000
"""resolvelib can go in circles; past this the complete search decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finished:
    """A search with all it asked: whoever would answer the same has the same solution."""

    transcript: Mapping[Question, object]
    versions: Versions | None
    core: tuple[Demand, ...]
    dead_ends: tuple[DeadEnd, ...]


@dataclass(slots=True)
class Engine:
    """Solves requests against one source; what one solve learnt serves the next."""

    source: PackageSource
    searches: int = 0
    """How many solves needed a search of their own."""
    _shelf: Shelf = field(init=False)
    _finished: dict[object, list[_Finished]] = field(default_factory=dict)
    """By what the searches were about."""

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
            return unsolved(answers, done.core, done.dead_ends)
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
        for place, done in enumerate(reversed(self._finished.get(_about(answers), []))):
            if not place:
                foresee(answers, done.transcript)
            if answers.agrees(done.transcript):
                answers.adopt(done.transcript)
                return done
        return None

    def _search(self, answers: Answers) -> _Finished:
        self.searches += 1
        answers.adopt({})
        finished = self._finished.setdefault(_about(answers), [])
        if not finished:
            look_around(answers)
        found = best(answers)
        versions = None if isinstance(found, Refuter) else found
        core, dead_ends = minimal_core(answers, found) if isinstance(found, Refuter) else ((), ())
        done = _Finished(transcript=answers.transcript(), versions=versions, core=core, dead_ends=dead_ends)
        finished.append(done)
        return done


def best(answers: Answers) -> Versions | Refuter:
    """The set the strategy's definition asks for; when there is none, the search that proved it."""
    guess = search(answers, {})
    if guess is None or not is_best(answers, guess):
        refuter = Refuter(answers, answers.roots)
        found = refuter.search()
        if isinstance(found, frozenset):
            return refuter
        guess = found
    settled = search(answers, {name: guess[name] for name in answers.rows})
    return guess if settled is None else settled


def search(answers: Answers, fixed: Versions) -> Versions | None:
    """Some set with the given packages settled. None is no proof that there is none."""
    provider = Provider(answers, fixed)
    # `Resolution` rather than `Resolver`: the latter recurses without end over a circle of packages it has abandoned.
    resolution: Resolution[Need, Choice, Key] = Resolution(provider, BaseReporter())
    try:
        state = resolution.resolve(provider.roots(), max_rounds=_MOST_ROUNDS)
    except (ResolutionImpossible, ResolutionTooDeep):
        return None
    return {key.name: choice.release.version for key, choice in state.mapping.items() if not key.extra}


def _about(answers: Answers) -> object:
    """What a search depends on besides the answers it was given, the cut-offs behind them included."""
    asked = answers.request
    rows = (asked.rows, asked.demands, asked.strategy, asked.any_sdist)
    return *rows, asked.as_of, tuple(sorted(asked.as_of_for.items())), asked.undated
