"""Platforms, and the wheel tags that each of them takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from packaging.tags import Tag, compatible_tags, cpython_tags, generic_tags, mac_platforms
from packaging.version import Version

from lockgen.model.implementation import Kind, Python
from lockgen.model.pythons import PYPY_FLOORS

OperatingSystem = Literal["linux", "macos", "windows"]
Libc = Literal["glibc", "musl"]
_MANYLINUX_ALIASES = {17: "2014", 12: "2010", 5: "1"}
_OTHER_GLIBC = 17
_OLDEST_GLIBC = {"x86_64": 5, "i686": 5}
"""Minor number of the oldest glibc 2 that wheels of an architecture are tagged for; 17 for any other."""
_WINDOWS_TAGS = {"x86_64": "win_amd64", "x86": "win32", "arm64": "win_arm64"}
_WINDOWS_MACHINES = {"x86_64": "AMD64", "arm64": "ARM64"}

UNKNOWN = "unknown-to-lockgen"
"""The value of marker variables that no target can know, so that no marker on them is true by accident."""

ARCHITECTURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "linux": ("x86_64", "aarch64", "ppc64le", "s390x", "riscv64", "i686", "armv7l"),
        "macos": ("x86_64", "arm64"),
        "windows": ("x86_64", "arm64", "x86"),
    }
)
"""The architectures that wheels exist for, by operating system, in that system's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """Operating system x architecture x libc version."""

    name: str
    os: OperatingSystem
    arch: str
    """As the matrix says it; one of `ARCHITECTURES`."""
    libc: Libc | None = None
    version: tuple[int, int] = (0, 0)
    """Oldest glibc, musl or macOS the images run on; (0, 0) on Windows."""

    @property
    def machine(self) -> str:
        """What `platform.machine()` gives there: the marker variable platform_machine."""
        return _WINDOWS_MACHINES.get(self.arch, self.arch) if self.os == "windows" else self.arch


def tags_of(python: str, platform: Platform, kind: Kind = "cpython") -> tuple[Tag, ...]:
    """The tags of a Python ("3.11.2") on a platform, best first (PEP 425)."""
    major, minor = Version(python).release[:2]
    return _tags(major, minor, platform, kind)


@lru_cache(maxsize=1024)
def _tags(major: int, minor: int, platform: Platform, kind: Kind) -> tuple[Tag, ...]:
    """Kept, for every patch release has the same, and a command makes each target several times."""
    version = (major, minor)
    platforms = list(_platform_tags(platform))
    if kind == "pypy":
        # All of 7.3 share the ABI pp73. Of wheels without ABI a PyPy takes those for any PyPy 3.
        own = generic_tags(interpreter=f"pp{major}{minor}", abis=[f"pypy{major}{minor}_pp73"], platforms=platforms)
        interpreter = f"pp{major}"
    elif kind == "free-threaded":
        own, interpreter = _free_threaded_tags(minor, platforms), f"cp{major}{minor}"
    else:
        interpreter = f"cp{major}{minor}"
        # Up to 3.7 CPython marks its ABI with the memory allocator it was built with (PEP 3149, bpo-36707).
        abi = f"{interpreter}m" if version < (3, 8) else interpreter
        own = cpython_tags(python_version=version, abis=[abi], platforms=platforms)
    return (*own, *compatible_tags(python_version=version, interpreter=interpreter, platforms=platforms))


def _free_threaded_tags(minor: int, platforms: Sequence[str]) -> Iterator[Tag]:
    """The ABI is cp314t, the stable one abi3t (PEP 803); wheels for abi3 do not load.

    As packaging 26.4 orders them. They do not come from it, for an older one knows no abi3t.
    """
    own = f"cp3{minor}"
    yield from (Tag(own, abi, platform) for abi in (f"{own}t", "abi3t", "none") for platform in platforms)
    for older in range(minor - 1, 1, -1):
        yield from (Tag(f"cp3{older}", "abi3t", platform) for platform in platforms)


def _platform_tags(platform: Platform) -> Iterator[str]:
    if platform.os == "windows":
        yield _WINDOWS_TAGS[platform.arch]
    elif platform.os == "macos":
        yield from mac_platforms(version=platform.version, arch=platform.arch)
    else:
        yield f"linux_{platform.arch}"
        libc = _musllinux if platform.libc == "musl" else _manylinux
        yield from (f"{tag}_{platform.arch}" for tag in libc(platform.version, platform.arch))


def _manylinux(version: tuple[int, int], arch: str) -> Iterator[str]:
    """PEP 600: every older glibc's wheels run too; each legacy alias stands behind the tag it means."""
    for minor in range(version[1], _OLDEST_GLIBC.get(arch, _OTHER_GLIBC) - 1, -1):
        yield f"manylinux_{version[0]}_{minor}"
        if minor in _MANYLINUX_ALIASES:
            yield f"manylinux{_MANYLINUX_ALIASES[minor]}"


def _musllinux(version: tuple[int, int], _arch: str) -> Iterator[str]:
    """PEP 656: every older musl of the same major version."""
    for minor in range(version[1], -1, -1):
        yield f"musllinux_{version[0]}_{minor}"


def environment_of(full: str, platform: Platform, build: Python) -> dict[str, str]:
    """Every marker variable but `extra`, on this version of the Python."""
    system, sys_platform, os_name = {
        "linux": ("Linux", "linux", "posix"),
        "macos": ("Darwin", "darwin", "posix"),
        "windows": ("Windows", "win32", "nt"),
    }[platform.os]
    pypy = build.kind == "pypy"
    return {
        "implementation_name": "pypy" if pypy else "cpython",
        "implementation_version": PYPY_FLOORS.get(build.version, ("", "7.3.0"))[1] if pypy else full,
        "os_name": os_name,
        "platform_machine": platform.machine,
        "platform_python_implementation": "PyPy" if pypy else "CPython",
        "platform_release": UNKNOWN,
        "platform_system": system,
        "platform_version": UNKNOWN,
        "python_full_version": full,
        "python_version": ".".join(full.split(".")[:2]),
        "sys_platform": sys_platform,
    }
