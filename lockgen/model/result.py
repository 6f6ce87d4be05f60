"""What a solve answers, target by target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand, Derivation, Step
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request, SdistPermission
from lockgen.model.target import Target

Versions = Mapping[NormalizedName, Version]
"""A set: the version of each package in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One name, one version, the files this target may use, who asked for it."""

    name: NormalizedName
    version: Version
    files: tuple[DistFile, ...]
    """Best first: wheels by the target's tag order, then the sdist where the matrix allows it."""
    extras: frozenset[str] = frozenset()
    via: tuple[Demand, ...] = ()
    """Sorted by who demands."""
    metadata: Metadata
    """Of the first file, the one an installer takes."""
    permission: SdistPermission | None = None
    """Set exactly when the first file is an sdist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A row whose pin is not the version its strategy wanted, and the demand or refusal that caused it."""

    name: NormalizedName
    wanted: Version
    got: Version
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Solved:
    """The answer "yes": all pins of one target, sorted by name."""

    target: Target
    pins: tuple[Pin, ...]
    deviations: tuple[Deviation, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    """Releases newer than a pin, or wanted, that were looked at and refused on this target."""
    snapshot: str
    """Hex sha256 over the releases and metadata this solve read: equal snapshots give equal sets."""
    build: tuple[Pin, ...] = ()
    """Build requirements of the allowed sdists in the set."""
    unserved: tuple[str, ...] = ()
    """Patch releases above the target's floor that a pin's Requires-Python cuts out, oldest first: ("3.9.7",)."""
    advice: tuple[str, ...] = ()
    """What a person should know although the set closes: an extra that does not exist, a marker nobody can judge."""
    looked_at: tuple[NormalizedName, ...] = ()
    """The packages of which the search looked at a release, sorted; none where the set was not searched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolved:
    """The answer "no": demands of the request that cannot hold together on this target."""

    target: Target
    core: tuple[Demand, ...]
    """Of the request's own demands, known issues among them, a smallest set that cannot hold together."""
    meetings: tuple[Derivation, ...] = ()
    """Where the demands meet: every package that was left without a version, in the order the proof met them."""
    refusals: tuple[Refusal, ...] = ()
    """What was refused there."""
    snapshot: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """What leads to where the demands meet: each step once, without those that repeat the core."""
        core = {str(demand) for demand in self.core}
        links = (link for meeting in self.meetings for chain in meeting.chains for link in chain)
        said = {str(link): link for link in links}
        return tuple(link for text, link in said.items() if text not in core)

    @property
    def collisions(self) -> tuple[str, ...]:
        """The steps in words."""
        return tuple(map(str, self.steps))


Outcome = Solved | Unsolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A cell of the matrix that is a "no" by the table's own word, such as a Python that a service does not run on."""

    target: Target
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueNote:
    """A known issue that concerns a target: rendered into headers and the summary."""

    id: str
    title: str
    solution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetResult:
    """One target of a phase with the question, the answer and the known issues that concern the answer."""

    request: Request
    outcome: Outcome
    issues: tuple[IssueNote, ...] = ()
