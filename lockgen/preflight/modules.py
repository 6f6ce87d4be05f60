"""Whether a module is there, without importing it: importing is what may crash."""

from __future__ import annotations

import os
from importlib.machinery import PathFinder
from typing import Iterable


def module_file(name: str, paths: Iterable[str]) -> str:
    """The file that `import name` would run, found on `paths`; empty when there is none."""
    spec = PathFinder.find_spec(name, [os.path.abspath(path) for path in paths])
    return (spec.origin or "") if spec is not None else ""
