"""`lockgen freeze`: a dated index in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import load_texts, matrices_folder
from lockgen.cli.printing import print_answer
from lockgen.cli.progress import ProgressBar
from lockgen.cli.sources import dated, open_source
from lockgen.index.frozen import Recorder, write_frozen
from lockgen.matrix.files import read_directory
from lockgen.model.answer import Answer
from lockgen.render.write import write_alone
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import lint as lint_workflow
from lockgen.workflow import render as render_workflow


def freeze(
    file: Annotated[Path, typer.Argument(help="Where to write the frozen index.", metavar="FILE")],
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    matrices_dir: opt.MatricesDir = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    quiet: opt.Quiet = False,
) -> int:
    """Write everything render and lint ask of the index into one dated file, which --frozen answers from.

    The file names no address and gives the same answers for ever.

    Examples:
        lockgen freeze index.json.xz && lockgen render --frozen index.json.xz

    """
    folder = matrices_folder(matrices_dir)
    texts = read_directory(folder)
    matrices = load_texts(folder, texts)
    scope = opt.scope_of(phase, target, strategy, sets=set_)
    with ProgressBar(quiet=quiet) as bar, open_source(source, matrices, scope, bar) as index:
        recorder = Recorder(index)
        resolver = Resolver(recorder, bar.fighting)
        results = render_workflow.solve_phases(matrices, scope, resolver, bar.solved)
        lint_workflow.lint(matrices, replace(scope, targets=()), resolver, bar.solved)
        lint_workflow.fix(texts, replace(scope, targets=()), (), resolver)
        content = write_frozen(recorder, dated=dated(index, [each.selection.phase for each in results]))
    write_alone(file, content)
    if not quiet:
        targets = sum(len(each.cells) for each in results)
        verdict = f"{file}: {len(content)} bytes, the answers for {targets} targets in {len(results)} phases"
        print_answer(Answer(state="good", verdict=verdict, next=f"lockgen render --frozen {file}"))
    return 0
