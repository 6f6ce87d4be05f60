"""Opening what a command needs: folders, the cache, the index. Only here the environment and the clock are read."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import platformdirs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import lockgen
from lockgen.cli.moments import frozen_in_time, future, newest
from lockgen.errors import CacheError, UsageError
from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex, Policy
from lockgen.index.settings import IndexSettings, alias_addresses, read_settings
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.matrices import Matrices, Phase
from lockgen.matrix.request import routes
from lockgen.probe import guard_sources
from lockgen.records import Unsupported
from lockgen.render.documents import TEMPLATES
from lockgen.render.environment import Templates, html_templates, templates
from lockgen.render.page import TEMPLATE as PAGE
from lockgen.resolve.incompatibility import Variable
from lockgen.resolve.resolver import Resolver
from lockgen.verify.pip_environment import PipIndex
from lockgen.workflow.rendering import Ask, Desk

Source = FrozenIndex | LiveIndex
SMOKE = "smoke.py"

_CONTRADICTIONS = (
    ("offline", "refresh", "the one forbids to ask the index, the other asks it for every page"),
    ("frozen", "refresh", "a frozen index never changes, so there is no page to ask for again"),
    ("frozen", "offline", "a frozen index answers by itself, without the cache that --offline answers from"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where answers come from, as the options say. UsageError for two that contradict each other."""

    frozen: Path | None = None
    cache_dir: Path | None = None
    offline: bool = False
    refresh: bool = False

    def __post_init__(self) -> None:
        for one, other, why in _CONTRADICTIONS:
            if getattr(self, one) and getattr(self, other):
                raise UsageError(
                    f"--{one} and --{other} contradict each other: {why}",
                    hint=f"Leave one away; either may also come from LOCKGEN_{one.upper()} or LOCKGEN_{other.upper()}.",
                )


def say(text: str) -> None:
    """Speak to the person, on stderr."""
    sys.stderr.write(f"{text}\n")


def say_refused(cells: Iterable[Unsupported]) -> None:
    """Say of each cell that was asked for and is a "no" of the tables why, and what to do."""
    for cell in cells:
        say(f"{cell.target.name} is unsupported: {cell.reason}. {cell.remedy}".rstrip())


def shipped(kind: str) -> Path:
    """The folder of matrices or templates that came with lockgen: in the wheel, or in the checkout it runs from."""
    package = Path(lockgen.__file__).parent
    inside = package / "defaults" / kind
    return inside if inside.is_dir() else package.parent / kind


def matrices_folder(folder: Path | None) -> Path:
    """The folder named, ./matrices, or the one shipped."""
    here = Path("matrices")
    return folder or (here if here.is_dir() else shipped("matrices"))


def open_matrices(folder: Path | None) -> Matrices:
    """The matrices of that folder."""
    return load_matrices(read_directory(matrices_folder(folder)))


def open_desk(matrices: Path | None, templates_: Path | None) -> Desk:
    """Templates, the smoke script that stands beside the matrices, and what preflight.py is made of."""
    script = matrices_folder(matrices) / SMOKE
    return Desk(
        templates=open_templates(templates_),
        smoke=script.read_bytes() if script.is_file() else b"",
        guard=guard_sources(),
    )


def open_templates(folder: Path | None) -> Templates:
    """The shipped templates, with those of ./templates and of the folder named standing in for them."""
    return templates(*_found(folder, TEMPLATES))


def open_html(folder: Path | None) -> Templates:
    """The same for the page. It is no part of the output, so it has no part in the digest of the others."""
    return html_templates(*_found(folder, (PAGE,)))


def _found(folder: Path | None, names: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The texts of these templates as shipped, and those that stand in for them."""
    known = {*TEMPLATES, PAGE}
    if folder is not None and not folder.is_dir():
        raise UsageError("there is no such folder", where=str(folder), hint="Name a folder of templates.")
    if folder is not None and (strangers := sorted({path.name for path in folder.glob("*.j2")} - known)):
        raise UsageError(
            f"there is no template {' or '.join(map(repr, strangers))}, so this would stand in for nothing",
            where=str(folder),
            hint=f"The templates are {', '.join(sorted(known))}.",
        )
    here = Path("templates")
    overrides: dict[str, str] = {}
    for place in (here if here.is_dir() else None, folder):
        overrides |= {} if place is None else _texts(place, names)
    return _texts(shipped("templates"), names), overrides


def _texts(folder: Path, wanted: Sequence[str]) -> dict[str, str]:
    """The templates in the folder, by name; what has the name of one and cannot be read as one is an error."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError as error:
        raise UsageError(f"the folder cannot be read: {error.strerror}", where=str(folder)) from None
    return {name: _text(folder / name) for name in wanted if name in names}


def _text(file: Path) -> str:
    if file.is_dir():
        raise UsageError("this is a folder, but a template is a file", where=str(file), hint="Rename or remove it.")
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte 0x{error.object[error.start]:02x} at offset {error.start} is not UTF-8"
        raise UsageError(f"the template cannot be read: {reason}", where=str(file), hint="Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"the template cannot be read: {reason}", where=str(file), hint="Make it readable, or remove it."
        ) from None


def cache_path(folder: Path | None) -> Path:
    """The cache's database file."""
    return (folder or Path(platformdirs.user_cache_dir("lockgen", appauthor=False))) / "index.sqlite3"


@contextmanager
def open_cache(folder: Path | None) -> Iterator[Cache]:
    """The cache to look at or to clear; CacheError, at the latest when the block ends, when it is out of reach."""
    with Cache(cache_path(folder)) as cache:
        _check(cache)
        yield cache
        _check(cache)


def _check(cache: Cache) -> None:
    if cache.reason:
        raise CacheError(
            f"the cache cannot be used: {cache.reason}",
            where=str(cache.path),
            hint="Name another folder with --cache-dir, or make this one readable and writable.",
        )


@contextmanager
def open_source(where: Where, matrices: Matrices, ask: Ask, bar: Bar) -> Iterator[Source]:
    """The frozen index named, or the live one pip is configured with.

    Warns of a cut-off in the future. UsageError for one that the frozen index is too old for.
    """
    phases = [matrices.phase(name) for name in dict.fromkeys(ask.phases or matrices.phases)]
    if where.frozen is not None:
        frozen = FrozenIndex(where.frozen)
        frozen_in_time(phases, ask.as_of, frozen.dated, where.frozen)
        yield frozen
        return
    # Only here: a frozen index gives the same answers for ever, whatever the clock says.
    for warning in future(phases, ask.as_of, datetime.now(UTC)):
        say(f"warning: {warning}")
    path = cache_path(where.cache_dir)
    settings = _settings(where)
    if settings.ignored and not bar.quiet:
        say(f"note: pip's {' and '.join(settings.ignored)} are not followed; a matrix names its extra indexes itself.")
    with Cache(path) as cache:
        if cache.reason:
            say(f"warning: {cache.reason}")
        with LiveIndex(settings, cache, _policy(where, matrices, ask.as_of), progress=bar.fetched) as index:
            yield index


@contextmanager
def open_resolver(where: Where, matrices: Matrices, ask: Ask, bar: Bar) -> Iterator[tuple[Source, Resolver]]:
    """The same index with the one resolver of the command, which speaks up when a search takes long."""
    with open_source(where, matrices, ask, bar) as index:
        yield index, Resolver(index, bar.fighting)


def dated(index: Source, phases: Sequence[Phase]) -> datetime:
    """The date of what was recorded from `index` for the phases: that of their newest cut-off.

    What the live index said cannot be of a later day than today.
    """
    asked = newest(phases)
    return asked if isinstance(index, FrozenIndex) else min(asked, datetime.now(UTC))


def _settings(where: Where) -> IndexSettings:
    return read_settings(os.environ, cache_file=cache_path(where.cache_dir).with_name("pip-settings.json"))


def pip_index(where: Where) -> PipIndex:
    """The index as the pips of `verify` shall ask it."""
    settings = _settings(where)
    return PipIndex(
        address=settings.address,
        login=settings.login,
        cert=settings.cert,
        client_cert=settings.client_cert,
        proxy=settings.proxy,
        timeout=settings.timeout,
        retries=settings.retries,
        trusted_hosts=settings.trusted_hosts,
        trust_env=settings.trust_env,
    )


def _policy(where: Where, matrices: Matrices, as_of: datetime | None) -> Policy:
    phases = matrices.phases.values()
    return Policy(
        now=datetime.now(UTC),
        # A page serves every phase, so it must be as young as the youngest of them asks.
        as_of=as_of or max(phase.as_of for phase in phases),
        as_of_for={
            name: max(phase.as_of_for[name] for phase in phases if name in phase.as_of_for)
            for name in sorted({name for phase in phases for name in phase.as_of_for})
        },
        routes={glob: alias for phase in phases for alias, globs in routes(phase) for glob in globs},
        aliases=alias_addresses(os.environ),
        offline=where.offline,
        refresh=where.refresh,
    )


_PATIENCE = 10.0
"""Seconds after which a search says what it is fighting over, and after which it says so again."""


class Bar:
    """Progress on stderr, on a terminal only: pages fetched and targets solved."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)
        self._said = time.monotonic()
        """When the search began, or something was said of it last."""
        self._pages = self._progress.add_task("pages fetched", total=None, visible=False)
        self._targets = self._progress.add_task("targets solved", total=None)

    def fetched(self, come: int, asked: int) -> None:
        """Told by the index."""
        self._progress.update(self._pages, completed=come, total=asked, visible=True)

    def solved(self, done: int, total: int) -> None:
        """Told by the workflow."""
        self._progress.update(self._targets, completed=done, total=total)

    def walked(self, done: int, total: int) -> None:
        """Told by the walk through time."""
        self._progress.update(self._targets, completed=done, total=total, description="days walked")

    def fighting(self, variables: Sequence[Variable]) -> None:
        """Told by the solver: a search begins (no variables), or has met a conflict. Said once it has taken long."""
        now = time.monotonic()
        if not variables:
            self._said = now
        elif not self.quiet and now - self._said > _PATIENCE:
            self._said = now
            names = ", ".join(dict.fromkeys(str(each.name) for each in variables))
            self._progress.console.print(f"still searching: {names} cannot be had together", highlight=False)

    def stop(self) -> None:
        """Nothing more is told: others speak on the terminal now."""
        self._progress.stop()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
