"""What a process writes, kept in bounded memory, and what it is given to read."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from time import monotonic
from typing import IO, Protocol

KEPT = 8 * 2**20
"""Bytes kept of each of stdout and stderr, the last ones."""

_DRAIN = 1.0  # seconds for output still in the pipes of a process that is gone


class ProcessPipes(Protocol):
    """A process with pipes to it."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None


class Pipes:
    """Threads that keep the last KEPT bytes of both outputs, and one that writes the input."""

    def __init__(self, process: ProcessPipes, stdin: bytes) -> None:
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
