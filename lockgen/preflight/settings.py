"""What surrounds a server besides packages: its settings, and files of the user's code."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from typing import Any, Mapping


def settings_facts(environ: Mapping[str, str], matrix: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables the matrix names. Only those that are checked keep their value: of the others one may
    be a secret.
    """
    shown = {matrix.get("setting"), *(each["setting"] for each in matrix.get("checks", ()) if each["kind"] == "choice")}
    patterns = matrix.get("settings", ())
    names = sorted(name for name in environ if name in shown or any(fnmatchcase(name, each) for each in patterns))
    return {name: environ[name] if name in shown else "(set)" for name in names}


def file_facts(environ: Mapping[str, str], matrix: Mapping[str, Any]) -> dict[str, Any]:
    """For each check of files the matrix declares, by its name: the files of its pattern in the folder that its
    environment variable names, or else in the current one.

    {"folder", "files": sorted names, "reason": why the folder cannot be read, or empty}.
    """
    wanted = [each for each in matrix.get("checks", ()) if each["kind"] == "files"]
    return {each["check"]: _listed(environ.get(each["setting"]) or os.curdir, each["pattern"]) for each in wanted}


def _listed(path: str, pattern: str) -> dict[str, Any]:
    folder = os.path.abspath(path)
    try:
        names = os.listdir(folder)
    except OSError as error:
        return {"folder": folder, "files": [], "reason": error.strerror or str(error)}
    return {"folder": folder, "files": sorted(name for name in names if fnmatchcase(name, pattern)), "reason": ""}
