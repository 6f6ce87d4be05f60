"""init: the files of a first matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.matrix.init.draft import ISSUES, PhaseDraft, draft_text, phase_text
from lockgen.matrix.init.rows import starts
from lockgen.matrix.init.targets import Pythons, targets_text
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult, Progress, Scope
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Solved
from lockgen.render.plan import Plan
from lockgen.render.write import write
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import solve_phases

_EMPTY = 'schema: 1\nphase: "{}"\ntitle: Starter\nrevision: 1\nas_of: {}\ndependencies: []\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class InitInputs:
    """What a first matrix is made of."""

    requirements: UserRequirements
    installed: Mapping[NormalizedName, Version]
    sources: str
    """Where they come from, in words."""
    pythons: Pythons
    phase: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InitDraft:
    """A first matrix whose open bounds are still open."""

    page: PhaseDraft
    texts: Mapping[str, bytes]
    matrices: Matrices


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """The files of a first matrix, and its sets."""

    page: PhaseDraft
    texts: Mapping[str, bytes]
    result: PhaseResult


def draft(material: InitInputs) -> InitDraft:
    """The matrix to solve first. UsageError for requirements that are empty or contradict each other."""
    texts = {"targets.yaml": targets_text(material.pythons).encode(), "issues.yaml": ISSUES.encode()}
    file = f"phase-{material.phase}.yaml"
    frame = _EMPTY.format(material.phase, material.as_of.isoformat()).encode()
    (selection,) = select(load_matrices({**texts, file: frame}), (), ())
    rows, left_out = starts(material.requirements, material.installed, selection.targets)
    if not rows:
        raise UsageError(f"{material.sources} asks for nothing that an index could answer", hint="\n  ".join(left_out))
    page = PhaseDraft(
        phase=material.phase,
        sources=material.sources,
        as_of=material.as_of,
        rows=rows,
        left_out=left_out,
        targets=selection.targets,
    )
    texts[file] = draft_text(page).encode()
    return InitDraft(page=page, texts=texts, matrices=load_matrices(texts))


def fill(drafted: InitDraft, resolver: Resolver, progress: Progress) -> InitResult:
    """Guess the open numbers from the solved sets of all targets, and solve the result again."""
    (result,) = solve_phases(drafted.matrices, Scope(), resolver, progress)
    names = {row.name for row in drafted.page.rows}
    sets = [
        {pin.name: pin.version for pin in cell.outcome.pins if pin.name in names}
        for cell in result.cells
        if isinstance(cell.outcome, Solved)
    ]
    text = phase_text(drafted.page, sets)
    texts = {**drafted.texts, f"phase-{drafted.page.phase}.yaml": text.encode()}
    (result,) = solve_phases(load_matrices(texts), Scope(), resolver, progress)
    return InitResult(page=drafted.page, texts=texts, result=result)


def refuse_other(folder: Path) -> None:
    """UsageError when there are matrices already: none is overwritten, and none is mixed with another's."""
    found = sorted(path.name for path in folder.glob("*.y*ml")) if folder.is_dir() else []
    if found:
        raise UsageError(
            f"there are matrices already: {', '.join(found)}",
            where=str(folder),
            hint="Nothing was written. Name another folder with --matrices.",
        )


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files (path below the folder -> content), all or nothing; there may be no matrices in it."""
    refuse_other(folder)
    write([(folder, Plan(files=files, based_on=dict.fromkeys(files)))])
