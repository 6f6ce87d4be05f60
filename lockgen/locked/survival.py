"""What is left of a locked set on the index of today."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName

from lockgen.errors import LockgenError
from lockgen.model.index import DistFile, Project
from lockgen.model.locked import LockChange, LockChangeKind, LockedPin, LockedSet

ReadProject = Callable[[NormalizedName], Project | None]
_DIGITS = 12
"""Of a digest, enough to distinguish two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What is left of a set, and what happened to it."""

    locked: LockedSet
    """Without the files that are gone."""
    changes: tuple[LockChange, ...] = ()
    """By name of the package."""
    lost: frozenset[NormalizedName] = frozenset()
    """Pins of which no file is left: they have to be resolved again."""


def survival(locked: LockedSet, project: ReadProject, *, is_offline: bool = False) -> Survival:
    """The set beside what the index lists now.

    Offline, a page that cannot be read leaves its pin as recorded, with a change that says so; else LockgenError.
    """
    changes: list[LockChange] = []
    sets = [_compared(pins, project, changes, is_offline=is_offline) for pins in (locked.pins, locked.build)]
    lost = frozenset(change.name for change in changes if change.kind == "lost-release")
    return Survival(locked=replace(locked, pins=sets[0], build=sets[1]), changes=tuple(changes), lost=lost)


def _compared(
    pins: tuple[LockedPin, ...], project: ReadProject, changes: list[LockChange], *, is_offline: bool
) -> tuple[LockedPin, ...]:
    left = []
    for pin in pins:
        try:
            page = project(pin.name)
        except LockgenError:
            if not is_offline:
                raise
            changes.append(_change("not-compared", pin, "its page is not in the cache, and this run is offline"))
            left.append(pin)
            continue
        listed = {file.filename: file for file in (page.files(pin.version) if page else ())}
        found = tuple(_changes(pin, listed))
        changes += found
        files = tuple(file for file in pin.files if file.filename in listed)
        left.append(replace(pin, files=files) if files and len(files) < len(pin.files) else pin)
    return tuple(left)


def _changes(pin: LockedPin, listed: dict[str, DistFile]) -> Iterator[LockChange]:
    there = [file for file in pin.files if file.filename in listed]
    for file in there:
        now = listed[file.filename]
        # An index that lists no hash says nothing about it; the lock's own is checked by every installer.
        if now.sha256 and now.sha256 != file.sha256:
            yield _change("changed-file", pin, f"{file.filename} {_hashes(file.sha256, now.sha256)}")
        elif not now.sha256:
            yield from _without_hash(pin, file, now)
    first = pin.files[0]
    same = listed.get(first.filename)
    if same is not None and _is_other_metadata(pin, same):
        words = _hashes(pin.metadata.sha256, same.metadata_sha256 or "")
        yield _change("changed-metadata", pin, f"the METADATA of {first.filename} {words}")
    if not there:
        yield _change("lost-release", pin, "none of its locked files is listed any more")
    elif gone := [file.filename for file in pin.files if file.filename not in listed]:
        yield _change("lost-file", pin, f"no longer listed: {', '.join(gone)}")
    yanked = [now for file in there if (now := listed[file.filename]).yanked is not None and file.yanked is None]
    if yanked:
        reason = next((file.yanked for file in yanked if file.yanked), "no reason given")
        what = "" if len(yanked) == len(there) else f"{len(yanked)} of {len(there)} files: "
        yield _change("yanked", pin, f"{what}{reason}")


def _without_hash(pin: LockedPin, file: DistFile, now: DistFile) -> Iterator[LockChange]:
    """Of an index that lists no sha256: size and upload time stand for it, where there are any."""
    if now.size is None and now.uploaded is None:
        yield _change("not-compared", pin, f"the index gives neither hash, size nor upload time of {file.filename}")
    elif (now.size, now.uploaded) != (file.size, file.uploaded):
        yield _change("changed-file", pin, f"{file.filename} has another size or upload time than was locked")


def _is_other_metadata(pin: LockedPin, now: DistFile) -> bool:
    """Whether the index advertises another METADATA (PEP 658) for the same wheel; many advertise none."""
    digests = now.metadata_sha256, pin.metadata.sha256
    return now.is_wheel and now.sha256 == pin.files[0].sha256 and all(digests) and digests[0] != digests[1]


def _hashes(before: str, now: str) -> str:
    return f"has sha256 {now[:_DIGITS] or 'none'}... on the index, {before[:_DIGITS]}... was locked"


def _change(kind: LockChangeKind, pin: LockedPin, message: str) -> LockChange:
    return LockChange(kind=kind, name=pin.name, version=pin.version, message=message)
