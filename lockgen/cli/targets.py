"""`lockgen targets`: what the matrices list."""

from __future__ import annotations

from lockgen.cli import options as opt
from lockgen.cli.environment import open_matrices
from lockgen.cli.printing import print_json, say_refused
from lockgen.matrix.select import select
from lockgen.workflow.targets import targets_of


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
    if format_ is opt.Format.json:
        print_json({s.phase.phase: targets_of(s) for s in found})
    else:
        for selection in found:
            for name, facts in targets_of(selection).items():
                rest = f"{facts['reason']}. {facts['remedy']}" if facts["status"] == "unsupported" else ""
                print(f"{selection.phase.phase}\t{name}\t{facts['status']}\t{rest}".rstrip())
    say_refused(each for selection in found for each in selection.refused)
    return int(any(selection.refused for selection in found))
