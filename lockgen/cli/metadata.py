"""`lockgen metadata`: build the metadata of sdists that do not state it, and state it in issues.yaml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.cli import options as opt
from lockgen.cli.environment import load_texts, matrices_folder
from lockgen.cli.metadata_statements import check_stated, state_built, stated_about
from lockgen.cli.printing import say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.proofs import bench, given, workplace
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.index.live import LiveIndex
from lockgen.matrix.files import read_directory
from lockgen.model.matrix import Matrices
from lockgen.model.request import StatedMetadata
from lockgen.model.target import make_target
from lockgen.model.verify import Interpreter
from lockgen.report.metadata import OFFLINE, ONLINE
from lockgen.resolve.resolver import Resolver
from lockgen.verify import interpreters
from lockgen.verify.sandbox import open_sandbox
from lockgen.workflow.metadata import MetadataBuilder, Release
from lockgen.workflow.try_ import BuildMetadata

_RELEASE = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*([^\s=,;*]+)\s*\Z")
_HINT = "Write `lockgen metadata antlr4-python3-runtime==4.9.3`."


def metadata(
    releases: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME==VERSION]...", help="Releases; with --check all when absent.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; compare what issues.yaml states with a build.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", envvar="LOCKGEN_DRY_RUN", help="Print the block; leave issues.yaml as it is.")
    ] = False,
    python: Annotated[
        str | None,
        typer.Option(
            "--python",
            metavar="VERSION=PATH",
            envvar="LOCKGEN_PYTHON",
            help="What to build on; when absent the newest Python of the matrix on this machine.",
        ),
    ] = None,
    matrices_dir: opt.MatricesDir = None,
    source: opt.SourceOptions = opt.DEFAULT_SOURCE,
    format_: opt.OutputFormat = opt.Format.text,
    quiet: opt.Quiet = False,
) -> int:
    """Build the metadata of an sdist that does not state it, once, and state it in issues.yaml.

    Code of the index runs: the sdist's build backend, in an environment that is thrown away, with build requirements
    pinned by hash. The statement then holds on every target, by the matrix's word. Exit 0: it is stated, or with
    --check: builds agree with what is stated. 1: a build failed or differs. 2: could not ask.

    Examples:
        lockgen metadata antlr4-python3-runtime==4.9.3
        lockgen metadata --check --python 3.9=/usr/bin/python3.9

    """
    quiet = quiet or format_ is opt.Format.json
    folder = matrices_folder(matrices_dir)
    texts = read_directory(folder)
    matrices = load_texts(folder, texts)
    wanted = [_release(each) for each in releases or ()]
    if not wanted and not check:
        raise UsageError("no release is named", hint=_HINT)
    with ProgressBar(quiet=quiet) as bar, open_builder(source, matrices, bar, python) as builder:
        if check:
            return check_stated(stated_about(matrices, wanted), builder, format_, quiet=quiet)
        built = {release: builder.build(*release) for release in dict.fromkeys(wanted)}
    return state_built(
        built, folder, texts, format_, dry_run=dry_run, is_offline=builder.sandbox is not None, quiet=quiet
    )


@contextmanager
def open_builder(
    source: opt.SourceOptions, matrices: Matrices, bar: ProgressBar, python: str | None
) -> Iterator[MetadataBuilder]:
    """What builds metadata on the interpreter named, or on the newest of the matrix that this machine has."""
    scope = opt.scope_of(None, None, opt.StrategyName.recommended)
    with (
        open_resolver(source, matrices, scope, bar) as (index, resolver),
        builder_for(source, matrices, index, resolver, python, quiet=bar.quiet) as builder,
    ):
        yield builder


@contextmanager
def builder_for(
    source: opt.SourceOptions,
    matrices: Matrices,
    index: object,
    resolver: Resolver,
    python: str | None = None,
    *,
    quiet: bool = False,
) -> Iterator[MetadataBuilder]:
    """The same with an index that is open already. UsageError for a frozen one, which holds no files."""
    if not isinstance(index, LiveIndex):
        raise UsageError("a frozen index holds no files that could be built", hint="Leave --frozen away.")
    interpreter = _interpreter(matrices, python)
    with workplace(source, keep=False) as work:
        yield MetadataBuilder(
            matrices=matrices,
            resolver=resolver,
            content=index.content,
            interpreter=interpreter,
            env=bench(source, work),
            sandbox=open_sandbox(os.environ, work),
            progress=(lambda _line: None) if quiet else say,
        )


@contextmanager
def try_builder(
    source: opt.SourceOptions, matrices: Matrices, index: object, resolver: Resolver, *, quiet: bool
) -> Iterator[BuildMetadata]:
    """Builds metadata for `try --build`, and prints once why a build failed."""
    failed: set[Release] = set()
    with builder_for(source, matrices, index, resolver, quiet=quiet) as builder:
        if not quiet:
            say(OFFLINE if builder.sandbox else ONLINE)

        def build(name: NormalizedName, version: Version) -> StatedMetadata | None:
            found = builder.build(name, version)
            if isinstance(found, StatedMetadata):
                return found
            if (name, version) not in failed:
                failed.add((name, version))
                say("\n".join([f"{name} {version} could not be built", *(f"    {line}" for line in found.split("\n"))]))
            return None

        yield build


def _interpreter(matrices: Matrices, python: str | None) -> Interpreter:
    platforms = [row.platform for row in matrices.platforms]
    named = given(None if python is None else [python])
    found = interpreters.find(os.environ, platforms, named)
    if named:
        if not found[0].platform:
            raise UsageError("this Python is for no platform of targets.yaml", where=found[0].path)
        return found[0]
    targets = [make_target(row.python, platform, floor=row.floor) for row in matrices.pythons for platform in platforms]
    usable = [each for target in targets if (each := interpreters.choose(target, found))]
    if not usable:
        raise UsageError(
            "no Python of targets.yaml is on this machine, so nothing can be built here",
            hint="Name one: --python 3.11=/usr/bin/python3.11.",
        )
    return max(usable, key=lambda each: Version(each.version))


def _release(text: str) -> Release:
    found = _RELEASE.match(text)
    try:
        return canonicalize_name(found[1], validate=True), Version(found[2])  # type: ignore[index]
    except (TypeError, ValueError, InvalidVersion):
        raise UsageError(f"{text!r} is not one release, NAME==VERSION", hint=_HINT) from None
