"""Findings about targets that have a set: rows without a target, extras, markers, project statuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.lint.outcomes import TableOutcomes
from lockgen.lint.rules import finding
from lockgen.lint.table import LintTable, place_of
from lockgen.model.lint import Finding
from lockgen.model.overrides import replaced_names
from lockgen.model.result import Pin, Solved
from lockgen.model.target import Target, splits, unknowable, unserved
from lockgen.text import grouped, grouped_pairs


def set_findings(outcomes: TableOutcomes) -> Iterator[Finding]:
    """no-such-extra, split-marker, unknowable-marker, the patch rules, project-status and unused-dependency."""
    if outcomes.table.is_whole:
        yield from _unused(outcomes.table)
    yield from _extras(outcomes)
    yield from _markers(outcomes)
    yield from _held_by_patch(outcomes)
    yield from _unserved(outcomes)
    yield from _statuses(outcomes)


def _unused(table: LintTable) -> Iterator[Finding]:
    for row in table.phase.own:
        if not table.targets_of(row):
            message = f"no target uses the row of {row.name}"
            yield finding(table, "unused-dependency", [row.name], message, where=place_of(row, "name"))


def _extras(outcomes: TableOutcomes) -> Iterator[Finding]:
    for (name, said), targets in grouped_pairs(_absent_extras(outcomes)).items():
        where = outcomes.table.place(name, "extras", targets[0])
        yield finding(outcomes.table, "no-such-extra", [name], f"{name} {said}", where=where, targets=targets)


def _absent_extras(outcomes: TableOutcomes) -> Iterator[tuple[tuple[NormalizedName, str], str]]:
    """The package with the sentence about its extra, and the target."""
    for target, pin in outcomes.pins:
        row = outcomes.table.row(target, pin.name)
        has = ", ".join(sorted(pin.metadata.provides_extra)) or "none"
        for extra in sorted((row.extras if row else frozenset()) - set(pin.metadata.provides_extra)):
            yield (pin.name, f"{pin.version} has no extra {extra!r}; it has {has}"), target.name


def _markers(outcomes: TableOutcomes) -> Iterator[Finding]:
    found = grouped_pairs(
        ((pin.name, *judged), target.name)
        for target, pin in outcomes.pins
        for text in pin.metadata.requires_dist
        if not _is_replaced(outcomes.table, target, text)
        if (judged := _judge_marker(target, pin, Requirement(text))) is not None
    )
    for (package, rule, said), targets in found.items():
        yield finding(
            outcomes.table,
            rule,
            [package],
            said,
            where=outcomes.table.place(package, "name", targets[0]),
            targets=targets,
        )


def _is_replaced(table: LintTable, target: Target, text: str) -> bool:
    """Whether an override or an exclusion of the matrix stands in place of the requirement."""
    request = table.request(target)
    names = replaced_names(request.overrides, request.excludes)
    return bool(names) and canonicalize_name(Requirement(text).name) in names


def _judge_marker(target: Target, pin: Pin, requirement: Requirement) -> tuple[str, str] | None:
    """The rule that the requirement's marker breaks and the sentence about it; None: it has one value on the target."""
    marker, needs = requirement.marker, f"{pin.name} {pin.version} needs {canonicalize_name(requirement.name)}"
    if marker is None:
        return None
    if names := unknowable(marker):
        return "unknowable-marker", f"{needs} depending on {', '.join(names)}, which no target can know"
    if any(splits(target, marker, extra) for extra in ("", *sorted(pin.extras))):
        return "split-marker", f"{needs} on some patch releases of {target.python} only: {marker}"
    return None


def _held_by_patch(outcomes: TableOutcomes) -> Iterator[Finding]:
    """The newest release of each package that only patch releases from the floor on keep out, rows or not."""
    held = grouped_pairs(
        ((refusal.name, f"{refusal.name} {refusal.version} {refusal.reason}"), target.name)
        for target, outcome in outcomes.by_target
        if isinstance(outcome, Solved)
        for refusal, *_ in grouped((each for each in outcome.refusals if each.patch), lambda each: each.name).values()
    )
    for (name, said), targets in held.items():
        where = outcomes.table.place(name, "name")
        yield finding(outcomes.table, "held-by-patch", [name], said, where=where, targets=targets)


def _unserved(outcomes: TableOutcomes) -> Iterator[Finding]:
    for (name, said), targets in grouped_pairs(_unserved_patches(outcomes)).items():
        where = outcomes.table.place(name, "name")
        yield finding(outcomes.table, "unserved-patch", [name], said, where=where, targets=list(dict.fromkeys(targets)))


def _unserved_patches(outcomes: TableOutcomes) -> Iterator[tuple[tuple[NormalizedName, str], str]]:
    """The package with the sentence about the patch release, and the target."""
    for target, pin in outcomes.pins:
        for text in filter(None, (pin.metadata.requires_python, pin.files[0].requires_python)):
            with suppress(InvalidSpecifier):
                for patch in unserved(target, SpecifierSet(text)):
                    python = f"{target.build.words} {patch}"
                    said = f"{pin.name} {pin.version} does not serve {python}: it requires Python {text}"
                    yield (pin.name, said), target.name


def _statuses(outcomes: TableOutcomes) -> Iterator[Finding]:
    for name in sorted({pin.name for _, pin in outcomes.pins}):
        listing = outcomes.table.resolver.project(name)
        if listing is not None and listing.status not in ("", "active"):
            targets = [target.name for target, pin in outcomes.pins if pin.name == name]
            message = f"the index says that the project {name} is {listing.status} (PEP 792)"
            where = outcomes.table.place(name, "name")
            yield finding(outcomes.table, "project-status", [name], message, where=where, targets=targets)
