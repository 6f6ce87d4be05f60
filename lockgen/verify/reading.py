"""The committed files of a set, read the way pip reads requirements files, without any code of the renderer."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename

from lockgen.errors import UsageError
from lockgen.model.routes import lock_of

REQUIREMENTS = "requirements.txt"
LOCK = "requirements.lock"
BUILD_CONSTRAINTS = "build-constraints.txt"

_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--hash=sha256:(\S+)")


_ROUTED = re.compile(r"requirements\.([a-z0-9-]+)\.lock\Z")


class UnreadableLockError(ValueError):
    """A text is missing or holds a line that is neither an option nor a requirement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A requirements file: its logical lines without comments, and what stands in them.

    `hashes` are the sha256 digests of each name in the file's order; `compiled` the names under --no-binary.
    """

    name: str
    lines: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    hashes: dict[NormalizedName, tuple[str, ...]] = field(default_factory=dict)
    compiled: frozenset[NormalizedName] = frozenset()


@dataclass(frozen=True, slots=True)
class Resolved:
    """A resolution without a complaint: the lines that each name with an extra switched on, and the names reached."""

    switched_on: Mapping[tuple[NormalizedName, str], tuple[str, ...]]
    reached: frozenset[NormalizedName]


@dataclass(frozen=True, slots=True)
class Reader:
    """Parses requirements once: the files of sixty targets hold the same few hundred lines. It is all caches."""

    parsed: dict[str, Requirement] = field(default_factory=dict)
    switched: dict[frozenset[tuple[str, str]], dict[str, bool]] = field(default_factory=dict)
    """Marker environment (with the extra) -> line -> whether its marker holds."""
    wheels: dict[str, frozenset[Tag]] = field(default_factory=dict)
    ranges: dict[str, SpecifierSet | None] = field(default_factory=dict)
    resolved: dict[Hashable, list[Resolved]] = field(default_factory=dict)
    """Requirements, versions and metadata -> what resolvelib made of them in environments that answer differently."""

    def switches_on(self, line: str, environment: Mapping[str, str], known: dict[str, bool]) -> bool:
        """Whether the line's marker holds; `known` are the answers of this environment, from `answers`.

        Raises InvalidRequirement, or what `packaging` raises for markers that cannot be evaluated.
        """
        if line not in known:
            marker = self.requirement(line).marker
            known[line] = marker is None or marker.evaluate(dict(environment))
        return known[line]

    def answers(self, environment: Mapping[str, str]) -> dict[str, bool]:
        """Line -> whether its marker holds in this environment; shared by all sets read with this reader."""
        return self.switched.setdefault(frozenset(environment.items()), {})

    def wheel_tags(self, filename: str) -> frozenset[Tag]:
        """The tags in a wheel's name; none where it is no such name."""
        if filename not in self.wheels:
            try:
                self.wheels[filename] = parse_wheel_filename(filename)[3]
            except InvalidWheelFilename:
                self.wheels[filename] = frozenset()
        return self.wheels[filename]

    def specifier(self, text: str) -> SpecifierSet | None:
        """The specifier set; None where it is none."""
        if text not in self.ranges:
            try:
                self.ranges[text] = SpecifierSet(text)
            except InvalidSpecifier:
                self.ranges[text] = None
        return self.ranges[text]

    def requirement(self, line: str) -> Requirement:
        """The requirement (dependency specifiers standard). Raises InvalidRequirement."""
        if line not in self.parsed:
            self.parsed[line] = Requirement(line)
        return self.parsed[line]


def read_text(name: str, text: str | None, reader: Reader) -> Text:
    """The text as requirements. Raises UnreadableLockError."""
    if text is None:
        raise UnreadableLockError(f"{name}: missing")
    lines = _logical_lines(text)
    parsed = [
        (_requirement(name, line, reader), tuple(_HASH.findall(line))) for line in lines if not line.startswith("-")
    ]
    compiled = [line.split()[1] for line in lines if line.startswith("--no-binary ")]
    return Text(
        name=name,
        lines=lines,
        requirements=tuple(requirement for requirement, _ in parsed),
        hashes={canonicalize_name(requirement.name): hashes for requirement, hashes in parsed},
        compiled=frozenset(map(canonicalize_name, compiled)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """The set of one target: version and sha256 digests by name, and the names that come as sdists."""

    folder: Path
    versions: Mapping[NormalizedName, str]
    hashes: Mapping[NormalizedName, tuple[str, ...]]
    sdists: frozenset[NormalizedName]
    indexes: Mapping[NormalizedName, str] = field(default_factory=dict)
    """Alias of the index of each package that stands in the lock of one; the others come from the default index."""
    tags: frozenset[Tag] = frozenset()
    """Those of the set's target; none where it is not known."""

    @property
    def locks(self) -> dict[str, str]:
        """Alias -> name of its lock file; the default index's first, with an empty alias."""
        return {alias: lock_of(alias) for alias in ("", *sorted(set(self.indexes.values())))}

    def of(self, alias: str) -> Locked:
        """The part of the set that comes from one index."""
        mine = {name: version for name, version in self.versions.items() if self.indexes.get(name, "") == alias}
        return replace(self, versions=mine, sdists=self.sdists & mine.keys())

    @property
    def requirements(self) -> Path:
        """The requirements file, which leads to the constraints."""
        return self.folder / REQUIREMENTS

    @property
    def wheels(self) -> frozenset[str]:
        """The digests of all wheels of the lock."""
        return frozenset(each for name in self.versions.keys() - self.sdists for each in self.hashes[name])

    def rounds(self, among: frozenset[str]) -> tuple[str, ...]:
        """Texts for pip that name every wheel `among` the digests once, each package once a text: best files first."""
        names = sorted(self.versions.keys() - self.sdists)
        lines = ([self._line(name, each) for each in self.hashes[name] if each in among] for name in names)
        return tuple("".join(line for line in each if line) for each in zip_longest(*lines))

    def _line(self, name: NormalizedName, sha256: str) -> str:
        return f"{name}=={self.versions[name]} --hash=sha256:{sha256}\n"


def read_locked(folder: Path) -> Locked:
    """The set in the target's folder. Raises UsageError when a lock is missing or cannot be read."""
    try:
        texts = {alias: _read_lock(folder / name) for alias, name in _lock_files(folder).items()}
    except (OSError, UnicodeDecodeError, UnreadableLockError) as error:
        raise UsageError(f"the lock cannot be read: {error}", where=str(folder), hint="lockgen render") from None
    versions = {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for text in texts.values()
        for each in text.requirements
    }
    compiled = frozenset[NormalizedName]().union(*(text.compiled for text in texts.values()))
    return Locked(
        folder=folder,
        versions=versions,
        hashes={name: hashes for text in texts.values() for name, hashes in text.hashes.items()},
        sdists=compiled & versions.keys(),
        indexes={name: alias for alias, text in texts.items() if alias for name in text.hashes},
    )


def _read_lock(file: Path) -> Text:
    return read_text(file.name, file.read_text("utf-8"), Reader())


def _lock_files(folder: Path) -> dict[str, str]:
    """Alias -> file name: the lock of the default index, and those of others that are there."""
    names = sorted(file.name for file in folder.glob("requirements.*.lock"))
    found = {match[1]: name for name in names if (match := _ROUTED.match(name))}
    return {"": LOCK, **found}


def build_names(folder: Path) -> frozenset[NormalizedName]:
    """The names in the target's build-constraints.txt. Raises UsageError when it is missing or cannot be read."""
    try:
        text = (folder / BUILD_CONSTRAINTS).read_text("utf-8")
        return frozenset(read_text(BUILD_CONSTRAINTS, text, Reader()).hashes)
    except (OSError, UnicodeDecodeError, UnreadableLockError) as error:
        raise UsageError(f"{BUILD_CONSTRAINTS} cannot be read: {error}", where=str(folder)) from None


def _requirement(name: str, line: str, reader: Reader) -> Requirement:
    try:
        return reader.requirement(_HASH.sub("", line))
    except InvalidRequirement as error:
        raise UnreadableLockError(f"{name}: {line!r} is no requirement") from error


def _logical_lines(text: str) -> tuple[str, ...]:
    """Lines joined at a trailing backslash, then without comments and without blank ones: pip's own order of steps."""
    logical: list[str] = []
    pending = ""
    for line in text.splitlines():
        is_comment = bool(_COMMENT.match(line))
        if line.endswith("\\") and not is_comment:
            pending += line.strip("\\")
        else:
            logical.append(pending + (f" {line}" if is_comment else line))
            pending = ""
    bare = (_COMMENT.sub("", line).strip() for line in [*logical, pending])
    return tuple(line for line in bare if line)
