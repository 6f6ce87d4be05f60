"""Bounds that nobody said, guessed from what the targets get and from what is listed."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version


def guessed_minimum(had: Sequence[Version], listed: Sequence[Version]) -> Version | None:
    """The oldest listed release of the series that the oldest version had belongs to; it is never the newest.

    A series is all releases of a major number, before 1.0 of a minor one. `listed` are the final releases, oldest
    first. None where there is nothing older than the newest.
    """
    if not had or not listed:
        return None
    oldest = min(had)
    newest = max(listed[-1], *had)
    series = [each for each in listed if _series(each) == _series(oldest)]
    found = min([*series, oldest])
    if found < newest:
        return found
    return next((each for each in reversed(listed) if each < newest), None)


def _series(version: Version) -> tuple[int, ...]:
    return (version.epoch, *version.release[: 1 if version.major else 2])
