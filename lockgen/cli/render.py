"""`lockgen render` and `lockgen check`: make the files, or say which are not what a render gives."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.doors import (
    Bar,
    Source,
    Where,
    open_desk,
    open_matrices,
    open_resolver,
    say,
    say_refused,
)
from lockgen.cli.printing import print_json
from lockgen.errors import LockgenError, UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.matrix.matrices import Matrices
from lockgen.records import Solved
from lockgen.render.write import Written
from lockgen.report.text import Mends, files_text, nearest, nos_text, outcome_text
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import linting, rendering
from lockgen.workflow.rendering import Address, Answered, Rendered


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
    offline: opt.Offline = False,
    refresh: opt.Refresh = False,
    frozen: opt.Frozen = None,
    cache_dir: opt.CacheDir = None,
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
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    book = open_matrices(matrices)
    desk = open_desk(matrices, templates)
    ask = opt.ask_of(phase, target, strategy, as_of=as_of, without=without)
    with Bar(quiet=quiet) as bar, open_resolver(where, book, ask, bar) as (index, resolver):
        answered = rendering.answer(book, ask, resolver, bar.solved)
        desk = replace(desk, address=_addresses(index)) if pylock else desk
        rendered = rendering.render(answered, desk, output)
        mends = [_mends(book, each, resolver) for each in answered]
        requests = getattr(index, "requests_made", 0)
    written = rendering.write_out(rendered)
    if verbose:
        say(f"{requests} requests to the index")
    known = {row.name for each in book.phases.values() for row in each.dependencies}
    return _report(rendered, written, format_, known, mends, quiet=quiet)


def check(
    phase: opt.Phases = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    matrices: opt.MatricesDir = None,
    templates: opt.TemplatesDir = None,
    output: opt.Output = Path("output"),
    offline: opt.Offline = False,
    refresh: opt.Refresh = False,
    frozen: opt.Frozen = None,
    cache_dir: opt.CacheDir = None,
    quiet: opt.Quiet = False,
) -> int:
    """Compare the committed files with what matrices, templates and index give.

    Exit 0: they are the same. 1: they are not; a diff and the reason for each follow. 2: could not ask.

    Examples:
        lockgen check
        lockgen check --phase 1 --frozen tests/frozen/2026-11-20.xz

    """
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    book = open_matrices(matrices)
    desk = open_desk(matrices, templates)
    ask = opt.ask_of(phase, target, strategy)
    with Bar(quiet=quiet) as bar, open_resolver(where, book, ask, bar) as (_, resolver):
        rendered = rendering.render(rendering.answer(book, ask, resolver, bar.solved), desk, output)
    stale = rendering.check(rendered)
    for path, difference, why in stale:
        print(difference.diff, end="")
        say(f"{path}: {why}")
    if stale:
        say(f"{len(stale)} files are not what `lockgen render` gives.")
    elif not quiet:
        say(f"{sum(len(each.plan.files) for each in rendered)} files are up to date.")
    return int(bool(stale))


def _addresses(index: Source) -> Address:
    if isinstance(index, FrozenIndex):
        raise UsageError(
            "a frozen index holds no addresses, and pylock.toml needs one for each file",
            hint="Render with --pylock from the live index.",
        )
    return index.address


def _mends(book: Matrices, answered: Answered, resolver: Resolver) -> Mends:
    """What would give each target a set; nothing where all have one, or where that cannot be asked."""
    if all(isinstance(cell.outcome, Solved) for cell in answered.cells):
        return {}
    try:
        return linting.mends(book, answered, resolver)
    except LockgenError as error:
        say(f"note: what would help could not be asked: {error.message}")
        return {}


def _report(
    rendered: Sequence[Rendered],
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
                {**rendering.report(each, done), "did_you_mean": nearest(each.answered.cells, known), "repairs": mended}
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
