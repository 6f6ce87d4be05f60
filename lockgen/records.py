"""The nouns that travel between the stages. All frozen: a stage can hand one on without wondering who changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand, Link, Meeting
from lockgen.targets import Target

Strategy = Literal["minimum", "recommended", "maximum"]

RefusalKind = Literal[
    "platform",  # a wheel for another platform, interpreter or ABI
    "python",  # Requires-Python does not admit every Python of the target
    "yanked",  # PEP 592
    "late",  # uploaded after as_of
    "undated",  # no upload time although as_of needs one
    "unhashed",  # no sha256, so no lock could name it
    "sdist",  # only an sdist, which the matrix does not allow for this package
    "metadata",  # metadata that cannot be read, or that only a build could tell
    "name",  # a file whose name says no version
    "absent",  # the index has no such project
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistFile:
    """One file of one release, as an index lists it (Simple repository API, PEP 503 and 691)."""

    name: NormalizedName
    version: Version
    filename: str
    sha256: str
    """Hex digest; empty when the index gives none."""
    size: int | None = None
    """Bytes, when the index says so (PEP 700)."""
    uploaded: datetime | None = None
    """Time zone aware, when the index says so (PEP 700)."""
    requires_python: str | None = None
    """The index's hint; the file's own metadata is the truth."""
    yanked: str | None = None
    """None: not yanked. Else the reason, which may be empty (PEP 592)."""
    metadata_sha256: str | None = None
    """None: the index does not advertise a metadata file (PEP 658). Else its hash, empty when it gives none."""

    @property
    def is_wheel(self) -> bool:
        """Whether the file is a wheel; the only other kind listed is the sdist."""
        return self.filename.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The core metadata fields a resolver and a verifier need, read from one file."""

    name: NormalizedName
    version: Version
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    """Requirement strings that `packaging` can read, after the repairs pip makes too."""
    provides_extra: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    """Import-Name of metadata 2.5 (PEP 794), empty when the file does not say."""
    sha256: str = ""
    """Hex digest of the bytes of METADATA or PKG-INFO as they were read."""
    unread: str = ""
    """Why it could not be read, and is only assumed to require nothing (`Request.buildable`); empty: it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A file, a release or a project that could have served but may not, and the reason in words."""

    kind: RefusalKind
    name: NormalizedName
    version: Version | None = None
    filename: str | None = None
    reason: str
    """About a file: words that stand alone. About a release: what is said of it, `requires Python >=3.10`."""
    files: tuple[tuple[RefusalKind, int], ...] = ()
    """Of a release without a usable file: how many were refused for which reason."""

    @property
    def has_sdist(self) -> bool:
        """Whether an sdist would serve, were it allowed."""
        return any(kind == "sdist" for kind, _ in self.files)

    def __str__(self) -> str:
        version = "" if self.version is None else f" {self.version}"
        return f"{self.name}{version}{' ' if self.filename is None else ': '}{self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A dependency of a request: what the matrix publishes for it, and where."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    specifier: SpecifierSet
    """The published bounds, `>=minimum` and the maximum."""
    minimum: Version | None = None
    recommended: Version | None = None
    where: str
    """Place in the matrix, `phase-1.yaml:31`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A known issue's narrowing, or a known conflict's.

    Without `releases` it narrows `name` wherever it is in the set; with them, every release of `releases[0]` inside
    `releases[1]` requires `name` within `specifier`, like one more Requires-Dist.
    """

    issue: str = ""
    """The known issue's id; empty for a rule of the known-conflicts table."""
    rule: str = ""
    """The rule in words and its place, where it is no known issue."""
    name: NormalizedName
    specifier: SpecifierSet
    releases: tuple[NormalizedName, SpecifierSet] | None = None
    extras: frozenset[str] = frozenset()
    """With any: the releases require it only where one of these extras of theirs is asked for."""

    @property
    def by(self) -> str:
        """Who says so."""
        return self.rule or f"known issue {self.issue}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SdistPermission:
    """The matrix's word that `name` may come as an sdist on this target, why, and what compiling it needs."""

    name: NormalizedName
    reason: str
    build_packages: tuple[str, ...] = ()
    """Operating system packages of the target's platform."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueNote:
    """A known issue that concerns a target: rendered into headers and the summary."""

    id: str
    title: str
    solution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything one solve may know: one target, its rows in matrix order, and the rules of its matrix."""

    target: Target
    strategy: Strategy
    rows: tuple[Row, ...]
    constraints: tuple[Constraint, ...] = ()
    demands: tuple[Demand, ...] = ()
    """What else the set must hold to beside the rows: somebody's requirements, committed pins."""
    sdists: tuple[SdistPermission, ...] = ()
    buildable: frozenset[str] = frozenset()
    """Other packages that may come as an sdist where no wheel of the release serves, to see what that would bring; "*"
    means all. Of one whose metadata only a build could tell, nothing is demanded."""
    as_of: datetime
    as_of_for: Mapping[NormalizedName, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Cut-offs of single packages, which win over `as_of`."""
    undated: frozenset[str] = frozenset()
    """Patterns of package names whose index is allowed to give no upload times."""


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
    advice: tuple[str, ...] = ()
    """What a person should know although the set closes: an extra that does not exist, a marker nobody can judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsolved:
    """The answer "no": demands of the request that cannot hold together on this target."""

    target: Target
    core: tuple[Demand, ...]
    """Of the request's own demands, known issues among them, a smallest set that cannot hold together."""
    meetings: tuple[Meeting, ...] = ()
    """Where the demands meet: every package that was left without a version, in the order the proof met them."""
    refusals: tuple[Refusal, ...] = ()
    """What was refused there."""
    snapshot: str

    @property
    def steps(self) -> tuple[Link, ...]:
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
    """A cell of the matrix that is a "no" by the table's own word, such as Python 3.7 with FastAPI."""

    target: Target
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFacts:
    """What every header of a phase's files says."""

    phase: str
    title: str
    revision: int
    as_of: datetime
    strategy: Strategy
    command: str
    """The canonical command that makes the files again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One target of a phase with the question, the answer and the known issues that concern the answer."""

    request: Request
    outcome: Outcome
    issues: tuple[IssueNote, ...] = ()


Level = Literal["closed", "fetched", "installed", "smoked"]
"""Grades of proof, each resting on the one before: read, downloaded by a real installer, installed, run."""

LEVELS: tuple[Level, ...] = ("closed", "fetched", "installed", "smoked")
"""The grades, lowest first."""

Verdict = Literal["proved", "failed", "not run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python found on this machine, as it says of itself."""

    path: str
    version: str
    """Full, "3.12.1"."""
    implementation: str
    """As `platform_python_implementation` says it: CPython."""
    platform: str
    """The lockgen platform it runs on, such as linux-x86_64; empty when it is none of the known ones."""
    libc: str
    """Such as "glibc 2.36", "musl 1.2", "macOS 14.5" or "Windows 11"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one level of `verify` found for one target."""

    target: str
    level: Level
    verdict: Verdict
    reason: str = ""
    """Why it failed or was not run, in one line."""
    tail: tuple[str, ...] = ()
    """The tool's own last lines, when it failed."""
    command: str = ""
    """How to repeat what failed."""
    python: str = ""
    """Full version of the interpreter that proved it; empty for what needs none of the target's."""
    libc: str = ""
    installer: str = ""
    """Such as "pip 25.0.1"."""
    notes: tuple[str, ...] = ()
    """What was done, or deliberately left out, in words."""
