"""Everything the checks need to know about a Python and its surroundings, as one JSON object."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Mapping

from lockgen.preflight.certificates import certificate_facts
from lockgen.preflight.data import MATRIX
from lockgen.preflight.installed import distributions, search_path
from lockgen.preflight.machine import marker_environment, platform_facts, python_facts
from lockgen.preflight.memory import container_facts, memory_facts
from lockgen.preflight.modules import module_file
from lockgen.preflight.settings import file_facts, settings_facts

FACTS_SCHEMA = 2


def collect(
    environ: Mapping[str, str] | None = None,
    paths: Iterable[str] | None = None,
    root: str = "/",
    matrix: Mapping[str, Any] = MATRIX,
) -> dict[str, Any]:
    """The facts of the running Python. Nothing that is not of the standard library is imported; never raises.

    `environ` and `paths` stand in for the environment and the search path, `root` for where the file system begins.
    `matrix` says which settings, modules and files its checks are about.
    A part that cannot be collected is {"error": reason}. The parts: schema, python, platform, markers, distributions
    ({"found", "unreadable"}, see `distributions`), modules (of packages a choice is about: the file each would be
    imported from, or empty), certificates, container, memory, settings, files.
    """
    env = dict(os.environ if environ is None else environ)
    where = list(search_path() if paths is None else paths)
    parts: dict[str, Callable[[], Any]] = {
        "python": python_facts,
        "platform": lambda: platform_facts(root),
        "markers": marker_environment,
        "distributions": lambda: distributions(where),
        "modules": lambda: {name: module_file(name.replace("-", "_"), where) for name in _packages(matrix)},
        "certificates": lambda: certificate_facts(env, where),
        "container": lambda: container_facts(env, root),
        "memory": lambda: memory_facts(root),
        "settings": lambda: settings_facts(env, matrix),
        "files": lambda: file_facts(env, matrix),
    }
    facts: dict[str, Any] = {"schema": FACTS_SCHEMA}
    for name, ask in parts.items():
        facts[name] = _collected(ask)
    return facts


def _packages(matrix: Mapping[str, Any]) -> list[str]:
    return [each["package"] for each in matrix.get("checks", ()) if each["kind"] == "choice"]


def _collected(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever breaks costs this part and no other
        return {"error": f"{type(error).__name__}: {error}"}
