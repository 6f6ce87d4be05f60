"""What a server asks before it starts."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.check_place import python_complaints
from lockgen.preflight.context import python_names
from lockgen.preflight.data import MATRIX
from lockgen.preflight.machine import python_facts
from lockgen.preflight.result import FAIL


def require_python(server: str = "", *, python: str | None = None, matrix: Mapping[str, Any] = MATRIX) -> None:
    """Returns when the phase supports the server on this Python; else RuntimeError, which says why not and what to do.

    `python` is a full version such as "3.7.16", that of the running Python when absent. A Python newer than the table
    knows is let through. ValueError for a server that there is not; without one, only the Python itself is looked at.
    """
    servers = matrix.get("servers", ())
    if server and server not in servers:
        known = " and ".join(servers) or "none"
        raise ValueError(f"{server!r} is no server; {known} are")
    facts = python_facts() if python is None else {"version": python}
    for finding in python_complaints(matrix, server, facts["version"], python_names(facts)):
        if finding.verdict == FAIL:
            raise RuntimeError(f"{finding.message}. {finding.remedy}")
