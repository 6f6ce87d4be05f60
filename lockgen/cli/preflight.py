"""`lockgen preflight`: examine another interpreter, or facts collected elsewhere, against a phase."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from lockgen.cli import options as opt
from lockgen.cli.environment import facts_of, open_matrices, output_folder
from lockgen.cli.printing import print_answer, print_result
from lockgen.errors import UsageError
from lockgen.matrix.select import chosen_phases
from lockgen.model.matrix import BASE, Matrices, set_name
from lockgen.preflight.checks import is_refused
from lockgen.report.preflight import preflight_answer
from lockgen.workflow import preflight as preflight_workflow


def preflight(
    phase: Annotated[
        str | None, typer.Option("--phase", metavar="PHASE", envvar="LOCKGEN_PHASE", help="The phase to check against.")
    ] = None,
    set_: Annotated[
        str, typer.Option("--set", metavar="SET", envvar="LOCKGEN_SET", help="The set of the phase to check against.")
    ] = BASE,
    python: Annotated[
        str | None,
        typer.Option(
            "--python",
            metavar="PATH",
            envvar="LOCKGEN_PREFLIGHT_PYTHON",
            help="The interpreter to examine, such as a venv's.",
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts",
            metavar="FILE",
            envvar="LOCKGEN_FACTS",
            help="Facts that `python preflight.py --facts` printed elsewhere.",
        ),
    ] = None,
    server: Annotated[
        str,
        typer.Option(
            "--server",
            metavar="NAME",
            envvar="LOCKGEN_SERVER",
            help="A server of servers.yaml; the facts or the phase say it when absent.",
        ),
    ] = "",
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="NAME",
            envvar="LOCKGEN_PREFLIGHT_TARGET",
            help="Compare with this target's set instead of its own.",
        ),
    ] = None,
    matrices_dir: opt.MatricesDir = None,
    output_dir: opt.Output = None,
    format_: opt.OutputFormat = opt.Format.text,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Check an interpreter, what is installed in it and where it runs against a phase and its committed sets.

    The same checks as the rendered preflight.py. Exit 0: nothing failed. 1: a check failed. 2: could not ask.

    Examples:
        lockgen preflight --phase 1 --python .venv/bin/python
        lockgen preflight --phase 2 --facts facts.json --target py3.12-linux-x86_64

    """
    matrices = open_matrices(matrices_dir)
    chosen = _set_of(matrices, phase or _only(matrices), set_)
    matrix = preflight_workflow.matrix_of(matrices, chosen, output_folder(output_dir))
    said = preflight_workflow.checked(_facts(python, facts, matrix), matrix, server, target or "")
    said = preflight_workflow.with_paths(said, output_folder(output_dir) / matrices.phase(chosen).folder, python)
    is_no = is_refused(said)
    if format_ is opt.Format.json:
        print_result("preflight", said, ok=not is_no)
    elif is_no or not quiet:
        print_answer(preflight_answer(said, verbose=verbose, only_failures=quiet))
    return int(is_no)


def _only(matrices: Matrices) -> str:
    if len(matrices.tables) > 1:
        names = ", ".join(phase.phase for phase in matrices.tables)
        raise UsageError("which phase?", hint=f"Name one with --phase: {names}.")
    return matrices.tables[0].phase


def _set_of(matrices: Matrices, phase: str, name: str) -> str:
    """The set's name among the phases. UsageError for one that the phase does not have."""
    if "/" in phase:
        if name != BASE:
            raise UsageError(f"--phase {phase} and --set {name} both name a set", hint="Leave one away.")
        return chosen_phases(matrices, [phase])[0].phase
    known = [each.set for each in matrices.phases.values() if each.table == matrices.phase(phase).table]
    if name not in known:
        raise UsageError(f"phase {phase} has no set {name!r}", hint=f"Its sets: {', '.join(known)}.")
    return set_name(phase, name)


def _facts(python: str | None, file: Path | None, matrix: Mapping[str, Any]) -> dict[str, Any]:
    if (python is None) == (file is None):
        raise UsageError("preflight examines one interpreter or one file", hint="Give --python PATH or --facts FILE.")
    if file is None:
        return facts_of(str(python), matrix)
    try:
        value: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", where=str(file)) from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"this is not JSON: {error}", where=str(file)) from None
    return value
