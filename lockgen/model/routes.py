"""Which index a package comes from, by alias, and how the alias is written in variables and file names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An extra index, used for the packages routed to it and for nothing else."""

    packages: tuple[str, ...] = ()
    """Normalized names, or patterns over them."""
    undated: bool = False
    """Whether files without an upload time are acceptable from it in spite of `as_of`."""
    unhashed: bool = False
    """Whether files without a sha256 are acceptable from it, and are downloaded to be hashed."""
    places: tuple[str, ...] = ()
    """file:line:column of each of `packages`."""


def routing(indexes: Iterable[Mapping[str, Route]]) -> tuple[tuple[str, str], ...]:
    """Each pattern with its alias, of the indexes of several phases, without `default`."""
    return tuple(
        dict.fromkeys(
            (pattern, alias)
            for routes in indexes
            for alias, route in routes.items()
            if alias != "default"
            for pattern in route.packages
        )
    )


def alias_of(name: str, routes: Iterable[tuple[str, str]]) -> str:
    """The alias of the index that `routes` (pattern, alias) send the name to; empty for the default index."""
    return next((alias for pattern, alias in routes if fnmatchcase(name, pattern)), "")


def lock_of(alias: str) -> str:
    """The file of a set's lines from the index: pip knows one index a run, so there is one lock for each."""
    return f"requirements.{alias}.lock" if alias else "requirements.lock"


def variable_of(alias: str) -> str:
    """The environment variable that holds the address of the index: `LOCKGEN_INDEX_MY_MIRROR` for `my-mirror`."""
    return f"LOCKGEN_INDEX_{alias.upper().replace('-', '_')}"
