"""What may stand under `dependency_metadata` in issues.yaml: what sdists require that do not say so themselves."""

from __future__ import annotations

from typing import Annotated, Any

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import Field, PlainValidator, WithJsonSchema

from lockgen.matrix.complaint import shown
from lockgen.matrix.fields import Line, Name, Range, VersionText, fault, read_line
from lockgen.matrix.strict import Strict
from lockgen.model.request import StatedMetadata


def read_requirement(value: Any) -> str:
    """One Requires-Dist: a name with extras, specifier and marker; no address, which a lock cannot take."""
    text = read_line(value)
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        hint = "Write \"six>=1.10; python_version < '3.12'\", say."
        raise fault(f"{shown(text)!r} is not a requirement", hint) from None
    if requirement.url:
        raise fault(f"{requirement.name} is required by address", "A lock takes files from an index: write its name.")
    return text


RequiresDistText = Annotated[
    str, PlainValidator(read_requirement), WithJsonSchema({"type": "string", "examples": ["six>=1.10"]})
]


class MetadataEntry(Strict):
    """The metadata of a release's sdist whose own is not static (uv's dependency-metadata)."""

    name: Name = Field(description="The package.")
    version: VersionText | None = Field(
        default=None, description="The release; every one that has no entry of its own when absent."
    )
    requires_dist: tuple[RequiresDistText, ...] = Field(
        default=(), description="What it requires, with markers; nothing when absent."
    )
    requires_python: Range | None = Field(
        default=None, description="The Pythons it is for; those the index lists for the file when absent."
    )
    provides_extra: tuple[Name, ...] = Field(default=(), description="Its extras.")
    build_requires: tuple[RequiresDistText, ...] = Field(
        default=(), description="What building it takes besides the `requires` of its [build-system], or narrower."
    )
    read_from: Line = Field(description="Where this was read: its setup.py, or the build that gave it.")


def stated_metadata(entry: MetadataEntry, where: str) -> StatedMetadata:
    """A statement, at the place `where`."""
    return StatedMetadata(
        name=entry.name,
        version=entry.version,
        requires_dist=entry.requires_dist,
        requires_python=None if entry.requires_python is None else str(entry.requires_python),
        provides_extra=entry.provides_extra,
        build_requires=entry.build_requires,
        read_from=entry.read_from,
        where=where,
    )
