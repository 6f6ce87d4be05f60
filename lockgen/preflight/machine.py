"""Which Python on which machine this is, in the words of the matrix and in those of markers."""

from __future__ import annotations

import glob
import os
import sys
from typing import Any

_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_MACHINES = {"AMD64": "x86_64", "amd64": "x86_64", "ARM64": "arm64"}
_LOADERS = "lib/ld-musl-*.so.1"
_PATIENCE = 10.0  # seconds


def python_facts() -> dict[str, Any]:
    """The interpreter: version, implementation, where it is, its width in bits, and whether it has the GIL."""
    return {
        "version": _full(sys.version_info),
        "implementation": sys.implementation.name,
        "executable": sys.executable or "",
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "free_threaded": "free-threading" in sys.version,
    }


def platform_facts(root: str = "/") -> dict[str, Any]:
    """The system, the machine and the C library in the matrix's words: linux, x86_64, ["glibc", "2.36"].

    On macOS and Windows the system's own version stands in the place of the library's. What is not known is empty.
    `root` is where the musl loader is looked for.
    """
    system = _SYSTEMS.get(sys.platform, sys.platform)
    machine = _uname()["machine"]
    return {"system": system, "machine": _MACHINES.get(machine, machine), "libc": _libc(system, root)}


def marker_environment() -> dict[str, str]:
    """Every variable of the dependency specifiers standard except `extra`."""
    uname = _uname()
    names = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM", "jython": "Jython"}
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": _full(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": uname["machine"],
        "platform_python_implementation": names.get(sys.implementation.name, sys.implementation.name),
        "platform_release": uname["release"],
        "platform_system": uname["system"],
        "platform_version": uname["version"],
        "python_full_version": sys.version.split()[0].rstrip("+"),
        "python_version": "{}.{}".format(*sys.version_info[:2]),
        "sys_platform": sys.platform,
    }


def musl_version(root: str = "/") -> str:
    """The version its loader says when it is started without a program; empty where there is no musl."""
    for loader in sorted(glob.glob(os.path.join(root, _LOADERS))):
        import subprocess

        quiet = subprocess.DEVNULL
        done = subprocess.run(  # noqa: S603 - the C library
            [loader], stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, timeout=_PATIENCE, check=False
        )
        return done.stderr.decode("ascii", "replace").partition("Version ")[2].split("\n")[0].strip()
    return ""


def _full(info: Any) -> str:
    """A full version from what sys says, `3.13.0rc1`."""
    suffix = "" if info.releaselevel == "final" else f"{info.releaselevel[0]}{info.serial}"
    suffix = suffix.replace("c", "rc") if suffix.startswith("c") else suffix
    return f"{info.major}.{info.minor}.{info.micro}{suffix}"


def _uname() -> dict[str, str]:
    # Not platform.uname() where it can be helped: up to Python 3.8 it starts a process to ask for the processor.
    if hasattr(os, "uname"):
        said = os.uname()
        return {"system": said.sysname, "release": said.release, "version": said.version, "machine": said.machine}
    import platform

    return {
        "system": platform.system(),
        "release": platform.release(),
        "version": platform.version(),
        "machine": platform.machine(),
    }


def _libc(system: str, root: str) -> list[str]:
    if system in ("macos", "windows"):
        import platform

        return [system, platform.mac_ver()[0] if system == "macos" else platform.release()]
    try:
        name, number = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (AttributeError, OSError, ValueError):
        found = musl_version(root)
        return ["musl", found] if found else ["", ""]
    return [name, number]
