"""What a Python of targets.yaml is: which implementation and build, and which version: `3.11`, `3.14t`, `pypy3.11`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["cpython", "free-threaded", "pypy"]
FIRST_FREE_THREADED = 13
"""Minor of the first CPython 3 with a free-threaded build (PEP 703)."""

_TEXT = re.compile(r"(?P<pypy>pypy)?(?P<version>3\.(?:0|[1-9]\d*)(?P<patch>\.(?:0|[1-9]\d*))?)(?P<free>t)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """A build of an implementation of Python, and a minor ("3.11") or full version ("3.11.4") of the language."""

    kind: Kind
    version: str

    @property
    def text(self) -> str:
        """As targets.yaml names it, and uv: 3.11, 3.14t, 3.14.0t, pypy3.11."""
        prefix, suffix = "pypy" if self.kind == "pypy" else "", "t" if self.kind == "free-threaded" else ""
        return f"{prefix}{self.version}{suffix}"

    @property
    def prefix(self) -> str:
        """The first part of the names of its targets: py3.11, py3.14t, pypy3.11."""
        return self.text if self.kind == "pypy" else f"py{self.text}"

    @property
    def is_exact(self) -> bool:
        """Whether it is one patch release rather than all of a minor."""
        return self.version.count(".") == 2  # noqa: PLR2004

    @property
    def of_minor(self) -> Python:
        """The same build of the minor: 3.14t of 3.14.0t."""
        return Python(kind=self.kind, version=".".join(self.version.split(".")[:2]))

    @property
    def words(self) -> str:
        """The implementation in words."""
        return {"cpython": "CPython", "free-threaded": "free-threaded CPython", "pypy": "PyPy"}[self.kind]


def prefix_of(text: str) -> str:
    """The first part of the names of a Python's targets: py3.11 of 3.11, pypy3.11 of pypy3.11."""
    found = parse_python(text)
    return f"py{text}" if found is None else found.prefix


def in_order(text: str) -> tuple[str, tuple[int, ...], str]:
    """Sorts the names of Pythons: CPython, then its free-threaded builds, then PyPy, each by version."""
    found = parse_python(text)
    return ("", (), text) if found is None else (found.kind, tuple(map(int, found.version.split("."))), text)


@lru_cache(maxsize=256)
def parse_python(text: str) -> Python | None:
    """The Python of this name; None when there is none.

    A PyPy is a minor only: several of its releases share a patch release of the language. CPython has free-threaded
    builds since 3.13.
    """
    match = _TEXT.match(text)
    if match is None or (match["pypy"] and (match["free"] or match["patch"])):
        return None
    kind: Kind = "pypy" if match["pypy"] else "free-threaded" if match["free"] else "cpython"
    if kind == "free-threaded" and int(match["version"].split(".")[1]) < FIRST_FREE_THREADED:
        return None
    return Python(kind=kind, version=match["version"])
