"""The metadata of an sdist whose own is not static, read elsewhere: stated by the matrix, or in the release's wheels.

Neither is a promise of the sdist. The matrix gives its word for a statement. A release's wheels for other Pythons and
platforms were built from the same source, as uv takes them too; where they do not agree for the target, only a build
could tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lockgen.model.index import DistFile, Metadata
from lockgen.model.metadata import differences
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request, stated_about
from lockgen.resolve.memory import MemoryIndex

WHEELS = "its wheels for other targets, which agree for this one"
_DISAGREE = "its wheels for other targets do not agree on what it requires here"


def read_elsewhere(
    refused: Refusal, wheels: Sequence[DistFile], request: Request, memory: MemoryIndex
) -> Metadata | Refusal:
    """The metadata of the refused sdist for the request's target; the refusal where nothing gives it.

    `wheels` are those of the release, for whatever target, that the request may know of.
    """
    if (stated := _stated_for(refused, request)) is not None:
        return stated
    # Wheels mostly share one METADATA, which the index says beforehand where it gives its hash.
    distinct = {wheel.metadata_sha256 or wheel.sha256: wheel for wheel in sorted(wheels, key=_filename, reverse=True)}
    memory.expect_metadata(distinct.values())
    found = [memory.metadata(wheel) for wheel in sorted(distinct.values(), key=_filename)]
    read = [each for each in found if isinstance(each, Metadata)]
    if not read or len(read) < len(found):
        return refused
    first, *others = {each.sha256: each for each in read}.values()
    if any(any(differences(request.target, first, other)) for other in others):
        return replace(refused, reason=f"{refused.reason}, and {_DISAGREE}")
    return replace(first, import_names=(), read_from=WHEELS)


def _filename(file: DistFile) -> str:
    return file.filename


def _stated_for(refused: Refusal, request: Request) -> Metadata | None:
    assert refused.version is not None, "an sdist is of a release"  # noqa: S101 - for the type checker
    found = stated_about(refused.name, refused.version, request.stated)
    return None if found is None else found.metadata_of(refused.version)
