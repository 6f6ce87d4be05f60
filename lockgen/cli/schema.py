"""`lockgen schema`: how a matrix file is written, for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from lockgen.cli.printing import print_json
from lockgen.errors import UsageError
from lockgen.matrix.schema import MODELS, json_schema


def schema(
    kind: Annotated[str, typer.Argument(help="phase, targets, issues or servers.", metavar="KIND")] = "phase",
) -> int:
    """Print the JSON Schema of one kind of matrix file.

    Editors that are given it complete and check a matrix while it is written.

    Examples:
        lockgen schema issues

    """
    try:
        print_json(json_schema(kind))
    except KeyError:
        known = ", ".join(MODELS)
        raise UsageError(f"there is no matrix file of kind {kind!r}", hint=f"Kinds: {known}.") from None
    return 0
