"""What the page shows before anything else: the verdict, the state of every set, what is proved, how old pins are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from lockgen.model.target import Target
from lockgen.model.verify import Level

SetState = Literal[
    "broken",  # there is no set, it cannot be installed as committed, or a proof failed
    "drifted",  # the index or the matrix has changed since it was committed
    "smoked",  # neither, and proved to this level
    "installed",
    "fetched",
    "closed",
    "unrendered",  # the matrix asks for it, and no set is committed
    "unsupported",
]
STATES: tuple[SetState, ...] = (
    "broken",
    "drifted",
    "smoked",
    "installed",
    "fetched",
    "closed",
    "unrendered",
    "unsupported",
)
LETTERS: Mapping[SetState, str] = MappingProxyType({
    "broken": "B",
    "drifted": "D",
    "smoked": "S",
    "installed": "I",
    "fetched": "F",
    "closed": "C",
    "unrendered": "N",
    "unsupported": "\N{EN DASH}",
})  # fmt: skip
"""What stands in a cell of the overview, so that no state is told by its colour alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedNo:
    """A target for which the committed summary has no set."""

    target: Target
    core: tuple[str, ...]
    """The demands that cannot hold together."""
    steps: tuple[str, ...] = ()
    """How they meet, and what was refused there."""
    has_old_set: bool = False
    """Whether an older set is kept beside it, marked as stale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOrigin:
    """What the page was made from, besides matrices and output."""

    day: date
    """The day the committed sets were looked at."""
    lockgen: str
    """Its version."""
    index: str
    """Which index answered, by name; never an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """How many targets are in a state, of all phases. Of a level of proof: how many sets it is the highest of."""

    state: SetState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHead:
    """The answer in one sentence, and the counts behind it."""

    verdict: str
    state: SetState
    """The worst there is: broken, drifted, or closed for neither."""
    counts: tuple[StateCount, ...]
    """In the order of `STATES`."""
    kinds: str = ""
    """What drift found, on how many targets: `yanked 6, moved 12`; empty for nothing."""
    origin: PageOrigin

    @property
    def problems(self) -> tuple[StateCount, ...]:
        """Broken and drifted ones."""
        return tuple(each for each in self.counts if each.state in {"broken", "drifted"})

    @property
    def proved(self) -> tuple[StateCount, ...]:
        """By level, the highest first."""
        return tuple(each for each in self.counts if each.state in {"smoked", "installed", "fetched", "closed"})

    @property
    def others(self) -> tuple[StateCount, ...]:
        """Targets without a set that need none."""
        return tuple(each for each in self.counts if each.state in {"unrendered", "unsupported"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGroup:
    """The same reason on one or more targets."""

    where: str
    what: str
    details: tuple[str, ...] = ()
    anchor: tuple[str, str] = ("", "")
    """Phase and name of the first of the targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedTargets:
    """The sets of which a level is the highest that was proved."""

    level: Level
    means: str
    where: str
    """Empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinAge:
    """A pinned release and its age on the page's day."""

    name: str
    version: str
    uploaded: date
    days: int
    text: str
    """`2 years 3 months`."""
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSpan:
    """From one day to another targets had a set, or had none."""

    start: date
    end: date
    has_set: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLane:
    """Targets that gained and lost their sets on the same days."""

    where: str
    spans: tuple[SetSpan, ...]
    """Without a gap from the first day to the last."""
