"""The index behind a command: the cache, the live index, or a frozen one.

Only here and in `environment` are the process's environment variables and the clock read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from lockgen.cli.options import SourceOptions
from lockgen.cli.printing import say
from lockgen.cli.progress import ProgressBar
from lockgen.errors import CacheError, UsageError
from lockgen.index.cache import Cache
from lockgen.index.cache_entries import FILE_NAME
from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex
from lockgen.index.settings import IndexSettings, alias_addresses, checked_address, read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.select import chosen_phases
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import Scope
from lockgen.model.routes import variable_of
from lockgen.resolve.resolver import Resolver
from lockgen.text import moment
from lockgen.verify.pip_environment import PipIndex

Source = FrozenIndex | LiveIndex


def cache_path(folder: Path | None) -> Path:
    """The cache's database file."""
    return (folder or Path(platformdirs.user_cache_dir("lockgen", appauthor=False))) / FILE_NAME


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
def open_source(options: SourceOptions, matrices: Matrices, scope: Scope, bar: ProgressBar) -> Iterator[Source]:
    """The frozen index named, or the live one pip is configured with.

    Warns of a cut-off in the future. UsageError for one that the frozen index is too old for.
    """
    tables = dict.fromkeys(phase.table for phase in chosen_phases(matrices, scope.phases, scope.sets))
    phases = [matrices.phase(name) for name in tables]
    if options.frozen is not None:
        frozen = FrozenIndex(options.frozen)
        _frozen_in_time(phases, scope.as_of, frozen.dated, options.frozen)
        yield frozen
        return
    # Only here: a frozen index gives the same answers at any time.
    for warning in _future(phases, scope.as_of, datetime.now(UTC)):
        say(f"warning: {warning}")
    path = cache_path(options.cache_dir)
    settings = index_settings(options)
    if settings.ignored and not bar.quiet:
        say(f"note: pip's {' and '.join(settings.ignored)} are not followed; a matrix names its extra indexes itself.")
    with Cache(path) as cache:
        if cache.reason:
            say(f"warning: {cache.reason}")
        with LiveIndex(settings, cache, _policy(options, matrices, scope.as_of), progress=bar.fetched) as index:
            yield index
        if cache.damaged:
            say(f"warning: {cache.damaged} damaged entries of the cache were forgotten; what was needed came anew.")


@contextmanager
def open_resolver(
    options: SourceOptions, matrices: Matrices, scope: Scope, bar: ProgressBar
) -> Iterator[tuple[Source, Resolver]]:
    """The same index with the one resolver of the command, which reports a search that takes long."""
    with open_source(options, matrices, scope, bar) as index:
        yield index, Resolver(index, bar.fighting)


def dated(index: Source, phases: Sequence[Phase]) -> datetime:
    """The date of what was recorded from `index` for the phases: that of their newest cut-off.

    A live index has no files of a later day than today.
    """
    asked = _newest(phases)
    return asked if isinstance(index, FrozenIndex) else min(asked, datetime.now(UTC))


def index_settings(options: SourceOptions) -> IndexSettings:
    """The settings of pip here, as far as lockgen follows them."""
    return read_settings(os.environ, cache_file=cache_path(options.cache_dir).with_name("pip-settings.json"))


def pip_index(options: SourceOptions) -> PipIndex:
    """The index for the pips that `verify` starts."""
    settings = index_settings(options)
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


def routed_indexes(default: PipIndex) -> dict[str, PipIndex]:
    """Alias -> the index whose address the environment has, reached as the default one is."""
    found = {}
    for alias, address in alias_addresses(os.environ).items():
        clean, login = checked_address(address, default.trusted_hosts, what=variable_of(alias))
        found[alias] = replace(default, address=clean, login=login)
    return found


def _policy(options: SourceOptions, matrices: Matrices, as_of: datetime | None) -> Policy:
    phases = matrices.phases.values()
    return Policy(
        now=datetime.now(UTC),
        # A page serves every phase, so it must be as young as the youngest of them needs.
        as_of=as_of or max(phase.as_of for phase in phases),
        as_of_for={
            name: max(phase.as_of_for[name] for phase in phases if name in phase.as_of_for)
            for name in sorted({name for phase in phases for name in phase.as_of_for})
        },
        routes=dict(matrices.routes),
        aliases=alias_addresses(os.environ),
        offline=options.offline,
        refresh=options.refresh,
    )


def _newest(phases: Iterable[Phase]) -> datetime:
    """The latest cut-off of the phases."""
    return max(when for phase in phases for _, when in _cut_offs(phase, None))


def _future(phases: Iterable[Phase], as_of: datetime | None, now: datetime) -> Iterator[str]:
    """A warning for each phase with a cut-off after `now`; `as_of` overrides the phases' own."""
    for phase in phases:
        for what, when in _after(now, phase, as_of):
            yield f"{what} {_day(when)} lies in the future, so this render cannot be repeated"
            break


def _frozen_in_time(phases: Iterable[Phase], as_of: datetime | None, dated: datetime, file: Path) -> None:
    """UsageError for a phase with a cut-off after the date of the frozen index."""
    for phase in phases:
        for what, when in _after(dated, phase, as_of):
            raise UsageError(
                f"{what} {_day(when)} is later than this frozen index, which is dated {_day(dated)}",
                where=str(file),
                hint="Ask for an earlier time, or freeze again with `lockgen freeze FILE`.",
            )


def _after(limit: datetime, phase: Phase, as_of: datetime | None) -> list[tuple[str, datetime]]:
    return [(what, when) for what, when in _cut_offs(phase, as_of) if when > limit]


def _cut_offs(phase: Phase, as_of: datetime | None) -> Iterator[tuple[str, datetime]]:
    yield f"phase {phase.phase}: as_of", as_of or phase.as_of
    yield from ((f"phase {phase.phase}: as_of_for {name}", when) for name, when in sorted(phase.as_of_for.items()))


def _day(when: datetime) -> str:
    """The date alone where that is the whole moment, as matrices and --as-of take it."""
    return moment(when).removesuffix("T00:00:00Z")
