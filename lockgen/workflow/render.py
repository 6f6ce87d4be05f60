"""render: the requests of each phase, their outcomes, and the files made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from lockgen.errors import BugError, WriteError
from lockgen.locked.record import locked_text, read_locked_text
from lockgen.matrix.facts import phase_facts
from lockgen.matrix.request import notes
from lockgen.matrix.request import request as request_of
from lockgen.matrix.select import select
from lockgen.model.locked import FILE_NAME as LOCKED
from lockgen.model.locked import LockedSet
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import PhaseRequests, PhaseResult, Progress, Scope, TargetLock
from lockgen.model.request import Request, Strategy
from lockgen.model.result import IssueNote, Outcome, Solved, TargetResult
from lockgen.model.target import Target
from lockgen.model.verify import Level
from lockgen.render.documents import PYLOCK, SBOM, documents
from lockgen.render.phase import READS, RenderInputs, phase_files
from lockgen.render.plan import Plan
from lockgen.render.pylock import pylock
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import entries, has_files, read_summary
from lockgen.render.swap import unheard
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.verified import Verified, fallen, read_verified
from lockgen.render.write import Written, read, write
from lockgen.resolve.resolver import Resolver
from lockgen.verify.closure import complaints
from lockgen.verify.reading import Reader
from lockgen.workflow.committed import as_committed
from lockgen.workflow.layers import Layers

Answering = Callable[[PhaseRequests, Request], tuple[Outcome, TargetLock | None]]
"""The outcome of one of the requests, and its lock where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedPhase:
    """One phase under one strategy as files: where they belong and what they are."""

    result: PhaseResult
    folder: Path
    plan: Plan


def phase_requests(matrices: Matrices, scope: Scope) -> tuple[PhaseRequests, ...]:
    """The requests of a command, phase by phase. UsageError for what the matrices do not have.

    Those of a named set lack the pins of the sets it extends; see `layered_requests`.
    """
    selections = select(matrices, scope.phases, scope.targets, scope.sets)
    return tuple(
        PhaseRequests(
            selection=selection,
            facts=phase_facts(selection.phase, strategy, as_of=scope.as_of),
            requests=tuple(
                request_of(
                    matrices,
                    selection.phase,
                    target,
                    strategy,
                    as_of=scope.as_of,
                    known_issues=scope.known_issues,
                )
                for target in selection.targets
            ),
        )
        for selection in selections
        for strategy in scope.strategies
    )


def layered_requests(matrices: Matrices, scope: Scope, resolver: Resolver) -> tuple[PhaseRequests, ...]:
    """The requests of a command, with the pins of the sets below fixed in those of named sets."""
    layers = Layers(matrices=matrices, scope=scope, resolver=resolver)
    return tuple(map(layers.requests, phase_requests(matrices, scope)))


def solve_phases(matrices: Matrices, scope: Scope, resolver: Resolver, progress: Progress) -> tuple[PhaseResult, ...]:
    """Resolve every target of the scope. LockgenError when the index cannot be read."""
    layers = Layers(matrices=matrices, scope=scope, resolver=resolver)
    return results_of(phase_requests(matrices, scope), layers, lambda _, each: (resolver.solve(each), None), progress)


def results_of(
    asked: Sequence[PhaseRequests], layers: Layers, answer: Answering, progress: Progress
) -> tuple[PhaseResult, ...]:
    """Every request answered, in order: a set that others extend is answered before them."""
    total, done = sum(len(each.requests) for each in asked), 0
    found: list[PhaseResult] = []
    for each in asked:
        cells, locks = list[TargetResult](), dict[str, TargetLock]()
        for plain in each.requests:
            request = layers.request(each.selection.phase, plain)
            outcome, lock = answer(each, request)
            layers.learn(each.selection.phase, plain, outcome)
            issues = issue_notes(layers.matrices, request.target, outcome)
            cells.append(TargetResult(request=request, outcome=outcome, issues=issues))
            if lock is not None:
                locks[request.target.name] = lock
            done += 1
            progress(done, total)
        found.append(
            PhaseResult(
                matrices=layers.matrices, selection=each.selection, facts=each.facts, cells=tuple(cells), locks=locks
            )
        )
    return tuple(found)


def issue_notes(matrices: Matrices, target: Target, outcome: Outcome) -> tuple[IssueNote, ...]:
    """The known issues that concern the target's outcome."""
    pins = outcome.pins if isinstance(outcome, Solved) else ()
    built = [pin.name for pin in pins if pin.permission]
    return notes(matrices, target, {pin.name: pin.version for pin in pins}, built=built)


def render_phases(results: Iterable[PhaseResult], inputs: RenderInputs, output: Path) -> list[RenderedPhase]:
    """The files of every phase, computed whole; nothing is written yet. A set that does not close is a bug."""
    reader = Reader()
    return [_render(each, inputs, output, reader) for each in results]


def write_phases(rendered: Sequence[RenderedPhase], waits: Callable[[Path], None] = unheard) -> tuple[Written, ...]:
    """Carry it all out, all or nothing."""
    return write([(each.folder, each.plan) for each in rendered], waits)


def to_write(rendered: Sequence[RenderedPhase]) -> tuple[Written, ...]:
    """What `write_phases` would do; it writes nothing."""
    return tuple(map(_survey, rendered))


def _survey(rendered: RenderedPhase) -> Written:
    plan = rendered.plan
    found = read(rendered.folder, plan.paths)
    return Written(
        created=tuple(sorted(plan.files.keys() - found.keys())),
        changed=tuple(path for path in found if path in plan.files and plan.files[path] != found[path]),
        removed=tuple(path for path in found if path not in plan.files),
        unchanged=tuple(path for path in found if plan.files.get(path) == found[path]),
    )


def without_set(results: Iterable[PhaseResult]) -> frozenset[str]:
    """The phases, each with its named sets, in which a supported target has no set."""
    return frozenset(
        each.phase.table for each in results if not all(isinstance(cell.outcome, Solved) for cell in each.cells)
    )


def fallen_proofs(rendered: RenderedPhase) -> tuple[tuple[str, Level], ...]:
    """The committed proofs that the plan leaves out, each as its target and level: what they are about changed."""
    before, after = rendered.plan.based_on.get(VERIFIED), rendered.plan.files.get(VERIFIED)
    return tuple((each.target, each.level) for each in fallen(_proofs(before), _proofs(after)))


def _proofs(content: bytes | None) -> tuple[Verified, ...]:
    return read_verified(None if content is None else content.decode("utf-8", "replace"))


def _render(result: PhaseResult, inputs: RenderInputs, output: Path, reader: Reader) -> RenderedPhase:
    folder = folder_of(result.selection.phase, result.facts.strategy, output)
    found = read(folder, (*READS, LOCKED))
    names = [cell.request.target.name for cell in result.cells]
    texts = {
        name: _texts(result, cell, wanted, reader)
        for name, cell, wanted in zip(names, result.cells, as_committed(folder, names, inputs), strict=True)
        if isinstance(cell.outcome, Solved)
    }
    plan = _with_locks(result, phase_files(result, inputs, texts, found), found.get(LOCKED))
    return RenderedPhase(result=result, folder=folder, plan=plan)


def _with_locks(result: PhaseResult, plan: Plan, committed: bytes | None) -> Plan:
    """The plan with the record of the locked sets: those of the result, and of the targets that it leaves alone."""
    if not result.locks:
        return plan
    entries = read_summary(plan.files[SUMMARY].decode())["targets"]
    with_set = [name for name, entry in entries.items() if has_files(entry)]
    sets = {name: lock.locked for name, lock in result.locks.items()}
    if not result.selection.is_whole or not sets.keys() >= set(with_set):
        # A damaged record was refused when the sets to keep were read, unless none was to be kept.
        with suppress(*([WriteError] if result.selection.is_whole else [])):
            sets = _others(committed) | sets
    order = {name: place for place, name in enumerate(result.selection.everything)}
    names = sorted(with_set, key=lambda name: (order.get(name, len(order)), name))
    text = locked_text({name: sets[name] for name in names if name in sets})
    return replace(plan, files={**plan.files, LOCKED: text.encode()}, based_on={**plan.based_on, LOCKED: committed})


def _others(committed: bytes | None) -> dict[str, LockedSet]:
    return read_locked_text(committed.decode("utf-8", "replace")) if committed is not None else {}


def _texts(result: PhaseResult, cell: TargetResult, inputs: RenderInputs, reader: Reader) -> dict[str, str]:
    facts, name = result.facts, cell.request.target.name
    if name not in result.selection.everything:
        # Only by its name is a target made that the table does not list.
        facts = replace(facts, command=f"{facts.command} --target {name}")
    is_kept = name in result.locks and result.locks[name].is_kept
    texts = _proved(cell, documents(facts, cell, inputs.templates), reader, is_kept=is_kept)
    on_request = {
        **({} if inputs.address is None else {PYLOCK: pylock(facts, cell, inputs.address)}),
        **({} if inputs.sbom is None else {SBOM: inputs.sbom(facts, cell)}),
    }
    return texts | on_request


def _proved(cell: TargetResult, texts: dict[str, str], reader: Reader, *, is_kept: bool) -> dict[str, str]:
    """The texts, once read back and found closed."""
    if not isinstance(cell.outcome, Solved):
        return texts
    if faults := complaints(cell.request, texts, cell.outcome.pins, reader, has_second_look=not is_kept):
        raise BugError(f"{cell.request.target.name}: the set does not close: " + "; ".join(faults))
    return texts


def folder_of(phase: Phase, strategy: Strategy, output: Path) -> Path:
    """output/phase-1, output/phase-1/sets/test; below it `minimum` for a strategy that is not the default."""
    folder = output / phase.folder
    return folder if strategy == "recommended" else folder / strategy


def report(rendered: RenderedPhase, written: Written) -> dict[str, object]:
    """What a render did, for machines: the summary of the scope's targets and the files touched."""
    result = rendered.result
    return {
        "phase": result.facts.phase,
        "strategy": result.facts.strategy,
        "folder": str(rendered.folder),
        "targets": entries(result.facts, result.cells, result.unsupported),
        "files": {
            "created": list(written.created),
            "changed": list(written.changed),
            "removed": list(written.removed),
            "unchanged": list(written.unchanged),
        },
    }
