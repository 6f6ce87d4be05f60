"""`lockgen bump`: move the cut-offs in the matrices and render again, all or nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.drift import Cooldown, DriftFormat, Now, asked, now, print_drift
from lockgen.cli.environment import load_texts, matrices_folder, open_inputs, output_folder, say_waiting
from lockgen.cli.packages import packages
from lockgen.cli.printing import print_answer, print_result
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.matrix.files import read_directory
from lockgen.model.answer import Answer, Point, Section
from lockgen.render.write import clear_copies
from lockgen.report.drift import drift_json
from lockgen.report.locked import proof_lines
from lockgen.report.render import files_text
from lockgen.workflow import bump as bump_workflow
from lockgen.workflow.bump import BumpOptions, BumpPlan
from lockgen.workflow.drift import DriftOptions
from lockgen.workflow.render import fallen_proofs

_NOTHING = "nothing to take: no later cut-off would move a set"


def bump(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Move only these packages; all when absent.")
    ] = None,
    phase: opt.Phases = None,
    as_of: Now = None,
    cooldown: Cooldown = timedelta(),
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: Annotated[
        DriftFormat,
        typer.Option("--format", envvar="LOCKGEN_FORMAT", help="How it is written on stdout: text, json or markdown."),
    ] = DriftFormat.text,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", envvar="LOCKGEN_DRY_RUN", help="Say what would move and change, and write nothing."),
    ] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Move as_of in the matrices to now, or as_of_for of the packages named; render again, and say what moved and why.

    All or nothing: where a target would lose its set, nothing is written. A phase in which nothing moves is left alone.
    Exit 0: the step is taken, or there was none to take. 1: a target would lose its set. 2: could not ask.

    Examples:
        lockgen bump
        lockgen bump django --phase 1
        lockgen bump --cooldown 7d --format markdown

    """
    folder = matrices_folder(matrices_dir)
    if not dry_run:
        clear_copies(folder)
    texts = read_directory(folder)
    matrices = load_texts(folder, texts)
    inputs = open_inputs(matrices_dir, templates_dir)
    scope = opt.scope_of(phase, None, opt.StrategyName.recommended, as_of=asked(as_of, source))
    with (
        ProgressBar(quiet=quiet or format_ is DriftFormat.json) as bar,
        open_resolver(source, matrices, scope, bar) as (index, resolver),
    ):
        look = DriftOptions(now=now(scope, index), cooldown=cooldown)
        errand = BumpOptions(
            texts=texts,
            scope=scope,
            names=packages(names or [], "lockgen bump django"),
            look=look,
            output=output_folder(output_dir),
        )
        step = bump_workflow.bump(errand, inputs, resolver, bar.solved)
    if format_ is DriftFormat.json:
        files = [] if step.is_broken or dry_run else _take(step, folder, errand)
        cut_offs = {"cut_offs": [*step.held, *step.others, *step.cut_offs], "files": files}
        print_result("bump", {"drift": drift_json(step.drift), **cut_offs}, ok=not step.is_broken)
        return int(step.is_broken)
    if step.texts:
        print_drift(step.drift, format_, "bump", folder, ok=not step.is_broken)
    if step.is_broken or not quiet:
        print_answer(_answer(step, is_dry=dry_run))
    files = [] if step.is_broken or dry_run else _take(step, folder, errand)
    if files and not quiet:
        rows = tuple((file,) for file in files)
        verdict = f"{len(files)} {'phase is' if len(files) == 1 else 'phases are'} rendered again"
        print_answer(Answer(state="good", verdict=verdict, sections=(Section(rows=rows),), next="lockgen verify"))
    return int(step.is_broken)


def _answer(step: BumpPlan, *, is_dry: bool) -> Answer:
    """Before anything is written: what changes in the matrices, and which proofs are no longer about any set."""
    if step.is_broken:
        return Answer(state="bad", verdict="nothing was written: a target would lose its set")
    proofs = [(each.result, fallen_proofs(each)) for each in step.rendered]
    points = tuple(Point(name=line) for line in (*step.held, *step.others, *step.cut_offs))
    count = len(step.cut_offs)
    verdict = f"{count} {'cut-off moves' if count == 1 else 'cut-offs move'}" if count else _NOTHING
    return Answer(
        state="good",
        verdict=verdict,
        sections=(Section(points=points),) if points else (),
        notes=tuple(proof_lines(proofs)),
        help="nothing was written: --dry-run" if is_dry else "",
    )


def _take(step: BumpPlan, folder: Path, errand: BumpOptions) -> list[str]:
    written = bump_workflow.apply(step, folder, errand, say_waiting) if step.texts else ()
    lines = list[str]()
    for each, done in zip(step.rendered, written, strict=True):
        counts = {"created": len(done.created), "changed": len(done.changed), "removed": len(done.removed)}
        lines.append(f"{each.folder}: files {files_text(counts)}")
    return lines
