"""What a phase's sets were on the days behind it: which upload gave a target its first set, and which moved a pin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.origin import QuestionOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Versions
from lockgen.model.target import Target
from lockgen.model.verify import Proof


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Upload:
    """The file with which a release came, or came to a target."""

    uploaded: datetime
    name: NormalizedName
    version: Version
    filename: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAt:
    """The answer for one target at one moment."""

    pins: Versions | None
    """None: there was no set."""
    until: datetime | None
    """The first later upload that may change the answer; None when there is none."""
    news: tuple[Upload, ...] = ()
    """The uploads since the moment asked for before that changed what the search had been told, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one moment on, until the next span begins, a target had this set."""

    since: datetime
    """Everything uploaded until then counts."""
    pins: Versions | None
    news: tuple[Upload, ...] = ()
    """Of these uploads at least one made the difference to the span before; none for the first span."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHistory:
    """One target through time: its spans, oldest first, each with another set than the one before."""

    target: Target
    spans: tuple[Period, ...]

    def at(self, moment: datetime) -> Versions | None:
        """The set at a moment that is not before the first span; None when there was none."""
        return next(span.pins for span in reversed(self.spans) if span.since <= moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class PinChange(Change):
    """A pin that changed, on all of these targets by the same uploads."""

    moment: datetime
    causes: tuple[Upload, ...]
    """Each was needed for it; where any one of several would have done, all of them. Of each release the first file:
    targets get a release with files of their own."""
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvabilityChange:
    """These targets got a set where there was none, or lost it, by the same uploads."""

    moment: datetime
    gained: bool
    causes: tuple[Upload, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One phase through time."""

    since: datetime
    until: datetime
    moments: int
    """At how many moments some target was answered; nothing could have changed at the others."""
    searches: int
    """How many solves needed a search of their own."""
    courses: tuple[TargetHistory, ...]
    turns: tuple[SolvabilityChange, ...]
    """By time."""
    moves: tuple[PinChange, ...]
    """By time, then by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BisectResult:
    """What a bisection found for one target."""

    target: Target
    name: NormalizedName | None = None
    """The package that was asked about; None: the set itself."""
    version: Version | None = None
    """The version that was asked about; None where the set at the end does not hold the package."""
    span: Period | None
    """The span with which it began; None: it never was so."""
    event: PinChange | SolvabilityChange | None
    """What happened there; None where it was so from the start."""
    causes: tuple[Upload, ...] = ()
    """The event's causes, with the very files that did it on this target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeBisectResult:
    """The answer of a bisection that ran the sets of one target."""

    target: Target
    tried: tuple[tuple[datetime, bool], ...]
    """Which moments' sets were run, in that order, and whether they ran."""
    span: Period | None
    """The first set that does not run; None: the last one runs."""
    before: Period | None = None
    """The last set that runs; None: no set ran."""
    proofs: tuple[Proof, ...] = ()
    """What was seen of the first set that does not run."""


def at_moment(request: Request, moment: datetime) -> Request:
    """The request as it would have been put at the moment: no cut-off of its own lies later, and earlier ones stay."""
    capped = {name: min(moment, when) for name, when in request.as_of_for.items()}
    return replace(request, as_of=min(moment, request.as_of), as_of_for=capped)


def held_back(request: Request, name: NormalizedName, version: Version) -> Request:
    """The request as if this release had never come."""
    never = Constraint(origin=QuestionOrigin(text="held back"), name=name, specifier=SpecifierSet(f"!={version}"))
    return replace(request, constraints=(*request.constraints, never))
