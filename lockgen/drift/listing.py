"""What the index lists differently for the releases of a committed set: files, hashes, yanks, wheels, statuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.utils import NormalizedName
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
"""Of a digest, enough to distinguish two."""


def removals(case: CommittedTarget) -> Iterator[DriftFinding]:
    """Locked files that are gone, changed or yanked, by name of the package."""
    for name, version in sorted(case.committed.pins.items()):
        yield from _release_removals(case, name, version)


def tools_removed(case: CommittedTarget) -> Iterator[DriftFinding]:
    """The same for the build requirements of the set's sdists."""
    committed = case.committed
    tools = replace(committed, pins=committed.build, hashes=committed.build_hashes, sdists=frozenset())
    for each in removals(replace(case, committed=tools)):
        yield replace(each, message=f"{each.message}; it builds {', '.join(sorted(committed.sdists))}")


def statuses(case: CommittedTarget) -> Iterator[DriftFinding]:
    """The projects of the committed set that are not active any more (PEP 792)."""
    for name, version in sorted(case.committed.pins.items()):
        listing = case.resolver.project(name)
        if listing is not None and listing.status in _STATUS:
            kind, message = _STATUS[listing.status]
            yield DriftFinding(kind=kind, name=name, version=version, message=message)


def new_wheels(case: CommittedTarget) -> Iterator[DriftFinding]:
    """Wheels where only an sdist served, and further ones of the pinned release, by name of the package."""
    for name, version in sorted(case.committed.pins.items()):
        if name in case.pins and (words := _wheel_text(case, name, version)):
            yield DriftFinding(kind="new-wheel", name=name, version=version, message=words)


def late_arrivals(case: CommittedTarget) -> Iterator[DriftFinding]:
    """Releases newer than a pin, and inside what is demanded of it now, that the index listed late; by name.

    Pre-releases are left out.
    """
    for name, version in sorted(case.committed.pins.items()):
        listing = case.resolver.project(name)
        newer = [each for each in (listing.versions if listing else ()) if each > version and not each.is_prerelease]
        demands = case.pins[name].via if name in case.pins else ()
        for each in (one for one in newer if case.is_late(name, one)):
            if not all(demand.specifier.contains(each) for demand in demands):
                continue
            uploaded = case.uploaded(name, each)
            when = f", uploaded {moment(uploaded)[:10]}," if uploaded else ""
            message = f"{each}{when} was listed only after the set was locked"
            yield DriftFinding(kind="late", name=name, version=version, message=message)


def _release_removals(case: CommittedTarget, name: NormalizedName, version: Version) -> Iterator[DriftFinding]:
    files = case.comparable(name, version)
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
        others = [file for file in files if file.sha256 not in locked and case.is_lockable(file)]
        kind: DriftKind = "tampered" if others else "gone"
        message = _tampered_text(case, others[0], missing[0]) if others else _gone_text(len(missing), len(locked))
        yield DriftFinding(kind=kind, name=name, version=version, message=message)
    yanked = [listed[digest] for digest in locked if digest in listed and listed[digest].yanked is not None]
    if yanked:
        yield DriftFinding(kind="yanked", name=name, version=version, message=_yanked_text(yanked, len(locked)))


def _tampered_text(case: CommittedTarget, file: DistFile, locked: str) -> str:
    late = file.uploaded is not None and file.uploaded > case.committed.as_of
    when = f", uploaded {moment(file.uploaded)}, after the lock was made" if file.uploaded and late else ""
    now = f"{file.sha256[:_DIGITS]}..." if file.sha256 else "none"
    return f"{file.filename} is listed with sha256 {now}{when}; the locked {locked[:_DIGITS]}... is not listed"


def _gone_text(count: int, locked: int) -> str:
    if count == locked:
        return "none of its locked files is listed any more"
    return f"{count} of its {locked} locked files {'is' if count == 1 else 'are'} no longer listed"


def _yanked_text(files: Sequence[DistFile], locked: int) -> str:
    what = "the release is yanked" if len(files) == locked else f"{len(files)} of {locked} locked files yanked"
    reasons = dict.fromkeys(file.yanked for file in files if file.yanked)
    return f"{what}: {'; '.join(reasons)}" if reasons else f"{what}, no reason given"


def _wheel_text(case: CommittedTarget, name: NormalizedName, version: Version) -> str:
    pin = case.pins[name]
    if name in case.committed.sdists:
        return f"{_dated(pin.files[0])} serves, where only an sdist did" if pin.files[0].is_wheel else ""
    locked = case.committed.hashes.get(name, ())
    others = [file for file in pin.files if file.sha256 not in locked]
    return f"{_dated(others[0])} is a further wheel of this release" if pin.version == version and others else ""


def _dated(file: DistFile) -> str:
    return file.filename if file.uploaded is None else f"{file.filename}, uploaded {moment(file.uploaded)[:10]},"
