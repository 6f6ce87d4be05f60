"""A committed set as its record has it, and what the index has changed about it since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.model.result import Deviation

FILE_NAME = "locked.json"
"""The record of a phase's sets, beside its summary."""

Listing = Mapping[str, str]
"""What an index listed of a project at a cut-off: version as text -> digest of its files, with `-` before it where all
of them are yanked: {"2.0": "51d3a2", "1.9": "-07be11"}."""

LockChangeKind = Literal[
    "changed-file",  # a locked file is listed with another sha256
    "changed-metadata",  # its METADATA is advertised with another sha256
    "lost-file",  # a locked file is gone, another one of the pin serves
    "lost-release",  # no file of the pin is left
    "yanked",  # yanked since it was locked (PEP 592)
    "not-compared",  # its page could not be read offline
]
LockMoveCause = Literal[
    "edit",  # the matrix asks for something else
    "late",  # uploaded before the cut-off, but listed only after the set was locked
    "lost",  # a pin of the set is no longer listed
]
INCIDENTS: frozenset[LockChangeKind] = frozenset({"changed-file", "changed-metadata"})
"""What a set is never kept over, nor silently resolved again for: somebody put other bytes in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPin:
    """One pin of a locked set with everything its texts and its proof are made from."""

    name: NormalizedName
    version: Version
    files: tuple[DistFile, ...]
    """Best first."""
    metadata: Metadata
    """Of the first file."""
    build_requires: tuple[str, ...] = ()
    """Of an sdist: `build-system.requires` (PEP 518)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedSet:
    """The committed set of one target, and the digest of the question it answers."""

    question: str
    """Hex sha256; see `lockgen.model.question`."""
    pins: tuple[LockedPin, ...]
    """Sorted by name."""
    build: tuple[LockedPin, ...] = ()
    """Build requirements of the sdists in the set."""
    deviations: tuple[Deviation, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    snapshot: str
    """Hex sha256 over what the solve read; see `Solved.snapshot`."""
    listings: Mapping[NormalizedName, Listing] = field(default_factory=lambda: MappingProxyType({}))
    """What was listed, of every package that the solve looked at."""

    @property
    def versions(self) -> dict[NormalizedName, Version]:
        """The version of each package in the set."""
        return {pin.name: pin.version for pin in self.pins}


@dataclass(frozen=True, slots=True, kw_only=True)
class LockChange:
    """Something about a locked release that the index has changed since."""

    kind: LockChangeKind
    name: NormalizedName
    version: Version
    message: str
    """What happened, in words without a full stop."""

    @property
    def is_incident(self) -> bool:
        """Whether a render stops for it."""
        return self.kind in INCIDENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class LockMove(Change):
    """A pin of a set that was resolved again, and why it moved."""

    cause: LockMoveCause
