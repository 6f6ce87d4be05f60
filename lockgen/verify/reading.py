"""Requirements files read the way pip reads them, for proofs that trust no renderer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

_COMMENT = re.compile(r"(^|\s+)#.*$")
_HASH = re.compile(r"\s--hash=sha256:(\S+)")


class UnreadableLockError(ValueError):
    """A text is missing or holds a line that is neither an option nor a requirement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A requirements file: its logical lines without comments, and what they say.

    `hashes` are the sha256 digests of each name in the file's order; `compiled` the names under --no-binary.
    """

    name: str
    lines: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    hashes: dict[NormalizedName, tuple[str, ...]] = field(default_factory=dict)
    compiled: frozenset[NormalizedName] = frozenset()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads requirements and remembers them: sixty targets say the same few hundred lines."""

    parsed: dict[str, Requirement] = field(default_factory=dict)
    switched: dict[frozenset[tuple[str, str]], dict[str, bool]] = field(default_factory=dict)
    """Marker environment (with the extra) -> what lines' markers say in it."""

    def switches_on(self, line: str, environment: Mapping[str, str], known: dict[str, bool]) -> bool:
        """Whether the line's marker holds; `known` are the answers of this environment, from `answers`.

        Raises InvalidRequirement, or what `packaging` raises for markers that cannot be evaluated.
        """
        if line not in known:
            marker = self.requirement(line).marker
            known[line] = marker is None or marker.evaluate(dict(environment))
        return known[line]

    def answers(self, environment: Mapping[str, str]) -> dict[str, bool]:
        """What is known of lines in this environment, shared by all sets that are read with it."""
        return self.switched.setdefault(frozenset(environment.items()), {})

    def requirement(self, line: str) -> Requirement:
        """The requirement (dependency specifiers standard). Raises InvalidRequirement."""
        if line not in self.parsed:
            self.parsed[line] = Requirement(line)
        return self.parsed[line]


def read_text(name: str, text: str | None, reader: Reader) -> Text:
    """The text as requirements. Raises UnreadableError."""
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
