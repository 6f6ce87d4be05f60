"""Which versions of a package are wanted first. The order is the contract; how it is searched is not."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.version import Version

from lockgen.records import Row, Strategy

Series = tuple[int, ...]


def ranked(versions: Iterable[Version], row: Row | None, strategy: Strategy) -> tuple[Version, ...]:
    """The versions, most wanted first.

    A package without a row is transitive: newest first. `minimum` is oldest first, `maximum` newest first.
    `recommended` is the recommended version, the rest of its series (same major.minor) newest first, then newer
    series, nearest first, then older series, nearest first; inside a series always the newest first.
    """
    newest = sorted(versions, reverse=True)  # nearly free where they come newest first
    if row is None or strategy == "maximum":
        return tuple(newest)
    if strategy == "minimum":
        return tuple(reversed(newest))
    return tuple(newest) if row.recommended is None else _around(newest, row.recommended)


def _around(newest: list[Version], wanted: Version) -> tuple[Version, ...]:
    home = _series(wanted)
    series = sorted({_series(version) for version in newest})
    order = [home, *(s for s in series if s > home), *(s for s in reversed(series) if s < home)]
    place = {s: rank for rank, s in enumerate(order)}
    return tuple(sorted(newest, key=lambda version: (version != wanted, place[_series(version)])))


def _series(version: Version) -> Series:
    return version.epoch, version.major, version.minor
