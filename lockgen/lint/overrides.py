"""Overrides, exclusions and constraints that change nothing, and rows whose minimum strategy has no floor."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.lint.outcomes import TableOutcomes
from lockgen.lint.rules import finding
from lockgen.lint.table import place_of
from lockgen.model.lint import Finding, Repair
from lockgen.model.overrides import ExcludeRule, OverrideRule, extra_of
from lockgen.model.result import Pin
from lockgen.model.target import Target


def override_findings(outcomes: TableOutcomes) -> Iterator[Finding]:
    """idle-override and idle-constraint, judged where every target has a set and no named set has more; no-minimum."""
    table = outcomes.table
    has_sets = sum(phase.table == table.phase.table for phase in table.matrices.phases.values()) > 1
    if table.is_whole and not has_sets and not outcomes.unsolved:
        yield from _idle_overrides(outcomes)
        yield from _idle_constraints(outcomes)
    for row in table.phase.own:
        if row.minimum is None and row.exact is None:
            message = (
                f"{row.name} has no minimum: the minimum strategy takes the oldest release that goes with the rest"
            )
            yield finding(table, "no-minimum", [row.name], message, where=place_of(row, "name"))


def _idle_overrides(outcomes: TableOutcomes) -> Iterator[Finding]:
    phase = outcomes.table.phase
    wanted = {(target.name, name) for target, pin in outcomes.pins for name in _required(pin)}
    rules: tuple[OverrideRule | ExcludeRule, ...] = (*phase.overrides, *phase.excludes)
    for rule in rules:
        if rule.where.startswith(f"{phase.file}:") and not any(
            rule.when.covers(target) and (target.name, rule.name) in wanted for target in outcomes.table.targets
        ):
            kind = "override" if isinstance(rule, OverrideRule) else "exclusion"
            message = f"the {kind} of {rule.name} changes nothing: no release in any set requires it"
            remove = Repair(text=f"remove {rule.where}")
            where = f"{rule.where}:1"
            yield finding(outcomes.table, "idle-override", [rule.name], message, where=where, repairs=[remove])


def _required(pin: Pin) -> Iterator[NormalizedName]:
    """What the release itself requires, with its extras in the set, whatever the rest of the markers."""
    for line in pin.metadata.requires_dist:
        extra = extra_of(line.partition(";")[2])
        name = canonicalize_name(Requirement(line).name)
        if name != pin.name and (not extra or extra in pin.extras):
            yield name


def _idle_constraints(outcomes: TableOutcomes) -> Iterator[Finding]:
    """Those of constraints files aside: a file is shared, and has lines about what others use."""
    phase = outcomes.table.phase
    held: dict[NormalizedName, list[Target]] = {}
    for target, pin in outcomes.pins:
        held.setdefault(pin.name, []).append(target)
    for line in phase.constraints:
        if line.where.startswith(f"{phase.file}:") and line.name not in held:
            message = f"the constraint on {line.name} changes nothing: it is in no set"
            where = f"{line.where}:1"
            yield finding(outcomes.table, "idle-constraint", [line.name], message, where=where)
