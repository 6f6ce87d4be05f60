"""A phase's tables as published: nouns that travel from the matrices to what people read and what guards an image."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRow:
    """A dependency as the table publishes it; absent values are empty."""

    name: NormalizedName
    extras: tuple[str, ...] = ()
    minimum: str
    recommended: str = ""
    maximum: str = ""
    note: str = ""
    purpose: str = ""
    when_required: str = ""
    group: str = ""
    """The optional group; empty for a core row."""
    specifier: str = ""
    """The bounds as one range: `>=0.95.0,<0.100.0`."""
    python: str = ""
    """The Pythons it is for, as a range; empty for all."""
    platforms: tuple[str, ...] = ()
    """Patterns of the platforms it is for; empty for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSupport:
    """A Python or a platform of the support tables. `flask` and `fastapi` are empty for a yes, else the reason."""

    name: str
    flask: str
    fastapi: str
    event_loop: str = ""
    note: str = ""
    remedy: tuple[str, str] = ("", "")
    """What to do about a no, for flask and for fastapi."""
    family: str = ""
    """Of a platform: linux (with glibc), alpine, macos or windows."""
    arch: str = ""
    """Of a platform, as the matrix says it: x86_64, aarch64 or arm64."""
    floor: str = ""
    """Of a platform: the oldest glibc, musl or macOS its images run on; empty on Windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedIssue:
    """A known issue in full."""

    id: str
    title: str
    symptom: str
    cause: str
    solution: str
    note: str
    where: str
    """Pythons, platforms and releases it concerns, in words."""
    constrains: tuple[str, ...]
    is_measured: bool
    """Found by the smoke test rather than published."""
    python: str = ""
    """The Pythons it concerns, as a range; empty for all."""
    platforms: tuple[str, ...] = ()
    """Patterns of the platforms it concerns; empty for all."""
    packages: tuple[tuple[str, str], ...] = ()
    """Releases it concerns: name and range."""
    is_sdist: bool = False
    """Whether it holds only where one of `packages` is built from source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConflict:
    """A row of the known-conflicts table."""

    library: str
    """As the table prints it: `ray[serve] <2.8`."""
    published: str
    workaround: str
    name: str = ""
    extras: tuple[str, ...] = ()
    versions: str = ""
    """The releases it is about, as a range; empty for all."""
    requires: str = ""
    """What they need: `pydantic<2`. Empty: no conflict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A phase's tables as its matrices give them."""

    server: str
    """Which of the servers the phase is about: flask or fastapi."""
    pythons: tuple[PublishedSupport, ...]
    platforms: tuple[PublishedSupport, ...]
    rows: tuple[PublishedRow, ...]
    issues: tuple[PublishedIssue, ...]
    conflicts: tuple[PublishedConflict, ...]
