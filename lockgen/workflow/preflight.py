"""preflight."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lockgen.errors import UsageError
from lockgen.matrix.facts import phase_facts
from lockgen.model.matrix import Matrices
from lockgen.preflight.checks import answer
from lockgen.preflight.facts import FACTS_SCHEMA
from lockgen.render.preflight import guard_matrix
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import read_summary
from lockgen.render.write import read

_FILE = re.compile(r"(-[rc]) (\S+/(?:constraints\.txt|requirements\.lock))")
"""A file of a set as a remedy names it, from the folder of the phase."""


def matrix_of(matrices: Matrices, phase: str, output: Path) -> dict[str, Any]:
    """The phase with its committed sets, as the checks of preflight want it.

    UsageError for an unknown phase and for one that was not rendered into `output`.
    """
    chosen = matrices.phase(phase)
    folder = output / chosen.folder
    found = read(folder, [SUMMARY])
    if SUMMARY not in found:
        hint = f"Run lockgen render --phase {phase}, or name the folder of outputs with --output."
        raise UsageError("the phase is not rendered here, so its sets are not known", where=str(folder), hint=hint)
    targets = read_summary(found[SUMMARY].decode("utf-8", "replace"))["targets"]
    facts = phase_facts(chosen, "recommended", as_of=None)
    return guard_matrix(facts, matrices, chosen, targets)


def checked(facts: Mapping[str, Any], matrix: Mapping[str, Any], server: str, target: str) -> dict[str, Any]:
    """The findings of preflight about the facts: see `lockgen.preflight.checks.answer`.

    UsageError for what are no facts, and for a server or a target the phase does not have.
    """
    if not isinstance(facts, dict) or facts.get("schema") != FACTS_SCHEMA:
        raise UsageError("these are no facts", hint="`python preflight.py --facts` prints them.")
    servers = matrix.get("servers", ())
    if server and server not in servers:
        hint = f"The servers of servers.yaml are: {', '.join(servers)}." if servers else "servers.yaml declares none."
        raise UsageError(f"there is no server {server!r}", hint=hint)
    known = [*(name for each in matrix["sets"] for name in each["targets"]), *matrix["no_set"]]
    if target and target not in known:
        raise UsageError(f"phase {matrix['phase']} has no target {target!r}", hint="`lockgen targets` lists them.")
    return answer(facts, matrix, server, target)


def with_paths(said: Mapping[str, Any], folder: Path, python: str | None) -> dict[str, Any]:
    """The answer with remedies that can be pasted here: files by their paths, pip as that of the interpreter."""
    pip = "pip" if python is None else f"{shlex.quote(python)} -m pip"

    def paste(remedy: str) -> str:
        there = _FILE.sub(lambda found: f"{found[1]} {shlex.quote((folder / found[2]).as_posix())}", remedy)
        return f"{pip}{there.removeprefix('pip')}" if there.startswith("pip install ") else there

    return {**said, "findings": [{**each, "remedy": paste(each["remedy"])} for each in said["findings"]]}
