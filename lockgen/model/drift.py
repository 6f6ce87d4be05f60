"""What became of a committed set since it was rendered, as drift finds it out and the report tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.locked import Listing
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Unsolved, Unsupported

DriftKind = Literal[
    "tampered",  # a locked file's hash is not listed, and another one is in its place
    "gone",  # a locked file, release or project is no longer listed
    "yanked",  # PEP 592
    "broken",  # a target that had a set has none
    "quarantined",  # project status, PEP 792
    "archived",
    "deprecated",
    "late",  # uploaded before the cut-off of the set, but listed only after it was locked
    "moved",  # another version, or a package more or less
    "solvable",  # a target that had no set has one
    "new-wheel",  # a wheel where only an sdist served, or a further one of the pinned release
    "issue-solved",  # a known issue that can no longer occur
]

KINDS: tuple[DriftKind, ...] = (
    "tampered",
    "gone",
    "yanked",
    "broken",
    "quarantined",
    "archived",
    "deprecated",
    "late",
    "moved",
    "solvable",
    "new-wheel",
    "issue-solved",
)
"""Every kind, the most serious first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedSet:
    """One target as the committed files have it."""

    target: str
    revision: int
    """Of the matrix it was rendered from."""
    as_of: datetime
    has_set: bool
    pins: Mapping[NormalizedName, Version]
    hashes: Mapping[NormalizedName, tuple[str, ...]]
    """The sha256 digests of the lock, best file first. A lock names no files."""
    sdists: frozenset[NormalizedName] = frozenset()
    """What comes as an sdist."""
    build: Mapping[NormalizedName, Version] = field(default_factory=lambda: MappingProxyType({}))
    """What builds the sdists."""
    build_hashes: Mapping[NormalizedName, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    issues: frozenset[str] = frozenset()
    """The known issues that concern it, by id."""
    listings: Mapping[NormalizedName, Listing] = field(default_factory=lambda: MappingProxyType({}))
    """What was listed when it was locked; of nothing, where that is not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinDrift(Change):
    """A package whose version is not the committed one; on one side there may be none."""

    is_direct: bool
    """Whether a row of the matrix names it."""
    cause: str
    """What made it move, in words; empty where nothing tells."""
    uploaded: datetime | None = None
    """When the release that caused it was uploaded; None where no release did, or the index does not say."""
    behind: int | None = None
    """Days since the newer version was uploaded; None where it is no newer one, or undated."""
    held_back: str = ""
    """The newest version there is and what keeps it out; empty when it is the one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRelease:
    """A release that the cooldown keeps out of a set."""

    name: NormalizedName
    version: Version
    uploaded: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftFinding:
    """One thing that is no longer as it was committed."""

    kind: DriftKind
    name: str = ""
    """The package, or the known issue; empty where it is about the whole set."""
    version: Version | None = None
    """The committed one."""
    message: str
    """What happened to it, in words without a full stop."""
    move: PinDrift | None = None
    """Set exactly when the kind is `moved`."""
    conflict: Unsolved | None = None
    """Set exactly when the kind is `broken`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDrift:
    """What became of one target's set."""

    target: str
    found: tuple[DriftFinding, ...] = ()
    """The most serious first, then by name."""
    held: tuple[HeldRelease, ...] = ()
    """Sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDrift:
    """What became of one phase's sets."""

    facts: PhaseFacts
    """As of the moment looked at, the cooldown taken off."""
    rendered: datetime
    """The phase's own cut-off, at which the committed sets were made."""
    targets: tuple[TargetDrift, ...]
    unrendered: tuple[str, ...] = ()
    """Targets asked for that have no committed set to compare with."""
    refused: tuple[Unsupported, ...] = ()
    """Targets asked for by name that the tables do not support."""

    @property
    def kinds(self) -> frozenset[DriftKind]:
        """What was found on any target."""
        return frozenset(each.kind for target in self.targets for each in target.found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What became of every phase asked for."""

    now: datetime
    """The moment looked at."""
    cooldown: timedelta
    """How old a release must be by then to be taken."""
    phases: tuple[PhaseDrift, ...]
    issues: tuple[DriftFinding, ...] = ()
    """Known issues that can no longer occur in any phase; looked for only when all phases and targets are."""

    @property
    def kinds(self) -> frozenset[DriftKind]:
        """What was found anywhere."""
        return frozenset(each.kind for each in self.issues).union(*(phase.kinds for phase in self.phases))
