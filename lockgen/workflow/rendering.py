"""render, check, freeze and targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from lockgen.errors import BugError
from lockgen.matrix.facts import check_groups, groups_of, phase_facts
from lockgen.matrix.matrices import Matrices, Phase
from lockgen.matrix.published import published
from lockgen.matrix.request import notes, request
from lockgen.matrix.select import Selection, select
from lockgen.records import Cell, DistFile, IssueNote, Outcome, PhaseFacts, Request, Solved, Strategy, Unsupported
from lockgen.render.documents import PYLOCK, documents
from lockgen.render.environment import Templates
from lockgen.render.phase import READS, PhaseJob, phase_files
from lockgen.render.plan import Difference, Plan, differences
from lockgen.render.pylock import pylock
from lockgen.render.stale import reason
from lockgen.render.summary import entries
from lockgen.render.write import Written, read, write
from lockgen.resolve.resolver import Resolver
from lockgen.tables import Published
from lockgen.targets import Target
from lockgen.verify.closure import complaints
from lockgen.verify.reading import Reader
from lockgen.verify.smoke import smoke_digest

Progress = Callable[[int, int], None]
"""Told how many targets are solved, of how many."""
Address = Callable[[DistFile], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a command is about."""

    phases: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    strategies: tuple[Strategy, ...] = ("recommended",)
    as_of: datetime | None = None
    without: frozenset[str] = frozenset()
    known_issues: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What rendering needs besides the answers."""

    templates: Templates
    smoke: bytes = b""
    """The smoke script beside the matrices; empty when there is none."""
    guard: Mapping[str, str] = field(default_factory=dict)
    """The modules of lockgen/preflight by name; empty when no preflight.py is wanted."""
    address: Address | None = None
    """Where a file is; given when pylock.toml is wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One phase under one strategy, and what it asks of the resolver for every target asked for."""

    selection: Selection
    facts: PhaseFacts
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One phase under one strategy, answered for every target asked for."""

    selection: Selection
    facts: PhaseFacts
    tables: Published
    cells: tuple[Cell, ...]

    @property
    def unsupported(self) -> tuple[Unsupported, ...]:
        """The cells that are a "no" by the table's own word."""
        return self.selection.unsupported

    @property
    def is_yes(self) -> bool:
        """Whether everything asked for by name has a set."""
        return not self.selection.refused and all(isinstance(cell.outcome, Solved) for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One phase under one strategy as files: where they belong and what they are."""

    answered: Answered
    folder: Path
    plan: Plan


def questions(matrices: Matrices, ask: Ask) -> tuple[Question, ...]:
    """What a command asks, phase by phase. UsageError for what the matrices do not have."""
    selections = select(matrices, ask.phases, ask.targets)
    check_groups([selection.phase for selection in selections], ask.without)
    return tuple(
        Question(
            selection=selection,
            facts=phase_facts(selection.phase, strategy, as_of=ask.as_of, without=ask.without),
            requests=tuple(
                request(
                    matrices,
                    selection.phase,
                    target,
                    strategy,
                    as_of=ask.as_of,
                    without=groups_of(selection.phase, ask.without),
                    known_issues=ask.known_issues,
                )
                for target in selection.targets
            ),
        )
        for selection in selections
        for strategy in ask.strategies
    )


def answer(matrices: Matrices, ask: Ask, resolver: Resolver, progress: Progress) -> tuple[Answered, ...]:
    """Resolve every target asked for. Raises LockgenError when it could not ask."""
    asked = questions(matrices, ask)

    total = sum(len(question.requests) for question in asked)
    found: list[Answered] = []
    for question in asked:
        cells: list[Cell] = []
        for each in question.requests:
            outcome = resolver.solve(each)
            cells.append(Cell(request=each, outcome=outcome, issues=_issues(matrices, each.target, outcome)))
            progress(sum(len(done.cells) for done in found) + len(cells), total)
        tables = published(matrices, question.selection.phase)
        found.append(Answered(selection=question.selection, facts=question.facts, tables=tables, cells=tuple(cells)))
    return tuple(found)


def _issues(matrices: Matrices, target: Target, outcome: Outcome) -> tuple[IssueNote, ...]:
    pins = outcome.pins if isinstance(outcome, Solved) else ()
    built = [pin.name for pin in pins if pin.permission]
    return notes(matrices, target, {pin.name: pin.version for pin in pins}, built=built)


def render(answered: Iterable[Answered], desk: Desk, output: Path) -> list[Rendered]:
    """The files of every phase, computed whole; nothing is written yet. A set that does not close is a bug."""
    reader = Reader()
    return [_rendered(each, desk, output, reader) for each in answered]


def write_out(rendered: Sequence[Rendered]) -> tuple[Written, ...]:
    """Carry it all out, all or nothing."""
    return write([(each.folder, each.plan) for each in rendered])


def check(rendered: Iterable[Rendered]) -> list[tuple[Path, Difference, str]]:
    """Every committed file that is not what matrices, templates and index give: path, difference, and why."""
    found = []
    for each in rendered:
        committed = read(each.folder, each.plan.paths)
        found += [
            (each.folder / difference.path, difference, reason(difference, committed, each.plan))
            for difference in differences(each.plan, committed)
        ]
    return found


def _rendered(answered: Answered, desk: Desk, output: Path, reader: Reader) -> Rendered:
    folder = folder_of(answered.selection.phase, answered.facts.strategy, output)
    texts = {
        cell.request.target.name: _texts(answered, cell, desk, reader)
        for cell in answered.cells
        if isinstance(cell.outcome, Solved)
    }
    plan = phase_files(job(answered, desk), texts, read(folder, READS), desk.templates)
    return Rendered(answered=answered, folder=folder, plan=plan)


def _texts(answered: Answered, cell: Cell, desk: Desk, reader: Reader) -> dict[str, str]:
    facts, name = answered.facts, cell.request.target.name
    if name not in answered.selection.everything:
        # Only by its name is a target made that the table does not list.
        facts = replace(facts, command=f"{facts.command} --target {name}")
    texts = _proved(cell, documents(facts, cell, desk.templates), reader)
    return texts if desk.address is None else {**texts, PYLOCK: pylock(facts, cell, desk.address)}


def job(answered: Answered, desk: Desk) -> PhaseJob:
    """The answers as the render stage wants them."""
    return PhaseJob(
        facts=answered.facts,
        tables=answered.tables,
        cells=answered.cells,
        unsupported=answered.unsupported,
        everything=answered.selection.everything,
        is_whole=answered.selection.is_whole,
        smoke=smoke_digest(desk.smoke) if desk.smoke else "",
        guard=desk.guard,
    )


def _proved(cell: Cell, texts: dict[str, str], reader: Reader) -> dict[str, str]:
    """The texts, once read back and found closed."""
    if isinstance(cell.outcome, Solved) and (faults := complaints(cell.request, texts, cell.outcome.pins, reader)):
        raise BugError(f"{cell.request.target.name}: the set does not close: " + "; ".join(faults))
    return texts


def folder_of(phase: Phase, strategy: Strategy, output: Path) -> Path:
    """output/phase-1, and output/phase-1/minimum for a strategy that is not the default."""
    folder = output / Path(phase.file).stem
    return folder if strategy == "recommended" else folder / strategy


def targets_of(selection: Selection) -> dict[str, dict[str, str]]:
    """Target name -> status, and for an unsupported one the reason and the remedy."""
    yes = {target.name: {"status": "supported"} for target in selection.targets}
    no = {
        each.target.name: {"status": "unsupported", "reason": each.reason, "remedy": each.remedy}
        for each in selection.unsupported
    }
    return {name: {**yes, **no}[name] for name in (*selection.everything, *yes, *no) if name in {**yes, **no}}


def report(rendered: Rendered, written: Written) -> dict[str, object]:
    """What a render did, for machines: the summary of the targets asked for and the files touched."""
    answered = rendered.answered
    return {
        "phase": answered.facts.phase,
        "strategy": answered.facts.strategy,
        "folder": str(rendered.folder),
        "targets": entries(answered.facts, answered.cells, answered.unsupported),
        "files": {
            "created": list(written.created),
            "changed": list(written.changed),
            "removed": list(written.removed),
            "unchanged": list(written.unchanged),
        },
    }
