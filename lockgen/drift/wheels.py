"""Wheels that came after a set was committed: where only an sdist served, and further ones of the pinned releases."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.model.drift import DriftFinding
from lockgen.model.index import DistFile
from lockgen.text import moment


def new_wheels(case: CommittedTarget) -> Iterator[DriftFinding]:
    """By name. A package that moves from one wheel to another has nothing new in this sense."""
    for name, version in sorted(case.committed.pins.items()):
        if name in case.pins and (words := _words(case, name, version)):
            yield DriftFinding(kind="new-wheel", name=name, version=version, message=words)


def _words(case: CommittedTarget, name: NormalizedName, version: Version) -> str:
    pin = case.pins[name]
    if name in case.committed.sdists:
        return f"{_named(pin.files[0])} serves, where only an sdist did" if pin.files[0].is_wheel else ""
    locked = case.committed.hashes.get(name, ())
    others = [file for file in pin.files if file.sha256 not in locked]
    return f"{_named(others[0])} is a further wheel of this release" if pin.version == version and others else ""


def _named(file: DistFile) -> str:
    return file.filename if file.uploaded is None else f"{file.filename}, uploaded {moment(file.uploaded)[:10]},"
