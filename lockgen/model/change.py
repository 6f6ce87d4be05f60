"""A version that is not what it was."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

ChangeKind = Literal["added", "removed", "moved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A package whose version differs between two sets; None: the set does not hold it."""

    name: NormalizedName
    before: Version | None
    after: Version | None

    @property
    def kind(self) -> ChangeKind:
        """What became of it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "moved"

    @property
    def is_major(self) -> bool:
        """Whether it moved by a major step; see `is_major`."""
        return self.before is not None and self.after is not None and is_major(self.before, self.after)


def is_major(before: Version, after: Version) -> bool:
    """Whether the step may break what worked: the epoch differs, or the first release component that is not zero.

    So 1.10 to 2.0 is a major step, and because of Semantic Versioning 2.0.0, item 4, so are 0.27 to 0.28, 0.0.6 to
    0.0.7 and 0.9 to 1.0. It does not matter which way the step goes.
    """
    if before.epoch != after.epoch:
        return True
    pairs = zip_longest(before.release, after.release, fillvalue=0)
    return next((one != two for one, two in pairs if one or two), False)
