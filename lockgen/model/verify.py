"""What was proved about a set, and on which interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from lockgen.model.implementation import Kind, Python

Level = Literal["closed", "fetched", "installed", "smoked"]
"""Grades of proof, each resting on the one before: read, downloaded by a real installer, installed, run."""

LEVELS: tuple[Level, ...] = ("closed", "fetched", "installed", "smoked")
"""The grades, lowest first."""

Verdict = Literal["proved", "failed", "not run"]

CHECKS: Mapping[Level, tuple[str, ...]] = MappingProxyType(
    {
        "closed": (),
        "fetched": ("hashes",),
        "installed": ("hashes", "imports", "pip check", "RECORD"),
        "smoked": ("smoke script",),
    }
)
"""What each level checks beyond the one before, as its records name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python found on this machine, as it says of itself."""

    path: str
    version: str
    """Full, "3.12.1"."""
    implementation: str
    """As `platform_python_implementation` says it: CPython, PyPy."""
    platform: str
    """The lockgen platform it runs on, such as linux-x86_64; empty when it is none of the known ones."""
    libc: str
    """Such as "glibc 2.36", "musl 1.2", "macOS 14.5" or "Windows 11"."""
    is_free_threaded: bool = False
    machine: str = ""
    """Such as x86_64, as `platform.machine()` says it there."""
    emulated: str = ""
    """What runs the machine's instructions on another one, such as "qemu 7.2"; empty where nothing has to."""
    image: str = ""
    """The ID of the container image that it is in, and the repository's digest of that; empty outside containers."""
    behind: str = ""
    """The shell words in front of a program of its own, where it is behind a prefix: `path` is a script that runs it
    then, and only what lies in the work folder can be seen there. Empty for one of this machine."""

    @property
    def kind(self) -> Kind | None:
        """The kind of Python that targets know it as; None for another implementation."""
        kinds: dict[str, Kind] = {"CPython": "free-threaded" if self.is_free_threaded else "cpython", "PyPy": "pypy"}
        return kinds.get(self.implementation)

    @property
    def python(self) -> str:
        """As targets name it: 3.12.1, 3.14.4t, pypy3.11; PyPy by its minor. A ValueError for any other."""
        if self.kind is None:
            raise ValueError(f"{self.implementation} is no Python of a target")
        exact = Python(kind=self.kind, version=self.version)
        return exact.of_minor.text if self.kind == "pypy" else exact.text

    @property
    def words(self) -> str:
        """`CPython 3.12.1`, `free-threaded CPython 3.14.4`, `PyPy 3.11.11`."""
        return f"{'free-threaded ' if self.is_free_threaded else ''}{self.implementation} {self.version}"

    @property
    def machine_words(self) -> str:
        """`CPython 3.11.2 on aarch64 with glibc 2.36`."""
        libc = f" with {self.libc}" if self.libc else ""
        return f"{self.words} on {self.machine or 'an unknown machine'}{libc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one level of `verify` found for one target."""

    target: str
    level: Level
    verdict: Verdict
    reason: str = ""
    """Why it failed or was not run, in one line; of a set that was fetched, why no more could be found out."""
    tail: tuple[str, ...] = ()
    """The tool's own last lines, when it failed."""
    command: str = ""
    """How to repeat what failed."""
    python: str = ""
    """Full version of the interpreter that proved it; empty for what needs none of the target's."""
    libc: str = ""
    machine: str = ""
    image: str = ""
    emulated: str = ""
    installer: str = ""
    """Such as "pip 25.0.1"."""
    checks: tuple[str, ...] = ()
    """What was found good: `CHECKS` of the level."""
    is_recorded: bool = False
    """Whether it is an earlier run's, of the same set on the same interpreter."""
    notes: tuple[str, ...] = ()
    """What was done, or deliberately left out, in words."""

    @property
    def where(self) -> str:
        """What it was proved on: `3.11.2, glibc 2.36, emulated`; empty for what needs no interpreter of the target."""
        return ", ".join(filter(None, (self.python, self.libc, "emulated" if self.emulated else "")))


def proved_on(proof: Proof, interpreter: Interpreter) -> Proof:
    """The proof as one of this interpreter."""
    return replace(
        proof,
        python=interpreter.version,
        libc=interpreter.libc,
        machine=interpreter.machine,
        image=interpreter.image,
        emulated=interpreter.emulated,
    )
