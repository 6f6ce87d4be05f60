"""`lockgen check`: say whether the committed files are what the matrices ask for, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import open_inputs, open_matrices, output_folder
from lockgen.cli.printing import say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.render.plan import Difference
from lockgen.report.check import cause_lines
from lockgen.report.locked import change_lines, counts_text, move_lines, outdated_lines
from lockgen.workflow import render as render_workflow
from lockgen.workflow.check import check as stale_files
from lockgen.workflow.check import find_outdated, find_stale
from lockgen.workflow.keep import KeepOptions, answer_phases


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
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (_, resolver):
        results = answer_phases(matrices, scope, keep, resolver, bar.solved)
        rendered = render_workflow.render_phases(results, inputs, output)
    stale, left = stale_files(rendered), find_stale(matrices, scope, output)
    incidents = change_lines(results, incidents=True)
    outdated = outdated_lines(find_outdated(rendered))
    if not (stale or left or incidents or outdated or quiet):
        files = sum(len(each.plan.files) for each in rendered)
        say(f"{files} files are up to date ({counts_text(results)}).")
    _say_stale(stale, move_lines(results), has_diff=diff)
    lines = [f"{folder.path}: {folder.reason}" for folder in left]
    lines += outdated
    lines += [f"warning: {line}" for line in change_lines(results, incidents=False)]
    lines += [f"error: {line}" for line in incidents]
    lines += ["help: lockgen render writes them again; lockgen check --diff shows how they differ"] if stale else []
    lines += ["help: lockgen render --prune removes stale folders"] if left else []
    for line in lines:
        say(line)
    return int(bool(stale or incidents or left or outdated))


def _say_stale(stale: Sequence[tuple[Path, Difference, str]], moves: Sequence[str], *, has_diff: bool) -> None:
    """One line for each cause, then what moved; a diff of what was edited by hand, with `has_diff` of every file."""
    for path, difference, why in stale:
        if has_diff or why.startswith("hand edit"):
            print(difference.diff, end="")
        if has_diff:
            say(f"{path}: {why}")
    if stale:
        say(f"{len(stale)} {'file is' if len(stale) == 1 else 'files are'} not what `lockgen render` gives:")
        say("\n".join(cause_lines([(path, why) for path, _, why in stale])))
        for line in moves:
            say(f"  {line}")
