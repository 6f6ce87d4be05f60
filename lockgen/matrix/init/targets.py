"""The targets of a first matrix: usual platforms, and the Pythons that the project itself says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from lockgen.errors import UsageError
from lockgen.model.pythons import DATED, floor_of

_KNOWN = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_USUAL = ("3.11", "3.12", "3.13", "3.14")
_LATE = 99

_HEAD = """\
# A starter written by `lockgen init`. Every Python times every platform is a target: take out what your images are not,
# add what they are. `lockgen schema targets` says what may stand here.
schema: 1

"""
_FROM = f"""
# `from` is the oldest patch release that images run: the python3 of the Debian or Ubuntu release that has the minor
# ({DATED}). Raise it to what yours run."""
_PLATFORMS = """\
# Guessed: the usual ones. glibc and macos are the oldest that the images run on; they decide which wheels are usable.
platforms:
  - {name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}
  - {name: linux-aarch64, os: linux, arch: aarch64, glibc: "2.28"}
  - {name: macos-arm64, os: macos, arch: arm64, macos: "13.0"}
  - {name: windows-x86_64, os: windows, arch: x86_64}
  # - {name: macos-x86_64, os: macos, arch: x86_64, macos: "13.0"}
  # - {name: alpine-x86_64, os: linux, arch: x86_64, musl: "1.2"}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pythons:
    """Minor versions, oldest first, and where they come from."""

    minors: tuple[str, ...]
    because: str


def pythons(requires: SpecifierSet | None, running: str) -> Pythons:
    """The Pythons that requires-python admits; else the one an environment runs ("3.11", or empty); else usual ones.

    UsageError when requires-python admits none.
    """
    if requires is not None:
        minors = tuple(minor for minor in _KNOWN if _admits(requires, minor))
        if not minors:
            raise UsageError(f"requires-python {requires} admits no Python from {_KNOWN[0]} to {_KNOWN[-1]}")
        return Pythons(minors=minors, because=f"requires-python is {requires}")
    if running:
        return Pythons(minors=(running,), because="what the environment runs")
    return Pythons(minors=_USUAL, because="guessed: nothing says which")


def _admits(requires: SpecifierSet, minor: str) -> bool:
    return any(requires.contains(f"{minor}.{patch}") for patch in range(_LATE))


def targets_text(found: Pythons) -> str:
    """targets.yaml."""
    because = f"# {found.because[:1].upper()}{found.because[1:]}.{_FROM}"
    return f"{_HEAD}{because}\npythons:\n{_rows(found.minors)}\n{_PLATFORMS}"


def _rows(minors: Sequence[str]) -> str:
    return "".join(f'  - {{python: "{minor}", from: "{floor_of(minor)}"}}\n' for minor in minors)
