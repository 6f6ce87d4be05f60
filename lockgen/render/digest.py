"""Digests that identify a set and a snapshot, for proofs and drift to refer to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from lockgen.model.result import Solved
from lockgen.render.view import hashes


def set_digest(solved: Solved) -> str:
    """Hex sha256 over what the lock pins: every name, version and hash. Comments and headers do not count."""
    return _digest(f"{pin.name}=={pin.version} {' '.join(hashes(pin))}" for pin in solved.pins)


def snapshot_digest(snapshots: Mapping[str, str]) -> str:
    """Hex sha256 over the snapshots of the targets (target name -> digest)."""
    return _digest(f"{target} {snapshot}" for target, snapshot in snapshots.items())


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()
