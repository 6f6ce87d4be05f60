"""init: the files of a first matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.matrix.init.draft import Guesses, PhaseDraft, draft_text, phase_text
from lockgen.matrix.init.groups import set_drafts
from lockgen.matrix.init.rows import starts
from lockgen.matrix.init.shared import issues_text, skip_text
from lockgen.matrix.init.targets import Platforms, Pythons, targets_text
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.matrix import BASE, Matrices
from lockgen.model.phase import PhaseResult, Progress, Scope
from lockgen.model.requirements import UserRequirement, UserRequirements
from lockgen.model.result import Solved
from lockgen.render.plan import Plan
from lockgen.render.swap import unheard
from lockgen.render.write import write
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.init_guesses import linted, minimums
from lockgen.workflow.init_repairs import (
    allowed_sdists,
    pins_given_up,
    sdist_notes,
    skip_notes,
    skipped_targets,
    unread_notes,
    without_clashing,
    without_unknown,
    without_unread,
)
from lockgen.workflow.render import solve_phases

_EMPTY = 'schema: 1\nphase: "{}"\ntitle: Starter\nrevision: 1\nas_of: {}\ndependencies: []\n'
_NO_ISSUES = b"schema: 1\nissues: []\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class InitInputs:
    """What a first matrix is made of."""

    requirements: UserRequirements
    installed: Mapping[NormalizedName, Version]
    sources: str
    """Where they come from, in words."""
    pythons: Pythons
    platforms: Platforms
    phase: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InitDraft:
    """A first matrix whose open bounds are still open."""

    page: PhaseDraft
    targets: bytes
    """targets.yaml, none of them skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """The files of a first matrix, and its sets."""

    page: PhaseDraft
    texts: Mapping[str, bytes]
    result: PhaseResult
    sets: tuple[PhaseResult, ...] = ()
    """The named sets."""
    notes: tuple[str, ...] = ()
    """What was done so that the matrix renders: packages left out, sdists allowed, targets skipped, pins given up."""

    @property
    def is_yes(self) -> bool:
        """Whether every target of the tables has a set, and every named set pins on each."""
        every = all(each.is_yes for each in (self.result, *self.sets))
        return every and b"\nskip:\n" not in self.texts["targets.yaml"]


def draft(material: InitInputs) -> InitDraft:
    """The matrix to solve first. UsageError for requirements that are empty or contradict each other."""
    targets = targets_text(material.pythons, material.platforms).encode()
    file = f"phase-{material.phase}.yaml"
    frame = _EMPTY.format(material.phase, material.as_of.isoformat()).encode()
    (selection,) = select(load_matrices({"targets.yaml": targets, "issues.yaml": _NO_ISSUES, file: frame}), (), ())
    asked = material.requirements
    rows, left_out = starts(asked, material.installed, selection.targets)
    if not rows:
        raise UsageError(f"{material.sources} asks for nothing that an index could answer", hint="\n  ".join(left_out))
    sets, left_out_of_sets = set_drafts(asked, material.installed, selection.targets)
    names = {row.name for row in rows}
    beside = [each for each in asked.constraints if each.name not in names]
    page = PhaseDraft(
        phase=material.phase,
        sources=material.sources,
        as_of=material.as_of,
        rows=rows,
        left_out=(
            *left_out,
            *left_out_of_sets,
            *(f"{each.where}: {each.name}: constrains nothing" for each in beside if not _binds(each)),
        ),
        targets=selection.targets,
        constraints=tuple(each for each in beside if _binds(each)),
        overrides=asked.overrides,
        sets=sets,
    )
    return InitDraft(page=page, targets=targets)


def _binds(constraint: UserRequirement) -> bool:
    return bool(constraint.specifier) and not any(clause.operator == "===" for clause in constraint.specifier)


def first_matrices(drafted: InitDraft) -> Matrices:
    """The matrices that the index is opened for."""
    return load_matrices(_texts(drafted.page, drafted.targets, draft_text(drafted.page)))


def fill(drafted: InitDraft, resolver: Resolver, progress: Progress) -> InitResult:
    """Guess the open numbers from the solved sets of all targets, and solve the result again.

    A package that the index does not know is left out, one without a wheel may come as an sdist where it has none, and
    a target without a set is skipped, unless none has one: what is written renders.
    """
    page, unknown = without_unknown(drafted.page, resolver)
    while True:
        results = _solved(_texts(page, drafted.targets, draft_text(page)), resolver, progress)
        sdists = allowed_sdists(results, resolver)
        issues = issues_text(sdists, page.targets).encode()
        if sdists:
            results = _solved(_texts(page, drafted.targets, draft_text(page), issues), resolver, progress)
        page, unread = without_unread(page, results[0], resolver)
        if not unread:
            break
        unknown = (*unknown, *unread)
    unstated = tuple(unread_notes(results, resolver))
    skipped = skipped_targets(results[0])
    targets = drafted.targets + skip_text(skipped).encode()
    if page.sets and skipped:
        results = _solved(_texts(page, targets, draft_text(page), issues), resolver, progress)
    page, clashing = without_clashing(page, results)
    sets = {result.phase.set: _pins(result) for result in results}
    guesses = Guesses(sets=sets, minimums=dict(minimums(page, sets, resolver)))
    texts = _texts(page, targets, phase_text(page, guesses), issues)
    if sets[BASE]:
        texts = linted(page, guesses, texts, resolver)
    results = _solved(texts, resolver, progress)
    notes = (
        *unknown,
        *clashing,
        *unstated,
        *sdist_notes(sdists),
        *skip_notes(skipped, [target.name for target in page.targets]),
        *pins_given_up(page, results[0]),
    )
    return InitResult(page=page, texts=texts, result=results[0], sets=results[1:], notes=notes)


def _solved(texts: Mapping[str, bytes], resolver: Resolver, progress: Progress) -> tuple[PhaseResult, ...]:
    """The phase's base, then its named sets."""
    return solve_phases(load_matrices(texts), Scope(), resolver, progress)


def _pins(result: PhaseResult) -> dict[str, dict[NormalizedName, Version]]:
    return {
        cell.request.target.name: {pin.name: pin.version for pin in cell.outcome.pins}
        for cell in result.cells
        if isinstance(cell.outcome, Solved)
    }


def _texts(page: PhaseDraft, targets: bytes, phase: str, issues: bytes = _NO_ISSUES) -> dict[str, bytes]:
    return {"issues.yaml": issues, "targets.yaml": targets, f"phase-{page.phase}.yaml": phase.encode()}


def refuse_other(folder: Path) -> None:
    """UsageError when there are matrices already: none is overwritten, and none is mixed with another's."""
    found = sorted(path.name for path in folder.glob("*.y*ml")) if folder.is_dir() else []
    if found:
        raise UsageError(
            f"there are matrices already: {', '.join(found)}",
            where=str(folder),
            hint="Nothing was written. Name another folder with --matrices.",
        )


def write_files(files: Mapping[str, bytes], folder: Path, waits: Callable[[Path], None] = unheard) -> None:
    """Write the files (path below the folder -> content), all or nothing; there may be no matrices in it."""
    refuse_other(folder)
    write([(folder, Plan(files=files, based_on=dict.fromkeys(files)))], waits)
