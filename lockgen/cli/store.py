"""`lockgen freeze` and `lockgen cache`: what is kept of the index."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.doors import (
    Bar,
    Where,
    dated,
    matrices_folder,
    open_cache,
    open_resolver,
    say,
)
from lockgen.cli.printing import print_json
from lockgen.index.frozen import Recorder, write_frozen
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.render.write import write_alone
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import linting, rendering


def freeze(
    file: Annotated[Path, typer.Argument(help="Where to write the frozen index.", metavar="FILE")],
    phase: opt.Phases = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    matrices: opt.MatricesDir = None,
    offline: opt.Offline = False,
    refresh: opt.Refresh = False,
    frozen: opt.Frozen = None,
    cache_dir: opt.CacheDir = None,
    quiet: opt.Quiet = False,
) -> int:
    """Write everything render and lint ask of the index into one dated file, which --frozen answers from.

    The file names no address and gives the same answers for ever.

    Examples:
        lockgen freeze index.json.xz && lockgen render --frozen index.json.xz

    """
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    texts = read_directory(matrices_folder(matrices))
    book = load_matrices(texts)
    ask = opt.ask_of(phase, target, strategy)
    with Bar(quiet=quiet) as bar, open_resolver(where, book, ask, bar) as (index, _):
        recorder = Recorder(index)
        resolver = Resolver(recorder, bar.fighting)
        answered = rendering.answer(book, ask, resolver, bar.solved)
        linting.lint(book, replace(ask, targets=()), resolver, bar.solved)
        linting.fix(texts, replace(ask, targets=()), (), resolver)
        content = write_frozen(recorder, dated=dated(index, [each.selection.phase for each in answered]))
    write_alone(file, content)
    if not quiet:
        say(f"{file}: {len(content)} bytes")
    return 0


def cache_info(cache_dir: opt.CacheDir = None, format_: opt.OutputFormat = opt.Format.text) -> int:
    """Say where the cache is and what it holds."""
    with open_cache(cache_dir) as cache:
        info = cache.info()
    if format_ is opt.Format.json:
        print_json({"path": str(info.path), "bytes": info.size, "pages": info.pages, "metadata": info.metadata})
    else:
        print(f"{info.path}: {info.size} bytes, {info.pages} pages, metadata of {info.metadata} files")
    return 0


def cache_clear(cache_dir: opt.CacheDir = None) -> int:
    """Remove everything the cache holds."""
    with open_cache(cache_dir) as cache:
        info = cache.clear()
    say(f"removed {info.pages} pages and the metadata of {info.metadata} files ({info.size} bytes)")
    return 0
