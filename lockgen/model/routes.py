"""Which index a package comes from, by alias, and how the alias is written in variables and file names."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def alias_of(name: str, routes: Iterable[tuple[str, str]]) -> str:
    """The alias of the index that `routes` (pattern, alias) send the name to; empty for the default index."""
    return next((alias for pattern, alias in routes if fnmatchcase(name, pattern)), "")


def lock_of(alias: str) -> str:
    """The file of a set's lines from the index: pip knows one index a run, so there is one lock for each."""
    return f"requirements.{alias}.lock" if alias else "requirements.lock"


def variable_of(alias: str) -> str:
    """The environment variable that holds the address of the index: `LOCKGEN_INDEX_MY_MIRROR` for `my-mirror`."""
    return f"LOCKGEN_INDEX_{alias.upper().replace('-', '_')}"
