"""Bytes of METADATA, PKG-INFO and pyproject.toml -> what a resolver needs, or the reason why not. Pure.

Real metadata is dirty, and a lock is only as good as the installer that reads it, so this tolerates what pip 26.3
tolerates and no more: what pip would refuse after a repair of ours could never be installed.

| found in the wild | what happens, here as in pip |
|---|---|
| `Requires-Python: >=3.6.*` (many wheels of 2018) or `>=2.7, !=3.0*` | no specifier: ignored, the file is kept |
| `Requires-Dist: six (>=1.10,)`, `pytz (>dev)` | the first is read as `>=1.10`; the second refuses the file |
| a Requires-Dist folded over two lines | joined and stripped |
| `Requires-Dist: Foo_Bar`, `Provides-Extra: Dev_Tools` | names are normalized (PEP 503, 685) |
| `os.name == 'nt'`, `python_implementation` in a marker | read as their successors (dependency specifiers) |
| `Requires-Dist: elasticsearch-dsl (>=7.2.0<8.0.0)`, `omegaconf >=2.0.*` | refuses the file, with the line |
| a name or version other than the file's own | refuses the file |
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable
from email.message import Message
from email.parser import HeaderParser
from hashlib import sha256

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import NEEDS_BUILD, Refusal

DEFAULT_BUILD_REQUIRES = ("setuptools>=40.8.0",)
"""What a source tree without a `[build-system]` table is built with (PEP 518, as pip does it)."""

MOST_REQUIREMENTS = 10_000
"""Requires-Dist lines of a file that are read. The largest seen has some 1,500."""
LONGEST_FIELD = 8_000
"""Characters of a requirement or a Requires-Python that are read."""
_DIGITS = re.compile(r"[0-9]{100}")
_STATIC_SINCE = Version("2.2")
_DEMANDS = ("requires-dist", "provides-extra")
_NEEDED = (*_DEMANDS, "requires-python")


def parse_metadata(body: bytes, file: DistFile) -> Metadata | Refusal:
    """The fields of a wheel's METADATA; a refusal of kind `metadata` for what pip would refuse too. Never raises."""
    headers = _headers(body)
    complaint = (
        _identity_complaint(headers, file)
        or field_complaint("Requires-Python", _first_value(headers, "Requires-Python"))
        or _requirements_complaint(_values(headers, "Requires-Dist"))
    )
    if complaint:
        return refusal(file, complaint)
    return Metadata(
        name=file.name,
        version=file.version,
        requires_python=_requires_python(headers),
        requires_dist=tuple(_values(headers, "Requires-Dist")),
        provides_extra=_unique(canonicalize_name(extra) for extra in _values(headers, "Provides-Extra")),
        import_names=_unique(_values(headers, "Import-Name")),
        sha256=sha256(body).hexdigest(),
    )


def parse_static(body: bytes, file: DistFile) -> Metadata | Refusal:
    """The fields of an sdist's PKG-INFO where they are promised to be those of its wheels (PEP 643), else a refusal."""
    headers = _headers(body)
    dynamic = {field.lower() for field in _values(headers, "Dynamic")}
    # A dynamic Requires-Python is judged by the value stated all the same: it is the one the index lists for the file
    # and pip goes by before it builds. Which other packages a set needs must be a promise.
    promised = _DEMANDS if _first_value(headers, "Requires-Python") else _NEEDED
    found = [field for field in promised if field in dynamic]
    if not _is_static(_first_value(headers, "Metadata-Version")):
        return refusal(file, f"{NEEDS_BUILD}: its PKG-INFO is older than metadata 2.2")
    if found:
        return refusal(file, f"{NEEDS_BUILD}: {', '.join(found)} is dynamic")
    return parse_metadata(body, file)


def parse_build_requires(body: bytes | None, file: DistFile) -> tuple[str, ...] | Refusal:
    """`build-system.requires` of a pyproject.toml (PEP 518); the default without a file or a table. Never raises."""
    try:
        table = tomllib.loads((body or b"").decode()).get("build-system")
    except (ValueError, RecursionError):
        return refusal(file, "its pyproject.toml is not TOML")
    if table is None:
        return DEFAULT_BUILD_REQUIRES
    requires = table.get("requires") if isinstance(table, dict) else None
    if not isinstance(requires, list) or not all(isinstance(line, str) for line in requires):
        return refusal(file, "its pyproject.toml has a [build-system] without a list of `requires`")
    complaint = _requirements_complaint(requires)
    return refusal(file, f"its pyproject.toml: {complaint}") if complaint else tuple(map(str.strip, requires))


def field_complaint(what: str, text: str) -> str | None:
    """Why a field of this length, or with a number of so many digits, is not read; None when it is.

    Beyond that the standards' own readers get slow or fail: Python turns 4,300 digits into a number and no more.
    """
    if len(text) > LONGEST_FIELD:
        return f"{what} of it is {len(text)} characters long; {LONGEST_FIELD} are the most that lockgen reads"
    if _DIGITS.search(text):
        return f"{what} of it has a number that no version has: {text[:40]!r}..."
    return None


def refusal(file: DistFile, reason: str) -> Refusal:
    """A refusal of kind `metadata` of this file."""
    return Refusal(kind="metadata", name=file.name, version=file.version, filename=file.filename, reason=reason)


def _headers(body: bytes) -> Message:
    # What follows the first empty line is the description, which is long and not needed.
    text = body.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return HeaderParser().parsestr(text.decode("utf-8", "replace"))


def _values(headers: Message, field: str) -> list[str]:
    return [" ".join(str(value).split()) for value in headers.get_all(field, [])]


def _first_value(headers: Message, field: str) -> str:
    return next(iter(_values(headers, field)), "")


def _identity_complaint(headers: Message, file: DistFile) -> str | None:
    name, version = _first_value(headers, "Name"), _first_value(headers, "Version")
    if canonicalize_name(name) != file.name:
        return f"its metadata names another project, {name[:80]!r}" if name else "its metadata has no Name"
    try:
        same = Version(version) == file.version
    except (InvalidVersion, ValueError):
        return f"its metadata has no version: {version[:80]!r}" if version else "its metadata has no Version"
    return None if same else f"its metadata says version {version}"


def _requirements_complaint(lines: Collection[str]) -> str | None:
    if len(lines) > MOST_REQUIREMENTS:
        return f"it has {len(lines)} requirements; {MOST_REQUIREMENTS} are the most that lockgen reads"
    for line in lines:
        if complaint := field_complaint("a requirement", line):
            return complaint
        try:
            requirement = Requirement(line)
        except (InvalidRequirement, ValueError, RecursionError):
            # An address that cannot be read may still hold a credential.
            shown = line[:120] if "@" not in line else line.partition("@")[0] + "@ ..."
            return f"{shown!r} is not a requirement"
        if requirement.url:
            return f"it requires {requirement.name} by address, and a lock takes files from an index only"
    return None


def _requires_python(headers: Message) -> str | None:
    value = _first_value(headers, "Requires-Python")
    try:
        SpecifierSet(value)
    except (InvalidSpecifier, ValueError):
        return None
    return value or None


def _is_static(version: str) -> bool:
    try:
        return Version(version) >= _STATIC_SINCE
    except (InvalidVersion, ValueError):
        return False


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
