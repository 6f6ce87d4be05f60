"""What a phase asks of a target: its cells, the request to the resolver, and the known issues that concern a set."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.model.implementation import parse_python
from lockgen.model.issues import ConflictRule, KnownIssue, SdistRule
from lockgen.model.matrix import Dependency, Matrices, Phase, PlatformRow, PythonRow
from lockgen.model.origin import ConstraintOrigin, IssueOrigin, RuleOrigin
from lockgen.model.request import Constraint, Request, Row, SdistPermission, Strategy
from lockgen.model.result import IssueNote, Unsupported
from lockgen.model.routes import Route
from lockgen.model.target import Target, make_target, switches_on
from lockgen.text import spelled

_NAME = re.compile(r"(?:py(?=3)|(?=pypy))((?:pypy)?3\.\d{1,3}(?:\.\d{1,4})?t?)-(.+)\Z")


def cells(matrices: Matrices, phase: Phase) -> tuple[Target | Unsupported, ...]:
    """Every target of the phase: by Python, then by platform, in the order of targets.yaml.

    Where `skip` or the column of the phase's server says no, the cell is the table's own reason and remedy.
    """
    return tuple(
        _cell(matrices, phase, python, python.python, platform)
        for python in matrices.pythons
        for platform in matrices.platforms
    )


def extra_target(matrices: Matrices, phase: Phase, name: str) -> Target | Unsupported | None:
    """The target of that name, also for a full Python version (`py3.8.20-linux-x86_64`) whose minor is in the table.

    None: the tables know no such target.
    """
    match = _NAME.match(name)
    pythons = {row.python: row for row in matrices.pythons}
    build = match and parse_python(match[1])
    python = build and (pythons.get(build.text) or pythons.get(build.of_minor.text))
    platform = match and next((row for row in matrices.platforms if row.name == match[2]), None)
    if not match or not python or not platform:
        return None
    try:
        return _cell(matrices, phase, python, match[1], platform)
    except ValueError:
        return None


def request(
    matrices: Matrices,
    phase: Phase,
    target: Target,
    strategy: Strategy,
    *,
    as_of: datetime | None = None,
    known_issues: bool = True,
) -> Request:
    """Everything the resolver may know about one target.

    `as_of` overrides the phase's own (its per-package cut-offs stay). Without `known_issues` none of them constrains.
    The pins of the sets that a named set extends are not in it: `lockgen.workflow.layers` adds them.
    """
    rows = [row for row in phase.dependencies if row.when.covers(target)]
    return Request(
        target=target,
        strategy=strategy,
        rows=_merged(rows),
        constraints=(*(_constraints(matrices, target) if known_issues else ()), *_bounds(phase, target)),
        overrides=tuple(each for each in phase.overrides if each.when.covers(target)),
        excludes=tuple(each for each in phase.excludes if each.when.covers(target)),
        sdists=tuple(_permission(sdist, target) for sdist in matrices.sdists if sdist.when.covers(target)),
        stated=matrices.metadata,
        as_of=as_of or phase.as_of,
        as_of_for=phase.as_of_for,
        undated=_patterns(route for route in phase.indexes.items() if route[1].undated),
        unhashed=_patterns(route for route in phase.indexes.items() if route[1].unhashed),
        routes=matrices.routes,
    )


def notes(
    matrices: Matrices,
    target: Target,
    pins: Mapping[NormalizedName, Version],
    *,
    built: Collection[NormalizedName] = (),
) -> tuple[IssueNote, ...]:
    """The known issues that concern this set on this target, in the order of issues.yaml.

    An issue about releases concerns a set that holds one of them, and one about sdists only a set that has it `built`:
    pinned to an sdist. One that only constrains concerns a set that holds what it constrains; any other, every set on
    its targets.
    """
    return tuple(
        IssueNote(id=issue.id, title=issue.title, solution=issue.solution)
        for issue in matrices.issues
        if issue.when.covers(target) and _touches(issue, pins, built)
    )


def conflict_rules(matrices: Matrices) -> Iterator[Constraint]:
    """The known-conflicts table as constraints: its releases of a library, with its extras, require what it says."""
    for row in matrices.conflicts:
        if row.requires is not None:
            place = row.where.rpartition(":")[0]
            yield Constraint(
                origin=RuleOrigin(where=place, published=row.published, sentence=_rule_sentence(row, place)),
                name=canonicalize_name(row.requires.name),
                specifier=row.requires.specifier,
                releases=(row.library, row.versions or SpecifierSet()),
                extras=frozenset(row.extras),
            )


def _rule_sentence(rule: ConflictRule, place: str) -> str:
    """`pandas <2.2 works with numpy<2 only (issues.yaml:136): upgrade pandas`."""
    extras = f"[{','.join(rule.extras)}]" if rule.extras else ""
    versions = f" {spelled(rule.versions)}" if rule.versions else ""
    workaround = f": {rule.workaround[:1].lower()}{rule.workaround[1:]}" if rule.workaround else ""
    return f"{rule.library}{extras}{versions} works with {rule.requires} only ({place}){workaround}"


def build_packages(issue: KnownIssue | SdistRule, target: Target) -> tuple[str, ...]:
    """The operating system packages an issue or a permission names for the target's family of platforms."""
    platform = target.platform
    family = "alpine" if platform.libc == "musl" else platform.os
    return tuple(package for key, packages in issue.build_packages.items() if key == family for package in packages)


def _cell(matrices: Matrices, phase: Phase, row: PythonRow, python: str, platform: PlatformRow) -> Target | Unsupported:
    floor = row.floor if python == row.python else ""
    target = make_target(python, platform.platform, floor=floor, every_patch=row.every_patch)
    if (skip := next((each for each in matrices.skips if each.covers(target, row.python)), None)) is not None:
        return Unsupported(target=target, reason=skip.reason, remedy="")
    no = row.unsupported.get(phase.server) or platform.unsupported.get(phase.server)
    if no is not None:
        return Unsupported(target=target, reason=no.reason, remedy=no.remedy)
    return target


def _merged(dependencies: Iterable[Dependency]) -> tuple[Row, ...]:
    """One row for each package: what a set says of one that a set below it names too is held to beside that."""
    rows: dict[NormalizedName, Row] = {}
    for dependency in dependencies:
        row = _row(dependency)
        if (below := rows.get(row.name)) is not None:
            row = replace(
                row,
                extras=row.extras | below.extras,
                specifier=row.specifier & below.specifier,
                minimum=row.minimum or below.minimum,
                recommended=row.recommended or below.recommended,
                prereleases=below.prereleases if row.prereleases is None else row.prereleases,
            )
        rows[row.name] = row
    return tuple(rows.values())


def _row(row: Dependency) -> Row:
    return Row(
        name=row.name,
        extras=row.extras,
        specifier=row.specifier,
        minimum=row.minimum,
        recommended=row.recommended,
        prereleases=row.prereleases,
        where=row.where,
    )


def _constraints(matrices: Matrices, target: Target) -> Iterator[Constraint]:
    for issue in matrices.issues:
        if not issue.when.covers(target):
            continue
        for wanted in issue.constrain:
            name = canonicalize_name(wanted.name)
            packages = issue.packages
            # A release cannot require another release of itself; `checks` holds that the plain form says the same.
            releases = [None] if not packages or name in packages else list(packages.items())
            for release in releases:
                yield Constraint(
                    origin=IssueOrigin(id=issue.id), name=name, specifier=wanted.specifier, releases=release
                )


def _bounds(phase: Phase, target: Target) -> Iterator[Constraint]:
    for each in phase.constraints:
        if each.marker is None or switches_on(target, each.marker):
            yield Constraint(origin=ConstraintOrigin(where=each.where), name=each.name, specifier=each.specifier)


def _permission(sdist: SdistRule, target: Target) -> SdistPermission:
    return SdistPermission(name=sdist.package, reason=sdist.reason, build_packages=build_packages(sdist, target))


def _patterns(routes: Iterable[tuple[str, Route]]) -> frozenset[str]:
    """The names and patterns of indexes; the default index's is the pattern `*`."""
    return frozenset(glob for alias, route in routes for glob in (("*",) if alias == "default" else route.packages))


def _touches(issue: KnownIssue, pins: Mapping[NormalizedName, Version], built: Collection[NormalizedName]) -> bool:
    packages = issue.packages
    if packages:
        concerned = built if issue.is_sdist else pins
        return any(
            name in pins and name in concerned and within.contains(pins[name], prereleases=True)
            for name, within in packages.items()
        )
    return not issue.constrain or any(canonicalize_name(wanted.name) in pins for wanted in issue.constrain)
