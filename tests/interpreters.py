"""The interpreters of this machine, for tests that need real ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path


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
        ask = [path, "-c", "import sys; print('{}.{}'.format(*sys.version_info[:2]))"]
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.setdefault(done.stdout.strip(), path)
    return found
