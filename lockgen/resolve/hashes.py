"""The sha256 of a set's files that their index lists without one."""

from __future__ import annotations

from dataclasses import replace

from lockgen.model.index import PackageSource
from lockgen.model.result import Pin, Solved


def with_hashes(found: Solved, source: PackageSource) -> Solved:
    """The set with the sha256 of files that the index lists without. LockgenError where one cannot be had."""
    pins = tuple(_hashed(pin, source) for pin in found.pins)
    return replace(found, pins=pins, build=tuple(_hashed(pin, source) for pin in found.build))


def _hashed(pin: Pin, source: PackageSource) -> Pin:
    if all(file.sha256 for file in pin.files):
        return pin
    return replace(pin, files=tuple(map(source.hashed, pin.files)))
