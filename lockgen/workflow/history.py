"""history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from lockgen.errors import IndexUnavailableError, UsageError
from lockgen.history.bisect import first_that_fails
from lockgen.history.events import events
from lockgen.history.walk import walk
from lockgen.model.history import History, Period, SmokeBisectResult, at_moment
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseFacts, PhaseRequests, PhaseResult, Progress, Scope
from lockgen.model.request import Request
from lockgen.model.result import TargetResult, Unsupported
from lockgen.model.verify import Proof
from lockgen.render.phase import RenderInputs
from lockgen.resolve.history import Replays
from lockgen.resolve.resolver import Resolver
from lockgen.text import moment as written
from lockgen.verify.levels import ProofTarget
from lockgen.verify.verdicts import OUT_OF_REACH
from lockgen.workflow.render import phase_requests, render_phases, write_phases
from lockgen.workflow.verify import examine

_A_YEAR = timedelta(days=365)
Prove = Callable[[datetime, ProofTarget], tuple[Proof, ...]]
"""Installs and runs the set of a moment, which is on disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseHistory:
    """One phase under one strategy through time."""

    facts: PhaseFacts
    question: PhaseRequests
    history: History

    @property
    def unsupported(self) -> tuple[Unsupported, ...]:
        """The cells that are a "no" by the table's own word, on any day."""
        return self.question.selection.unsupported


def recall(
    matrices: Matrices, scope: Scope, since: datetime | None, resolver: Resolver, progress: Progress
) -> tuple[PhaseHistory, ...]:
    """The sets of every phase asked for on every day since then, up to its cut-offs or to `ask.as_of`.

    Without `since` a year is told. Raises LockgenError when it could not ask.
    """
    asked = phase_requests(matrices, scope)
    starts = [_start(each, since) for each in asked]
    days = [(_until(each) - start).days for each, start in zip(asked, starts, strict=True)]

    def told(place: int) -> Progress:
        return lambda done, _total: progress(sum(days[:place]) + done, sum(days))

    courses = Replays(resolver.source)
    return tuple(_recalled(each, starts[place], courses, told(place)) for place, each in enumerate(asked))


def first_broken(
    matrices: Matrices, recalled: PhaseHistory, resolver: Resolver, inputs: RenderInputs, work: Path, prove: Prove
) -> SmokeBisectResult:
    """Run the sets of the one target recalled, and find the first that no longer runs, down to the single upload.

    The sets are written below `work`. LockgenError when a set could not be tried here.
    """
    (course,), (request,) = recalled.history.courses, recalled.question.requests

    seen: dict[datetime, tuple[Proof, ...]] = {}

    def proofs(span: Period) -> tuple[Proof, ...]:
        if span.since not in seen:
            answered = _answered(matrices, recalled, resolver, span.since)
            seen[span.since] = _tried(prove(span.since, _subject(answered, inputs, work / f"{len(seen)}")))
        return seen[span.since]

    def first(spans: Sequence[Period]) -> int | None:
        return first_that_fails(len(spans), lambda place: _runs(proofs(spans[place])))

    spans = [span for span in course.spans if span.pins is not None]
    place = first(spans)
    if place:
        spans = list(_one_by_one(request, spans[place - 1], spans[place], resolver))
        place = first(spans)
    return SmokeBisectResult(
        target=course.target,
        tried=tuple((moment, _runs(found)) for moment, found in seen.items()),
        span=None if place is None else spans[place],
        before=spans[place - 1] if place else None,
        proofs=() if place is None else proofs(spans[place]),
    )


def _recalled(question: PhaseRequests, since: datetime, courses: Replays, progress: Progress) -> PhaseHistory:
    followers = [courses.follow(request) for request in question.requests]
    until, searches = _until(question), courses.searches
    targets = [request.target for request in question.requests]
    walked = walk(list(zip(targets, followers, strict=True)), since, until, progress)
    turns, moves = events(walked, followers)
    found = History(
        since=since,
        until=until,
        moments=walked.moments,
        searches=courses.searches - searches,
        courses=walked.courses,
        turns=turns,
        moves=moves,
    )
    return PhaseHistory(facts=question.facts, question=question, history=found)


def _start(question: PhaseRequests, since: datetime | None) -> datetime:
    until = _until(question)
    start = since or until - _A_YEAR
    if start < until:
        return start
    raise UsageError(
        f"--since {written(start)} is not before {written(until)}, where phase {question.facts.phase} ends",
        hint="Give an earlier day, or a later --until.",
    )


def _until(question: PhaseRequests) -> datetime:
    """The last cut-off: from then on the answer is what a render gives."""
    own = (when for request in question.requests for when in request.as_of_for.values())
    return max((question.facts.as_of, *own))


def _one_by_one(request: Request, good: Period, bad: Period, resolver: Resolver) -> Iterator[Period]:
    """The sets between two that follow each other, upload by upload instead of day by day."""
    yield good
    follower = Replays(resolver.source).follow(request)
    times = sorted({upload.uploaded for upload in bad.news})
    pins = follower.at(times[0] - timedelta.resolution).pins
    for when in times:
        standing = follower.at(when)
        if standing.pins is not None and standing.pins != pins:
            yield Period(since=when, pins=standing.pins, news=standing.news)
        pins = standing.pins


def _answered(matrices: Matrices, recalled: PhaseHistory, resolver: Resolver, moment: datetime) -> PhaseResult:
    question = recalled.question
    cells = tuple(
        TargetResult(request=request, outcome=resolver.solve(request))
        for request in (at_moment(each, moment) for each in question.requests)
    )
    return PhaseResult(
        matrices=matrices,
        selection=question.selection,
        facts=replace(recalled.facts, as_of=moment),
        cells=cells,
    )


def _subject(answered: PhaseResult, inputs: RenderInputs, work: Path) -> ProofTarget:
    rendered = render_phases([answered], inputs, work)
    write_phases(rendered)
    (examined,) = examine(rendered, work)
    (subject,) = examined.subjects
    return subject


def _tried(proofs: tuple[Proof, ...]) -> tuple[Proof, ...]:
    """The proofs, if they say whether the set runs."""
    failed = next((proof for proof in proofs if proof.verdict == "failed"), None)
    if failed is not None and failed.reason.startswith(OUT_OF_REACH):
        raise IndexUnavailableError(failed.reason, where=failed.target, hint="Run again when the index is in reach.")
    missing = next((proof for proof in proofs if proof.verdict == "not run"), None)
    if failed is None and missing is not None:
        raise UsageError(
            f"the set cannot be run here: {missing.reason}",
            where=missing.target,
            hint="Name a target of this machine, whose Python is installed or given by --python.",
        )
    return proofs


def _runs(proofs: tuple[Proof, ...]) -> bool:
    return all(proof.verdict == "proved" for proof in proofs)
