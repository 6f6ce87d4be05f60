"""What surrounds the server besides packages: its settings, and the user's own extension files."""

from __future__ import annotations

import os
from typing import Any, Mapping

SERVER_SETTING = "DRUM_SERVER_TYPE"
SERVERS = ("flask", "fastapi")
CODE_SETTING = "CODE_DIR"
_SHOWN = (SERVER_SETTING, "DRUM_UVICORN_LOOP")


def settings_facts(environ: Mapping[str, str]) -> dict[str, str]:
    """The DRUM_* settings. Only those that are checked keep their value: of the others one may be a secret."""
    names = sorted(name for name in environ if name.startswith("DRUM_"))
    return {name: environ[name] if name in _SHOWN else "(set)" for name in names}


def extension_facts(environ: Mapping[str, str]) -> dict[str, Any]:
    """The custom_*.py files of the user's code, which lies in CODE_DIR or else in the current folder.

    {"folder", "files": sorted names, "reason": why the folder cannot be read, or empty}.
    """
    folder = os.path.abspath(environ.get(CODE_SETTING) or os.curdir)
    try:
        names = os.listdir(folder)
    except OSError as error:
        return {"folder": folder, "files": [], "reason": error.strerror or str(error)}
    files = sorted(name for name in names if name.startswith("custom_") and name.endswith(".py"))
    return {"folder": folder, "files": files, "reason": ""}
