"""What a person should know about sets that can be had: rows without a target, extras, markers, project statuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.lint.cells import Cells
from lockgen.lint.rules import finding
from lockgen.lint.table import LintTable
from lockgen.model.lint import Finding
from lockgen.model.result import Solved
from lockgen.model.target import splits, unknowable, unserved


def set_findings(cells: Cells) -> Iterator[Finding]:
    """no-such-extra, split-marker, unknowable-marker, the patch rules, project-status and unused-dependency."""
    if cells.table.is_whole:
        yield from _unused(cells.table)
    yield from _extras(cells)
    yield from _markers(cells)
    yield from _held_by_patch(cells)
    yield from _unserved(cells)
    yield from _statuses(cells)


def _unused(table: LintTable) -> Iterator[Finding]:
    for row in table.phase.dependencies:
        if not any(table.row(target, row.name) for target in table.targets):
            message = f"no target uses the row of {row.name}"
            yield finding(table, "unused-dependency", [row.name], message, where=table.place(row.name, "name"))


def _extras(cells: Cells) -> Iterator[Finding]:
    found: dict[tuple[NormalizedName, str, str], list[str]] = {}
    for target, pin in cells.pins:
        row = cells.table.row(target, pin.name)
        for extra in sorted((row.extras if row else frozenset()) - set(pin.metadata.provides_extra)):
            has = ", ".join(sorted(pin.metadata.provides_extra)) or "none"
            found.setdefault((pin.name, extra, f"{pin.version} has no extra {extra!r}; it has {has}"), []).append(
                target.name
            )
    for (name, _, said), targets in found.items():
        where = cells.table.place(name, "extras")
        yield finding(cells.table, "no-such-extra", [name], f"{name} {said}", where=where, targets=targets)


def _markers(cells: Cells) -> Iterator[Finding]:
    found: dict[tuple[str, NormalizedName, str], list[str]] = {}
    for target, pin in cells.pins:
        for text in pin.metadata.requires_dist:
            requirement = Requirement(text)
            marker, name = requirement.marker, canonicalize_name(requirement.name)
            if marker is None:
                continue
            if names := unknowable(marker):
                said = (
                    f"{pin.name} {pin.version} needs {name} depending on {', '.join(names)}, which no target can know"
                )
                found.setdefault(("unknowable-marker", pin.name, said), []).append(target.name)
            elif any(splits(target, marker, extra) for extra in ("", *sorted(pin.extras))):
                said = f"{pin.name} {pin.version} needs {name} on some patch releases of {target.python} only"
                found.setdefault(("split-marker", pin.name, f"{said}: {marker}"), []).append(target.name)
    for (rule, package, said), targets in found.items():
        yield finding(cells.table, rule, [package], said, where=cells.table.place(package, "name"), targets=targets)


def _held_by_patch(cells: Cells) -> Iterator[Finding]:
    """The newest release of each package that only patch releases from the floor on keep out, rows or not."""
    found: dict[tuple[NormalizedName, str], list[str]] = {}
    for target, outcome in cells.outcomes:
        seen: set[NormalizedName] = set()
        for refusal in outcome.refusals if isinstance(outcome, Solved) else ():
            if refusal.patch and refusal.name not in seen:
                seen.add(refusal.name)
                found.setdefault((refusal.name, f"{refusal.name} {refusal.version} {refusal.reason}"), []).append(
                    target.name
                )
    for (name, said), targets in found.items():
        where = cells.table.place(name, "name")
        yield finding(cells.table, "held-by-patch", [name], said, where=where, targets=targets)


def _unserved(cells: Cells) -> Iterator[Finding]:
    found: dict[tuple[NormalizedName, str], list[str]] = {}
    for target, pin in cells.pins:
        for text in filter(None, (pin.metadata.requires_python, pin.files[0].requires_python)):
            with suppress(InvalidSpecifier):
                for patch in unserved(target, SpecifierSet(text)):
                    said = f"{pin.name} {pin.version} does not serve CPython {patch}: it requires Python {text}"
                    found.setdefault((pin.name, said), []).append(target.name)
    for (name, said), targets in found.items():
        where = cells.table.place(name, "name")
        yield finding(cells.table, "unserved-patch", [name], said, where=where, targets=list(dict.fromkeys(targets)))


def _statuses(cells: Cells) -> Iterator[Finding]:
    for name in sorted({pin.name for _, pin in cells.pins}):
        listing = cells.table.resolver.project(name)
        if listing is not None and listing.status not in ("", "active"):
            targets = [target.name for target, pin in cells.pins if pin.name == name]
            message = f"the index says that the project {name} is {listing.status} (PEP 792)"
            where = cells.table.place(name, "name")
            yield finding(cells.table, "project-status", [name], message, where=where, targets=targets)
