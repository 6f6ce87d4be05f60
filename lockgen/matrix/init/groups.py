"""The extras and dependency groups of a project -> named sets of a first matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.init.draft import SetDraft
from lockgen.matrix.init.rows import starts
from lockgen.model.matrix import BASE
from lockgen.model.requirements import UserRequirements
from lockgen.model.target import Target

_KINDS = {"extra": "the extra {}", "group": "the dependency group {}"}


def set_drafts(
    asked: UserRequirements, installed: Mapping[NormalizedName, Version], targets: Sequence[Target]
) -> tuple[tuple[SetDraft, ...], tuple[str, ...]]:
    """The named sets in the project's order, and in words what was left out of them.

    Of a group and an extra of one name, the extra's set is called NAME-extra; so is that of an extra called base.
    """
    groups = {group.name for group in asked.groups if group.kind == "group"}
    found: dict[str, SetDraft] = {}
    left_out: list[str] = []
    for group in asked.groups:
        is_taken = group.name == BASE or (group.kind == "extra" and group.name in groups)
        name = f"{group.name}-{group.kind}" if is_taken else str(group.name)
        source = _KINDS[group.kind].format(group.name)
        own = UserRequirements(requirements=group.requirements, unconsidered=group.unconsidered)
        rows, others = starts(own, installed, targets)
        left_out += others
        if not rows:
            left_out.append(f"{source}: nothing in it is asked of an index on these targets")
        elif name in found:
            left_out.append(f"{source}: another file has one of that name, which is the set")
        else:
            found[name] = SetDraft(name=name, source=source, rows=rows)
    return tuple(found.values()), tuple(left_out)
