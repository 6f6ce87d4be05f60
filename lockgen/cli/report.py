"""`lockgen report`: everything about the phases on one page to look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

import lockgen
from lockgen.cli import options as opt
from lockgen.cli.drift import Now, asked, now
from lockgen.cli.environment import open_html, open_matrices, open_smoke, output_folder
from lockgen.cli.printing import print_answer
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import Source, open_resolver
from lockgen.errors import UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.model.answer import Answer, State
from lockgen.model.matrix import Matrices
from lockgen.model.report_overview import PageOrigin
from lockgen.report.report_overview import day_of
from lockgen.workflow import report as report_workflow
from lockgen.workflow.drift import DriftOptions

_STATES: Mapping[str, State] = MappingProxyType({"broken": "bad", "drifted": "notable"})


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
    """Write one HTML page: which sets are broken, which drifted, what is proved on what, and why each version.

    It shows the committed sets of the output folder with those of their proofs that still hold, and beside them what
    became of them since. The page asks nothing of the network, can be read without scripts, and can be mailed or
    archived. Exit 0: written. 1: written, and a set is broken. 2: could not ask, nothing was written.

    Examples:
        lockgen report
        lockgen report phases.html --phase 1 --phase 2 --since 2023-01-01

    """
    if file.is_dir():
        raise UsageError("this is a folder, but the page is one file", where=str(file), hint="Name a file in it.")
    matrices = open_matrices(matrices_dir)
    smoke, html = open_smoke(matrices_dir), open_html(templates_dir)
    scope = opt.scope_of(phase, target, opt.StrategyName.recommended, as_of=asked(as_of, source), sets=set_)
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, matrices, scope, bar) as (index, resolver):
        look = DriftOptions(now=now(scope, index))
        view = report_workflow.ReportOptions(
            output=output_folder(output_dir),
            smoke=smoke,
            look=look,
            origin=PageOrigin(
                day=day_of(look.now),
                lockgen=lockgen.__version__,
                index=_index_text(index, source, matrices),
            ),
            since=since,
        )
        shown = report_workflow.report_page(matrices, scope, view, resolver=resolver, progress=bar.solved)
    size = report_workflow.write_page(shown, html, file)
    if not quiet:
        phases, targets = len(shown.phases), sum(len(each.targets) for each in shown.phases)
        counts = f"{_counted(phases, 'phase')}, {_counted(targets, 'target')}, {(size + 999) // 1000} kB"
        state = _STATES.get(shown.head.state, "good")
        verdict = "" if state == "good" else f"; {shown.head.verdict}"
        print_answer(Answer(state=state, verdict=f"{file}: {counts}{verdict}"))
    return int(not report_workflow.is_yes(shown))


def _index_text(index: Source, source: opt.SourceOptions, matrices: Matrices) -> str:
    """Which index answered, by name: an address may hold a login, and says where somebody's mirror is."""
    if isinstance(index, FrozenIndex) and source.frozen is not None:
        return f"the frozen index {source.frozen.name} of {day_of(index.dated)}"
    aliases = sorted({alias for _, alias in matrices.routes})
    routed = f", and {' and '.join(aliases)} for what is routed there" if aliases else ""
    return f"the index pip is configured with{routed}{', offline from the cache' if source.offline else ''}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
