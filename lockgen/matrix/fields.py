"""The kinds of value a matrix holds: each reads its text into the type lockgen works with, or says why not."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError as CustomError

from lockgen.matrix.complaint import shown
from lockgen.matrix.other_pythons import other_python

MAX_LINE = 500
_MAX_PROSE = 5000
_MAXIMUM = re.compile(r"(<=?)\s*([^\s,<>=!~;]+)\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)? ?([Zz]|[+-]\d\d(:?\d\d)?)?\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_GLOB = re.compile(r"[a-z0-9*?\[\]!._-]{1,64}\Z")
_NUMBER = r"(\.(0|[1-9][0-9]{0,2}))?"
_PYTHON_FORM = rf"(3\.([7-9]|[1-9][0-9]){_NUMBER}|3\.(1[3-9]|[2-9][0-9]){_NUMBER}t|pypy3\.([7-9]|1[01]))"
_PYTHON = re.compile(rf"{_PYTHON_FORM}\Z")
_PATCH = re.compile(r"3\.(?:[7-9]|[1-9][0-9])\.(?:0|[1-9][0-9]{0,2})\Z")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}\.yaml\Z")
_BEARABLE = 200  # no name or version is longer; the standards' own readers get slow on what is


def fault(message: str, hint: str = "") -> CustomError:
    """A complaint about one value, in lockgen's words; `lockgen.matrix.validation` reads it back."""
    return CustomError("matrix", "{message}", {"message": message, "hint": hint})


def text_of(value: Any, limit: int = _BEARABLE) -> str:
    """The value if it is text of bearable length."""
    if not isinstance(value, str):
        raise CustomError("string_type", "this is no text")
    if not value.strip():
        raise fault("is empty", "Write a value, or leave the key out.")
    if len(value) > limit:
        raise fault(f"is {len(value)} characters long; {limit} is the most", "Write less.")
    return value.strip()


def read_line(value: Any) -> str:
    """One line for people; it is rendered into comments, so it may not break out of one."""
    text = text_of(value, MAX_LINE)
    if not text.isprintable():
        raise fault("holds a line break or a control character", "Write one line.")
    return text


def read_prose(value: Any) -> str:
    """Some lines for people."""
    return text_of(value, _MAX_PROSE)


def read_name(value: Any) -> NormalizedName:
    """A package's name, normalised."""
    text = text_of(value)
    try:
        return canonicalize_name(text, validate=True)
    except ValueError:
        hint = "Letters, digits, '.', '_' and '-', a letter or digit at both ends; extras have a key of their own."
        raise fault(f"{shown(text)!r} is not a package name", hint) from None


def read_version(value: Any) -> Version:
    """One version, local or not: `2.1.0+cpu`."""
    text = text_of(value)
    try:
        return Version(text)
    except ValueError:
        plain = text.removeprefix("==").strip()
        hint = 'Write one plain version, "0.99.1", say; a range has no place here.'
        hint = f'Write "{shown(plain)}".' if is_version(plain) else hint
        raise fault(f"{shown(text)!r} is not a version", hint) from None


def read_minimum(value: Any) -> Version:
    """One public version: no range can begin with a local one (PEP 440)."""
    version = read_version(value)
    if version.local:
        hint = f'Write "{shown(version.public)}", or exact: "{shown(version)}" in place of the bounds.'
        raise fault(f"{shown(value)!r} is a local version, which no lower bound can be (PEP 440)", hint)
    return version


def read_maximum(value: Any) -> SpecifierSet:
    """An upper bound: `<X` or `<=X`."""
    text = text_of(value)
    if match := _MAXIMUM.match(text):
        try:
            return SpecifierSet(f"{match[1]}{match[2]}")
        except ValueError:
            pass
        if (version := match[2].partition("+")[0]) != match[2] and is_version(match[2]):
            hint = f'Write "{match[1]}{shown(version)}", or exact: "{shown(match[2])}" in place of the bounds.'
            raise fault(f"{shown(text)!r} names a local version, which no upper bound can (PEP 440)", hint)
    hint = f'Write "<{shown(text)}" or "<={shown(text)}".' if is_version(text) else 'Write "<2.9", say.'
    raise fault(f"{shown(text)!r} is not a specifier of the form <X or <=X", hint)


def read_range(value: Any) -> SpecifierSet:
    """A version specifier: comma-separated clauses."""
    text = text_of(value)
    try:
        specifier = SpecifierSet(text)
    except ValueError:
        hint = f'Write "=={shown(text)}.*" or ">={shown(text)}".' if is_version(text) else 'Write ">=3.9,<4", say.'
        raise fault(f"{shown(text)!r} is not a specifier", hint) from None
    if any(clause.operator == "===" for clause in specifier):
        raise fault(f"{shown(text)!r} compares text, not versions", "Write == in place of ===.")
    return specifier


def read_constraint(value: Any) -> Requirement:
    """A name with a specifier and nothing else: `django>=4.2`."""
    text = text_of(value)
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise fault(f"{shown(text)!r} is not a name with a specifier", 'Write "django>=4.2", say.') from None
    read_name(requirement.name)
    if requirement.url or requirement.extras or requirement.marker or not requirement.specifier:
        raise fault(f"{shown(text)!r} is not a name with a specifier and nothing else", 'Write "django>=4.2", say.')
    read_range(str(requirement.specifier))
    return requirement


def read_moment(value: Any) -> datetime:
    """A time with its zone, as UTC."""
    text = text_of(value)
    if _DATE.match(text):
        raise fault(f"{text} is a date without a time", f"Write {text}T00:00:00Z.")
    match = _MOMENT.match(text)
    try:
        moment = datetime.fromisoformat(text.upper().replace(" +", "+").replace(" Z", "Z")) if match else None
        if moment and moment.tzinfo:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        moment = None
    if moment:
        raise fault(f"{shown(text)!r} has no time zone", f"Write {moment.isoformat()}Z if UTC is meant.")
    raise fault(f"{shown(text)!r} is not a point in time", "Write 2026-11-20T00:00:00Z, say.")


def read_slug(value: Any) -> str:
    """A word that is good as a folder's name."""
    text = text_of(value)
    if not _SLUG.match(text):
        raise fault(
            f"{shown(text)!r} cannot name a folder everywhere",
            "Lower case letters, digits, '.', '_' and '-', a letter or digit first.",
        )
    return text


def read_glob(value: Any) -> str:
    """A name or a shell pattern over names."""
    text = text_of(value)
    if not _GLOB.match(text):
        raise fault(f"{shown(text)!r} is neither a name nor a pattern", 'Write "linux-*", say, in lower case.')
    return text


def read_python(value: Any) -> str:
    """A CPython, its free-threaded build ("3.14t") or a PyPy ("pypy3.11"): a minor, or but for PyPy a full version."""
    text = text_of(value)
    if _PYTHON.match(text):
        return text
    if other := other_python(text):
        message, hint = other
        raise fault(f"{shown(text)!r} is {message}", hint)
    raise fault(f"{shown(text)!r} is not a Python that lockgen knows", 'Write "3.11" or "3.11.4"; 3.7 is the oldest.')


def read_patch(value: Any) -> str:
    """A full version of a CPython, "3.10.12"."""
    text = text_of(value)
    if not _PATCH.match(text):
        raise fault(f"{shown(text)!r} is not a patch release of a Python that lockgen knows", 'Write "3.10.12", say.')
    return text


def read_file_name(value: Any) -> str:
    """The name of another matrix in the same folder."""
    text = text_of(value)
    if not _FILE.match(text):
        raise fault(
            f"{shown(text)!r} is not the name of a .yaml file beside this one",
            "Write phase-1.yaml, say, without a folder.",
        )
    return text


def is_version(text: str) -> bool:
    """Whether the text is one version."""
    try:
        Version(text)
    except ValueError:
        return False
    return True


def words_schema(pattern: str, example: str) -> WithJsonSchema:
    """The JSON Schema of text of this form."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


_NAME = r"^\s*[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*$"
Line = Annotated[
    str, PlainValidator(read_line), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_LINE})
]
Prose = Annotated[
    str, PlainValidator(read_prose), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _MAX_PROSE})
]
Name = Annotated[NormalizedName, PlainValidator(read_name), words_schema(_NAME, "django")]
VersionText = Annotated[
    Version, PlainValidator(read_version), words_schema(r"^\s*[vV]?[0-9][0-9A-Za-z.!_+-]*\s*$", "0.99.1")
]
MinimumText = Annotated[
    Version, PlainValidator(read_minimum), words_schema(r"^\s*[vV]?[0-9][0-9A-Za-z.!_-]*\s*$", "0.99.1")
]
Maximum = Annotated[
    SpecifierSet, PlainValidator(read_maximum), words_schema(r"^\s*<=?\s*[vV]?[0-9][0-9A-Za-z.!_+-]*\s*$", "<0.100.0")
]
Range = Annotated[SpecifierSet, PlainValidator(read_range), words_schema(r"^\s*([<>!=~]=?|[<>]).*$", ">=3.9")]
Narrowing = Annotated[
    Requirement,
    PlainValidator(read_constraint),
    words_schema(r"^\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*\(?\s*[<>!=~].*$", "django>=4.2"),
]
Moment = Annotated[
    datetime, PlainValidator(read_moment), WithJsonSchema({"type": "string", "examples": ["2026-11-20T00:00:00Z"]})
]
Slug = Annotated[str, PlainValidator(read_slug), words_schema(r"^\s*[a-z0-9][a-z0-9._-]{0,63}\s*$", "phase-1")]
Glob = Annotated[str, PlainValidator(read_glob), words_schema(r"^\s*[a-z0-9*?\[\]!._-]{1,64}\s*$", "linux-*")]
PythonText = Annotated[str, PlainValidator(read_python), words_schema(rf"^\s*{_PYTHON_FORM}\s*$", "3.11")]
PatchText = Annotated[
    str, PlainValidator(read_patch), words_schema(r"^\s*3\.([7-9]|[1-9][0-9])\.(0|[1-9][0-9]{0,2})\s*$", "3.11.2")
]
FileName = Annotated[
    str, PlainValidator(read_file_name), words_schema(r"^\s*[A-Za-z0-9][A-Za-z0-9._-]{0,100}\.yaml\s*$", "phase-1.yaml")
]
