"""What may stand in the kinds of matrix file, one frozen model per kind. What each field means is said here once:
`lockgen schema` prints it, and editors show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from lockgen.matrix.bound_fields import Bound, ConstraintsPath
from lockgen.matrix.complaint import shown
from lockgen.matrix.fields import (
    FileName,
    Line,
    Moment,
    Name,
    PatchText,
    PythonText,
    Slug,
    fault,
)
from lockgen.matrix.image_fields import ImageName
from lockgen.matrix.issues_schema import IssuesFile
from lockgen.matrix.override_schema import ExcludeEntry, OverrideEntry, SkipEntry
from lockgen.matrix.patterns import PackagePattern
from lockgen.matrix.row_schema import RowEntry
from lockgen.matrix.servers_schema import ServersFile
from lockgen.matrix.strict import AcceptEntry, Strict
from lockgen.model.implementation import parse_python
from lockgen.model.pythons import floor_of

SCHEMA = 1


class SetEntry(Strict):
    """A named set: its own rows, solved beside the pins of the sets it extends."""

    extends: tuple[Slug, ...] | None = Field(
        default=None,
        description="The sets of this file whose pins are fixed in this one, and whose rows it holds too: `base` is "
        "that of `dependencies` and `optional`. None when absent: the set stands by itself.",
    )
    dependencies: tuple[RowEntry, ...] = Field(default=(), description="Its rows, in the order of their priority.")


class RouteEntry(Strict):
    """An extra index, used for the packages routed to it and for nothing else. Its address never stands in a file."""

    packages: tuple[PackagePattern, ...] = Field(
        default=(),
        description="Package names or patterns that come from this index only, for every phase of the folder. They are "
        "normalized as names are (PEP 503): acme_* is acme-*.",
    )
    undated: bool = Field(
        default=False, description="Whether files without an upload time are acceptable from it in spite of `as_of`."
    )
    hashes: Literal["listed", "download"] = Field(
        default="listed",
        description="`download`: files that it lists without a sha256 are downloaded to be hashed, those of each pin "
        "that a target can use. Otherwise they cannot be locked.",
    )


class PhaseFile(Strict):
    """A phase of the migration: its table, and the rules for resolving it."""

    model_config = ConfigDict(
        json_schema_extra={
            # A file of its own must say what one that extends another may inherit.
            "if": {"required": ["extends"]},
            "else": {
                "required": ["as_of", "dependencies"],
            },
        }
    )

    format: Literal[1] = Field(alias="schema", description="Format of this file; 1 is the only one there is.")
    phase: Slug = Field(description='The phase\'s name on the command line and in output/, quoted: "1".')
    title: Line = Field(description="The phase in a few words.")
    revision: int = Field(ge=1, description="Raise it when the numbers change; it stands in every header.")
    extends: FileName | None = Field(
        default=None,
        description="The matrix this one narrows. Rows are matched by name, key by key; bounds may only get narrower; "
        "what is not given is inherited.",
    )
    server: Slug | None = Field(
        default=None,
        description="The service of servers.yaml that its sets are for: which support column of targets.yaml applies.",
    )
    as_of: Moment | None = Field(
        default=None, description="Nothing uploaded later is considered. A time with its zone."
    )
    as_of_for: Mapping[Name, Moment] | None = Field(
        default=None, description="Cut-offs of single packages, which win over as_of."
    )
    dependencies: tuple[RowEntry, ...] = Field(
        default=(),
        description="The table. Order is priority: when recommended versions collide, the later row gives way.",
    )
    optional: Mapping[Slug, tuple[RowEntry, ...]] = Field(
        default_factory=dict, description="Groups of optional dependencies, a part of the set `base`."
    )
    sets: Mapping[Slug, SetEntry] = Field(
        default_factory=dict,
        description="Named sets beside `base`, such as what tests need; rendered into sets/NAME of the phase's folder.",
    )
    accept: tuple[AcceptEntry, ...] | None = Field(
        default=None, description="Known findings of lint, each with its reason; those of `extends` hold as well."
    )
    indexes: Mapping[Slug, RouteEntry] | None = Field(
        default=None,
        description="Extra indexes by alias. The alias `default` means every index: it may only say `undated: true`.",
    )
    constraints: tuple[Bound, ...] | None = Field(
        default=None,
        min_length=1,
        description="Bounds on packages wherever they are in a set, which bring none into it; with a marker where one "
        "is not for all targets. Those of `extends` hold as well.",
    )
    constraint_files: tuple[ConstraintsPath, ...] | None = Field(
        default=None,
        min_length=1,
        description="Files of constraints as pip reads them, by their paths relative to the folder of the matrices.",
    )
    overrides: tuple[OverrideEntry, ...] | None = Field(
        default=None, min_length=1, description="What stands in place of releases' demands on a package."
    )
    exclude: tuple[ExcludeEntry, ...] | None = Field(
        default=None,
        min_length=1,
        description="Packages that no set may hold; what releases demand of them is dropped.",
    )


class SupportEntry(Strict):
    """Why a service does not run there, and what to do."""

    reason: Line = Field(description="Why not.")
    remedy: Line | None = Field(default=None, description="What to do about it.")


class PythonEntry(Strict):
    """A Python of the support table."""

    python: PythonText = Field(
        description='A minor, quoted: "3.10" means its patch releases from `from` on. A full version is exact. '
        '"3.14t" is the free-threaded build of CPython, "pypy3.11" is PyPy.'
    )
    floor: PatchText | None = Field(
        default=None,
        alias="from",
        description='Of a minor, the oldest patch release that images run, quoted: "3.10.12". By default that of the '
        "Debian or Ubuntu release with this python3, or pypy3.",
    )
    patches: Literal["all"] | None = Field(
        default=None,
        description="all: every patch release from `from` on must be served. Else a release that cuts single ones out "
        "(streamlit's !=3.9.7) may be in a set, which says so.",
    )
    unsupported: Mapping[Slug, SupportEntry] = Field(
        default_factory=dict, description="The services of servers.yaml that do not run on it; the others do."
    )
    images: Mapping[Slug, ImageName] = Field(
        default_factory=dict, description="The images of single platforms for it, in place of those for all Pythons."
    )
    note: Line | None = Field(default=None, description="The table's note.")

    @field_validator("floor")
    @classmethod
    def _of_the_minor(cls, value: str | None, info: ValidationInfo) -> str | None:
        python = info.data.get("python")
        if value is None or python is None:
            return value
        build = parse_python(python)
        if build is None or build.is_exact:
            raise fault(f"{shown(python)} is exact already", "Delete this key.")
        if not value.startswith(f"{build.version}."):
            raise fault(f"{shown(value)} is no patch release of {python}", f'Write "{floor_of(python)}", say.')
        return value


class PlatformEntry(Strict):
    """A platform of the support table: operating system, architecture, oldest libc or macOS the images run on."""

    name: Slug = Field(description="The platform's name in targets: linux-x86_64.")
    os: Literal["linux", "macos", "windows"] = Field(description="The operating system; Alpine is linux with musl.")
    arch: Literal["x86_64", "aarch64", "arm64", "ppc64le", "s390x", "riscv64", "i686", "armv7l", "x86"] = Field(
        description="On linux x86_64, aarch64, ppc64le, s390x, riscv64, i686 or armv7l; on macOS x86_64 or arm64; on "
        "Windows x86_64, arm64 or x86."
    )
    glibc: str | None = Field(default=None, pattern=r"^2\.\d{1,2}$", description='Oldest glibc, quoted: "2.28".')
    musl: str | None = Field(default=None, pattern=r"^1\.\d{1,2}$", description='Oldest musl, quoted: "1.2".')
    macos: str | None = Field(default=None, pattern=r"^[1-9]\d\.\d{1,2}$", description='Oldest macOS, quoted: "13.0".')
    unsupported: Mapping[Slug, SupportEntry] = Field(
        default_factory=dict, description="The services of servers.yaml that do not run on it; the others do."
    )
    choices: Mapping[Slug, Slug] = Field(
        default_factory=dict,
        description="What this platform gets, for each check of servers.yaml that is a choice.",
    )
    note: Line | None = Field(default=None, description="The table's note.")


class TargetsFile(Strict):
    """Every Python and every platform the tables speak of."""

    format: Literal[1] = Field(alias="schema", description="Format of this file; 1 is the only one there is.")
    pythons: tuple[PythonEntry, ...] = Field(
        min_length=1, description="Oldest first; their order is the order of the targets."
    )
    platforms: tuple[PlatformEntry, ...] = Field(
        min_length=1, description="Their order is the order of the targets of each Python."
    )
    images: Mapping[Slug, ImageName] = Field(
        default_factory=dict,
        description="Platform of Linux -> the container image in which its sets are proved, on which its Dockerfile "
        "builds and in which its CI jobs run; {python} stands for the Python. By default "
        "python:{python}-slim-bookworm, and python:{python}-alpine for musl.",
    )
    skip: tuple[SkipEntry, ...] = Field(default=(), description="Cells of the tables that are no targets.")


MODELS: Mapping[str, type[Strict]] = {
    "phase": PhaseFile,
    "targets": TargetsFile,
    "issues": IssuesFile,
    "servers": ServersFile,
}


def json_schema(kind: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of file: a key of MODELS. KeyError for any other word."""
    schema: dict[str, Any] = _without_null(MODELS[kind].model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _without_null(schema: Any) -> Any:
    """An absent key is how a matrix says nothing; the reader refuses an explicit null, so the schema does too."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {key: _without_null(value) for key, value in schema.items() if not (key == "default" and value is None)}
    choices = [choice for choice in rest.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        rest.pop("anyOf")
        return {**choices[0], **rest}
    return rest
