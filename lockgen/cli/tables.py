"""`lockgen targets` and `lockgen schema`: what the matrices list, and how they are written."""

from __future__ import annotations

from typing import Annotated

import typer

from lockgen.cli import options as opt
from lockgen.cli.doors import (
    open_matrices,
    say_refused,
)
from lockgen.cli.printing import print_json
from lockgen.errors import UsageError
from lockgen.matrix.model import json_schema
from lockgen.matrix.select import select
from lockgen.workflow import rendering


def targets(
    phase: opt.Phases = None,
    target: opt.Targets = None,
    matrices: opt.MatricesDir = None,
    format_: opt.OutputFormat = opt.Format.text,
) -> int:
    """List the targets of each phase, the unsupported ones with the reason.

    Exit 0: every pattern means a supported target. 1: one means only unsupported ones.

    Examples:
        lockgen targets --phase 1
        lockgen targets --phase 1 --target 'py3.7-*'

    """
    found = select(open_matrices(matrices), tuple(phase or ()), tuple(target or ()))
    if format_ is opt.Format.json:
        print_json({s.phase.phase: rendering.targets_of(s) for s in found})
    else:
        for selection in found:
            for name, facts in rendering.targets_of(selection).items():
                rest = f"{facts['reason']}. {facts['remedy']}" if facts["status"] == "unsupported" else ""
                print(f"{selection.phase.phase}\t{name}\t{facts['status']}\t{rest}".rstrip())
    say_refused(each for selection in found for each in selection.refused)
    return int(any(selection.refused for selection in found))


def schema(
    kind: Annotated[str, typer.Argument(help="phase, targets or issues.", metavar="KIND")] = "phase",
) -> int:
    """Print the JSON Schema of one kind of matrix file.

    Editors that are given it complete and check a matrix while it is written.

    Examples:
        lockgen schema issues

    """
    try:
        print_json(json_schema(kind))
    except KeyError:
        raise UsageError(f"there is no matrix file of kind {kind!r}", hint="Kinds: phase, targets, issues.") from None
    return 0
