"""What may stand in servers.yaml: services, the checks that preflight makes for them, and what their images run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from lockgen.matrix.complaint import shown
from lockgen.matrix.fields import Line, Name, Range, Slug, fault, text_of
from lockgen.matrix.strict import Strict

_SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SETTINGS = re.compile(r"[A-Za-z0-9_*?]+\Z")


def read_setting(value: Any) -> str:
    """The name of an environment variable."""
    text = text_of(value)
    if not _SETTING.match(text):
        raise fault(f"{shown(text)!r} names no environment variable", "Letters, digits and '_', no digit first.")
    return text


def read_settings(value: Any) -> str:
    """The name of an environment variable, or a shell pattern over names."""
    text = text_of(value)
    if not _SETTINGS.match(text):
        raise fault(f"{shown(text)!r} is neither a variable nor a pattern", 'Write "APP_*", say.')
    return text


Setting = Annotated[
    str,
    PlainValidator(read_setting),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[A-Za-z_][A-Za-z0-9_]*\s*$", "examples": ["APP_SERVER"]}),
]
Settings = Annotated[
    str,
    PlainValidator(read_settings),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[A-Za-z0-9_*?]+\s*$", "examples": ["APP_*"]}),
]
Port = Annotated[int, Field(ge=1, le=65535)]


class ImageEntry(Strict):
    """What the images of a server do beyond holding the set."""

    command: tuple[Line, ...] | None = Field(
        default=None, min_length=1, description="The words of CMD. Without it the Dockerfile has none."
    )
    ports: tuple[Port, ...] = Field(default=(), description="The ports of EXPOSE.")
    smoke: tuple[Line, ...] | None = Field(
        default=None,
        min_length=1,
        description="The words of a command that must succeed while the image is built. Without it there is no "
        "such step.",
    )


class ServerEntry(Strict):
    """A service: a column of the support tables in targets.yaml."""

    name: Slug = Field(description="Its name: `server` of a phase, and the key below `unsupported` in targets.yaml.")
    title: Line | None = Field(default=None, description="The heading of its column; its name when absent.")
    image: ImageEntry | None = Field(default=None, description="What the image of a phase with this server runs.")


class AgreementEntry(Strict):
    """Every installed distribution, and the table of known conflicts, can use the installed release of a package."""

    package: Name = Field(description="The package that all of them share.")


class BrokenEntry(Strict):
    """Releases of the package that do not run on some Pythons."""

    versions: Range = Field(description="The releases.")
    python: Range = Field(description="The Pythons they do not run on.")
    symptom: Line = Field(description="What they do there, as a verb: crashes.")


class ChoiceEntry(Strict):
    """A package that is used where it can run, else a fallback that needs no package."""

    what: Line = Field(description="What is chosen, in words; the heading of its column in COMPATIBILITY.md.")
    setting: Setting = Field(description="The environment variable: auto, the fallback or the package.")
    package: Name = Field(description="The package wanted.")
    fallback: Slug = Field(description="What is used where the package cannot be.")
    unavailable: Mapping[Literal["linux", "macos", "windows"], Line] = Field(
        default_factory=dict, description="Operating system -> why the package cannot be had there, as a sentence."
    )
    broken: BrokenEntry | None = Field(default=None, description="Releases that do not run on some Pythons.")
    remedy: Line | None = Field(default=None, description="What to do about a broken release. Required with `broken`.")


class FilesEntry(Strict):
    """Where the user's code has files of a pattern, one of them has a certain name."""

    setting: Setting = Field(description="The environment variable that names the folder; else the current one.")
    pattern: Line = Field(description="The files looked for, as a pattern over names.")
    wanted: Line = Field(description="The one that must be among them.")
    remedy: Line = Field(description="What to do where it is not.")


class CheckEntry(Strict):
    """A check that the rendered preflight.py makes beside its own; exactly one of agreement, choice and files."""

    name: Slug = Field(description="Its name in the findings.")
    server: Slug | None = Field(default=None, description="The server it is for; any when absent.")
    because: Line | None = Field(default=None, description="Why it is for that server only. Required with `server`.")
    agreement: AgreementEntry | None = Field(default=None, description="All can use one package's installed release.")
    choice: ChoiceEntry | None = Field(default=None, description="A package where it can run, else a fallback.")
    files: FilesEntry | None = Field(default=None, description="A file that must be beside others.")


class ServersFile(Strict):
    """The services that a project's sets are for. A project without this file has none, and needs none."""

    format: Literal[1] = Field(alias="schema", description="Format of this file; 1 is the only one there is.")
    servers: tuple[ServerEntry, ...] = Field(default=(), description="The services, in the order of their columns.")
    setting: Setting | None = Field(
        default=None, description="The environment variable that says which server runs; preflight reads it."
    )
    settings: tuple[Settings, ...] = Field(
        default=(),
        description="Patterns of environment variables that preflight lists among its facts; only those it reads keep "
        "their value.",
    )
    checks: tuple[CheckEntry, ...] = Field(default=(), description="What preflight checks beside its own.")
