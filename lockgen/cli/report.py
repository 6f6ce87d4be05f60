"""`lockgen report`: everything about the phases on one page to look at."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.drift import Now, asked, now
from lockgen.cli.environment import open_html, open_inputs, open_matrices, output_folder
from lockgen.cli.printing import say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.workflow import report as report_workflow
from lockgen.workflow.drift import DriftOptions


def report(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The file to write.")] = Path("report.html"),
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    as_of: Now = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            metavar="TIME",
            parser=opt.moment,
            envvar="LOCKGEN_SINCE",
            help="Plot the history since this day; none when absent.",
        ),
    ] = None,
    matrices_dir: opt.MatricesDir = None,
    templates_dir: opt.TemplatesDir = None,
    output_dir: opt.Output = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    quiet: opt.Quiet = False,
) -> int:
    """Write one HTML page: every set, what was proved, why this version, drift and findings.

    The sets are those of the matrices' own dates, the proofs those of the output folder that still hold, the drift that
    of its committed sets. The page asks nothing of the network, runs no script and can be mailed or archived. Exit 0:
    written. 1: written, and a target has no set. 2: could not ask, nothing was written.

    Examples:
        lockgen report
        lockgen report phases.html --phase 1 --phase 2 --since 2023-01-01

    """
    if file.is_dir():
        raise UsageError("this is a folder, but the page is one file", where=str(file), hint="Name a file in it.")
    matrices = open_matrices(matrices_dir)
    inputs, html = open_inputs(matrices_dir, templates_dir), open_html(templates_dir)
    scope = opt.scope_of(phase, target, opt.StrategyName.recommended, as_of=asked(as_of, source), sets=set_)
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (index, resolver):
        view = report_workflow.ReportOptions(
            output=output_folder(output_dir), look=DriftOptions(now=now(scope, index)), since=since
        )
        shown = report_workflow.report_page(matrices, scope, inputs, view, resolver=resolver, progress=bar.solved)
    size = report_workflow.write_page(shown, html, file)
    if not quiet:
        phases, targets = len(shown.phases), sum(len(each.targets) for each in shown.phases)
        say(f"{file}: {_counted(phases, 'phase')}, {_counted(targets, 'target')}, {(size + 999) // 1000} kB")
    return int(not report_workflow.is_yes(shown))


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
