"""How a process ended and what it wrote, in words that fit a report: without colours and credentials."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field

CANNOT_START = 127
"""The return code of what could not be started, as in shells."""

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
