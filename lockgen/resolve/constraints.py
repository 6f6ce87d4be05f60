"""Known issues and conflict rules of a request, as demands."""

from __future__ import annotations

from dataclasses import replace

from lockgen.model.conflict import Demand
from lockgen.model.origin import IssueOrigin, ReleaseOrigin, RuleOrigin
from lockgen.model.request import Constraint
from lockgen.resolve.memory import MemoryIndex


def constraint_demand(constraint: Constraint, memory: MemoryIndex) -> Demand:
    """The narrowing of a package wherever it is in the set."""
    specifier = memory.interned(constraint.specifier)
    return Demand(name=constraint.name, specifier=specifier, origin=constraint.origin)


def constraint_demand_of(release: ReleaseOrigin, constraint: Constraint, memory: MemoryIndex) -> Demand:
    """What the constraint adds to the Requires-Dist of this release."""
    origin = constraint.origin
    if isinstance(origin, IssueOrigin | RuleOrigin):
        origin = replace(origin, beside=release)
    return replace(constraint_demand(constraint, memory), origin=origin)


def is_about(release: ReleaseOrigin, constraint: Constraint, memory: MemoryIndex) -> bool:
    """Whether the constraint adds something to this release, with this extra or with none."""
    if constraint.releases is None:
        return False
    name, versions = constraint.releases
    if name != release.name or not (release.extra in constraint.extras if constraint.extras else not release.extra):
        return False
    return memory.contains(name, versions, release.version)
