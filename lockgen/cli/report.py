"""`lockgen report`: everything about the phases on one page to look at."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.doors import Bar, Where, open_desk, open_html, open_matrices, open_resolver, say
from lockgen.cli.drift import Now, asked, now
from lockgen.errors import UsageError
from lockgen.workflow import reporting
from lockgen.workflow.watching import Look


def report(
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="The file to write.")] = Path("report.html"),
    phase: opt.Phases = None,
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
    matrices: opt.MatricesDir = None,
    templates: opt.TemplatesDir = None,
    output: opt.Output = Path("output"),
    offline: opt.Offline = False,
    refresh: opt.Refresh = False,
    frozen: opt.Frozen = None,
    cache_dir: opt.CacheDir = None,
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
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    book = open_matrices(matrices)
    desk, html = open_desk(matrices, templates), open_html(templates)
    ask = opt.ask_of(phase, target, opt.StrategyName.recommended, as_of=asked(as_of, where))
    with Bar(quiet=quiet) as bar, open_resolver(where, book, ask, bar) as (index, resolver):
        view = reporting.View(output=output, look=Look(now=now(ask, index)), since=since)
        shown = reporting.overview(book, ask, desk, view, resolver=resolver, progress=bar.solved)
    size = reporting.write_page(shown, html, file)
    if not quiet:
        phases, targets = len(shown.phases), sum(len(each.targets) for each in shown.phases)
        say(f"{file}: {_counted(phases, 'phase')}, {_counted(targets, 'target')}, {(size + 999) // 1000} kB")
    return int(not reporting.is_yes(shown))


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
