"""targets."""

from __future__ import annotations

from lockgen.model.phase import Selection


def targets_of(selection: Selection) -> dict[str, dict[str, str]]:
    """Target name -> status, and for an unsupported one the reason and the remedy."""
    yes = {target.name: {"status": "supported"} for target in selection.targets}
    no = {
        each.target.name: {"status": "unsupported", "reason": each.reason, "remedy": each.remedy}
        for each in selection.unsupported
    }
    return {name: {**yes, **no}[name] for name in (*selection.everything, *yes, *no) if name in {**yes, **no}}
