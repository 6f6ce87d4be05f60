"""`lockgen check`: list the committed files that differ from a render."""

from __future__ import annotations

from lockgen.cli import options as opt
from lockgen.cli.environment import open_inputs, open_matrices, output_folder
from lockgen.cli.printing import say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.workflow import render as render_workflow
from lockgen.workflow.check import check as stale_files
from lockgen.workflow.check import find_stale


def check(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    quiet: opt.Quiet = False,
) -> int:
    """Compare the committed files with what matrices, templates and index give.

    A folder of output that no matrix makes any more is listed too. Exit 0: they are the same. 1: they are not; a diff
    and the reason for each follow. 2: could not ask.

    Examples:
        lockgen check
        lockgen check --phase 1 --frozen tests/frozen/2026-11-20.xz

    """
    matrices = open_matrices(matrices_dir)
    inputs = open_inputs(matrices_dir, templates_dir)
    scope = opt.scope_of(phase, target, strategy, sets=set_)
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (_, resolver):
        rendered = render_workflow.render_phases(
            render_workflow.solve_phases(matrices, scope, resolver, bar.solved), inputs, output_folder(output_dir)
        )
    stale = stale_files(rendered)
    for path, difference, why in stale:
        print(difference.diff, end="")
        say(f"{path}: {why}")
    left = find_stale(matrices, scope, output_folder(output_dir))
    for folder in left:
        say(f"{folder.path}: {folder.reason}")
    if stale:
        say(f"{len(stale)} files are not what `lockgen render` gives.")
    if left:
        say("`lockgen render --prune` removes stale folders.")
    elif not quiet and not stale:
        say(f"{sum(len(each.plan.files) for each in rendered)} files are up to date.")
    return int(bool(stale or left))
