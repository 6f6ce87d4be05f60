"""What was proved about a set, and on which interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["closed", "fetched", "installed", "smoked"]
"""Grades of proof, each resting on the one before: read, downloaded by a real installer, installed, run."""

LEVELS: tuple[Level, ...] = ("closed", "fetched", "installed", "smoked")
"""The grades, lowest first."""

Verdict = Literal["proved", "failed", "not run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python found on this machine, as it says of itself."""

    path: str
    version: str
    """Full, "3.12.1"."""
    implementation: str
    """As `platform_python_implementation` says it: CPython."""
    platform: str
    """The lockgen platform it runs on, such as linux-x86_64; empty when it is none of the known ones."""
    libc: str
    """Such as "glibc 2.36", "musl 1.2", "macOS 14.5" or "Windows 11"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one level of `verify` found for one target."""

    target: str
    level: Level
    verdict: Verdict
    reason: str = ""
    """Why it failed or was not run, in one line."""
    tail: tuple[str, ...] = ()
    """The tool's own last lines, when it failed."""
    command: str = ""
    """How to repeat what failed."""
    python: str = ""
    """Full version of the interpreter that proved it; empty for what needs none of the target's."""
    libc: str = ""
    installer: str = ""
    """Such as "pip 25.0.1"."""
    notes: tuple[str, ...] = ()
    """What was done, or deliberately left out, in words."""
