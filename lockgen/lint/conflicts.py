"""The known-conflicts table beside the metadata of the index: both are shown where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.lint.rules import RULES
from lockgen.lint.table import LintTable
from lockgen.model.index import DistFile, Metadata
from lockgen.model.issues import ConflictRule
from lockgen.model.lint import Finding
from lockgen.model.resolver import ResolverPort
from lockgen.model.target import Target, switches_on
from lockgen.text import span, spelled

Declared = SpecifierSet | None
"""What a release demands of the other package; None: nothing."""


def conflict_findings(tables: Sequence[LintTable]) -> Iterator[Finding]:
    """contradicted-conflict: releases nearest to a rule's bound, read on both sides of it until they agree with it."""
    if not tables or not tables[0].targets:
        return
    table = tables[0]
    for conflict in table.matrices.conflicts:
        for message in _messages(table, conflict):
            yield Finding(
                rule="contradicted-conflict",
                severity=RULES["contradicted-conflict"].severity,
                packages=(conflict.library,),
                where=conflict.where,
                message=message,
            )


def _messages(table: LintTable, conflict: ConflictRule) -> Iterator[str]:
    library = conflict.library
    listing = table.resolver.project(library)
    if listing is None:
        yield f"the index knows no package {library}"
        return
    if conflict.requires is None or conflict.versions is None:
        return
    releases = [version for version in listing.versions if not version.is_prerelease]
    inside = [version for version in releases if conflict.versions.contains(version)]
    above = [version for version in reversed(releases) if inside and version > inside[0]]
    reading = _Reading(table.resolver, table.targets[-1], conflict)
    yield from _contradiction(conflict, reading.until_it_agrees(inside, should_exclude=True))
    yield from _contradiction(conflict, reading.until_it_agrees(above, should_exclude=False))


class _Reading:
    """What releases of a library demand of the other package of a rule."""

    def __init__(self, resolver: ResolverPort, target: Target, conflict: ConflictRule) -> None:
        assert conflict.requires is not None  # noqa: S101 - the caller chose such rules
        self._resolver, self._target, self._conflict = resolver, target, conflict
        self._other = canonicalize_name(conflict.requires.name)
        self._within = conflict.requires.specifier

    def until_it_agrees(self, versions: Sequence[Version], *, should_exclude: bool) -> list[tuple[Version, Declared]]:
        """The releases, from the first on, that contradict the rule; reading stops where one agrees.

        A release without such a requirement neither contradicts nor confirms the rule: only the first one is kept.
        """
        found: list[tuple[Version, Declared]] = []
        for version in self._announced(versions):
            metadata = self._metadata(version)
            if metadata is None:
                break
            declared = self._declared(metadata)
            if declared is None and should_exclude and not found:
                return [(version, None)]
            if declared is None or self._keeps_the_rule(declared) == should_exclude:
                break
            found.append((version, declared))
        return found

    def _announced(self, versions: Sequence[Version]) -> Iterator[Version]:
        """Twice as many are announced each time, so that a long walk fetches many at once."""
        for place, version in enumerate(versions):
            if place & (place - 1) == 0:
                self._resolver.expect_metadata(filter(None, map(self._file, versions[place : 2 * place])))
            yield version

    def _file(self, version: Version) -> DistFile | None:
        """A wheel, for whatever platform: their requirements hardly differ."""
        listing = self._resolver.project(self._conflict.library)
        files = listing.files(version) if listing else ()
        return next((file for file in files if file.is_wheel), next(iter(files), None))

    def _metadata(self, version: Version) -> Metadata | None:
        file = self._file(version)
        metadata = self._resolver.metadata(file) if file else None
        return metadata if isinstance(metadata, Metadata) else None

    def _declared(self, metadata: Metadata) -> Declared:
        declared: Declared = None
        for text in metadata.requires_dist:
            requirement = Requirement(text)
            if canonicalize_name(requirement.name) == self._other and self._is_on(requirement):
                declared = requirement.specifier if declared is None else declared & requirement.specifier
        return declared

    def _is_on(self, requirement: Requirement) -> bool:
        extras = ("", *self._conflict.extras)
        return requirement.marker is None or any(switches_on(self._target, requirement.marker, e) for e in extras)

    def _keeps_the_rule(self, declared: SpecifierSet) -> bool:
        """Whether it lets in nothing that the rule forbids."""
        listing = self._resolver.project(self._other)
        forbidden = (each for each in (listing.versions if listing else ()) if not self._within.contains(each))
        return not any(declared.contains(each) for each in forbidden)


def _contradiction(conflict: ConflictRule, found: Iterable[tuple[Version, Declared]]) -> Iterator[str]:
    """One sentence for what is read, the rule first."""
    readings = list(found)
    if not readings:
        return
    library = f"{conflict.library}[{','.join(sorted(conflict.extras))}]" if conflict.extras else conflict.library
    rule = f"{library}{spelled(conflict.versions or SpecifierSet())} is said to need {conflict.requires}"
    versions = span(sorted(version for version, _ in readings))
    if readings[0][1] is None:
        assert conflict.requires is not None  # noqa: S101 - there is a rule to contradict
        yield f"{rule}; the metadata of {versions} says nothing about {conflict.requires.name}"
        return
    ways = list(dict.fromkeys(spelled(each) for _, each in readings if each is not None))
    assert conflict.requires is not None  # noqa: S101 - the same
    declared = " or ".join(f"{conflict.requires.name}{way}" for way in ways)
    yield f"{rule}; the metadata of {versions} declares {declared}"
