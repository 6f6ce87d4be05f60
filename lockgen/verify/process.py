"""DOOR: starts a process, and ends it with all that it started, whatever happens.

A build, a server or a crash test leaves children behind that hold the output open. So nothing here waits for the output
to end: the process is awaited, what it left is ended, and what was written until then is returned.

On Linux a supervisor between lockgen and the process ends also what left the process group (see supervisor.py), and
ends everything when lockgen itself is killed. Elsewhere the process group is all that can be named.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

from lockgen.verify.done import CANNOT_START, Done
from lockgen.verify.pipes import Pipes

_GRACE = 2.0  # seconds between the request to end and the end
_SUPERVISED = 10.0  # seconds a supervisor may take to end everything
_SLICE = 0.2  # seconds between two looks at `stop`; on Windows ^C waits that long too
_SUPERVISOR = Path(__file__).with_name("supervisor.py")


def run(  # noqa: PLR0913 - each keyword is one of what a process is started with
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path | None = None,
    timeout: float,
    stdin: bytes = b"",
    stop: threading.Event | None = None,
    supervised: bool = True,
) -> Done:
    """Run the command with exactly this environment, at most `timeout` seconds, and leave no process of it behind.

    ^C ends the group and travels on. It only ever reaches the main thread, so a caller that runs several at once hands
    every one the same `stop`: once set, the group is ended and KeyboardInterrupt is raised here too. A command that is
    not `supervised` may leave what has left its process group.
    """
    command = tuple(command)
    start: _Starter = _started_supervised if supervised and sys.platform == "linux" else _started
    # Started by a thread, because ^C interrupts the main one anywhere: also between the start of a process and the
    # moment it is noted, and then nothing would end it.
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start, command, environ, cwd, piped=bool(stdin))
        try:
            if isinstance(error := starting.exception(), OSError):
                reason = f"{command[0]} cannot be started: {error.strerror or error}"
                return Done(command=command, returncode=CANNOT_START, stdout="", stderr=reason)
            running = starting.result()
            pipes = Pipes(running.process, stdin)
            timed_out = not _wait(running.process, monotonic() + timeout, stop) and not running.is_over
        finally:
            if starting.exception() is None:
                starting.result().end()
    pipes.drain()
    stdout, stderr = (b"".join(chunks.copy()).decode("utf-8", "replace") for chunks in (pipes.stdout, pipes.stderr))
    return Done(command=command, returncode=running.returncode, stdout=stdout, stderr=stderr, timed_out=timed_out)


@dataclass(slots=True)
class _Group:
    """A process in a group of its own."""

    process: subprocess.Popen[bytes]

    @property
    def returncode(self) -> int:
        return self.process.returncode

    @property
    def is_over(self) -> bool:
        """Whether the process has ended, though maybe not all that it started."""
        return self.process.poll() is not None

    def end(self) -> None:
        """End whatever is left of the process and its group: with SIGTERM first, then with SIGKILL."""
        try:
            _signal_group(self.process, kill=False)
            until = monotonic() + _GRACE
            while _is_alive(self.process) and monotonic() < until:
                sleep(0.01)
        finally:  # an impatient second ^C does not leave it running
            _signal_group(self.process, kill=True)
            self.process.wait()


@dataclass(slots=True)
class _Supervised:
    """A supervisor, the write end of its lifeline and the read end of its report."""

    process: subprocess.Popen[bytes]
    lifeline: int
    report: int
    returncode: int = -9

    @property
    def is_over(self) -> bool:
        """Whether the command has ended, though maybe not all that it started."""
        return bool(select.select([self.report], [], [], 0)[0])

    def end(self) -> None:
        """Let the supervisor end what is left, and it with its command where it does not: what it ran may stop it."""
        os.close(self.lifeline)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_SUPERVISED)
        finally:
            self.process.kill()
            self.process.wait()
            with os.fdopen(self.report, "rb") as report:
                words = report.read().split()
            if words[:1] == [b"ended"]:
                self.returncode = int(words[1])
            else:  # nobody saw how the command ended, nor whether it did
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGKILL)


class _Starter(Protocol):
    def __call__(
        self, command: tuple[str, ...], environ: Mapping[str, str], cwd: Path | None, *, piped: bool
    ) -> _Group | _Supervised: ...


def _started(command: Sequence[str], environ: Mapping[str, str], cwd: Path | None, *, piped: bool) -> _Group:
    return _Group(_popen(command, environ, cwd, piped=piped))


def _started_supervised(
    command: tuple[str, ...], environ: Mapping[str, str], cwd: Path | None, *, piped: bool
) -> _Supervised:
    """The supervisor with the command started by it. OSError, as from Popen, where that cannot be started."""
    (held, lifeline), (report, reporting) = os.pipe(), os.pipe()
    words = [sys.executable, "-I", "-S", str(_SUPERVISOR), str(held), str(reporting), *command]
    try:
        process = _popen(words, environ, cwd, piped=piped, kept=(held, reporting))
    except BaseException:
        os.close(lifeline)
        os.close(report)
        raise
    finally:
        os.close(held)
        os.close(reporting)
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(report, 1)):
        line += byte
    what, _, number = line.partition(b" ")
    running = _Supervised(process, lifeline, report)
    if what != b"failed":
        return running
    running.end()
    for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
        pipe.close()
    raise OSError(int(number), os.strerror(int(number)))


def _popen(
    command: Sequence[str], environ: Mapping[str, str], cwd: Path | None, *, piped: bool, kept: tuple[int, ...] = ()
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
        pass_fds=kept,
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
