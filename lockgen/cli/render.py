"""`lockgen render`: make the files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import open_inputs, open_matrices
from lockgen.cli.printing import print_json, say, say_refused
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import Source, open_resolver
from lockgen.errors import LockgenError, UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult
from lockgen.model.result import Solved
from lockgen.render.pylock import Address
from lockgen.render.write import Written
from lockgen.report.render import Mends, files_text, nearest, nos_text, outcome_text
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import lint as lint_workflow
from lockgen.workflow import render as render_workflow
from lockgen.workflow.render import RenderedPhase


def render(
    phase: opt.Phases = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    as_of: opt.AsOf = None,
    without: opt.Without = None,
    pylock: Annotated[
        bool,
        typer.Option("--pylock", envvar="LOCKGEN_PYLOCK", help="Write pylock.toml too (PEP 751); it names addresses."),
    ] = False,
    matrices: opt.MatricesDir = None,
    templates: opt.TemplatesDir = None,
    output: opt.Output = Path("output"),
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: opt.OutputFormat = opt.Format.text,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Resolve every target and write requirements, constraints and lock files, all or nothing.

    Exit 0: every target has a set. 1: one has none (the others are written). 2: could not ask, nothing was written.

    Examples:
        lockgen render --phase 1
        lockgen render --phase 2 --target 'py3.12-*' --strategy maximum

    """
    book = open_matrices(matrices)
    inputs = open_inputs(matrices, templates)
    scope = opt.scope_of(phase, target, strategy, as_of=as_of, without=without)
    with ProgressBar(quiet=quiet) as bar, open_resolver(source, book, scope, bar) as (index, resolver):
        answered = render_workflow.solve_phases(book, scope, resolver, bar.solved)
        inputs = replace(inputs, address=_addresses(index)) if pylock else inputs
        rendered = render_workflow.render_phases(answered, inputs, output)
        mends = [_mends(book, each, resolver) for each in answered]
        requests = getattr(index, "requests_made", 0)
    written = render_workflow.write_phases(rendered)
    if verbose:
        say(f"{requests} requests to the index")
    known = {row.name for each in book.phases.values() for row in each.dependencies}
    return _report(rendered, written, format_, known, mends, quiet=quiet)


def _addresses(index: Source) -> Address:
    if isinstance(index, FrozenIndex):
        raise UsageError(
            "a frozen index holds no addresses, and pylock.toml needs one for each file",
            hint="Render with --pylock from the live index.",
        )
    return index.address


def _mends(book: Matrices, answered: PhaseResult, resolver: Resolver) -> Mends:
    """What would give each target a set; nothing where all have one, or where that cannot be asked."""
    if all(isinstance(cell.outcome, Solved) for cell in answered.cells):
        return {}
    try:
        return lint_workflow.mends(book, answered, resolver)
    except LockgenError as error:
        say(f"note: what would help could not be asked: {error.message}")
        return {}


def _report(
    rendered: Sequence[RenderedPhase],
    written: Sequence[Written],
    format_: opt.Format,
    known: Collection[str],
    mends: Sequence[Mends],
    *,
    quiet: bool,
) -> int:
    if format_ is opt.Format.json:
        print_json(
            [
                {
                    **render_workflow.report(each, done),
                    "did_you_mean": nearest(each.answered.cells, known),
                    "repairs": mended,
                }
                for each, done, mended in zip(rendered, written, mends, strict=True)
            ]
        )
    for each, done, mended in zip(rendered, written, mends, strict=True):
        facts, cells = each.answered.facts, each.answered.cells
        if not quiet:
            say(outcome_text(facts, cells, each.answered.unsupported, known, mended))
            counts = {
                "created": len(done.created),
                "changed": len(done.changed),
                "removed": len(done.removed),
                "unchanged": len(done.unchanged),
            }
            say(f"  {each.folder}: files {files_text(counts)}")
        elif nos := nos_text(facts, cells, known, mended):
            say(nos)
        say_refused(each.answered.selection.refused)
    return int(not all(each.answered.is_yes for each in rendered))
