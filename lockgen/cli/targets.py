"""`lockgen targets`: what the matrices list."""

from __future__ import annotations

from lockgen.cli import options as opt
from lockgen.cli.environment import open_matrices
from lockgen.cli.printing import print_answer, print_result
from lockgen.matrix.select import select
from lockgen.report.targets import targets_answer, targets_json


def targets(
    phase: opt.Phases = None,
    set_: opt.Sets = None,
    target: opt.Targets = None,
    matrices_dir: opt.MatricesDir = None,
    format_: opt.OutputFormat = opt.Format.text,
) -> int:
    """List the targets of each phase, the unsupported ones with the reason.

    Exit 0: every pattern means a supported target. 1: one means only unsupported ones.

    Examples:
        lockgen targets --phase 1
        lockgen targets --phase 1 --target 'py3.7-*'

    """
    found = select(open_matrices(matrices_dir), phase or (), target or (), set_ or ())
    is_no = any(selection.refused for selection in found)
    if format_ is opt.Format.json:
        print_result("targets", targets_json(found), ok=not is_no)
    else:
        print_answer(targets_answer(found), on_stdout=True)
    return int(is_no)
