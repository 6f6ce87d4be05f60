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
    """One line of a remedy: the line must change to another version, or no version of its package fits."""

    where: str
    """`requirements.txt:12`."""
    name: NormalizedName
    version: Version | None
    """The nearest that fits together with the other lines; None: none does, the line must go."""
    instead: str
    """What is written there, `langchain==0.0.200`."""
    is_older: bool = False
    """Whether it is a step back from what is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryRemedy:
    """All lines that must change so that the rest fits, proved by a solve; no line of it can be taken back."""

    repairs: tuple[TryRepair, ...] = ()
    """In the order of the lines; none: nothing was found."""
    unread: tuple[tuple[NormalizedName, Version], ...] = ()
    """Sdists of the set of which could not be read what they require: it may fit."""
    unknown: str = ""
    """Why it could not be looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedLine:
    """The version of a package that a line brings into the set."""

    name: NormalizedName
    version: Version
    newer: Version | None = None
    """The newest that would fit if pins moved."""
    moves: tuple[NormalizedName, ...] = ()
    """The committed pins that would have to move for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryResult:
    """The answer for one target."""

    target: Target
    fit: TryStatus
    moves: tuple[Change, ...] = ()
    """Committed pins that move; `after` None: nothing would need the package any more."""
    added: tuple[tuple[NormalizedName, Version], ...] = ()
    """What would be installed beside the phase's own packages."""
    lines: tuple[AddedLine, ...] = ()
    """Of these, what the lines name."""
    builds: tuple[tuple[NormalizedName, Version], ...] = ()
    """What only an sdist serves: it has to be built."""
    unread: tuple[tuple[NormalizedName, Version], ...] = ()
    """Sdists of which could not be read what they require."""
    read_from: tuple[tuple[NormalizedName, Version, str], ...] = ()
    """Sdists that do not say themselves what they require, and where it was read."""
    warnings: tuple[str, ...] = ()
    """What a person should know although it fits: yanked releases, extras that do not exist."""
    conflict: Unsolved | None = None
    """Why it does not fit; what cannot be read was taken as requiring nothing, so the "no" is certain."""
    is_own: bool = False
    """Whether the requirements conflict by themselves: the phase has no part in it."""
    reason: str = ""
    """The project's own word on the target's Python."""
    repairs: tuple[TryRepair, ...] = ()
    """Of a "no": the lines that must change, see TryRemedy. Under `mends` in the JSON, which scripts read."""
    repairs_unread: tuple[tuple[NormalizedName, Version], ...] = ()
    """Sdists that the repaired set rests on and of which could not be read what they require."""
    repairs_unknown: str = ""
    """Why repairs could not be looked for."""
