"""verify --merge: what other machines proved, joined into the committed records. No index is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lockgen.errors import ComplaintsError, LockgenError, UsageError
from lockgen.matrix.facts import phase_facts
from lockgen.matrix.select import select_phase
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult
from lockgen.model.request import Strategy
from lockgen.model.verify import Proof
from lockgen.render.compatibility import FILE_NAME as COMPATIBILITY
from lockgen.render.phase import READS, RenderInputs, phase_files
from lockgen.render.plan import Plan
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import digests_of, read_summary
from lockgen.render.swap import unheard
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.verified import read_verified, still_true
from lockgen.render.verify_merge import RecordedSets, Results, news
from lockgen.render.write import Written, read, write
from lockgen.workflow.render import folder_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedPhase:
    """One phase's folder with the results of other machines in it."""

    folder: Path
    plan: Plan
    proofs: tuple[Proof, ...]
    """What was not recorded before."""


def merge(
    matrices: Matrices, results: Sequence[Results], inputs: RenderInputs, output: Path
) -> tuple[MergedPhase, ...]:
    """The records of every phase in the results, computed whole; nothing is written yet.

    Raises ComplaintsError with everything that must not be recorded (see `lockgen.render.verify_merge.news`), and for
    phases that the matrices or the output folder do not have.
    """
    strategies: tuple[Strategy, ...] = ("recommended", "minimum", "maximum")
    found: list[MergedPhase] = []
    complaints: list[LockgenError] = []
    for phase, name in dict.fromkeys((each.phase, each.strategy) for each in results):
        mine = [each for each in results if (each.phase, each.strategy) == (phase, name)]
        strategy = next((each for each in strategies if each == name), None)
        if strategy is None or phase not in matrices.phases:
            complaints += _strangers(mine, matrices.phases)
            continue
        try:
            found.append(_merged(matrices, mine, inputs, folder_of(matrices.phase(phase), strategy, output)))
        except ComplaintsError as error:
            complaints += error.complaints
    if complaints:
        raise ComplaintsError(tuple(complaints))
    return tuple(found)


def write_out(merged: Iterable[MergedPhase], waits: Callable[[Path], None] = unheard) -> tuple[Written, ...]:
    """Write verified.json and COMPATIBILITY.md of all of them, all or nothing."""
    return write([(each.folder, each.plan) for each in merged], waits)


def _strangers(results: Iterable[Results], phases: Collection[str]) -> list[LockgenError]:
    hint = f"The phases are: {', '.join(phases)}; the strategies recommended, minimum and maximum."
    return [
        UsageError(f"there is no phase {each.phase!r} with the strategy {each.strategy!r}", where=each.where, hint=hint)
        for each in results
    ]


def _merged(matrices: Matrices, results: Sequence[Results], inputs: RenderInputs, folder: Path) -> MergedPhase:
    committed = read(folder, (*READS, COMPATIBILITY))
    if SUMMARY not in committed:
        raise UsageError("there are no committed sets here", where=str(folder), hint="Run `lockgen render` first.")
    phase = _unanswered(matrices, results[0])
    reads = {name: committed[name] for name in READS if name in committed}
    # What stands there must be what these matrices give, else the table would be about other sets than the matrices.
    if phase_files(phase, inputs, {}, reads).files[COMPATIBILITY] != committed.get(COMPATIBILITY):
        raise UsageError(
            f"{COMPATIBILITY} is not what a render gives",
            where=str(folder),
            hint="Run `lockgen check` to see why, and `lockgen render`; then verify again.",
        )
    proofs = news(results, _sets(phase.facts.phase, inputs.smoke, committed))
    plan = phase_files(phase, inputs, {}, reads, proofs=proofs)
    files = {name: plan.files[name] for name in (VERIFIED, COMPATIBILITY) if name in plan.files}
    return MergedPhase(folder=folder, plan=Plan(files=files, based_on=plan.based_on), proofs=proofs)


def _unanswered(matrices: Matrices, results: Results) -> PhaseResult:
    """The phase without results: the files in its folder stay."""
    selection = select_phase(matrices, matrices.phase(results.phase))
    strategy: Strategy = results.strategy  # type: ignore[assignment] # `merge` has looked
    facts = phase_facts(selection.phase, strategy, as_of=None)
    nothing = replace(selection, targets=(), unsupported=(), is_whole=False)
    return PhaseResult(matrices=matrices, selection=nothing, facts=facts, cells=())


def _sets(phase: str, smoke: str, committed: dict[str, bytes]) -> RecordedSets:
    targets = read_summary(committed[SUMMARY].decode("utf-8", "replace"))["targets"]
    digests = digests_of(targets)
    recorded = committed[VERIFIED].decode("utf-8", "replace") if VERIFIED in committed else None
    return RecordedSets(
        phase=phase,
        digests=digests,
        smoke=smoke,
        known=still_true(read_verified(recorded), digests, smoke),
    )
