"""The Pythons of conda's environments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

_VARIABLES = ("CONDA_PREFIX", "MAMBA_ROOT_PREFIX")


def conda_pythons(environ: Mapping[str, str]) -> Iterator[str]:
    """Where the Python of each environment should be; it need not be there."""
    for folder in _folders(environ):
        if folder.is_absolute():
            yield str(folder / "python.exe" if os.name == "nt" else folder / "bin" / "python")


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """The environments of conda: those that it lists for the user, the active one, and those where it is installed."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or os.devnull)
    with suppress(OSError, UnicodeDecodeError):
        yield from map(Path, (home / ".conda" / "environments.txt").read_text("utf-8").splitlines())
    roots = [home / name for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge")]
    for root in (*roots, Path("/opt/conda"), *(Path(environ[name]) for name in _VARIABLES if environ.get(name))):
        yield root
        yield from sorted(root.glob("envs/*"))
