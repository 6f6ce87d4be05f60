"""Requirements files in pip's syntax, with the files they include."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from optparse import Values
from typing import TypeVar
from urllib.parse import urlsplit

from packaging.markers import InvalidMarker, Marker

from lockgen.errors import LockgenError, RequirementsError
from lockgen.model.requirements import Unconsidered, UserRequirement, UserRequirements
from lockgen.requirements.addresses import ADDRESS, beside, is_on_the_web, is_path
from lockgen.requirements.limits import beyond, bounded, one_file, too_many
from lockgen.requirements.pip_lines import decoded, dest, expanded, logical_lines, split, unset
from lockgen.requirements.pip_options import IGNORED
from lockgen.requirements.showing import shown
from lockgen.requirements.specifiers import elsewhere, read_specifier
from lockgen.requirements.unreadable import replaced_place, unreadable

Read = Callable[[str], bytes]
"""Gives the bytes of a file by its path or its address on the web; OSError or LockgenError for one that cannot be
read."""

_OF_A_REQUIREMENT = ("hash", "config_settings")


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

    @property
    def label(self) -> str:
        """Its path; of a file on the web only the last name, for `init` writes it into files that are committed."""
        if not is_on_the_web(self.path):
            return self.path
        return f"{shown(urlsplit(self.path).path.rpartition('/')[2]) or 'a file'} (fetched)"


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
    unset: tuple[str, ...]
    """The variables in it that the environment has no value for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _PipFileReader:
    read: Read
    environment: Mapping[str, str]
    seen: set[tuple[str, bool]] = field(default_factory=set)
    """Files read so far, and whether as constraints: what is included twice is read once."""

    def items(self, file: _File, included_at: str = "") -> Iterator[_PipItem]:
        """The items of the file in order, with included files in their place."""
        try:
            text = decoded(self.read(file.path), file.label)
        except OSError as error:
            yield unreadable(file.path, error, included_at)
        except LockgenError as error:
            yield error if error.where else replaced_place(error, included_at or file.label)
        else:
            for number, said in logical_lines(text):
                yield from self._line(f"{file.label}:{number}", said, file)

    def _line(self, where: str, said: str, file: _File) -> Iterator[_PipItem]:
        try:
            bounded(said, where)
            requirement, options, rest = split(expanded(said, self.environment), where)
        except LockgenError as error:
            yield error
            return
        line = _Line(
            where=where,
            said=said,
            requirement=requirement,
            options=options,
            rest=tuple(rest),
            file=file,
            unset=unset(said, self.environment),
        )
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
        if line.unset or "\0" in path:
            nul = LockgenError("no file has a NUL in its name", where=line.where, hint="Remove that character.")
            yield _unset_complaint(line) if line.unset else nul
            return
        path = beside(line.file.path, path)
        key, trail = one_file(path), [*map(one_file, line.file.trail)]
        if key in trail:
            loop = " -> ".join((*line.file.trail[trail.index(key) :], path))
            yield LockgenError(f"the files include each other: {loop}", where=line.where, hint="Remove one -r or -c.")
            return
        file = _File(path=path, trail=(*line.file.trail, path), constraint=constraint)
        if said := beyond(len(file.trail), len(self.seen)):
            yield LockgenError(said, where=line.where, hint="Write the requirements into fewer files.")
        elif (key, constraint) not in self.seen:
            self.seen.add((key, constraint))
            yield from self.items(file, line.where)
        for ignored in [*(line.options.requirement or ()), *(line.options.constraint or ())][1:]:
            yield _unconsidered(line, ignored, "pip reads one included file a line")


def read_pip_file(
    path: str, read: Read, environment: Mapping[str, str], *, is_constraint: bool = False
) -> UserRequirements:
    """The requirements of the file at `path` and of those it includes, read as `pip install -r` reads them.

    `path` may be an address on the web. `environment` is what `${NAME}` stands for; `is_constraint` reads as
    `pip install -c` does. Raises RequirementsError with everything that cannot be read.
    """
    path = path if is_on_the_web(path) else os.path.normpath(path)
    reader = _PipFileReader(read=read, environment=environment)
    found = tuple(reader.items(_File(path=path, trail=(path,), constraint=is_constraint)))
    if complaints := _only(LockgenError, found):
        raise RequirementsError(too_many(complaints, path))
    return UserRequirements(
        requirements=_only(UserRequirement, found),
        constraints=tuple(bound.requirement for bound in _only(_Bound, found)),
        unconsidered=_only(Unconsidered, found),
        prereleases=_Said.PRERELEASES in found,
    )


def _only(kind: type[_ItemKind], items: Iterable[_PipItem]) -> tuple[_ItemKind, ...]:
    """Those of one kind, each once: two files may include the same third."""
    return tuple({str(item): item for item in items if isinstance(item, kind)}.values())


def _unset_complaint(line: _Line) -> LockgenError:
    each = " and ".join(line.unset)
    hint = f"Set {each}, which pip needs too, or write the value there."
    return LockgenError(f"{shown(line.said)!r}: the environment has no value for {each}", where=line.where, hint=hint)


def _without_value(line: _Line, reason: str) -> str:
    return f"{reason}; the environment has no value for {' and '.join(line.unset)}" if line.unset else reason


def _requirement(line: _Line) -> Iterator[_PipItem]:
    if not line.requirement:
        reason = "an editable installation: only what an index serves can be resolved"
        yield _unconsidered(line, line.said, reason)
        return
    try:
        item = _specifier(line)
    except LockgenError as error:
        yield _unset_complaint(line) if line.unset else error
        return
    yield _bound(item) if line.file.constraint and isinstance(item, UserRequirement) else item
    for option, given in sorted(vars(line.options).items()):
        if given and option not in _OF_A_REQUIREMENT:
            reason = "pip takes no such option behind a requirement"
            yield _unconsidered(line, f"--{option.replace('_', '-')}", reason)


def _specifier(line: _Line) -> UserRequirement | Unconsidered:
    is_address = ADDRESS.match(line.requirement)
    # An address may hold a semicolon of its own.
    text, _, marker = line.requirement.partition("; " if is_address else ";")
    text = text.strip()
    judged = _marker(line, marker.strip())
    if is_address or is_path(text):
        found = elsewhere(text, where=line.where, said=_safe(line, line.requirement))
        return replace(found, reason=_without_value(line, found.reason))
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
    for option, reason in IGNORED:
        given = getattr(line.options, dest(option))
        if given is True:
            yield _unconsidered(line, option, reason)
        for value in given if isinstance(given, list) else ():
            if (option, value) != ("--all-releases", ":all:"):
                yield _unconsidered(line, f"{option} {value}", reason)


def _unconsidered(line: _Line, text: str, reason: str) -> Unconsidered:
    return Unconsidered(where=line.where, text=shown(_safe(line, text)), reason=_without_value(line, reason))


def _safe(line: _Line, text: str) -> str:
    """The part of the line in question, or all of it as written: the value of a variable may be a secret."""
    return line.said if "${" in line.said else text
