"""How somebody's requirements fit beside a phase, target by target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.result import Unsolved
from lockgen.model.target import Target

TryStatus = Literal[
    "pins",  # beside the committed pins as they are
    "ranges",  # beside the phase's ranges, with some pins moved
    "no",
    "unknown",  # as far as can be read it fits, but what some sdists require only a build could tell
    "not for it",  # the project itself says it is not for this Python
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRepair:
    """Another version for one requirement with which everything fits, proved by a solve."""

    where: str
    """`requirements.txt:12`."""
    name: NormalizedName
    version: Version
    instead: str
    """What is written there, `langchain==0.0.200`."""
    is_older: bool = False
    """Whether it is a step back from what is asked for."""
    is_partial: bool = False
    """Whether only this conflict goes and others come to light: no version of anything blamed helps by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryResult:
    """The answer for one target."""

    target: Target
    fit: TryStatus
    moves: tuple[Change, ...] = ()
    """Committed pins that move; `after` None: nothing would need the package any more."""
    added: tuple[tuple[NormalizedName, Version], ...] = ()
    """What would be installed beside the phase's own packages."""
    builds: tuple[tuple[NormalizedName, Version], ...] = ()
    """What only an sdist serves: it has to be built."""
    unread: tuple[tuple[NormalizedName, Version], ...] = ()
    """Sdists of which could not be read what they require."""
    read_from: tuple[tuple[NormalizedName, Version, str], ...] = ()
    """Sdists that do not say themselves what they require, and where it was read."""
    conflict: Unsolved | None = None
    """Why it does not fit; what cannot be read was taken as requiring nothing, so the "no" is certain."""
    is_own: bool = False
    """Whether the requirements conflict by themselves: the phase has no part in it."""
    reason: str = ""
    """The project's own word on the target's Python."""
    repairs: tuple[TryRepair, ...] = ()
    """Under `mends` in the JSON of `try`, which scripts read."""
