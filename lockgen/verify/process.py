"""DOOR: starts a process in a group of its own, and ends the whole group whatever happens.

A build, a server or a crash test leaves children behind that hold the output open. So nothing here waits for the output
to end: the process is awaited, its group is ended, and what was written until then is returned.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO

KEPT = 8 * 2**20
"""Bytes kept of each of stdout and stderr, the last ones."""
CANNOT_START = 127
"""The return code of what could not be started, as in shells."""

_GRACE = 2.0  # seconds between the request to end and the end
_SLICE = 0.2  # seconds between two looks at `stop`; on Windows ^C waits that long too
_DRAIN = 1.0  # seconds for output still in the pipes of a process that is gone
_TAIL = 15
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+(?:@[^/\s@]+)*(?=@)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a process ended and what it wrote last.

    `returncode` is negative when a signal ended it (POSIX), and CANNOT_START with the reason on stderr when it never
    began. A process that `timed_out` was ended by lockgen.
    """

    command: tuple[str, ...]
    returncode: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)
    timed_out: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, in time, with 0."""
        return self.returncode == 0 and not self.timed_out

    @property
    def signal(self) -> str:
        """The signal that ended it, such as SIGSEGV; empty when none did."""
        if self.returncode >= 0 or self.timed_out:
            return ""
        try:
            return signal.Signals(-self.returncode).name
        except ValueError:
            return f"signal {-self.returncode}"

    @property
    def ending(self) -> str:
        """How it ended, in words that fit behind its name: `crashed with SIGSEGV`."""
        if self.timed_out:
            return "was still running when its time was over"
        return f"crashed with {self.signal}" if self.signal else f"ended with exit code {self.returncode}"

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines of stdout and then stderr, as a terminal would leave them, without colours or credentials."""
        return tuple(readable(f"{self.stdout}\n{self.stderr}"))[-_TAIL:]


def masked(text: str) -> str:
    """The text without the user names and passwords of the addresses in it."""
    return _USERINFO.sub("****", text)


def readable(text: str) -> Iterator[str]:
    """The lines that are not blank, without escape codes, overwritten progress, and credentials."""
    for line in _ANSI.sub("", text).split("\n"):
        if shown := line.rstrip().rsplit("\r", 1)[-1].rstrip():
            yield masked(shown)


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    timeout: float,
    stdin: bytes = b"",
    stop: threading.Event | None = None,
) -> Done:
    """Run the command with exactly this environment, at most `timeout` seconds, and leave no process of it behind.

    ^C ends the group and travels on. It only ever reaches the main thread, so a caller that runs several at once hands
    every one the same `stop`: once set, the group is ended and KeyboardInterrupt is raised here too.
    """
    command = tuple(command)
    # Started by a thread, because ^C interrupts the main one anywhere: also between the start of a process and the
    # moment it is noted, and then nothing would end it.
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(_started, command, environ, cwd, piped=bool(stdin))
        try:
            if isinstance(error := starting.exception(), OSError):
                reason = f"{command[0]} cannot be started: {error.strerror or error}"
                return Done(command=command, returncode=CANNOT_START, stdout="", stderr=reason)
            pipes = _Pipes(starting.result(), stdin)
            timed_out = not _wait(starting.result(), monotonic() + timeout, stop)
        finally:
            if starting.exception() is None:
                _end(starting.result())
    pipes.drain()
    stdout, stderr = (b"".join(chunks.copy()).decode("utf-8", "replace") for chunks in (pipes.stdout, pipes.stderr))
    code = starting.result().returncode
    return Done(command=command, returncode=code, stdout=stdout, stderr=stderr, timed_out=timed_out)


def _started(
    command: tuple[str, ...], environ: Mapping[str, str], cwd: Path | None, *, piped: bool
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - a list, never a shell
        command,
        env=dict(environ),
        cwd=cwd,
        stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


def _wait(process: subprocess.Popen[bytes], until: float, stop: threading.Event | None) -> bool:
    """Whether the process ended in time. The others of its group are not waited for."""
    while (left := until - monotonic()) > 0:
        if stop is not None and stop.is_set():
            raise KeyboardInterrupt
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(left, _SLICE))
            return True
    return False


class _Pipes:
    """Threads that keep the last KEPT bytes of both outputs, and one that writes the input."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes) -> None:
        self.stdout: deque[bytes] = deque()
        self.stderr: deque[bytes] = deque()
        work = [(_keep, process.stdout, self.stdout), (_keep, process.stderr, self.stderr)]
        # Daemons: a process that left the group can hold a pipe for ever, and lockgen must still be able to exit.
        self._threads = [threading.Thread(target=job, args=args, daemon=True) for job, *args in work]
        if process.stdin:
            self._threads.append(threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
        for thread in self._threads:
            thread.start()

    def drain(self) -> None:
        """Wait, not for long, until all that was written is read."""
        until = monotonic() + _DRAIN
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))


def _keep(stream: IO[bytes], chunks: deque[bytes]) -> None:
    size = 0
    with stream:
        while chunk := os.read(stream.fileno(), 2**16):
            chunks.append(chunk)
            size += len(chunk)
            while size - len(chunks[0]) >= KEPT:
                size -= len(chunks.popleft())


def _feed(stream: IO[bytes], content: bytes) -> None:
    with contextlib.suppress(OSError), stream:  # a process need not read what it is given
        stream.write(content)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the process and its group: with SIGTERM first, then with SIGKILL."""
    try:
        _signal_group(process, kill=False)
        until = monotonic() + _GRACE
        while _is_alive(process) and monotonic() < until:
            sleep(0.01)
    finally:  # an impatient second ^C does not leave it running
        _signal_group(process, kill=True)
        process.wait()


if sys.platform == "win32":

    def _is_alive(process: subprocess.Popen[bytes]) -> bool:
        return process.poll() is None

    def _signal_group(process: subprocess.Popen[bytes], *, kill: bool) -> None:
        if process.poll() is not None:
            return
        if kill:  # a group has no handle of its own there; the tree below the process is what can be named
            ending = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            subprocess.run(ending, capture_output=True, check=False)  # noqa: S603
        else:
            process.send_signal(signal.CTRL_BREAK_EVENT)

else:

    def _is_alive(process: subprocess.Popen[bytes]) -> bool:
        """Whether anything of the group is; the process itself is reaped on the way."""
        process.poll()
        return _signal(process.pid, 0) and not _are_zombies(process.pid)

    def _are_zombies(group: int) -> bool:
        """Whether all of the group is dead and only waits for an init that is slow to reap (Linux; elsewhere False)."""
        states = [state for each in Path("/proc").glob("[0-9]*/stat") if (state := _state(each, group))]
        return bool(states) and not set(states) - {"Z", "X"}

    def _state(stat: Path, group: int) -> str:
        """The state of a process of the group; empty for one of another. Fields as in proc(5), behind the name."""
        try:
            state, _, its_group, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
        except (OSError, ValueError):
            return ""
        return state if its_group == str(group) else ""

    def _signal_group(process: subprocess.Popen[bytes], *, kill: bool) -> None:
        _signal(process.pid, signal.SIGKILL if kill else signal.SIGTERM)

    def _signal(group: int, number: int) -> bool:
        """Whether there was a process to signal. macOS answers EPERM for a group of zombies."""
        try:
            os.killpg(group, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True
