"""What other people's projects ask for, read from their own files. All frozen, like the records of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRequirement:
    """One requirement that an index can answer, as its owner wrote it."""

    name: NormalizedName
    extras: frozenset[str] = frozenset()
    """Normalized (PEP 685)."""
    specifier: SpecifierSet
    marker: Marker | None = None
    """Not evaluated here: whether the requirement applies depends on the target."""
    where: str
    """Place in the owner's file, `requirements.txt:12`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconsidered:
    """What stands in the owner's file and takes no part in a resolution, and why."""

    where: str
    text: str
    """As written, variables not replaced and logins masked."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """Requirements beside the project's own that are asked for by name: an extra, or a dependency group (PEP 735)."""

    kind: Literal["extra", "group"]
    name: NormalizedName
    requirements: tuple[UserRequirement, ...]
    unconsidered: tuple[Unconsidered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRequirements:
    """Everything a project asks for."""

    requirements: tuple[UserRequirement, ...] = ()
    """In the order of the files; one name may stand there more than once."""
    constraints: tuple[UserRequirement, ...] = ()
    """They bind the versions of what is in the set, and bring nothing into it. Without extras."""
    unconsidered: tuple[Unconsidered, ...] = ()
    requires_python: SpecifierSet | None = None
    classifiers: tuple[str, ...] = ()
    """Trove classifiers of the project, which may say for which Pythons and systems it is."""
    groups: tuple[UserGroup, ...] = ()
    """The extras and dependency groups that are not among the requirements."""
    overrides: tuple[UserRequirement, ...] = ()
    """What stands in place of releases' own demands (uv's override-dependencies)."""
    prereleases: bool = False
    """The project says that pre-releases may serve, for every package."""
