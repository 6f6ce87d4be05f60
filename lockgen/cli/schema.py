"""`lockgen schema`: how a matrix file is written, for editors, and what a command's JSON holds, for programs."""

from __future__ import annotations

from typing import Annotated

import typer

from lockgen.cli.printing import print_json
from lockgen.errors import UsageError
from lockgen.matrix.schema import MODELS, json_schema
from lockgen.report.schema_of_results import RESULTS, result_schema
from lockgen.text import alike


def schema(
    kind: Annotated[str | None, typer.Argument(help="phase, targets, issues or servers.", metavar="[KIND]")] = None,
    command: Annotated[
        str | None,
        typer.Option("--command", metavar="NAME", help="Of what that command prints with --format json instead."),
    ] = None,
) -> int:
    """Print the JSON Schema of one kind of matrix file.

    Of a phase when none is named; with --command of what that command prints with --format json. Editors that are given
    the schema of a matrix complete and check it while it is written.

    Examples:
        lockgen schema issues
        lockgen schema --command drift

    """
    if command is not None and kind is not None:
        raise UsageError(f"--command is about no file, so {kind!r} is in the way", hint="Leave one away.")
    found, known = (result_schema, list(RESULTS)) if command is not None else (json_schema, list(MODELS))
    name = command or kind or "phase"
    if name not in known:
        what = "command with --format json" if command is not None else "matrix file of kind"
        near = alike(name, known)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
        raise UsageError(f"there is no {what} {name!r}", hint=hint)
    print_json(found(name))
    return 0
