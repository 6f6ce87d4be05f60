"""What the page shows: words and numbers of phases, targets, packages, findings, drift and history, ready to be set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from lockgen.model.report_overview import PinAge, ProvedTargets, ReasonGroup, ReportHead, SetState, TargetLane
from lockgen.model.verify import Level

Mark = Literal[
    "wanted",  # the version its strategy goes for first
    "below",  # a row's version that is older than the one wanted
    "above",  # and one that is newer
    "brought",  # no row names the package: others bring it in
    "absent",  # not in this target's set
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """A package on a target."""

    version: str = ""
    """Empty where the mark is `absent`."""
    mark: Mark
    wanted: str = ""
    """What was wanted instead, where the mark is `below` or `above`."""
    is_sdist: bool = False
    drift: str = ""
    """What became of the pin since it was committed: `to 2.1`, `yanked`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetLine:
    """A target: its cell in the overview, its row among the packages, and what there is to say of its committed set."""

    name: str
    python: str
    platform: str
    status: Literal["solved", "unsolved", "unrendered", "unsupported"]
    cells: tuple[GridCell, ...] = ()
    """In the order of the phase's packages; empty where there is no set."""
    reason: tuple[str, ...] = ()
    """Why there is no set, in lines."""
    broken: tuple[str, ...] = ()
    """Why the set cannot be installed as committed, or there is none any more, in lines."""
    drifted: tuple[str, ...] = ()
    """What else has changed since it was committed, in lines."""
    level: Level | Literal[""] = ""
    """The highest level of proof."""
    failed: str = ""
    """The lowest level that failed; empty when none did."""
    proofs: tuple[str, ...] = ()
    """Each proof and failure in words."""
    issues: tuple[tuple[str, str], ...] = ()
    """Title and solution of the known issues that concern the set."""
    notes: tuple[str, ...] = ()
    """Advice, and what is built from source."""

    @property
    def state(self) -> SetState:
        """The worst there is to say of it; of a set without a fault, what was proved."""
        if self.status in {"unsupported", "unrendered"}:
            return "unsupported" if self.status == "unsupported" else "unrendered"
        if self.status == "unsolved" or self.broken or self.failed:
            return "broken"
        return "drifted" if self.drifted else self.level or "closed"

    @property
    def is_problem(self) -> bool:
        """Whether somebody has to look at it."""
        return self.state in {"broken", "drifted", "unrendered"}

    @property
    def failures(self) -> tuple[str, ...]:
        """The proofs that failed, in words."""
        return tuple(each for each in self.proofs if ": FAILED" in each)

    @property
    def why(self) -> str:
        """The first line of what is wrong with it; empty where nothing is."""
        found = (*self.reason, *self.broken, *self.failures, *self.drifted)
        return found[0] if found and self.is_problem else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionSection:
    """One version of a package and why some targets have it."""

    version: str
    where: str
    """The targets, in words."""
    mark: Mark
    wanted: str = ""
    because: str = ""
    """Why it is not the one wanted."""
    asked: tuple[str, ...] = ()
    """Every demand on one of these targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSection:
    """A package: what the table publishes, the versions the sets have, and what they may not have."""

    name: str
    is_direct: bool
    published: str = ""
    """The row in words; empty for a package that others bring in."""
    versions: tuple[VersionSection, ...]
    refused: tuple[str, ...] = ()
    """Newer or wanted releases that a target may not use, and why."""
    issues: tuple[str, ...] = ()
    """Known issues about it, in words."""

    @property
    def deviates(self) -> bool:
        """Whether any target has another version than the one wanted."""
        return any(each.mark in {"below", "above"} for each in self.versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftSection:
    """One thing that is no longer as it was committed."""

    kind: str
    headline: str
    where: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDriftSection:
    """What became of a phase's committed sets."""

    summary: str
    found: tuple[DriftSection, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSpan:
    """From one day to another a package had this version, on more targets than any other."""

    start: date
    end: date
    version: str
    """Empty: no set had the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A package through time."""

    package: str
    spans: tuple[LaneSpan, ...]
    """Without a gap from the first day to the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineChange:
    """What changed on a day, for whom and by which uploads."""

    day: date
    package: str
    """Empty: it is about whole sets."""
    what: str
    where: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A phase through time."""

    since: date
    until: date
    lanes: tuple[Lane, ...]
    """The packages of the table, in its order, and the others that moved, by name."""
    solved: tuple[tuple[date, int], ...]
    """How many targets had a set from that day on, oldest first."""
    targets: tuple[TargetLane, ...] = ()
    """The targets of the phase, those that are alike together."""
    moves: tuple[TimelineChange, ...]
    """Oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSection:
    """A phase under the recommended strategy, as it is committed."""

    phase: str
    title: str
    revision: int
    as_of: str
    command: str
    counts: tuple[str, ...]
    """What there is of it, in a few short words each."""
    targets: tuple[TargetLine, ...]
    packages: tuple[PackageSection, ...]
    """Those of the table first, in its order, then what they bring in."""
    drift: PhaseDriftSection | None = None
    """None: it was not looked for."""
    timeline: Timeline | None = None
    """None: history was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSection:
    """Something lint found, in one or more phases alike."""

    severity: str
    rule: str
    where: str
    text: str
    steps: tuple[str, ...] = ()
    accepted: str = ""
    phases: tuple[str, ...] = ()
    """Those it was found in; empty for what concerns the matrices as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """Everything on it. Equal pages give equal bytes."""

    head: ReportHead
    phases: tuple[PhaseSection, ...]
    findings: tuple[FindingSection, ...]
    broken: tuple[ReasonGroup, ...] = ()
    proved: tuple[ProvedTargets, ...] = ()
    """By level, the highest first."""
    unsupported: tuple[ReasonGroup, ...] = ()
    unrendered: str = ""
    """The targets without a committed set, in words."""
    ages: tuple[PinAge, ...] = ()
    """The oldest first."""
    issues: tuple[str, ...] = ()
    """Known issues that can no longer occur."""

    @property
    def pythons(self) -> tuple[str, ...]:
        """Of all targets, in their order."""
        return tuple(dict.fromkeys(line.python for phase in self.phases for line in phase.targets))

    @property
    def platforms(self) -> tuple[str, ...]:
        """Of all targets, in their order."""
        return tuple(dict.fromkeys(line.platform for phase in self.phases for line in phase.targets))
