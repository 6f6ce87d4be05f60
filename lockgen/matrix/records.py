"""Checked entries of matrix files -> the records that the other stages read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lockgen.matrix.issues_schema import ConflictEntry, IssueEntry, SdistEntry, UnimportedEntry
from lockgen.matrix.override_schema import ExcludeEntry, OverrideEntry, SkipEntry
from lockgen.matrix.schema import PlatformEntry, PythonEntry, RouteEntry, SupportEntry, TargetsFile
from lockgen.matrix.strict import WhenEntry
from lockgen.model.images import Images
from lockgen.model.issues import ConflictRule, KnownIssue, SdistRule, UnimportedRule, When
from lockgen.model.matrix import PlatformRow, PythonRow
from lockgen.model.overrides import ConstraintLine, ExcludeRule, OverrideRule, SkipRule
from lockgen.model.platform import Platform
from lockgen.model.pythons import floor_of
from lockgen.model.routes import Route
from lockgen.model.servers import Support


def when(entry: WhenEntry) -> When:
    """The targets an entry is for."""
    return When(python=entry.python, platforms=entry.platforms)


def override_rule(entry: OverrideEntry, where: str) -> OverrideRule:
    """What stands in place of releases' demands, at the place `where`."""
    wanted = entry.requirement
    return OverrideRule(
        name=canonicalize_name(wanted.name),
        extras=frozenset(map(canonicalize_name, wanted.extras)),
        specifier=wanted.specifier,
        reason=entry.reason,
        when=when(entry.when or WhenEntry()),
        where=where,
    )


def exclude_rule(entry: ExcludeEntry, where: str) -> ExcludeRule:
    """A package that no set may hold, at the place `where`."""
    return ExcludeRule(name=entry.name, reason=entry.reason, when=when(entry.when or WhenEntry()), where=where)


def skip_rule(entry: SkipEntry, where: str) -> SkipRule:
    """Cells that are no targets, at the place `where`."""
    return SkipRule(targets=entry.targets or (), when=when(entry.when or WhenEntry()), reason=entry.reason, where=where)


def constraint_line(requirement: Requirement, where: str) -> ConstraintLine:
    """A constraint, at the place `where`."""
    return ConstraintLine(
        name=canonicalize_name(requirement.name),
        specifier=requirement.specifier,
        marker=requirement.marker,
        where=where,
    )


def route(entry: RouteEntry, places: tuple[str, ...]) -> Route:
    """An extra index, whose patterns stand at `places`."""
    return Route(packages=entry.packages, undated=entry.undated, unhashed=entry.hashes == "download", places=places)


def python_rows(file: TargetsFile, place: Callable[[str, int], str]) -> tuple[PythonRow, ...]:
    """The Pythons of the support table, each with its place."""
    return tuple(python_row(entry, place("pythons", index)) for index, entry in enumerate(file.pythons))


def python_row(entry: PythonEntry, where: str) -> PythonRow:
    """A Python of the support table, at the place `where`."""
    return PythonRow(
        python=entry.python,
        floor=entry.floor or floor_of(entry.python),
        every_patch=entry.patches == "all",
        unsupported=_support(entry.unsupported),
        note=entry.note or "",
        where=where,
    )


def _support(unsupported: Mapping[str, SupportEntry]) -> Mapping[str, Support]:
    return MappingProxyType({
        name: Support(reason=no.reason, remedy=no.remedy or "") for name, no in unsupported.items()
    })  # fmt: skip


def images(file: TargetsFile) -> Images:
    """The container images, for all Pythons and for single ones."""
    return Images(
        platforms=MappingProxyType(dict(file.images)),
        pythons=MappingProxyType(
            {row.python: MappingProxyType(dict(row.images)) for row in file.pythons if row.images}
        ),
    )


def platform_row(entry: PlatformEntry) -> PlatformRow:
    """A platform of the support table."""
    major, _, minor = (entry.glibc or entry.musl or entry.macos or "0.0").partition(".")
    return PlatformRow(
        platform=Platform(
            name=entry.name,
            os=entry.os,
            arch=entry.arch,
            libc="musl" if entry.musl else "glibc" if entry.glibc else None,
            version=(int(major), int(minor)),
        ),
        unsupported=_support(entry.unsupported),
        choices=MappingProxyType(dict(entry.choices)),
        note=entry.note or "",
    )


def known_issue(entry: IssueEntry, where: str) -> KnownIssue:
    """A known issue, at the place `where`."""
    return KnownIssue(
        id=entry.id,
        title=entry.title,
        is_measured=entry.measured,
        symptom=entry.symptom,
        cause=entry.cause or "",
        solution=entry.solution,
        note=entry.note or "",
        when=when(entry.when),
        packages=MappingProxyType(dict(entry.when.packages or {})),
        is_sdist=entry.when.sdist,
        constrain=entry.constrain,
        build_packages=entry.build_packages,
        where=where,
    )


def conflict_rule(entry: ConflictEntry, where: str) -> ConflictRule:
    """A row of the known-conflicts table, at the place `where`."""
    return ConflictRule(
        library=entry.library,
        extras=tuple(map(canonicalize_name, entry.extras)),
        versions=entry.versions,
        requires=entry.requires,
        published=entry.published,
        workaround=entry.workaround or "",
        where=where,
    )


def unimported_rule(entry: UnimportedEntry, where: str) -> UnimportedRule:
    """Packages that a proof does not import, at the place `where`."""
    return UnimportedRule(
        packages=tuple(sorted(set(entry.packages))),
        when=when(entry.when or WhenEntry()),
        reason=entry.reason,
        where=where,
    )


def sdist_rule(entry: SdistEntry) -> SdistRule:
    """A permission to build from source."""
    return SdistRule(
        package=entry.package, when=when(entry.when), reason=entry.reason, build_packages=entry.build_packages
    )
