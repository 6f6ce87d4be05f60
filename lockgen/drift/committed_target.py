"""A committed set beside the set that the same matrix gets now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from packaging.utils import NormalizedName, parse_wheel_filename
from packaging.version import Version

from lockgen.model.drift import CommittedSet
from lockgen.model.index import DistFile
from lockgen.model.request import Request
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Outcome, Pin, Solved


@dataclass(frozen=True, kw_only=True)
class CommittedTarget:
    """One target. The cut-off of `request` is `now` less the cooldown."""

    committed: CommittedSet
    request: Request
    revision: int
    """Of the matrix the request comes from."""
    now: datetime
    cooldown: timedelta
    resolver: ResolverPort

    @cached_property
    def outcome(self) -> Outcome:
        """The outcome of the request."""
        return self.resolver.solve(self.request)

    @cached_property
    def pins(self) -> Mapping[NormalizedName, Pin]:
        """Of the answer; none where it is a no."""
        return {pin.name: pin for pin in self.outcome.pins} if isinstance(self.outcome, Solved) else {}

    def files(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...]:
        """What the index lists of the release now."""
        listing = self.resolver.project(name)
        return () if listing is None else listing.files(version)

    def comparable(self, name: NormalizedName, version: Version) -> tuple[DistFile, ...]:
        """The same; what the lock would have of an index that is read with `hashes: download`, with its sha256.

        A lock names hashes alone: without them none of its files could be found on such an index.
        """
        files = self.files(name, version)
        if not self.request.may_be_hashed(name):
            return files
        return tuple(self.resolver.hashed(file) if self.is_lockable(file) else file for file in files)

    def is_lockable(self, file: DistFile) -> bool:
        """Whether the lock would have had the file, judged by its name."""
        if not file.is_wheel:
            return file.name in self.committed.sdists
        *_, tags = parse_wheel_filename(file.filename)
        return not tags.isdisjoint(self.request.target.tags)

    def uploaded(self, name: NormalizedName, version: Version) -> datetime | None:
        """When the first file of the release was uploaded, where the index has its upload time."""
        dates = (file.uploaded for file in self.files(name, version))
        return min((date for date in dates if date is not None), default=None)

    def is_late(self, name: NormalizedName, version: Version) -> bool:
        """Whether the release was uploaded before the cut-off of the committed set, and listed only after it was made.

        False where nothing was recorded of what was listed.
        """
        known = self.committed.listings.get(name)
        uploaded = self.uploaded(name, version)
        return (
            known is not None
            and str(version) not in known
            and uploaded is not None
            and uploaded <= self.committed.as_of
        )

    def is_fresh(self, name: NormalizedName, version: Version) -> bool:
        """Whether the release came after the committed set was made."""
        uploaded = self.uploaded(name, version)
        return uploaded is not None and uploaded > self.committed.as_of
