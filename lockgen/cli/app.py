"""The commands. Each parses, opens doors, calls the workflow, prints, and returns its exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

import lockgen
from lockgen.cli import options as opt
from lockgen.cli.doors import Bar, Source, Where, cache_path, open_desk, open_matrices, open_source, say
from lockgen.cli.verify import verify
from lockgen.errors import UsageError
from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex, Recorder, write_frozen
from lockgen.matrix.model import json_schema
from lockgen.matrix.select import select
from lockgen.render.write import Written, write_alone
from lockgen.report.text import files_text, outcome_text
from lockgen.workflow import rendering
from lockgen.workflow.rendering import Address, Answered, Rendered

app = typer.Typer(
    name="lockgen",
    help="Versioned YAML matrices in, proved constraints and lock files for every Python x OS target out.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(help="Look at or clear the cache of index pages and metadata.", no_args_is_help=True)
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


@app.command()
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
    book = open_matrices(matrices)
    desk = open_desk(matrices, templates)
    ask = opt.ask_of(phase, target, strategy, as_of=as_of, without=without)
    with (
        Bar(quiet=quiet) as bar,
        open_source(
            Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh), book, as_of, bar
        ) as index,
    ):
        answered = rendering.answer(book, ask, index, bar.solved)
        desk = replace(desk, address=_addresses(index)) if pylock else desk
        rendered = rendering.render(answered, desk, output)
        requests = getattr(index, "requests_made", 0)
    written = rendering.write_out(rendered)
    if verbose:
        say(f"{requests} requests to the index")
    return _report(rendered, written, format_, quiet=quiet)


@app.command()
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
    """Are the committed files exactly what matrices, templates and index give? Exit 1 with a diff when not.

    Examples:
        lockgen check

        lockgen check --phase 1 --frozen tests/index/frozen/2026-11-20.json.xz

    """
    book = open_matrices(matrices)
    desk = open_desk(matrices, templates)
    ask = opt.ask_of(phase, target, strategy)
    with (
        Bar(quiet=quiet) as bar,
        open_source(
            Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh), book, None, bar
        ) as index,
    ):
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


app.command()(verify)


@app.command()
def targets(
    phase: opt.Phases = None,
    target: opt.Targets = None,
    matrices: opt.MatricesDir = None,
    format_: opt.OutputFormat = opt.Format.text,
) -> int:
    """List the targets of each phase, the unsupported ones with the reason.

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


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="phase, targets or issues.", metavar="KIND")] = "phase",
) -> int:
    """Print the JSON Schema of one kind of matrix file.

    Example:
        lockgen schema issues

    """
    try:
        _print_json(json_schema(kind))
    except KeyError:
        raise UsageError(f"there is no matrix file of kind {kind!r}", hint="Kinds: phase, targets, issues.") from None
    return 0


@app.command()
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

    Example:
        lockgen freeze index.json.xz && lockgen render --frozen index.json.xz

    """
    book = open_matrices(matrices)
    ask = opt.ask_of(phase, target, strategy)
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    with Bar(quiet=quiet) as bar, open_source(where, book, None, bar) as index:
        recorder = Recorder(index)
        answered = rendering.answer(book, ask, recorder, bar.solved)
        content = write_frozen(recorder, dated=max(each.facts.as_of for each in answered))
    write_alone(file, content)
    if not quiet:
        say(f"{file}: {len(content)} bytes")
    return 0


@cache_app.command("info")
def cache_info(cache_dir: opt.CacheDir = None, format_: opt.OutputFormat = opt.Format.text) -> int:
    """Say where the cache is and what it holds."""
    with Cache(cache_path(cache_dir)) as cache:
        info = cache.info()
    if format_ is opt.Format.json:
        _print_json({"path": str(info.path), "bytes": info.size, "pages": info.pages, "metadata": info.metadata})
    else:
        print(f"{info.path}: {info.size} bytes, {info.pages} pages, metadata of {info.metadata} files")
    return 0


@cache_app.command("clear")
def cache_clear(cache_dir: opt.CacheDir = None) -> int:
    """Remove everything the cache holds."""
    with Cache(cache_path(cache_dir)) as cache:
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


def _report(rendered: Sequence[Rendered], written: Sequence[Written], format_: opt.Format, *, quiet: bool) -> int:
    if format_ is opt.Format.json:
        _print_json([rendering.report(each, done) for each, done in zip(rendered, written, strict=True)])
    for each, done in zip(rendered, written, strict=True):
        if not quiet or not each.answered.is_yes:
            say(outcome_text(each.answered.facts, each.answered.cells, each.answered.unsupported))
        if not quiet:
            counts = {
                "created": len(done.created),
                "changed": len(done.changed),
                "removed": len(done.removed),
                "unchanged": len(done.unchanged),
            }
            say(f"  {each.folder}: files {files_text(counts)}")
        _say_refused(each.answered)
    return int(not all(each.answered.is_yes for each in rendered))


def _say_refused(answered: Answered) -> None:
    for refused in answered.selection.refused:
        say(f"{refused.target.name} is unsupported: {refused.reason}. {refused.remedy}")


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()
