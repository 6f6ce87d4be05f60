"""history --bisect --smoke: run the sets of past days, and find the first that does not run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from lockgen.errors import IndexUnavailableError, UsageError
from lockgen.history.bisect import first_failing
from lockgen.model.history import Period, SmokeBisectResult, at_moment
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult
from lockgen.model.request import Request
from lockgen.model.result import TargetResult
from lockgen.model.verify import Proof
from lockgen.render.phase import RenderInputs
from lockgen.resolve.history import Replays
from lockgen.resolve.resolver import Resolver
from lockgen.verify.proof_target import ProofTarget
from lockgen.verify.verdicts import OUT_OF_REACH
from lockgen.workflow.history import PhaseHistory
from lockgen.workflow.render import render_phases, write_phases
from lockgen.workflow.verify import examine

Prove = Callable[[datetime, ProofTarget], tuple[Proof, ...]]
"""Installs and runs the set of a moment, which is on disk."""


@dataclass(slots=True, kw_only=True)
class SetRunner:
    """Writes the sets of one target's past below `work` and runs them, each once: `proofs` is the cache."""

    matrices: Matrices
    recalled: PhaseHistory
    resolver: Resolver
    inputs: RenderInputs
    work: Path
    prove: Prove
    proofs: dict[datetime, tuple[Proof, ...]] = field(default_factory=dict)

    def run(self, period: Period) -> tuple[Proof, ...]:
        """What running the set of a period proved. LockgenError when it could not be run here."""
        moment = period.since
        if moment not in self.proofs:
            subject = _write(self._solve(moment), self.inputs, self.work / f"{len(self.proofs)}")
            self.proofs[moment] = _conclusive(self.prove(moment, subject))
        return self.proofs[moment]

    def runs(self, period: Period) -> bool:
        """Whether the set of a period runs."""
        return _is_proved(self.run(period))

    def _solve(self, moment: datetime) -> PhaseResult:
        cells = tuple(
            TargetResult(request=request, outcome=self.resolver.solve(request))
            for request in (at_moment(each, moment) for each in self.recalled.question.requests)
        )
        return PhaseResult(
            matrices=self.matrices,
            selection=self.recalled.question.selection,
            facts=replace(self.recalled.facts, as_of=moment),
            cells=cells,
        )


def find_first_broken(runner: SetRunner) -> SmokeBisectResult:
    """The first set of the one target recalled that does not run, down to the single upload.

    LockgenError when a set could not be run here.
    """
    (course,), (request,) = runner.recalled.history.courses, runner.recalled.question.requests
    daily = [period for period in course.spans if period.pins is not None]
    place = _first_broken(daily, runner)
    if not place:
        return _result(daily, place, runner)
    single = list(_upload_by_upload(request, daily[place - 1], daily[place], runner.resolver))
    return _result(single, _first_broken(single, runner), runner)


def _first_broken(periods: Sequence[Period], runner: SetRunner) -> int | None:
    return first_failing(len(periods), lambda place: runner.runs(periods[place]))


def _result(periods: Sequence[Period], place: int | None, runner: SetRunner) -> SmokeBisectResult:
    (course,) = runner.recalled.history.courses
    return SmokeBisectResult(
        target=course.target,
        tried=tuple((moment, _is_proved(found)) for moment, found in runner.proofs.items()),
        span=None if place is None else periods[place],
        before=periods[place - 1] if place else None,
        proofs=() if place is None else runner.run(periods[place]),
    )


def _upload_by_upload(request: Request, good: Period, bad: Period, resolver: Resolver) -> Iterator[Period]:
    """The sets from one period to the next: upload by upload instead of day by day."""
    yield good
    follower = Replays(resolver.source).follow(request)
    times = sorted({upload.uploaded for upload in bad.news})
    pins = follower.at(times[0] - timedelta.resolution).pins
    for when in times:
        standing = follower.at(when)
        if standing.pins is not None and standing.pins != pins:
            yield Period(since=when, pins=standing.pins, news=standing.news)
        pins = standing.pins


def _write(result: PhaseResult, inputs: RenderInputs, work: Path) -> ProofTarget:
    """Write the one set of a result below `work`."""
    rendered = render_phases([result], inputs, work)
    write_phases(rendered)
    (examined,) = examine(rendered, work, inputs.smoke, is_all=True)
    (subject,) = examined.subjects
    return subject


def _conclusive(proofs: tuple[Proof, ...]) -> tuple[Proof, ...]:
    """The proofs, if they show whether the set runs; else LockgenError."""
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


def _is_proved(proofs: tuple[Proof, ...]) -> bool:
    return all(proof.verdict == "proved" for proof in proofs)
