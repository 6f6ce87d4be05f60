"""Why a package has the version it has on a target, as the resolver found out and the report tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile
from lockgen.model.refusal import RefusalKind
from lockgen.model.result import Unsolved
from lockgen.model.target import Target

ObstacleKind = (
    RefusalKind
    | Literal[
        "demand",  # outside what the set demands
        "issue",  # outside what a known issue leaves, and nothing else
        "pre-release",  # which nothing in the set asks for
        "collision",  # requires what the packages settled before it do not have
        "conflict",  # no set holds it: a search proved that
        "preference",  # a set with it was found, and the strategy prefers another version
        "untried",  # nothing excludes it on sight; whether a set holds it was not tried
    ]
)
"""What keeps a version out of a set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    """Versions that the set does not have for one and the same reason."""

    versions: tuple[Version, ...]
    """Oldest first. No version of another run lies between them, pre-releases that nothing asks for aside."""
    uploaded: datetime | None
    """When the newest of them was first uploaded; None when the index does not say."""
    kind: ObstacleKind
    reason: str
    """In words; where it names a release of the package, the newest of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The version a row's strategy goes for first."""

    version: Version
    word: Literal["recommended", "minimum", "oldest", "newest"]
    """What makes it the one."""
    because: str = ""
    """Why the set has another one; empty when it has this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One package on one target: what the set has and why, or why the set does not have it."""

    target: Target
    name: NormalizedName
    version: Version | None = None
    """None: the package is not in the set, or there is no set."""
    uploaded: datetime | None = None
    """When the release was first uploaded, when the index says so."""
    files: tuple[DistFile, ...] = ()
    """The files the target may use, best first."""
    chains: tuple[tuple[Demand, ...], ...] = ()
    """Who asks for it: for each demand the shortest way to it, from a demand of the request down."""
    issues: tuple[Demand, ...] = ()
    """What else of the matrix narrows it; where a known issue does so beside a release, `release` says which."""
    wanted: Wanted | None = None
    """None: no row of the matrix names the package, or its row names a range that holds no release."""
    newer: tuple[VersionRange, ...] = ()
    """Every newer version the index lists, nearest first."""
    asked: VersionRange | None = None
    """The one version that was asked about instead, where it is not the one in the set."""
    unsolved: Unsolved | None = None
    """Why there is no set."""
    unused: tuple[str, ...] = ()
    """What could have asked for a package that is not in the set, and when it would."""
    near: tuple[str, ...] = ()
    """Packages of the set whose names are like that of one that is not in it, nearest first."""
