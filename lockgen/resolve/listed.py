"""What an index lists of a release up to a request's cut-off, worked out once for all targets; and files best first.

Targets differ in tags and Python alone, so the dates, the hashes and the words for the snapshot are the same for all.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import DistFile
from lockgen.model.refusal import RefusalKind
from lockgen.model.request import Request
from lockgen.resolve.memory import MemoryIndex


class Judged(NamedTuple):
    """A file, why it may not serve, and how early its best tag comes in the target's list."""

    file: DistFile
    complaint: RefusalKind | None
    rank: int


def best_first(usable: list[Judged], memory: MemoryIndex) -> list[Judged]:
    """Installers take the wheel with the most specific tag, then the highest build tag (PEP 427); sdists last."""
    if len(usable) == 1:
        return usable

    def build_tag(file: DistFile) -> tuple[int, str]:
        return memory.tags(file)[1] or (-1, "") if file.is_wheel else (-1, "")

    by_name = sorted(usable, key=lambda each: each.file.filename)
    by_build = sorted(by_name, key=lambda each: build_tag(each.file), reverse=True)
    return sorted(by_build, key=lambda each: (not each.file.is_wheel, each.rank))


def wheels_there(
    request: Request, memory: MemoryIndex, name: NormalizedName, version: Version
) -> tuple[tuple[DistFile, str], ...]:
    """The wheels that a target may take if tags and Python suit it, each with its compressed tag set.

    None where one of them has no tags in its name: the files of such a release are judged one by one.
    """
    may_be_hashed = request.may_be_hashed(name)

    def make() -> tuple[tuple[DistFile, str], ...]:
        found = tuple((file, memory.compressed_tags(file)) for file in _files(memory, name, version) if file.is_wheel)
        if not all(compressed for _, compressed in found):
            return ()
        return tuple(each for each in found if request.existed(each[0]) and (each[0].sha256 or may_be_hashed))

    return memory.kept(("wheels", may_be_hashed, *_key(request, name, version)), make)


def facts_there(request: Request, memory: MemoryIndex, name: NormalizedName, version: Version) -> str:
    """The release and its files at the cut-off as JSON, up to its last bracket; empty when it had no file then."""

    def make() -> str:
        files = [
            [file.filename, file.sha256, file.requires_python, file.yanked]
            for file in _files(memory, name, version)
            if request.existed(file)
        ]
        listed = sorted(files, key=lambda file: str(file[0]))
        return json.dumps([name, str(version), listed], separators=(",", ":"))[:-1] if files else ""

    return memory.kept(("facts", *_key(request, name, version)), make)


def _key(request: Request, name: NormalizedName, version: Version) -> tuple[object, ...]:
    """The release, as it is written, and what `Request.existed` depends on for files of the package."""
    return name, str(version), request.as_of_for.get(name, request.as_of), request.undated


def _files(memory: MemoryIndex, name: NormalizedName, version: Version) -> tuple[DistFile, ...]:
    project = memory.project(name)
    return project.files(version) if project else ()
