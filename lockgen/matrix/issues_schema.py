"""What may stand in issues.yaml: known issues, the known-conflicts table, and what it takes to build from source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from lockgen.matrix.fields import Line, Name, Narrowing, Prose, Range, Slug
from lockgen.matrix.metadata_schema import MetadataEntry
from lockgen.matrix.strict import AcceptEntry, Strict, WhenEntry
from lockgen.model.issues import BuildPackages


class IssueWhenEntry(WhenEntry):
    """Where a known issue holds; with `packages`, only beside these releases."""

    packages: Mapping[Name, Range] | None = Field(
        default=None,
        min_length=1,
        description="Releases the issue concerns. A constraint then binds exactly these, like one more requirement.",
    )
    sdist: bool = Field(
        default=False, description="Whether it holds only where one of `packages` comes as an sdist. Not to constrain."
    )


class IssueEntry(Strict):
    """A known issue: what is seen, why, what helps, where it holds and what it forbids."""

    id: Slug = Field(description="Its short name, for headers and messages.")
    title: Line = Field(description="The issue in a few words.")
    measured: bool = Field(
        default=False, description="False: published in the table's document. True: found by lockgen's smoke test."
    )
    symptom: Prose = Field(description="What a person sees.")
    cause: Prose | None = Field(default=None, description="Why it happens, where that is known.")
    solution: Prose = Field(description="What helps.")
    note: Prose | None = Field(default=None, description="What is true today about a published issue.")
    when: IssueWhenEntry = Field(default_factory=IssueWhenEntry, description="Where it holds.")
    constrain: tuple[Narrowing, ...] = Field(
        default=(), description="Versions to keep to, where it holds: django>=4.2."
    )
    build_packages: BuildPackages = Field(
        default_factory=dict, description="Operating system packages a build needs, by family of platforms."
    )


class ConflictEntry(Strict):
    """A row of the known-conflicts table: a library, and the release of another package that it wants."""

    library: Name = Field(description="The library.")
    extras: tuple[Name, ...] = Field(default=(), description="The extras it is meant with.")
    versions: Range | None = Field(default=None, description="The releases it is about; all when absent.")
    requires: Narrowing | None = Field(
        default=None, description="What they need, such as numpy<2. Absent: no conflict."
    )
    published: Line = Field(description="The table's own words for the requirement.")
    workaround: Line | None = Field(default=None, description="The table's workaround.")


class SdistEntry(Strict):
    """The word that a package may come as an sdist, on exactly these targets."""

    package: Name = Field(description="The package.")
    when: WhenEntry = Field(description="The targets; both keys are required.")
    reason: Line = Field(description="Why there is no other way.")
    build_packages: BuildPackages = Field(
        default_factory=dict, description="What a build needs, by family of platforms."
    )


class UnimportedEntry(Strict):
    """Packages that a proof installs and does not import."""

    packages: tuple[Name, ...] = Field(min_length=1, description="The packages.")
    reason: Line = Field(description="What their import needs and a proof lacks: a GPU, a display, a licence.")
    when: WhenEntry | None = Field(default=None, description="The targets it is for; all when absent.")


class IssuesFile(Strict):
    """What is known to break, and the exceptions made because of it."""

    format: Literal[1] = Field(alias="schema", description="Format of this file; 1 is the only one there is.")
    issues: tuple[IssueEntry, ...] = Field(default=(), description="Known issues.")
    conflicts: tuple[ConflictEntry, ...] = Field(default=(), description="The known-conflicts table.")
    sdists: tuple[SdistEntry, ...] = Field(default=(), description="Permissions to build from source.")
    not_imported: tuple[UnimportedEntry, ...] = Field(
        default=(), description="Packages that `verify` does not import, each with its reason, which the proof notes."
    )
    dependency_metadata: tuple[MetadataEntry, ...] = Field(
        default=(), description="What sdists require whose own metadata only a build could tell."
    )
    accept: tuple[AcceptEntry, ...] = Field(
        default=(), description="Known findings of lint about this file, each with its reason."
    )
