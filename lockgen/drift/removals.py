"""What the index took away from a committed set, or changed in it: hashes, files, releases, yanks, project status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName, parse_wheel_filename
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.model.drift import DriftFinding, DriftKind
from lockgen.model.index import DistFile
from lockgen.text import moment

_STATUS: dict[str, tuple[DriftKind, str]] = {
    "quarantined": ("quarantined", "the project is quarantined: its files are held to be unsafe"),
    "archived": ("archived", "the project is archived: no further release is to be expected"),
    "deprecated": ("deprecated", "the project is deprecated: it is held to be obsolete"),
}
_DIGITS = 12
"""Of a digest, as many as tell two apart."""


def removals(case: CommittedTarget) -> Iterator[DriftFinding]:
    """What the index no longer says of the committed files as it said it when they were locked."""
    for name, version in sorted(case.committed.pins.items()):
        yield from _of_release(case, name, version)


def statuses(case: CommittedTarget) -> Iterator[DriftFinding]:
    """The projects of the committed set that are not active any more (PEP 792)."""
    for name, version in sorted(case.committed.pins.items()):
        listing = case.resolver.project(name)
        if listing is not None and listing.status in _STATUS:
            kind, message = _STATUS[listing.status]
            yield DriftFinding(kind=kind, name=name, version=version, message=message)


def _of_release(case: CommittedTarget, name: NormalizedName, version: Version) -> Iterator[DriftFinding]:
    files = case.files(name, version)
    if not files:
        there = case.resolver.project(name) is not None
        message = "the release is no longer listed" if there else "the index has no such project any more"
        yield DriftFinding(kind="gone", name=name, version=version, message=message)
        return
    locked = case.committed.hashes.get(name, ())
    listed = {file.sha256: file for file in files}
    missing = [digest for digest in locked if digest not in listed]
    if missing:
        # A lock names hashes, no files: a hash less and a file more that it would have had are one file changed.
        others = [file for file in files if file.sha256 not in locked and _is_lockable(case, file)]
        kind: DriftKind = "tampered" if others else "gone"
        message = _changed(case, others[0], missing[0]) if others else _deleted(len(missing), len(locked))
        yield DriftFinding(kind=kind, name=name, version=version, message=message)
    yanked = [listed[digest] for digest in locked if digest in listed and listed[digest].yanked is not None]
    if yanked:
        yield DriftFinding(kind="yanked", name=name, version=version, message=_yank(yanked, len(locked)))


def _is_lockable(case: CommittedTarget, file: DistFile) -> bool:
    """Whether the lock would have had the file, as far as its name tells."""
    if not file.is_wheel:
        return file.name in case.committed.sdists
    *_, tags = parse_wheel_filename(file.filename)
    return not tags.isdisjoint(case.request.target.tags)


def _changed(case: CommittedTarget, file: DistFile, locked: str) -> str:
    late = file.uploaded is not None and file.uploaded > case.committed.as_of
    when = f", uploaded {moment(file.uploaded)}, after the lock was made" if file.uploaded and late else ""
    now = f"{file.sha256[:_DIGITS]}..." if file.sha256 else "none"
    return f"{file.filename} is listed with sha256 {now}{when}; the locked {locked[:_DIGITS]}... is not listed"


def _deleted(count: int, locked: int) -> str:
    if count == locked:
        return "none of its locked files is listed any more"
    return f"{count} of its {locked} locked files {'is' if count == 1 else 'are'} no longer listed"


def _yank(files: Sequence[DistFile], locked: int) -> str:
    what = "the release is yanked" if len(files) == locked else f"{len(files)} of {locked} locked files yanked"
    reasons = dict.fromkeys(file.yanked for file in files if file.yanked)
    return f"{what}: {'; '.join(reasons)}" if reasons else f"{what}, no reason given"
