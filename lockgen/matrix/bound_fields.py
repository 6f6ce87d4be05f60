"""The kinds of value that exclude, constrain or override: each reads its text, or says why not."""

from __future__ import annotations

import re
from typing import Annotated, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from pydantic import PlainValidator

from lockgen.matrix.complaint import shown
from lockgen.matrix.fields import MAX_LINE, fault, is_version, read_name, read_range, text_of, words_schema

_CONSTRAINTS = re.compile(r"(?:\.\./){0,8}[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*\Z")


def read_exclusion(value: Any) -> SpecifierSet:
    """A version, or all that begin alike, that are excluded: `!=2.5.1`, `!=2.5.*`."""
    text = text_of(value)
    if text.startswith("!=") and "," not in text:
        return read_range(text)
    hint = f'Write "!={shown(text)}".' if is_version(text) else 'Write "!=2.5.1" or "!=2.5.*", say.'
    raise fault(f"{shown(text)!r} is not an exclusion", hint)


def read_replacement(value: Any) -> Requirement:
    """A name, with extras and a specifier where they are wanted: `urllib3>=2`."""
    text = text_of(value)
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise fault(f"{shown(text)!r} is not a requirement", 'Write "urllib3>=2", say.') from None
    read_name(requirement.name)
    if requirement.url:
        raise fault(f"{shown(text)!r} names an address", 'Write a range: "urllib3>=2", say.')
    if requirement.marker:
        raise fault(f"{shown(text)!r} has a marker", "Write when: {python: ..., platforms: [...]} beside it.")
    if requirement.specifier:
        read_range(str(requirement.specifier))
    return requirement


def read_bound(value: Any) -> Requirement:
    """A name with a specifier, and a marker where it is not for all targets: `urllib3<2; python_version < "3.10"`."""
    text = text_of(value, MAX_LINE)
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise fault(f"{shown(text)!r} is not a name with a specifier", 'Write "protobuf<5", say.') from None
    read_name(requirement.name)
    if requirement.url:
        raise fault(f"{shown(text)!r} names an address, which a constraint cannot", 'Write a range: "protobuf<5", say.')
    if requirement.extras:
        raise fault(f"{shown(text)!r} names extras, which a constraint cannot", "Write them in a row.")
    if not requirement.specifier:
        raise fault(f"{shown(text)!r} constrains nothing", f'Write "{shown(requirement.name)}<5", say.')
    if requirement.marker and "extra" in str(requirement.marker):
        raise fault(f"{shown(text)!r} depends on an extra, which a constraint cannot", "Take that away.")
    read_range(str(requirement.specifier))
    return requirement


def read_constraints_path(value: Any) -> str:
    """The path of a constraints file, relative to the folder of the matrices."""
    text = text_of(value)
    if not _CONSTRAINTS.match(text) or "//" in text:
        hint = "Write constraints.txt or ../constraints.txt, say, relative to the folder of this file."
        raise fault(f"{shown(text)!r} is not the relative path of a constraints file", hint)
    if text.endswith((".yaml", ".yml")):
        raise fault(f"{shown(text)!r} would be read as a matrix", "Give the constraints file another ending, .txt.")
    return text


Exclusion = Annotated[SpecifierSet, PlainValidator(read_exclusion), words_schema(r"^\s*!=[^,]*$", "!=2.5.1")]
Replacement = Annotated[
    Requirement, PlainValidator(read_replacement), words_schema(r"^\s*[A-Za-z0-9][^;@]*$", "urllib3>=2")
]
Bound = Annotated[Requirement, PlainValidator(read_bound), words_schema(r"^\s*[A-Za-z0-9].*[<>!=~].*$", "protobuf<5")]
ConstraintsPath = Annotated[
    str,
    PlainValidator(read_constraints_path),
    words_schema(r"^\s*(\.\./)*[A-Za-z0-9_][A-Za-z0-9._/-]*\s*$", "constraints.txt"),
]
