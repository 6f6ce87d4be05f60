"""What the cache holds, entry by entry, and the digest by which one that was damaged is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

SCHEMA = 2
"""Raised when the tables, a stored text or the reading of metadata changes; another number means a new start.

It is part of the file's name, so that other versions of lockgen keep theirs."""
FILE_NAME = f"index-{SCHEMA}.sqlite3"

TABLES = """
CREATE TABLE page (
    site TEXT, name TEXT, fetched_at TEXT NOT NULL, etag TEXT NOT NULL, listing BLOB, links BLOB,
    stamp_sum BLOB NOT NULL, listing_sum BLOB, links_sum BLOB,
    PRIMARY KEY (site, name)
);
CREATE TABLE line (
    site TEXT, kind TEXT, file TEXT, line TEXT NOT NULL, sum BLOB NOT NULL, PRIMARY KEY (site, kind, file)
) WITHOUT ROWID;
"""

LineKind = Literal["metadata", "build", "hash"]
"""What a line is about: a file's metadata, an sdist's build requirements, the sha256 of a file listed without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """When a page was fetched, and the ETag it came with (empty: none)."""

    fetched_at: datetime
    etag: str
    absent: bool = False
    """Whether the index has no such project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What the cache holds. `path` is None for a cache in memory; `size` is in bytes on disk."""

    path: Path | None
    reason: str | None
    pages: int
    metadata: int
    build_requires: int
    size: int


def entry_sum(*values: object) -> bytes:
    """The digest of an entry under its key, so that neither can change without the other."""
    digest = sha256()
    for value in values:
        digest.update(value if isinstance(value, bytes) else f"{value}\0".encode("utf-8", "replace"))
    return digest.digest()
