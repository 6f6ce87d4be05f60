"""check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lockgen.render.check import reason
from lockgen.render.plan import Difference, differences
from lockgen.render.write import read
from lockgen.workflow.render import RenderedPhase


def check(rendered: Iterable[RenderedPhase]) -> list[tuple[Path, Difference, str]]:
    """Every committed file that is not what matrices, templates and index give: path, difference, and why."""
    found = []
    for each in rendered:
        committed = read(each.folder, each.plan.paths)
        found += [
            (each.folder / difference.path, difference, reason(difference, committed, each.plan))
            for difference in differences(each.plan, committed)
        ]
    return found
