"""Progress on the terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lockgen.cli.printing import say
from lockgen.resolve.incompatibility import Variable

_SLOW = 5.0
"""Seconds until work at a pipe says that it goes on."""
_PATIENCE = 10.0
"""Seconds until a search reports what it conflicts over, and between such reports."""


class ProgressBar:
    """Progress on stderr: a bar on a terminal, at a pipe a line at both ends of what takes long."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        console = Console(stderr=True)
        # Not console.is_terminal: FORCE_COLOR makes that true of a log, in which nothing can be drawn over.
        is_drawn = not quiet and sys.stderr.isatty()
        columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not is_drawn)
        self._said = time.monotonic()
        """When the search began, or was last reported."""
        self._pages = self._progress.add_task("pages fetched", total=None, visible=False)
        self._targets = self._progress.add_task("targets solved", total=None)
        self._rest = self._progress.add_task("working on the answers", total=None, visible=False)
        self._what, self._counts = "asking the index", ""
        self._begun = time.monotonic()
        self._timer = None if quiet or is_drawn else threading.Timer(_SLOW, self._say_slow)
        self._is_slow = False

    def fetched(self, come: int, asked: int) -> None:
        """The index calls this."""
        self._what, self._counts = "pages fetched", f" {come} of {asked}"
        self._progress.update(self._pages, completed=come, total=asked, visible=True)

    def solved(self, done: int, total: int) -> None:
        """The workflow calls this."""
        self._count("targets solved", done, total)

    def walked(self, done: int, total: int) -> None:
        """The walk through time calls this."""
        self._count("days walked", done, total)

    def _count(self, what: str, done: int, total: int) -> None:
        is_full = done >= total
        self._what, self._counts = ("working on the answers", "") if is_full else (what, f" {done} of {total}")
        # A full bar would say that all is done while the answers are still compared or written.
        self._progress.update(self._targets, completed=done, total=total, description=what, visible=not is_full)
        self._progress.update(self._rest, visible=is_full)

    def _say_slow(self) -> None:
        """One line at a pipe, where no bar is drawn, once the work takes long."""
        self._is_slow = True
        say(f"after {_SLOW:.0f} s: {self._what}{self._counts}")

    def fighting(self, variables: Sequence[Variable]) -> None:
        """The solver calls this: a search begins (no variables), or has met a conflict. Shown once it takes long."""
        now = time.monotonic()
        if not variables:
            self._said = now
        elif not self.quiet and now - self._said > _PATIENCE:
            self._said = now
            names = ", ".join(dict.fromkeys(str(each.name) for each in variables))
            self._progress.console.print(f"still searching: {names} cannot be had together", highlight=False)

    def stop(self) -> None:
        """Leave the terminal to others; at a pipe one line more, where there was one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            if self._is_slow:
                say(f"after {time.monotonic() - self._begun:.0f} s: done")
        self._progress.stop()

    def __enter__(self) -> Self:
        self._progress.start()
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
