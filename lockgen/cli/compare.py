"""`lockgen compare`: solve two phases, and list what differs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder, open_matrices
from lockgen.cli.printing import print_answer, print_result, print_text
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import open_resolver
from lockgen.report.compare import comparison_answer, comparison_json, comparison_markdown
from lockgen.report.render import refused_points
from lockgen.workflow.compare import compare_phases


class OneStrategy(StrEnum):
    """Which end of the ranges is compared."""

    minimum = "minimum"
    recommended = "recommended"
    maximum = "maximum"


class CompareFormat(StrEnum):
    """How the comparison is written."""

    text = "text"
    json = "json"
    markdown = "markdown"


def compare(
    from_: Annotated[str, typer.Argument(metavar="FROM", help="The phase to compare from.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The phase to compare to.")],
    target: opt.Targets = None,
    strategy: Annotated[
        OneStrategy,
        typer.Option(
            "--strategy",
            metavar="NAME",
            envvar="LOCKGEN_STRATEGY",
            help="Which end of the ranges is compared: minimum, recommended or maximum.",
        ),
    ] = OneStrategy.recommended,
    as_of: opt.AsOf = None,
    matrices_dir: opt.MatricesDir = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: Annotated[
        CompareFormat,
        typer.Option("--format", envvar="LOCKGEN_FORMAT", help="How it is written on stdout: text, json or markdown."),
    ] = CompareFormat.text,
    quiet: opt.Quiet = False,
) -> int:
    """Say what changes from one phase to another: packages, major steps, support, known issues.

    A major step is one of the first release number that is not zero: 1.10 to 2.0, and 0.27 to 0.28. Exit 0: compared,
    whatever differs. 1: a target asked for is unsupported in both. 2: could not ask.

    Examples:
        lockgen compare 1 2
        lockgen compare 1 2 --target 'py3.11-*' --format markdown

    """
    matrices = open_matrices(matrices_dir)
    phases = (matrices.phase(from_).phase, matrices.phase(to).phase)
    scope = opt.scope_of(list(phases), target, opt.StrategyName(strategy.value), as_of=as_of)
    with (
        ProgressBar(quiet=quiet or format_ is CompareFormat.json) as bar,
        open_resolver(source, matrices, scope, bar) as (_, resolver),
    ):
        compared = compare_phases(matrices, scope, phases, resolver, bar.solved)
    facts, found = (compared.before.facts, compared.after.facts), compared.comparison
    ok = not compared.refused
    if format_ is CompareFormat.json:
        print_result("compare", comparison_json(facts, found), ok=ok)
    elif format_ is CompareFormat.markdown:
        print_text(comparison_markdown(facts, found).rstrip("\n"))
    else:
        refused = refused_points(compared.refused, [target.name for target in found.targets])
        print_answer(comparison_answer(facts, found, refused), on_stdout=True, folder=matrices_folder(matrices_dir))
    return int(not ok)
