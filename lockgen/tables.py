"""A phase's tables as published: nouns that travel from the matrices to the document people read."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSupport:
    """A Python or a platform of the support tables. `flask` and `fastapi` are empty for a yes, else the reason."""

    name: str
    flask: str
    fastapi: str
    event_loop: str = ""
    note: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConflict:
    """A row of the known-conflicts table."""

    library: str
    published: str
    workaround: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A phase's tables as its matrices give them, for the document that people read."""

    pythons: tuple[PublishedSupport, ...]
    platforms: tuple[PublishedSupport, ...]
    rows: tuple[PublishedRow, ...]
    issues: tuple[PublishedIssue, ...]
    conflicts: tuple[PublishedConflict, ...]
