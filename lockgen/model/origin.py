"""Who demands something: the places a demand can come from, each with the text by which people know it."""

from __future__ import annotations

from dataclasses import dataclass, field

from packaging.utils import NormalizedName
from packaging.version import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOrigin:
    """A row of the matrix."""

    where: str
    """Place of the row: `phase-1.yaml:31`."""

    def __str__(self) -> str:
        return self.where


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrigin:
    """A release, which demands it by its Requires-Dist."""

    name: NormalizedName
    extra: str = ""
    """The extra it comes with; empty: it comes with every installation."""
    version: Version

    @property
    def package(self) -> str:
        """The package without the version: `celery[redis]`."""
        return f"{self.name}[{self.extra}]" if self.extra else self.name

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueOrigin:
    """A known issue of the matrix."""

    id: str
    beside: ReleaseOrigin | None = field(default=None, compare=False)
    """The release beside which it demands; None: it narrows the package wherever that is in the set."""

    def __str__(self) -> str:
        return f"known issue {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOrigin:
    """A rule of the known-conflicts table."""

    where: str
    """Place of the rule: `issues.yaml:124`."""
    published: str
    """The table's own words for what it needs."""
    sentence: str = field(default="", compare=False)
    """The rule as what it is, with its workaround: `pandas <2.2 works with numpy<2 only (...): ...`."""
    beside: ReleaseOrigin | None = field(default=None, compare=False)
    """The release about which the rule is."""

    def __str__(self) -> str:
        return f"{self.where} ({self.published})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintOrigin:
    """A constraint of the matrix."""

    where: str
    """Place of the line: `phase-1.yaml:31`, `constraints.txt:4`."""

    def __str__(self) -> str:
        return f"constraint {self.where}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideOrigin:
    """A release whose own demand on the package an override of the matrix replaces."""

    where: str
    """Place of the override: `phase-1.yaml:31`."""
    beside: ReleaseOrigin

    @property
    def package(self) -> str:
        """The release's package, without the version, with the override."""
        return f"{self.beside.package} (override {self.where})"

    def __str__(self) -> str:
        return f"{self.beside} (override {self.where})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementOrigin:
    """A line of somebody's requirements or constraints."""

    where: str
    """Place of the line: `requirements.txt:12`."""

    def __str__(self) -> str:
        return self.where


@dataclass(frozen=True, slots=True, kw_only=True)
class PinOrigin:
    """A pin of a committed set."""

    file: str = "constraints.txt"

    def __str__(self) -> str:
        return self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOrigin:
    """A pin of a set that the set in question extends."""

    set: str
    where: str = ""
    """Place of the row behind the pin; empty for a transitive one."""

    def __str__(self) -> str:
        return f"the pin of {self.set} ({self.where})" if self.where else f"the pin of {self.set}"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionOrigin:
    """A question of lockgen's own: whether a set could hold this or that."""

    text: str

    def __str__(self) -> str:
        return self.text


Origin = (
    RowOrigin
    | ReleaseOrigin
    | IssueOrigin
    | RuleOrigin
    | ConstraintOrigin
    | OverrideOrigin
    | RequirementOrigin
    | PinOrigin
    | LayerOrigin
    | QuestionOrigin
)


def release_of(origin: Origin) -> ReleaseOrigin | None:
    """The release a demand comes with. None: the request itself makes it."""
    if isinstance(origin, ReleaseOrigin):
        return origin
    return origin.beside if isinstance(origin, IssueOrigin | RuleOrigin | OverrideOrigin) else None
