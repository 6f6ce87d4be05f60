"""Platforms, and the wheel tags that each of them takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.version import Version

OperatingSystem = Literal["linux", "macos", "windows"]
Libc = Literal["glibc", "musl"]
_MANYLINUX_ALIASES = {17: "2014", 12: "2010", 5: "1"}
_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Operating system x architecture x libc version."""

    name: str
    os: OperatingSystem
    arch: str
    """As the matrix says it: x86_64, aarch64 or arm64."""
    libc: Libc | None = None
    version: tuple[int, int] = (0, 0)
    """Oldest glibc, musl or macOS the images run on; (0, 0) on Windows."""


def tags_of(python: str, platform: Platform) -> Iterator[Tag]:
    """The tags of a CPython ("3.11.2") on a platform, best first (PEP 425)."""
    version = Version(python).release[:2]
    interpreter = f"cp{version[0]}{version[1]}"
    # Up to 3.7 CPython marks its ABI with the memory allocator it was built with (PEP 3149, bpo-36707).
    abi = f"{interpreter}m" if version < (3, 8) else interpreter
    platforms = list(_platform_tags(platform))
    yield from cpython_tags(python_version=version, abis=[abi], platforms=platforms)
    yield from compatible_tags(python_version=version, interpreter=interpreter, platforms=platforms)


def _platform_tags(platform: Platform) -> Iterator[str]:
    if platform.os == "windows":
        yield "win_amd64"
    elif platform.os == "macos":
        yield from mac_platforms(version=platform.version, arch=platform.arch)
    else:
        yield f"linux_{platform.arch}"
        libc = _musllinux if platform.libc == "musl" else _manylinux
        yield from (f"{tag}_{platform.arch}" for tag in libc(platform.version, platform.arch))


def _manylinux(version: tuple[int, int], arch: str) -> Iterator[str]:
    """PEP 600: every older glibc's wheels run too; each legacy alias stands behind the tag it means."""
    for minor in range(version[1], _OLDEST_GLIBC[arch] - 1, -1):
        yield f"manylinux_{version[0]}_{minor}"
        if minor in _MANYLINUX_ALIASES:
            yield f"manylinux{_MANYLINUX_ALIASES[minor]}"


def _musllinux(version: tuple[int, int], _arch: str) -> Iterator[str]:
    """PEP 656: every older musl of the same major version."""
    for minor in range(version[1], -1, -1):
        yield f"musllinux_{version[0]}_{minor}"
