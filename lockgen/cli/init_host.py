"""The platform of the machine that `lockgen init` runs on."""

from __future__ import annotations

import platform
import sys
import sysconfig

from lockgen.model.platform import ARCHITECTURES, Libc, OperatingSystem, Platform

_SYSTEMS: dict[str, OperatingSystem] = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_MACHINES = {"amd64": "x86_64", "i386": "i686", "i586": "i686", "armv8l": "armv7l"}
_UNKNOWN_LIBC: dict[Libc, tuple[int, int]] = {"glibc": (2, 28), "musl": (1, 2)}


def host_platform() -> Platform | None:
    """The machine as a row of targets.yaml, its libc or macOS as the oldest one; None for one without wheels."""
    system = _SYSTEMS.get(sys.platform)
    arch = _machine(system)
    if system is None or arch not in ARCHITECTURES[system]:
        return None
    if system == "linux":
        libc: Libc = "musl" if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")) else "glibc"
        version = _version(platform.libc_ver()[1]) if libc == "glibc" else None
        name = f"{'alpine' if libc == 'musl' else 'linux'}-{arch}"
        return Platform(name=name, os=system, arch=arch, libc=libc, version=version or _UNKNOWN_LIBC[libc])
    version = _version(platform.mac_ver()[0]) if system == "macos" else None
    return Platform(name=f"{system}-{arch}", os=system, arch=arch, version=version or (0, 0))


def _machine(system: OperatingSystem | None) -> str:
    found = platform.machine().lower()
    if system == "windows" and found in ("x86", "i386"):
        return "x86"
    return _MACHINES.get(found, found)


def _version(text: str) -> tuple[int, int] | None:
    parts = text.split(".")
    return (int(parts[0]), int(parts[1])) if len(parts) > 1 and all(part.isdigit() for part in parts[:2]) else None
