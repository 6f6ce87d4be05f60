"""Requirements files in pip's syntax, with the files they include."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from optparse import Values
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.markers import InvalidMarker, Marker

from lockgen.errors import LockgenError, RequirementsError
from lockgen.model.requirements import Unconsidered, UserRequirement, UserRequirements
from lockgen.requirements.pip_lines import decoded, dest, expanded, logical_lines, split
from lockgen.requirements.showing import shown
from lockgen.requirements.specifiers import elsewhere, read_specifier

Read = Callable[[str], bytes]
"""Gives the bytes of a file by its path, as far as it goes; OSError for one that cannot be read."""

_INDEX = "lockgen asks the index pip is configured with, and others only where a matrix routes packages to them"
_BUILDS = "the matrix says which packages may come as an sdist"
_PRERELEASES = "whether pre-releases may serve is asked for all packages or for none"
_IGNORED = (
    ("--index-url", _INDEX),
    ("--extra-index-url", _INDEX),
    ("--no-index", _INDEX),
    ("--find-links", _INDEX),
    ("--trusted-host", _INDEX),
    ("--no-binary", _BUILDS),
    ("--only-binary", _BUILDS),
    ("--prefer-binary", "the newest version that fits is looked for"),
    ("--require-hashes", "hashes say which files may serve, not which versions fit"),
    ("--no-require-hashes", "hashes say which files may serve, not which versions fit"),
    ("--use-feature", "it changes pip, not what is asked for"),
    ("--all-releases", _PRERELEASES),
    ("--only-final", _PRERELEASES),
)
_OF_A_REQUIREMENT = ("hash", "config_settings")

_ADDRESS = re.compile(r"(https?|ftp|file):|(git|hg|svn|bzr)\+", re.IGNORECASE)
_WEB = re.compile(r"(https?|ftp):", re.IGNORECASE)
_PATH = re.compile(r"[./]|[a-z]:[\\/]", re.IGNORECASE)
# A path may hold an @; without a slash before it, it stands between a name and its address.
_ARCHIVE = re.compile(
    r"([^@]*/.*|[^@]*)\.(whl|zip|tar|tgz|tbz|txz|tlz|tar\.(gz|bz2|xz|lz|lzma))(\[[^]]*\])?", re.IGNORECASE
)


class _Said(Enum):
    PRERELEASES = "--pre"


@dataclass(frozen=True, slots=True)
class _Bound:
    """A line of a constraints file: it binds versions and brings nothing in."""

    requirement: UserRequirement


_PipItem = UserRequirement | _Bound | Unconsidered | _Said | LockgenError
_ItemKind = TypeVar("_ItemKind", bound=_PipItem)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file being read. `trail` holds it and the files it was reached through."""

    path: str
    trail: tuple[str, ...]
    constraint: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    where: str
    said: str
    """As it stands in the file."""
    requirement: str
    """With the environment's values, like the options."""
    options: Values
    rest: tuple[str, ...]
    file: _File


@dataclass(frozen=True, slots=True, kw_only=True)
class _PipFileReader:
    read: Read
    environment: Mapping[str, str]

    def items(self, file: _File, included_at: str = "") -> Iterator[_PipItem]:
        """The items of the file in order, with included files in their place."""
        try:
            text = decoded(self.read(file.path), file.path)
        except OSError as error:
            yield unreadable(file.path, error, included_at)
        except LockgenError as error:
            yield error
        else:
            for number, said in logical_lines(text):
                yield from self._line(f"{file.path}:{number}", said, file)

    def _line(self, where: str, said: str, file: _File) -> Iterator[_PipItem]:
        try:
            requirement, options, rest = split(expanded(said, self.environment), where)
        except LockgenError as error:
            yield error
            return
        line = _Line(where=where, said=said, requirement=requirement, options=options, rest=tuple(rest), file=file)
        if requirement and options.editable:
            yield LockgenError("-e behind a requirement", where=where, hint="Write it on a line of its own.")
        elif requirement or options.editable:
            yield from _requirement(line)
        elif options.requirement or options.constraint:
            yield from self._included(line)
        else:
            yield from _options(line)
        if rest and not options.editable:
            yield _unconsidered(line, " ".join(rest), "pip does not read what stands behind an option and its value")

    def _included(self, line: _Line) -> Iterator[_PipItem]:
        # As in pip: one file a line, and -r inside a constraints file brings requirements.
        constraint = not line.options.requirement
        path = (line.options.requirement or line.options.constraint)[0]
        if _WEB.match(path):
            yield _unconsidered(line, line.said, "a requirements file on the web: lockgen reads those of this machine")
            return
        path = _beside(line.file.path, path)
        if path in line.file.trail:
            loop = " -> ".join((*line.file.trail[line.file.trail.index(path) :], path))
            yield LockgenError(f"the files include each other: {loop}", where=line.where, hint="Remove one -r or -c.")
            return
        file = _File(path=path, trail=(*line.file.trail, path), constraint=constraint)
        yield from self.items(file, line.where)
        for ignored in [*(line.options.requirement or ()), *(line.options.constraint or ())][1:]:
            yield _unconsidered(line, ignored, "pip reads one included file a line")


def read_pip_file(path: str, read: Read, environment: Mapping[str, str]) -> UserRequirements:
    """The requirements of the file at `path` and of those it includes, read as `pip install -r` reads them.

    `environment` is what `${NAME}` stands for. Raises RequirementsError with everything that cannot be read.
    """
    path = os.path.normpath(path)
    reader = _PipFileReader(read=read, environment=environment)
    found = tuple(reader.items(_File(path=path, trail=(path,), constraint=False)))
    if complaints := _only(LockgenError, found):
        raise RequirementsError(complaints)
    return UserRequirements(
        requirements=_only(UserRequirement, found),
        constraints=tuple(bound.requirement for bound in _only(_Bound, found)),
        unconsidered=_only(Unconsidered, found),
        prereleases=_Said.PRERELEASES in found,
    )


def _only(kind: type[_ItemKind], items: Iterable[_PipItem]) -> tuple[_ItemKind, ...]:
    """Those of one kind, each once: two files may include the same third."""
    return tuple({str(item): item for item in items if isinstance(item, kind)}.values())


def _beside(file: str, path: str) -> str:
    """A path named in a file counts from that file's folder."""
    if path.lower().startswith("file:"):
        path = url2pathname(urlsplit(path).path)
    return os.path.normpath(os.path.join(os.path.dirname(file), path))  # noqa: PTH118, PTH120 - a text, not a file


def unreadable(path: str, error: OSError, included_at: str = "") -> LockgenError:
    """The complaint about a file that cannot be read, which the line at `included_at` names."""
    reason = error.strerror or type(error).__name__
    if not included_at:
        return LockgenError(f"the file cannot be read: {reason}", where=path, hint="Name a file of requirements.")
    hint = "A path counts from the folder of the file that names it."
    return LockgenError(f"{shown(path)} cannot be read: {reason}", where=included_at, hint=hint)


def _requirement(line: _Line) -> Iterator[_PipItem]:
    if not line.requirement:
        reason = "an editable installation: only what an index serves can be resolved"
        yield _unconsidered(line, line.said, reason)
        return
    try:
        item = _specifier(line)
    except LockgenError as error:
        yield error
        return
    yield _bound(item) if line.file.constraint and isinstance(item, UserRequirement) else item
    for option, given in sorted(vars(line.options).items()):
        if given and option not in _OF_A_REQUIREMENT:
            reason = "pip takes no such option behind a requirement"
            yield _unconsidered(line, f"--{option.replace('_', '-')}", reason)


def _specifier(line: _Line) -> UserRequirement | Unconsidered:
    is_address = _ADDRESS.match(line.requirement)
    # An address may hold a semicolon of its own.
    text, _, marker = line.requirement.partition("; " if is_address else ";")
    text = text.strip()
    is_path = _PATH.match(text) or _ARCHIVE.fullmatch(text) or ("/" in text and not re.search(r"[\s=<>@]|://", text))
    judged = _marker(line, marker.strip())
    if is_address or is_path:
        return elsewhere(text, where=line.where, said=_safe(line, line.requirement))
    item = read_specifier(text, where=line.where, said=_safe(line, text))
    return replace(item, marker=judged) if isinstance(item, UserRequirement) else item


def _marker(line: _Line, text: str) -> Marker | None:
    """The marker behind a semicolon; as in pip there may be none."""
    try:
        return Marker(text) if text else None
    except InvalidMarker:
        hint = "Write \"; python_version < '3.12'\", say."
        raise LockgenError(f"{shown(_safe(line, text))!r} is no marker", where=line.where, hint=hint) from None


def _bound(requirement: UserRequirement) -> _PipItem:
    if requirement.extras:
        extras = f"{requirement.name}[{','.join(sorted(requirement.extras))}]"
        hint = f"Write {requirement.name} without them; a requirement brings the extras in."
        message = f"{extras} in a constraints file: pip takes no extras there"
        return LockgenError(message, where=requirement.where, hint=hint)
    return _Bound(requirement)


def _options(line: _Line) -> Iterator[_PipItem]:
    if line.options.pre or ":all:" in (line.options.all_releases or ()):
        yield _Said.PRERELEASES
    for option, reason in _IGNORED:
        given = getattr(line.options, dest(option))
        if given is True:
            yield _unconsidered(line, option, reason)
        for value in given if isinstance(given, list) else ():
            if (option, value) != ("--all-releases", ":all:"):
                yield _unconsidered(line, f"{option} {value}", reason)


def _unconsidered(line: _Line, text: str, reason: str) -> Unconsidered:
    return Unconsidered(where=line.where, text=shown(_safe(line, text)), reason=reason)


def _safe(line: _Line, text: str) -> str:
    """The part of the line in question, or all of it as written: the value of a variable may be a secret."""
    return line.said if "${" in line.said else text
