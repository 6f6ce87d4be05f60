"""Progress on the terminal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lockgen.resolve.incompatibility import Variable

_PATIENCE = 10.0
"""Seconds until a search reports what it conflicts over, and between such reports."""


class ProgressBar:
    """Progress on stderr, on a terminal only: pages fetched and targets solved."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)
        self._said = time.monotonic()
        """When the search began, or was last reported."""
        self._pages = self._progress.add_task("pages fetched", total=None, visible=False)
        self._targets = self._progress.add_task("targets solved", total=None)

    def fetched(self, come: int, asked: int) -> None:
        """The index calls this."""
        self._progress.update(self._pages, completed=come, total=asked, visible=True)

    def solved(self, done: int, total: int) -> None:
        """The workflow calls this."""
        self._progress.update(self._targets, completed=done, total=total)

    def walked(self, done: int, total: int) -> None:
        """The walk through time calls this."""
        self._progress.update(self._targets, completed=done, total=total, description="days walked")

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
        """Leave the terminal to others."""
        self._progress.stop()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
