"""What servers.yaml declares: the services of the support tables, what preflight checks for them, and their images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerImage:
    """What the image of a phase with this server does beyond holding the set."""

    command: tuple[str, ...] = ()
    """The words of CMD; empty: the Dockerfile has none."""
    ports: tuple[int, ...] = ()
    """EXPOSE."""
    smoke: tuple[str, ...] = ()
    """A command that must succeed while the image is built, after preflight; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A service: a column of the support tables."""

    name: str
    title: str
    """The heading of its column."""
    image: ServerImage = field(default_factory=ServerImage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """A "no" of the support tables."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRule:
    """Everything installed, and the table of known conflicts, can use the installed release of a package."""

    package: NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenReleases:
    """Releases of a package that do not run on some Pythons."""

    versions: SpecifierSet
    python: SpecifierSet
    symptom: str
    """What they do there, as a verb: `crashes`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule:
    """A package that is used where it can run, else a fallback that is always there; a setting asks for either."""

    what: str
    """What is chosen, in words; the heading of its column."""
    setting: str
    """The environment variable: `auto`, the fallback or the package."""
    package: NormalizedName
    fallback: str
    unavailable: Mapping[str, str]
    """Operating system -> why the package cannot be had there."""
    broken: BrokenReleases | None = None
    remedy: str = ""
    """What to do about a broken release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRule:
    """Where the user's code has files of a pattern, one of them must have a certain name."""

    setting: str
    """The environment variable that names the folder; the current one where it is not set."""
    pattern: str
    wanted: str
    remedy: str


CheckRule = AgreementRule | ChoiceRule | FilesRule


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCheck:
    """A check that preflight makes beside its own."""

    name: str
    server: str = ""
    """The server it is for; empty: any, and none."""
    because: str = ""
    """Why it is for that server only."""
    rule: CheckRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """servers.yaml; empty where there is none."""

    rows: tuple[Server, ...] = ()
    """In the order of the columns."""
    setting: str = ""
    """The environment variable that says which server runs."""
    settings: tuple[str, ...] = ()
    """Patterns of environment variables whose names preflight reports."""
    checks: tuple[ServerCheck, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The servers' names."""
        return tuple(row.name for row in self.rows)

    @property
    def choices(self) -> Mapping[str, ChoiceRule]:
        """The checks of a choice, by name: each is a column of the platforms' table."""
        return MappingProxyType({
            check.name: check.rule for check in self.checks if isinstance(check.rule, ChoiceRule)
        })  # fmt: skip

    def image(self, server: str) -> ServerImage:
        """The image of a phase with this server."""
        return next((row.image for row in self.rows if row.name == server), ServerImage())
