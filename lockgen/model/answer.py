"""What a command answers, in the one shape that every command prints: verdict, what deviates, what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal[
    "good",  # as wanted
    "notable",  # worth a look, and no failure
    "bad",  # the answer is no
    "plain",  # neither
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that is not as wanted: its name, and on the lines below it the reasons."""

    name: str
    reasons: tuple[str, ...] = ()
    """A line that begins with spaces keeps them: it stands below the one before it."""
    state: State = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Points that belong together, or a table, below a title."""

    title: str = ""
    head: tuple[str, ...] = ()
    """The names of the columns; empty for a table that needs none."""
    rows: tuple[tuple[str, ...], ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The whole of it. Nothing in it is escaped: that is done where it is printed."""

    state: State
    verdict: str
    """The first line, with counts."""
    sections: tuple[Section, ...] = ()
    notes: tuple[str, ...] = ()
    """What holds of the answer as a whole."""
    help: str = ""
    """How to mend what deviates: words, or the command to type."""
    next: str = ""
    """The command to type next."""
