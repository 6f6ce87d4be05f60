"""`lockgen check`: say whether the committed files are what the matrices ask for, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_inputs, open_matrices, output_folder
from lockgen.cli.on_request import sbom_maker
from lockgen.cli.printing import print_annotations, print_answer, print_result, print_text, say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.index.live import LiveIndex
from lockgen.render.documents import ON_REQUEST, PYLOCK, SBOM
from lockgen.render.plan import Difference
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.report.check import CheckFindings, check_answer, check_json
from lockgen.report.layout import placed
from lockgen.report.locked import change_points, counts_text, move_sections
from lockgen.workflow import render as render_workflow
from lockgen.workflow.check import check as stale_files
from lockgen.workflow.check import find_outdated, find_stale
from lockgen.workflow.keep import KeepOptions, answer_phases

_NOT_COMPARED = {
    PYLOCK: "pylock.toml was not compared: a frozen index holds no addresses",
    SBOM: "sbom.cdx.json was not compared: what makes it, cyclonedx-python-lib, is not installed",
}


def check(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    upgrade: Annotated[
        bool,
        typer.Option(
            "--upgrade", envvar="LOCKGEN_UPGRADE", help="Compare with sets resolved anew: are these still the best?"
        ),
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", envvar="LOCKGEN_DIFF", help="Show how each file differs.")] = False,
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: opt.AnnotatedOutput = opt.AnnotatedFormat.text,
    quiet: opt.Quiet = False,
) -> int:
    """Compare the committed files with what matrices and templates give, and the committed sets with the index.

    A set that still answers its question is kept, as render keeps it: what was yanked, lost or listed late since is
    one line each and no failure; `lockgen drift` says more. A folder of output that no matrix makes any more is listed
    too. Exit 0: all is as it should be. 1: it is not, or the index lists other bytes than were locked. 2: could not
    ask.

    Examples:
        lockgen check
        lockgen check --phase 1 --frozen tests/frozen/2026-11-20.xz

    """
    matrices = open_matrices(matrices_dir)
    inputs = open_inputs(matrices_dir, templates_dir)
    scope, output = opt.scope_of(phase, target, strategy, sets=set_), output_folder(output_dir)
    keep = KeepOptions(output=output, is_upgrade=upgrade, is_as_committed=True, is_offline=source.offline)
    with (
        ProgressBar(quiet=quiet or format_ is opt.AnnotatedFormat.json) as bar,
        open_resolver(source, matrices, scope, bar) as (index, resolver),
    ):
        results = answer_phases(matrices, scope, keep, resolver, bar.solved)
        # What is made on request only is compared where it is committed.
        there = [file for file in ON_REQUEST if next(output.rglob(file), None) is not None]
        address = index.address if isinstance(index, LiveIndex) else None
        inputs = replace(inputs, address=address, sbom=sbom_maker() if SBOM in there else None, is_as_committed=True)
        rendered = render_workflow.render_phases(results, inputs, output)
    unrendered = tuple(each.folder for each in rendered if not (each.folder / SUMMARY).is_file())
    makers = {PYLOCK: inputs.address, SBOM: inputs.sbom}
    left_out = [file for file in there if makers[file] is None]
    stale = [each for each in stale_files(rendered) if not _in(each[0], unrendered) and each[0].name not in left_out]
    found = CheckFindings(
        notes=tuple(_NOT_COMPARED[file] for file in left_out),
        files=sum(len(each.plan.files) for each in rendered),
        counts=counts_text(results),
        unrendered=unrendered,
        stale=tuple((path, why) for path, _, why in stale),
        moves=tuple(move_sections(results)),
        left=tuple((folder.path, folder.reason) for folder in find_stale(matrices, scope, output)),
        outdated=find_outdated(rendered),
        warnings=tuple(change_points(results, incidents=False)),
        incidents=tuple(change_points(results, incidents=True)),
    )
    if format_ is opt.AnnotatedFormat.json:
        print_result("check", check_json(found), ok=found.is_yes)
    elif format_ is opt.AnnotatedFormat.github:
        places = {why: path.as_posix() for path, _, why in reversed(stale)}
        print_annotations(placed(check_answer(found), matrices_folder(matrices_dir)), "check", places)
    else:
        _print_diffs(stale, has_diff=diff)
        if not (quiet and found.is_yes and not found.warnings):
            print_answer(check_answer(found), folder=matrices_folder(matrices_dir))
    return int(not found.is_yes)


def _in(path: Path, folders: Sequence[Path]) -> bool:
    return any(folder in path.parents for folder in folders)


def _print_diffs(stale: Sequence[tuple[Path, Difference, str]], *, has_diff: bool) -> None:
    """What was edited by hand; with `has_diff` every file."""
    for path, difference, why in stale:
        if has_diff or why.startswith("hand edit"):
            print_text(difference.diff.rstrip("\n"))
        if has_diff:
            say(f"{path}: {why}")
