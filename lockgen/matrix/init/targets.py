"""The targets of a first matrix: usual platforms, and the Pythons that the project itself says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet

from lockgen.errors import UsageError
from lockgen.model.platform import Platform
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
_USUAL_PLATFORMS = (
    Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28)),
    Platform(name="linux-aarch64", os="linux", arch="aarch64", libc="glibc", version=(2, 28)),
    Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0)),
    Platform(name="windows-x86_64", os="windows", arch="x86_64"),
)
_RARER_PLATFORMS = (
    Platform(name="macos-x86_64", os="macos", arch="x86_64", version=(13, 0)),
    Platform(name="alpine-x86_64", os="linux", arch="x86_64", libc="musl", version=(1, 2)),
)
_SYSTEMS = {"POSIX": ("linux",), "Unix": ("linux", "macos"), "MacOS": ("macos",), "Microsoft": ("windows",)}
"""The systems that a classifier `Operating System :: WORD` means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """The platforms of a first matrix, and where they come from."""

    found: tuple[Platform, ...]
    because: str


def platforms(classifiers: Sequence[str], host: Platform | None) -> Platforms:
    """The usual platforms, those of them alone for whose systems the classifiers say the project is, and the host's."""
    words = [text.split(" :: ") for text in classifiers if text.startswith("Operating System :: ")]
    systems = {system for each in words for system in _SYSTEMS.get(each[1], ())}
    if any(each[1] == "OS Independent" for each in words):
        systems = set()
    found = [each for each in _USUAL_PLATFORMS if not systems or each.os in systems]
    if host is not None:
        same = [each for each in found if (each.os, each.arch, each.libc) == (host.os, host.arch, host.libc)]
        found = [replace(each, version=min(each.version, host.version)) if each in same else each for each in found]
        found += [] if same else [host]
    because = "those of the project's classifiers" if systems else "guessed: the usual ones"
    return Platforms(found=tuple(found), because=because if host is None else f"{because}, and this machine's")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pythons:
    """Minor versions, oldest first, and where they come from."""

    minors: tuple[str, ...]
    because: str


def pythons(requires: SpecifierSet | None, running: str, classifiers: Sequence[str] = ()) -> Pythons:
    """The Pythons that requires-python admits and the classifiers name; else the one an environment runs ("3.11", or
    empty); else usual ones.

    UsageError when requires-python admits none.
    """
    named = tuple(minor for minor in _KNOWN if f"Programming Language :: Python :: {minor}" in classifiers)
    if requires is not None:
        minors = tuple(minor for minor in _KNOWN if _admits(requires, minor))
        if not minors:
            raise UsageError(f"requires-python {requires} admits no Python from {_KNOWN[0]} to {_KNOWN[-1]}")
        both = tuple(minor for minor in minors if minor in named)
        because = f"requires-python is {requires}" + (", and the classifiers name these" if both else "")
        return Pythons(minors=both or minors, because=because)
    if named:
        return Pythons(minors=named, because="those of the project's classifiers")
    if running:
        return Pythons(minors=(running,), because="what the environment runs")
    return Pythons(minors=_USUAL, because="guessed: nothing says which")


def _admits(requires: SpecifierSet, minor: str) -> bool:
    return any(requires.contains(f"{minor}.{patch}") for patch in range(_LATE))


def targets_text(found: Pythons, on: Platforms) -> str:
    """targets.yaml."""
    names = {each.name for each in on.found}
    lines = [
        f"{_HEAD}{_sentence(found.because)}.{_FROM}",
        "pythons:",
        *_rows(found.minors),
        "",
        f"{_sentence(on.because)}.",
        "# glibc, musl and macos are the oldest that the images run on; they decide which wheels are usable.",
        "platforms:",
        *(f"  - {_platform(each)}" for each in on.found),
        *(f"  # - {_platform(each)}" for each in _RARER_PLATFORMS if each.name not in names),
    ]
    return "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    return f"# {text[:1].upper()}{text[1:]}"


def _platform(platform: Platform) -> str:
    key = "macos" if platform.os == "macos" else platform.libc
    version = f', {key}: "{platform.version[0]}.{platform.version[1]}"' if key else ""
    where = f"name: {platform.name}, os: {platform.os}, arch: {platform.arch}{version}"
    return f"{{{where}}}"


def _rows(minors: Sequence[str]) -> Iterator[str]:
    return (f'  - {{python: "{minor}", from: "{floor_of(minor)}"}}' for minor in minors)
