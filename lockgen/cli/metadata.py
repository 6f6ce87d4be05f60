"""`lockgen metadata`: build the metadata of sdists that do not state it, and state it in issues.yaml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.cli import options as opt
from lockgen.cli.environment import matrices_folder
from lockgen.cli.printing import print_json, say
from lockgen.cli.progress import ProgressBar
from lockgen.cli.proofs import bench, given, workplace
from lockgen.cli.sources import open_resolver
from lockgen.errors import UsageError
from lockgen.index.live import LiveIndex
from lockgen.matrix.edit.stated_metadata import FILE_NAME, statement_block
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Matrices
from lockgen.model.request import StatedMetadata
from lockgen.model.target import make_target
from lockgen.model.verify import Interpreter
from lockgen.render.write import write_alone
from lockgen.report.metadata import OFFLINE, ONLINE, check_text, failure_text, statement_json
from lockgen.resolve.resolver import Resolver
from lockgen.verify import interpreters
from lockgen.verify.sandbox import open_sandbox
from lockgen.workflow import metadata as metadata_workflow
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
    folder = matrices_folder(matrices_dir)
    texts = read_directory(folder)
    matrices = load_matrices(texts)
    wanted = [_release(each) for each in releases or ()]
    if not wanted and not check:
        raise UsageError("no release is named", hint=_HINT)
    with ProgressBar(quiet=quiet) as bar, open_builder(source, matrices, bar, python) as builder:
        if check:
            return _check(_stated(matrices, wanted), builder, format_, quiet=quiet)
        built = {release: builder.build(*release) for release in dict.fromkeys(wanted)}
    return _state(built, folder, texts, format_, dry_run=dry_run, is_offline=builder.sandbox is not None, quiet=quiet)


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
                say(failure_text(f"{name} {version}", found))
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


def _stated(matrices: Matrices, wanted: Sequence[Release]) -> list[StatedMetadata]:
    """The statements about these releases, or all that name one. UsageError for a release that is not stated."""
    about: dict[tuple[NormalizedName, Version | None], StatedMetadata] = {
        (each.name, each.version): each for each in matrices.metadata
    }
    if not wanted:
        return [each for each in matrices.metadata if each.version is not None]
    found = []
    for name, version in wanted:
        each = about.get((name, version)) or about.get((name, None))
        if each is None:
            raise UsageError(
                f"{FILE_NAME} states nothing about {name} {version}", hint="Leave --check away to state it."
            )
        # A statement about every release is compared with the one named.
        found.append(each if each.version else replace(each, version=version))
    return found


def _check(stated: Sequence[StatedMetadata], builder: MetadataBuilder, format_: opt.Format, *, quiet: bool) -> int:
    checks = metadata_workflow.check_statements(stated, builder)
    if format_ is opt.Format.json:
        failed = ((each, (each.built,) if isinstance(each.built, str) else each.differences) for each in checks)
        print_json([statement_json(each.stated, differences) for each, differences in failed])
    for each in checks:
        if not each.is_yes or not quiet:
            say(check_text(each.stated, each.built, each.differences))
    if not quiet:
        say("nothing is stated" if not checks else OFFLINE if builder.sandbox else ONLINE)
    return int(not all(each.is_yes for each in checks))


def _state(
    built: Mapping[Release, StatedMetadata | str],
    folder: Path,
    texts: Mapping[str, bytes],
    format_: opt.Format,
    *,
    dry_run: bool,
    is_offline: bool,
    quiet: bool,
) -> int:
    stated = [each for each in built.values() if isinstance(each, StatedMetadata)]
    for (name, version), each in built.items():
        if isinstance(each, str):
            say(failure_text(f"{name} {version}", each))
    if stated:
        content = metadata_workflow.state(texts, stated)
        if not dry_run and content != texts.get(FILE_NAME):
            write_alone(folder / FILE_NAME, content)
        if format_ is opt.Format.json:
            print_json([statement_json(each) for each in stated])
        else:
            print(statement_block(stated), end="")
    if not quiet and stated:
        say(OFFLINE if is_offline else ONLINE)
        say(f"{folder / FILE_NAME}: {'unchanged' if dry_run else 'written'}")
    return int(len(stated) < len(built))
