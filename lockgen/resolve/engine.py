"""One request in, one outcome out: each row in turn gets its best version that keeps the rest solvable.

That definition (DESIGN 5.4) is carried out like this. resolvelib guesses a set. Where every version that a row would
rather have is ruled out on sight (`sight`), the guess is the answer for the rows; else, and whenever resolvelib finds
nothing, the complete search (`refute`) decides. With the rows settled, a last search picks the transitive packages:
newest first, in the order of `Provider.get_preference`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version
from resolvelib import BaseReporter
from resolvelib.resolvers import Resolution, ResolutionImpossible, ResolutionTooDeep

from lockgen.demands import Demand
from lockgen.explanation import Explanation
from lockgen.records import DistFile, Metadata, Outcome, Refusal, Request, Solved, Unsolved
from lockgen.resolve.answers import Answers, Question
from lockgen.resolve.build import build_request
from lockgen.resolve.core import minimal_core
from lockgen.resolve.explain import explain
from lockgen.resolve.foresight import foresee, look_around
from lockgen.resolve.outcome import solved, unsolved
from lockgen.resolve.provider import Choice, Key, Need, Provider
from lockgen.resolve.refute import DeadEnd, GaveUpError, Refuter
from lockgen.resolve.shelf import Shelf
from lockgen.resolve.sight import is_best
from lockgen.resolve.source import PackageSource, Project

Versions = Mapping[NormalizedName, Version]
Kind = Literal["best", "rows", "sketch", "any", "whether"]
"""Which set a search looked for: the one the strategy asks for, that one as far as the rows go (for a sketch however
long it takes), any at all, or only whether there is one, without a word about why not."""

_FEW_DECISIONS = 300
"""The complete search is the quicker one as long as it need not go far."""
_MANY_DECISIONS = 600
"""With many demands it is the quicker one for long: resolvelib looks at all of them at each step."""
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

    def conflict(self, request: Request) -> Unsolved | None:
        """Why the request cannot be satisfied; None when it can. Cheaper than `solve`: it looks for any set at all.

        Build requirements are not asked about. Raises LockgenError only when the source could not be asked.
        """
        found = self._versions(request, "any")
        return found if isinstance(found, Unsolved) else None

    def holds(self, request: Request) -> bool:
        """Whether the request can be satisfied: `conflict` without the reasons, cheaper still."""
        return not isinstance(self._versions(request, "whether"), Unsolved)

    def rows(self, request: Request) -> Mapping[NormalizedName, Version] | Unsolved:
        """The version each row of the request gets, as in `solve`, without a word about the packages behind them."""
        found = self._versions(request, "rows")
        return found if isinstance(found, Unsolved) else {row.name: found[row.name] for row in request.rows}

    def sketch(self, request: Request) -> Outcome:
        """`solve` for a request with many demands beside its rows: the rows get the versions they get there.

        The packages behind them get the newest that the complete search came to first, and nobody asks what sdists
        need to be built. Raises LockgenError only when the source could not be asked.
        """
        answers = Answers(request, self._shelf)
        done = self._done(answers, "sketch")
        return unsolved(answers, done.core, done.dead_ends) if done.versions is None else solved(answers, done.versions)

    def _versions(self, request: Request, kind: Kind) -> Versions | Unsolved:
        answers = Answers(request, self._shelf)
        done = self._done(answers, kind)
        return unsolved(answers, done.core, done.dead_ends) if done.versions is None else done.versions

    def _done(self, answers: Answers, kind: Kind) -> _Finished:
        self._shelf.expect(row.name for row in answers.request.rows)
        return self._known(answers, kind) or self._search(answers, kind)

    def explain(self, request: Request, name: NormalizedName, version: Version | None = None) -> Explanation:
        """Why the answer has the package as it has it: why no newer version, or why not this `version`.

        Raises LockgenError only when the source could not be asked.
        """
        outcome = self.solve(request)
        answers = Answers(request, self._shelf)
        return explain(answers, outcome, name, conflict=self.conflict, version=version)

    def project(self, name: NormalizedName) -> Project | None:
        """The project as the source lists it, None when it has none; asked once."""
        return self._shelf.project(name)

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires; asked once."""
        return self._shelf.metadata(file)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """A hint that the metadata of these files will be asked for soon."""
        self._shelf.expect_metadata(files)

    def _answer(self, request: Request) -> Outcome:
        answers = Answers(request, self._shelf)
        done = self._done(answers, "best")
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

    def _known(self, answers: Answers, kind: Kind) -> _Finished | None:
        # The search that served the last target serves most often the next: its neighbours differ least.
        for place, done in enumerate(reversed(self._finished.get((kind, _about(answers)), []))):
            if not place:
                foresee(answers, done.transcript)
            if answers.agrees(done.transcript):
                answers.adopt(done.transcript)
                return done
        return None

    def _search(self, answers: Answers, kind: Kind) -> _Finished:
        self.searches += 1
        answers.adopt({})
        finished = self._finished.setdefault((kind, _about(answers)), [])
        if not self._shelf.knows(demand.name for demand in answers.roots):
            look_around(answers)
        found = best(answers) if kind == "best" else quick(answers, kind)
        versions = None if isinstance(found, Refuter) else found
        core, dead_ends = minimal_core(answers, found) if isinstance(found, Refuter) and kind != "whether" else ((), ())
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


def quick(answers: Answers, kind: Kind) -> Versions | Refuter:
    """A set with the best versions of the rows, or any set; when there is none, the search that proved it."""
    refuter = Refuter(answers, answers.roots, most=_MANY_DECISIONS if kind == "sketch" else _FEW_DECISIONS)
    try:
        found = refuter.search()
    except GaveUpError:
        return (None if kind in {"rows", "sketch"} else search(answers, {})) or best(answers)
    return refuter if isinstance(found, frozenset) else found


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


def about(request: Request) -> object:
    """What a search depends on besides the answers it was given and the cut-offs behind them.

    The limits too: what they rule out is never asked about.
    """
    limits = tuple((each.name, str(each.specifier)) for each in request.constraints if each.releases is None)
    return request.rows, request.demands, request.strategy, request.buildable, limits


def _about(answers: Answers) -> object:
    asked = answers.request
    return about(asked), asked.as_of, tuple(sorted(asked.as_of_for.items())), asked.undated
