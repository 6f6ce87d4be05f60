"""Which patch releases of a minor Python images run: a dated table.

The floor of a minor is the oldest patch release that a Debian or Ubuntu release has as its default `python3`, as last
updated, supported or not. Read from the package lists of these releases on 2026-11-28, except Debian 10, which is
archived: its release notes give 3.7.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lockgen.model.implementation import parse_python

DATED = "2026-11-28"

FLOORS: Mapping[str, str] = MappingProxyType(
    {
        "3.7": "3.7.3",  # Debian 10 (buster)
        "3.8": "3.8.10",  # Ubuntu 20.04 LTS (focal)
        "3.9": "3.9.2",  # Debian 11 (bullseye)
        "3.10": "3.10.12",  # Ubuntu 22.04 LTS (jammy)
        "3.11": "3.11.2",  # Debian 12 (bookworm)
        "3.12": "3.12.3",  # Ubuntu 24.04 LTS (noble)
        "3.13": "3.13.5",  # Debian 13 (trixie)
        "3.14": "3.14.4",  # Ubuntu 26.04 LTS (resolute)
    }
)
"""Minor -> its floor."""

NEWEST: Mapping[str, str] = MappingProxyType(
    {
        "3.7": "3.7.17",  # the last there will be
        "3.8": "3.8.20",  # the last there will be
        "3.9": "3.9.25",  # the last there will be
        "3.13": "3.13.15",  # Debian testing
        "3.14": "3.14.8",  # Debian testing
    }
)
"""Minor -> the newest patch release known on the day of the table; where none is given, any later one may be it."""


PYPY_FLOORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "3.7": ("3.7.10", "7.3.5"),  # Debian 11 (bullseye)
        "3.8": ("3.8.13", "7.3.9"),  # Ubuntu 22.04 LTS (jammy)
        "3.9": ("3.9.16", "7.3.11"),  # Debian 12 (bookworm)
        "3.10": ("3.10.12", "7.3.12"),  # the first release of PyPy with this minor; no Debian or Ubuntu has it
        "3.11": ("3.11.11", "7.3.19"),  # Debian 13 (trixie)
    }
)
"""Minor -> of the oldest PyPy meant the patch release of the language and PyPy's own version. There is no other minor.

All are of PyPy 7.3, whose ABI is pp73."""


def floor_of(text: str) -> str:
    """The floor of a minor: "3.9" -> "3.9.2", "pypy3.9" -> "3.9.16", or its first patch release.

    A full version is its own. A free-threaded build has the floor of the usual one.
    """
    python = parse_python(text)
    if python is None or python.is_exact:
        return text if python is None else python.version
    floors = {minor: floor for minor, (floor, _) in PYPY_FLOORS.items()} if python.kind == "pypy" else FLOORS
    return floors.get(python.version, f"{python.version}.0")
