"""A Python that is elsewhere as a file of this machine: a script of two lines that puts the way there in front."""

from __future__ import annotations

import shlex
from pathlib import Path


def write_shim(file: Path, behind: str, python: str) -> None:
    """Write the script. `behind` are shell words, `python` is the program to run there, by its path or name there."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'#!/bin/sh\n{behind} {shlex.quote(python)} "$@"\n', encoding="utf-8")
    file.chmod(0o700)
