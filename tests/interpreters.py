"""The interpreters of this machine, for tests that need real ones."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from lockgen.model.platform import Platform


def _candidates() -> list[str]:
    roots = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    roots.append(Path.home() / ".local/share/uv/python")
    found = [str(path) for root in roots for path in sorted(root.glob("*/bin/python3"))]
    return [*filter(None, (shutil.which(f"python3.{minor}") for minor in range(7, 15))), *found]


@cache
def interpreters() -> dict[str, str]:
    """Minor version ("3.11") to the path of a CPython that starts."""
    found: dict[str, str] = {}
    for path in _candidates():
        ask = [path, "-I", "-S", "-c", "import sys; print('{}.{}'.format(*sys.version_info[:2]))"]
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.setdefault(done.stdout.strip(), path)
    return found


def host() -> Platform:
    """The platform that the tests run on, described from outside like any other."""
    arch = {"AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    system: str = sys.platform  # a type checker takes the name itself for the one system it runs on
    if system == "linux":
        return Platform(name=f"linux-{arch}", os="linux", arch=arch, libc="glibc", version=(2, 28))
    if system == "darwin":
        return Platform(name=f"macos-{arch}", os="macos", arch=arch, version=(13, 0))
    return Platform(name="windows-x86_64", os="windows", arch="x86_64")
