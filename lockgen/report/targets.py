"""The targets of the matrices as a grid of platforms and Pythons, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lockgen.model.answer import Answer, Point, Section
from lockgen.model.phase import Selection
from lockgen.text import grouped, grouped_pairs
from lockgen.text.target_names import in_words, phases_in_words, python_key


def targets_answer(found: Sequence[Selection]) -> Answer:
    """How many targets there are, and for each phase a grid; phases with the same targets share one."""
    supported = sum(len(each.targets) for each in found)
    counts = f"{supported} {'target' if supported == 1 else 'targets'}"
    if len(found) > 1:
        counts += f" of {len(found)} phases"
    no = sum(len(each.unsupported) for each in found)
    refused = any(each.refused for each in found)
    groups = grouped(found, _shown)
    sections = tuple(_section([each.phase.phase for each in group], group[0]) for group in groups.values())
    verdict = f"{counts} supported{f', {no} unsupported' if no else ''}"
    return Answer(state="bad" if refused else "good", verdict=verdict, sections=sections)


def targets_json(found: Sequence[Selection]) -> dict[str, Any]:
    """Phase -> target -> status, and for an unsupported one the reason and the remedy."""
    return {each.phase.phase: _statuses(each) for each in found}


def _statuses(selection: Selection) -> dict[str, dict[str, str]]:
    yes = {target.name: {"status": "supported"} for target in selection.targets}
    no = {
        each.target.name: {"status": "unsupported", "reason": each.reason, "remedy": each.remedy}
        for each in selection.unsupported
    }
    found = yes | no
    return {name: found[name] for name in dict.fromkeys([*selection.everything, *found]) if name in found}


def _shown(selection: Selection) -> tuple[object, ...]:
    """What two phases have to share to stand as one."""
    return tuple((name, *facts.values()) for name, facts in _statuses(selection).items())


def _section(phases: Sequence[str], selection: Selection) -> Section:
    statuses = _statuses(selection)
    words = {name: "yes" if facts["status"] == "supported" else "no" for name, facts in statuses.items()}
    pythons = sorted({name.split("-", 1)[0] for name in words}, key=python_key)
    platforms = dict.fromkeys(name.split("-", 1)[1] for name in words)
    reasons = grouped_pairs(
        (f"{each.reason}. {each.remedy}".rstrip(), each.target.name) for each in selection.unsupported
    )
    return Section(
        title=phases_in_words(phases),
        head=("", *pythons),
        rows=tuple(
            (platform, *(words.get(f"{python}-{platform}", "") for python in pythons)) for platform in platforms
        ),
        points=tuple(
            Point(name=f"unsupported: {in_words(names, selection.everything)}", reasons=(reason,), state="notable")
            for reason, names in reasons.items()
        ),
    )
