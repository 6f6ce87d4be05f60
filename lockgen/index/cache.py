"""DOOR to SQLite: pages, metadata and build requirements that were fetched once, shared by all processes of a user.

Losing it costs requests, never correctness, so it never stops a run: a damaged file is moved aside and made again, and
where no file can be made (a read-only home in CI) the cache is kept in memory, with the reason in `reason`. Each entry
carries its digest, checked on reading: SQLite does not notice a changed byte inside a value, and a lock would have it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from lockgen.index.cache_entries import SCHEMA, TABLES, CacheInfo, LineKind, Stamp, entry_sum
from lockgen.index.closing import Closing
from lockgen.index.pages import PageTexts

_BUSY_SECONDS = 30.0


class Cache(Closing):
    """The cache in the file `path`, or in memory for None. One instance serves all threads of its process.

    `reason` is why the cache is not in the file it should be in; None while it is. Close it, or use `with`.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.reason: str | None = None
        self.damaged = 0
        """Entries that were not what was stored, and are forgotten."""
        self._lock = threading.RLock()
        self._db = self._open()

    def stamp(self, site: str, name: str) -> Stamp | None:
        """When the page of a project of an index (`addresses.index_key`) was fetched; None: never."""
        query = "SELECT fetched_at, etag, listing IS NULL, stamp_sum FROM page WHERE site = ? AND name = ?"
        for fetched_at, etag, absent, found in self._select(query, site, name):
            if found == entry_sum(site, name, fetched_at, etag, bool(absent)):
                return Stamp(fetched_at=datetime.fromisoformat(fetched_at), etag=etag, absent=bool(absent))
            self._drop_page(site, name)
        return None

    def listing(self, site: str, name: str) -> str | None:
        """The stored listing; None when nothing is stored, or only that there is no such project."""
        return self._page_text("listing", site, name)

    def links(self, site: str, name: str) -> str | None:
        """The stored addresses of a listing's files."""
        return self._page_text("links", site, name)

    def put_page(self, site: str, name: str, texts: PageTexts | None, *, stamp: Stamp) -> None:
        """Stores a page; None for `texts` means that the index has no such project."""
        bodies = [text.encode() for text in texts] if texts else [None, None]
        sums = [None if body is None else entry_sum(site, name, body) for body in bodies]
        fetched_at = stamp.fetched_at.isoformat()
        row = (
            site,
            name,
            fetched_at,
            stamp.etag,
            *bodies,
            entry_sum(site, name, fetched_at, stamp.etag, not texts),
            *sums,
        )
        self._execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)

    def touch_page(self, site: str, name: str, fetched_at: datetime) -> None:
        """Stores that the page was found unchanged at this time."""
        if (stamp := self.stamp(site, name)) is not None:
            moment = fetched_at.isoformat()
            new = entry_sum(site, name, moment, stamp.etag, stamp.absent)
            statement = "UPDATE page SET fetched_at = ?, stamp_sum = ? WHERE site = ? AND name = ?"
            self._execute(statement, moment, new, site, name)

    def line(self, site: str, kind: LineKind, file: str) -> str | None:
        """The line of a file (a sha256, or what else identifies it) that an index lists."""
        query = "SELECT line, sum FROM line WHERE site = ? AND kind = ? AND file = ?"
        for line, found in self._select(query, site, kind, file):
            if found == entry_sum(site, kind, file, line):
                return str(line)
            self.damaged += 1
            self._execute("DELETE FROM line WHERE site = ? AND kind = ? AND file = ?", site, kind, file)
        return None

    def put_line(self, site: str, kind: LineKind, file: str, line: str) -> None:
        """Stores a line for a file of an index. What one index says of a file never answers for another index."""
        row = (site, kind, file, line, entry_sum(site, kind, file, line))
        self._execute("INSERT OR REPLACE INTO line VALUES (?, ?, ?, ?, ?)", *row)

    def info(self) -> CacheInfo:
        """What is stored, and where."""
        query = (
            "SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM line WHERE kind = 'metadata'),"
            " (SELECT count(*) FROM line WHERE kind = 'build')"
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
        for table in ("page", "line"):
            self._execute(f"DELETE FROM {table}")  # noqa: S608 - two constants
        self._execute("VACUUM")
        return info

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._db.close()

    def _page_text(self, column: Literal["listing", "links"], site: str, name: str) -> str | None:
        query = f"SELECT {column}, {column}_sum FROM page WHERE site = ? AND name = ?"  # noqa: S608 - two constants
        for body, found in self._select(query, site, name):
            if body is None and found is None:
                return None
            if isinstance(body, bytes) and found == entry_sum(site, name, body):
                return body.decode("ascii", "replace")
            self._drop_page(site, name)
        return None

    def _drop_page(self, site: str, name: str) -> None:
        self.damaged += 1
        self._execute("DELETE FROM page WHERE site = ? AND name = ?", site, name)

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
        # A text that is no UTF-8 any more is a wrong text for the digest to find, not an error of its own.
        db.text_factory = _decoded
        db.execute("PRAGMA synchronous = NORMAL")
        if _schema(db) != SCHEMA:
            _make(db)
    except BaseException:
        db.close()
        raise
    return db


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _make(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have made the tables while this one waited for its turn.
        if _schema(db) != SCHEMA:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                db.execute(f'DROP TABLE "{table}"')
            for statement in TABLES.strip().split(";\n"):
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
