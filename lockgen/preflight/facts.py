"""Everything the checks need to know about a Python and its surroundings, as one JSON object."""

from __future__ import annotations

import os
from typing import Any, Callable, Iterable, Mapping

from lockgen.preflight.certificates import certificate_facts
from lockgen.preflight.installed import distributions, search_path
from lockgen.preflight.machine import marker_environment, platform_facts, python_facts
from lockgen.preflight.memory import container_facts, memory_facts
from lockgen.preflight.modules import module_file
from lockgen.preflight.settings import extension_facts, settings_facts

FACTS_SCHEMA = 1


def collect(
    environ: Mapping[str, str] | None = None, paths: Iterable[str] | None = None, root: str = "/"
) -> dict[str, Any]:
    """The facts of the running Python. Nothing that is not of the standard library is imported; never raises.

    `environ` and `paths` stand in for the environment and the search path, `root` for where the file system begins.
    A part that cannot be collected is {"error": reason}. The parts: schema, python, platform, markers, distributions
    ({"found", "unreadable"}, see `distributions`), uvloop (the file it would be imported from, or empty),
    certificates, container, memory, settings, extensions.
    """
    env = dict(os.environ if environ is None else environ)
    where = list(search_path() if paths is None else paths)
    parts: dict[str, Callable[[], Any]] = {
        "python": python_facts,
        "platform": lambda: platform_facts(root),
        "markers": marker_environment,
        "distributions": lambda: distributions(where),
        "uvloop": lambda: module_file("uvloop", where),
        "certificates": lambda: certificate_facts(env, where),
        "container": lambda: container_facts(env, root),
        "memory": lambda: memory_facts(root),
        "settings": lambda: settings_facts(env),
        "extensions": lambda: extension_facts(env),
    }
    facts: dict[str, Any] = {"schema": FACTS_SCHEMA}
    for name, ask in parts.items():
        facts[name] = _collected(ask)
    return facts


def _collected(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever breaks costs this part and no other
        return {"error": f"{type(error).__name__}: {error}"}
