"""The commands. Each parses, opens doors, calls the workflow, prints, and returns its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import lockgen
from lockgen.cli import options as opt
from lockgen.cli.doors import Bar, Source, Where, dated, open_cache, open_desk, open_matrices, open_source, say
from lockgen.cli.pages import Command, Group
from lockgen.cli.verify import verify
from lockgen.errors import UsageError
from lockgen.index.frozen import FrozenIndex, Recorder, write_frozen
from lockgen.matrix.model import json_schema
from lockgen.matrix.select import select
from lockgen.render.write import Written, write_alone
from lockgen.report.text import files_text, nearest, nos_text, outcome_text
from lockgen.workflow import rendering
from lockgen.workflow.rendering import Address, Answered, Rendered

app = typer.Typer(
    name="lockgen",
    cls=Group,
    help="Versioned YAML matrices in, proved constraints and lock files for every Python x OS target out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(cls=Group, help="Look at or clear the cache of index pages and metadata.", no_args_is_help=True)
app.add_typer(cache_app, name="cache")


def _version(asked: bool) -> None:
    if asked:
        print(f"lockgen {lockgen.__version__}")
        raise typer.Exit


@app.callback()
def _lockgen(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Say what lockgen is; every command is a function of its own."""


@app.command(cls=Command)
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
    with Bar(quiet=quiet) as bar, open_source(where, book, ask, bar) as index:
        answered = rendering.answer(book, ask, index, bar.solved)
        desk = replace(desk, address=_addresses(index)) if pylock else desk
        rendered = rendering.render(answered, desk, output)
        requests = getattr(index, "requests_made", 0)
    written = rendering.write_out(rendered)
    if verbose:
        say(f"{requests} requests to the index")
    known = {row.name for each in book.phases.values() for row in each.dependencies}
    return _report(rendered, written, format_, known, quiet=quiet)


@app.command(cls=Command)
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
    with Bar(quiet=quiet) as bar, open_source(where, book, ask, bar) as index:
        rendered = rendering.render(rendering.answer(book, ask, index, bar.solved), desk, output)
    stale = rendering.check(rendered)
    for path, difference, why in stale:
        print(difference.diff, end="")
        say(f"{path}: {why}")
    if stale:
        say(f"{len(stale)} files are not what `lockgen render` gives.")
    elif not quiet:
        say(f"{sum(len(each.plan.files) for each in rendered)} files are up to date.")
    return int(bool(stale))


app.command(cls=Command)(verify)


@app.command(cls=Command)
def targets(
    phase: opt.Phases = None,
    target: opt.Targets = None,
    matrices: opt.MatricesDir = None,
    format_: opt.OutputFormat = opt.Format.text,
) -> int:
    """List the targets of each phase, the unsupported ones with the reason.

    Exit 0: every pattern means a supported target. 1: one means only unsupported ones.

    Examples:
        lockgen targets --phase 1
        lockgen targets --phase 1 --target 'py3.7-*'

    """
    found = select(open_matrices(matrices), tuple(phase or ()), tuple(target or ()))
    if format_ is opt.Format.json:
        _print_json({s.phase.phase: rendering.targets_of(s) for s in found})
    else:
        for selection in found:
            for name, facts in rendering.targets_of(selection).items():
                rest = f"{facts['reason']}. {facts['remedy']}" if facts["status"] == "unsupported" else ""
                print(f"{selection.phase.phase}\t{name}\t{facts['status']}\t{rest}".rstrip())
    for refused in (each for selection in found for each in selection.refused):
        say(f"{refused.target.name} is unsupported: {refused.reason}. {refused.remedy}")
    return int(any(selection.refused for selection in found))


@app.command(cls=Command)
def schema(
    kind: Annotated[str, typer.Argument(help="phase, targets or issues.", metavar="KIND")] = "phase",
) -> int:
    """Print the JSON Schema of one kind of matrix file.

    Editors that are given it complete and check a matrix while it is written.

    Examples:
        lockgen schema issues

    """
    try:
        _print_json(json_schema(kind))
    except KeyError:
        raise UsageError(f"there is no matrix file of kind {kind!r}", hint="Kinds: phase, targets, issues.") from None
    return 0


@app.command(cls=Command)
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
    """Write everything a render asks of the index into one dated file, which --frozen answers from.

    The file names no address and gives the same answers for ever.

    Examples:
        lockgen freeze index.json.xz && lockgen render --frozen index.json.xz

    """
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    book = open_matrices(matrices)
    ask = opt.ask_of(phase, target, strategy)
    with Bar(quiet=quiet) as bar, open_source(where, book, ask, bar) as index:
        recorder = Recorder(index)
        answered = rendering.answer(book, ask, recorder, bar.solved)
        content = write_frozen(recorder, dated=dated(index, [each.selection.phase for each in answered]))
    write_alone(file, content)
    if not quiet:
        say(f"{file}: {len(content)} bytes")
    return 0


@cache_app.command("info", cls=Command)
def cache_info(cache_dir: opt.CacheDir = None, format_: opt.OutputFormat = opt.Format.text) -> int:
    """Say where the cache is and what it holds."""
    with open_cache(cache_dir) as cache:
        info = cache.info()
    if format_ is opt.Format.json:
        _print_json({"path": str(info.path), "bytes": info.size, "pages": info.pages, "metadata": info.metadata})
    else:
        print(f"{info.path}: {info.size} bytes, {info.pages} pages, metadata of {info.metadata} files")
    return 0


@cache_app.command("clear", cls=Command)
def cache_clear(cache_dir: opt.CacheDir = None) -> int:
    """Remove everything the cache holds."""
    with open_cache(cache_dir) as cache:
        info = cache.clear()
    say(f"removed {info.pages} pages and the metadata of {info.metadata} files ({info.size} bytes)")
    return 0


def _addresses(index: Source) -> Address:
    if isinstance(index, FrozenIndex):
        raise UsageError(
            "a frozen index holds no addresses, and pylock.toml needs one for each file",
            hint="Render with --pylock from the live index.",
        )
    return index.address


def _report(
    rendered: Sequence[Rendered],
    written: Sequence[Written],
    format_: opt.Format,
    known: Collection[str],
    *,
    quiet: bool,
) -> int:
    if format_ is opt.Format.json:
        _print_json(
            [
                {**rendering.report(each, done), "did_you_mean": nearest(each.answered.cells, known)}
                for each, done in zip(rendered, written, strict=True)
            ]
        )
    for each, done in zip(rendered, written, strict=True):
        facts, cells = each.answered.facts, each.answered.cells
        if not quiet:
            say(outcome_text(facts, cells, each.answered.unsupported, known))
            counts = {
                "created": len(done.created),
                "changed": len(done.changed),
                "removed": len(done.removed),
                "unchanged": len(done.unchanged),
            }
            say(f"  {each.folder}: files {files_text(counts)}")
        elif nos := nos_text(facts, cells, known):
            say(nos)
        _say_refused(each.answered)
    return int(not all(each.answered.is_yes for each in rendered))


def _say_refused(answered: Answered) -> None:
    for refused in answered.selection.refused:
        say(f"{refused.target.name} is unsupported: {refused.reason}. {refused.remedy}")


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()
