"""DOOR to SQLite: pages, metadata and build requirements that were fetched once, shared by all processes of a user.

Losing it costs requests, never correctness, so it never stops a run: a damaged file is moved aside and made again, and
where no file can be made (a read-only home in CI) the cache is kept in memory, with the reason in `reason`.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lockgen.index.pages import PageTexts

SCHEMA = 1
"""Raised when the tables, a stored text or the reading of metadata changes; another number means a new start."""

_BUSY_SECONDS = 30.0
_TABLES = """
CREATE TABLE page (
    site TEXT, name TEXT, fetched_at TEXT NOT NULL, etag TEXT NOT NULL, listing BLOB, links BLOB,
    PRIMARY KEY (site, name)
);
CREATE TABLE metadata (sha256 TEXT PRIMARY KEY, line TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE build_requires (sha256 TEXT PRIMARY KEY, line TEXT NOT NULL) WITHOUT ROWID;
"""


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


class Cache:
    """The cache in the file `path`, or in memory for None. One instance serves all threads of its process.

    `reason` is why the cache is not in the file it should be in; None while it is. Close it, or use `with`.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.reason: str | None = None
        self._lock = threading.RLock()
        self._db = self._open()

    def stamp(self, site: str, name: str) -> Stamp | None:
        """When the page of a project of an index (`addresses.index_key`) was fetched; None: never."""
        query = "SELECT fetched_at, etag, listing IS NULL FROM page WHERE site = ? AND name = ?"
        for fetched_at, etag, absent in self._select(query, site, name):
            return Stamp(fetched_at=datetime.fromisoformat(fetched_at), etag=etag, absent=bool(absent))
        return None

    def listing(self, site: str, name: str) -> str | None:
        """The stored listing; None when nothing is stored, or only that there is no such project."""
        return self._text("SELECT listing FROM page WHERE site = ? AND name = ?", site, name)

    def links(self, site: str, name: str) -> str | None:
        """The stored addresses of a listing's files."""
        return self._text("SELECT links FROM page WHERE site = ? AND name = ?", site, name)

    def put_page(self, site: str, name: str, texts: PageTexts | None, *, stamp: Stamp) -> None:
        """Stores a page; None for `texts` means that the index has no such project."""
        listing, links = (text.encode() for text in texts) if texts else (None, None)
        row = (site, name, stamp.fetched_at.isoformat(), stamp.etag, listing, links)
        self._execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?)", *row)

    def touch_page(self, site: str, name: str, fetched_at: datetime) -> None:
        """Stores that the page was found unchanged at this time."""
        self._execute("UPDATE page SET fetched_at = ? WHERE site = ? AND name = ?", fetched_at.isoformat(), site, name)

    def metadata(self, sha256: str) -> str | None:
        """The stored line of the file with this digest."""
        return self._text("SELECT line FROM metadata WHERE sha256 = ?", sha256)

    def put_metadata(self, sha256: str, line: str) -> None:
        """Stores a line for the file with this digest; content never changes, so it stays."""
        self._execute("INSERT OR REPLACE INTO metadata VALUES (?, ?)", sha256, line)

    def build_requires(self, sha256: str) -> str | None:
        """The stored line of the sdist with this digest."""
        return self._text("SELECT line FROM build_requires WHERE sha256 = ?", sha256)

    def put_build_requires(self, sha256: str, line: str) -> None:
        """Stores a line for the sdist with this digest."""
        self._execute("INSERT OR REPLACE INTO build_requires VALUES (?, ?)", sha256, line)

    def info(self) -> CacheInfo:
        """What is stored, and where."""
        query = (
            "SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM metadata), (SELECT count(*) FROM build_requires)"
        )
        pages, metadata, build_requires = (self._select(query) or [(0, 0, 0)])[0]
        path = None if self.reason else self.path
        return CacheInfo(
            path=path,
            reason=self.reason,
            pages=pages,
            metadata=metadata,
            build_requires=build_requires,
            size=sum(part.stat().st_size for part in _parts(path) if part.exists()),
        )

    def clear(self) -> CacheInfo:
        """Forgets everything; answers what there was."""
        info = self.info()
        for table in ("page", "metadata", "build_requires"):
            self._execute(f"DELETE FROM {table}")  # noqa: S608 - three constants
        self._execute("VACUUM")
        return info

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _text(self, query: str, *values: str) -> str | None:
        rows = self._select(query, *values)
        value = rows[0][0] if rows else None
        return value.decode("ascii", "replace") if isinstance(value, bytes) else value

    def _select(self, query: str, *values: str) -> list[Sequence[Any]]:
        with self._lock:
            try:
                return self._db.execute(query, values).fetchall()
            except sqlite3.Error as error:
                self._recover(error)
                return []

    def _execute(self, statement: str, *values: object) -> None:
        with self._lock:
            try:
                self._db.execute(statement, values)
            except sqlite3.Error as error:
                self._recover(error)

    def _recover(self, error: sqlite3.Error) -> None:
        """A file damaged under way is replaced; a disk that is full or a lock held too long only loses this entry."""
        if self.path is not None and self.reason is None and _is_damage(error):
            self._db.close()
            _move_aside(self.path)
            self._db = self._open()
        else:
            self.reason = self.reason or f"the cache cannot be written: {error}"

    def _open(self) -> sqlite3.Connection:
        if self.path is None:
            return _connect(":memory:")
        for last in (False, True):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                return _connect(str(self.path))
            except (OSError, sqlite3.Error) as error:
                if last or not (isinstance(error, sqlite3.Error) and _is_damage(error) and _move_aside(self.path)):
                    self.reason = f"the cache is kept in memory, for its file cannot be used: {error}"
                    break
        return _connect(":memory:")


def _connect(database: str) -> sqlite3.Connection:
    # Every statement stands alone and commits itself; threads take turns under the cache's lock.
    db = sqlite3.connect(database, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        # Readers then never wait for writers. Another process may just be switching; either mode works.
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        if _schema(db) != SCHEMA:
            _make(db)
    except BaseException:
        db.close()
        raise
    return db


def _make(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made the tables while this one waited for its turn.
        if _schema(db) != SCHEMA:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                db.execute(f'DROP TABLE "{table}"')
            for statement in _TABLES.strip().split(";\n"):
                db.execute(statement.rstrip(";"))
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _schema(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _is_damage(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _move_aside(path: Path) -> bool:
    try:
        for part in _parts(path):
            if part.exists():
                part.replace(part.with_name(f"{part.name}.damaged"))
    except OSError:
        return False
    return True


def _parts(path: Path | None) -> Iterator[Path]:
    if path is not None:
        yield from (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
