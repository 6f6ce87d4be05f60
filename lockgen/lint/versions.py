"""The published versions themselves: whether the index has them, since when, and whether they are yanked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from packaging.version import Version

from lockgen.lint.repairs import rewritten
from lockgen.lint.rules import finding
from lockgen.lint.table import LintTable, place_of
from lockgen.model.index import DistFile, Project
from lockgen.model.lint import Finding, Repair
from lockgen.model.matrix import Dependency
from lockgen.model.request import Strategy
from lockgen.text import moment

VersionKey = Strategy | Literal["exact"]
"""A key of a row that names a version."""


def version_findings(table: LintTable) -> Iterator[Finding]:
    """no-such-package, no-such-version, late-version and yanked-version."""
    for row in table.phase.own:
        listing = table.resolver.project(row.name)
        if listing is None:
            message = f"the index knows no package {row.name}"
            yield finding(table, "no-such-package", [row.name], message, where=place_of(row, "name"))
        else:
            for key, version in _exact_versions(row, listing):
                yield from _version(table, row, listing, key, version)


def _exact_versions(row: Dependency, listing: Project) -> Iterator[tuple[VersionKey, Version]]:
    """Every version the row names as one that exists; "<2" and a minimum that is no release name none."""
    if row.minimum is not None and listing.files(row.minimum):
        yield "minimum", row.minimum
    if row.exact is not None:
        yield "exact", row.exact
    if row.recommended is not None:
        yield "recommended", row.recommended
    for clause in row.maximum or ():
        version = Version(clause.version)
        # A local version of the release lies inside the bound as well (PEP 440).
        if clause.operator == "<=" and not any(
            Version(each.public) == version for each in listing.versions if each.local
        ):
            yield "maximum", version


def _version(
    table: LintTable, row: Dependency, listing: Project, key: VersionKey, version: Version
) -> Iterator[Finding]:
    files, said, where = listing.files(version), f"{key} {row.name} {version}", place_of(row, key)
    if not files:
        near = _nearest(table, row, listing, key, version)
        yield finding(table, "no-such-version", [row.name], f"{said} does not exist", where=where, repairs=[*near])
        return
    uploaded = [file.uploaded for file in files if file.uploaded is not None]
    if len(uploaded) == len(files) and min(uploaded) > (as_of := _as_of(table, row)):
        first = moment(min(uploaded))
        message = f"{said} was uploaded on {first}, after as_of {moment(as_of)}"
        late = Repair(text=f"as_of {first} or later")
        yield finding(table, "late-version", [row.name], message, where=where, repairs=[late])
    if all(file.yanked is not None for file in files):
        near = _nearest(table, row, listing, key, version)
        message = f"{said} is yanked{_reason(files)}"
        yield finding(table, "yanked-version", [row.name], message, where=where, repairs=[*near])


def _as_of(table: LintTable, row: Dependency) -> datetime:
    return table.phase.as_of_for.get(row.name, table.phase.as_of)


def _reason(files: tuple[DistFile, ...]) -> str:
    reasons = dict.fromkeys(file.yanked for file in files if file.yanked)
    return f": {'; '.join(map(str, reasons))}" if reasons else ""


def _nearest(
    table: LintTable, row: Dependency, listing: Project, key: VersionKey, version: Version
) -> Iterator[Repair]:
    """The next newer release inside the bounds that was there at as_of and is not yanked, or else the next older."""
    as_of = _as_of(table, row)
    there = [
        each
        for each in listing.versions
        if not each.is_prerelease
        and row.specifier.contains(each)
        and any(file.yanked is None and (file.uploaded or as_of) <= as_of for file in listing.files(each))
    ]
    newer, older = [each for each in there if each > version], [each for each in there if each < version]
    nearest = newer[-1:] or older[:1]
    targets = table.targets_of(row)
    for each in nearest:
        if targets and key != "exact":
            new = f"<={each.public}" if key == "maximum" else str(each)
            yield rewritten(table, targets[0], row.name, key, new=new, version=each)
