"""history: the sets of past days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lockgen.errors import UsageError
from lockgen.history.changes import changes
from lockgen.history.walk import walk
from lockgen.model.history import History
from lockgen.model.matrix import BASE, Matrices
from lockgen.model.phase import PhaseFacts, PhaseRequests, Progress, Scope
from lockgen.resolve.history import Replays
from lockgen.resolve.resolver import Resolver
from lockgen.text import moment as written
from lockgen.workflow.render import phase_requests

_A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseHistory:
    """One phase under one strategy through time."""

    facts: PhaseFacts
    question: PhaseRequests
    history: History


def recall(
    matrices: Matrices, scope: Scope, since: datetime | None, resolver: Resolver, progress: Progress
) -> tuple[PhaseHistory, ...]:
    """The sets of every phase of the scope on every day from `since` to its cut-offs, or to `scope.as_of`.

    Without `since` it begins a year before the end. LockgenError when the index cannot be read.
    """
    # What is fixed in a named set moves from day to day with the sets below it: the days are those of the base.
    questions = phase_requests(matrices, replace(scope, sets=(BASE,)))
    starts = [_start(each, since) for each in questions]
    days = [(_until(each) - start).days for each, start in zip(questions, starts, strict=True)]

    def progress_of(place: int) -> Progress:
        return lambda done, _total: progress(sum(days[:place]) + done, sum(days))

    replays = Replays(resolver.source)
    return tuple(_recall(each, starts[place], replays, progress_of(place)) for place, each in enumerate(questions))


def _recall(question: PhaseRequests, since: datetime, replays: Replays, progress: Progress) -> PhaseHistory:
    own = [replays.follow(request) for request in question.requests]
    until, searches = _until(question), replays.searches
    targets = [request.target for request in question.requests]
    walked = walk(list(zip(targets, own, strict=True)), since, until, progress)
    turns, moves = changes(walked, own)
    found = History(
        since=since,
        until=until,
        moments=walked.moments,
        searches=replays.searches - searches,
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
    """The last cut-off: from then on the set is the one a render gives."""
    own = (when for request in question.requests for when in request.as_of_for.values())
    return max((question.facts.as_of, *own))
