"""A fault-injecting file layer: every change to the disk that a command makes, in order, and what may happen at one.

What counts as a change: a file opened for writing, each write to it, fsync, rename, link, unlink, mkdir, rmdir, the
exchange of two directories, and each statement by which SQLite writes. Python's audit events name most of them
(PEP 578); of writes the half is written before the fault. A command runs in a forked process, for a hook stays for ever.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import io
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

How = Literal["count", "kill", "full", "read-only", "interrupt"]
"""What happens: nothing but counting; SIGKILL; from there on no space; from there on read-only; one ^C."""
HOWS: tuple[How, ...] = ("kill", "full", "read-only", "interrupt")

_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")
_NEED_SPACE = ("open", "write", "os.mkdir", "os.link", "os.symlink", "sqlite3")
_SQL = (
    "INSERT",
    "UPDATE",
    "DELETE",
    "BEGIN",
    "COMMIT",
    "CREATE",
    "DROP",
    "VACUUM",
    "PRAGMA USER_VERSION =",
    "PRAGMA JOURNAL",
)
_ERRNO = {"full": errno.ENOSPC, "read-only": errno.EROFS}


@dataclass
class Faults:
    """The layer, installed into this process for all that happens below `folder`. The fault comes at change `at`."""

    folder: Path
    at: int
    how: How
    seen: list[str] = field(default_factory=list)
    _is_over: bool = False

    def install(self) -> None:
        """From now on, until the process ends."""
        really_open, really_sync = io.open, os.fsync

        def opened(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any) -> Any:
            if isinstance(file, int) or not set(mode) & set("wxa+") or not self._is_mine(file):
                return really_open(file, mode, buffering, *rest, **named)
            raw = _raw(self, file, mode)
            buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            text = {key: named[key] for key in ("encoding", "errors", "newline") if key in named}
            return buffered if "b" in mode else io.TextIOWrapper(buffered, **text)

        def synced(fd: Any) -> None:
            self.step("fsync", Path(f"/proc/self/fd/{fd}").readlink())
            really_sync(fd)

        io.open = builtins.open = opened
        os.fsync = synced
        really_connect: Any = sqlite3.connect
        connect: Any = lambda path, **named: really_connect(path, factory=_connection(self, path), **named)  # noqa: E731
        sqlite3.connect = connect
        sys.addaudithook(self._audit)

    def step(self, what: str, path: Any, partly: Callable[[], object] | None = None) -> None:
        """A change is about to be made; `partly` makes half of it."""
        if self._is_over or not self._is_mine(path):
            return
        self.seen.append(f"{what} {os.fsdecode(path)}")
        now = len(self.seen) - 1
        if self.how == "count" or now < self.at:
            return
        if self.how in _ERRNO:
            if self.how == "read-only" or what in _NEED_SPACE:
                if now == self.at and partly:
                    partly()
                raise _error(self.how, what, path)
        elif now == self.at:
            if partly:
                partly()
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise KeyboardInterrupt

    def end(self) -> None:
        """What follows is no part of the command."""
        self._is_over = True

    def _audit(self, event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = words
            # Files opened by `opened` come with a mode, those of os.open with flags alone.
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) or (mode and set(mode) & set("wxa+")):
                self.step("open", path)
        elif event in _CHANGES:
            self.step(event, words[0])
        elif event == "ctypes.dlsym" and words[1] in ("renameat2", "renamex_np"):
            self.step("exchange", self.folder)

    def _is_mine(self, path: Any) -> bool:
        if isinstance(path, int):
            return False
        with suppress(TypeError, ValueError):
            return Path(os.path.abspath(os.fsdecode(path))).is_relative_to(self.folder)  # noqa: PTH100 - a link is not followed
        return False


def _error(how: How, what: str, path: Any) -> Exception:
    if what == "sqlite3":
        full = sqlite3.OperationalError(
            "database or disk is full" if how == "full" else "attempt to write a readonly database"
        )
        full.sqlite_errorcode = sqlite3.SQLITE_FULL if how == "full" else sqlite3.SQLITE_READONLY
        return full
    return OSError(_ERRNO[how], os.strerror(_ERRNO[how]), os.fsdecode(path))


def _raw(faults: Faults, file: Any, mode: str) -> io.RawIOBase:
    class Raw(io.FileIO):
        def write(self, data: Any) -> int:
            content = bytes(data)
            faults.step("write", file, lambda: io.FileIO.write(self, content[: len(content) // 2]))
            return super().write(content)

    return Raw(file, mode.replace("b", "").replace("t", ""))


def _connection(faults: Faults, path: str) -> type[sqlite3.Connection]:
    class Connection(sqlite3.Connection):
        def execute(self, statement: str, *rest: Any) -> sqlite3.Cursor:
            if statement.lstrip().upper().startswith(_SQL):
                faults.step("sqlite3", path)
            return super().execute(statement, *rest)

    return Connection


@dataclass(frozen=True)
class Ended:
    """How a command in a process of its own ended; `code` is negative for a signal."""

    code: int
    said: str
    changes: tuple[str, ...] = ()


def run_with(faults: Faults, command: Callable[[], None], log: Path) -> Ended:
    """The command in a forked process under the layer. What it says and the changes it made are read from `log`."""
    assert ctypes.CDLL is not None
    if not (child := os.fork()):
        code = 99
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            faults.install()
            command()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        except BaseException as error:  # noqa: BLE001 - what no command may let out
            sys.stderr.write(f"UNCAUGHT {error!r}\n")
        finally:
            faults.end()
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            with suppress(OSError):
                Path(f"{log}.changes").write_text("\n".join(faults.seen))
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    changes = Path(f"{log}.changes")
    seen = tuple(changes.read_text().splitlines()) if changes.exists() else ()
    changes.unlink(missing_ok=True)
    return Ended(os.waitstatus_to_exitcode(status), log.read_text(), seen)
