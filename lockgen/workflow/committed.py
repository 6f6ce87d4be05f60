"""The sets of a phase as its folder of output has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.errors import UsageError, WriteError
from lockgen.locked.record import read_locked_text
from lockgen.model.drift import CommittedSet
from lockgen.model.locked import FILE_NAME as LOCKED
from lockgen.model.locked import LockedSet
from lockgen.model.matrix import Phase
from lockgen.model.numbers import RenderedNumbers
from lockgen.render.documents import ON_REQUEST
from lockgen.render.phase import RenderInputs
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import read_summary, rendered_numbers
from lockgen.render.write import read
from lockgen.verify.reading import BUILD_CONSTRAINTS, Reader, UnreadableLockError, read_locked, read_text

LockedSets = Mapping[str, LockedSet]
"""By target."""


def committed(phase: Phase, output: Path) -> dict[str, CommittedSet]:
    """Target -> its committed files, for every target with a set in the phase's summary.

    UsageError for a phase that was not rendered into `output`, and for a lock that is missing or cannot be read.
    """
    folder = output / phase.folder
    found = read(folder, [SUMMARY])
    if SUMMARY not in found:
        hint = f"Run lockgen render --phase {phase.phase}, or name the folder of outputs with --output."
        raise UsageError("the phase is not rendered here, so nothing can have moved", where=str(folder), hint=hint)
    targets = read_summary(found[SUMMARY].decode("utf-8", "replace"))["targets"]
    locks = committed_locks(folder)
    return {
        name: _target(folder, name, entry, locks.get(name))
        for name, entry in targets.items()
        if entry["status"] != "unsupported"
    }


def committed_locks(folder: Path) -> LockedSets:
    """The locked sets of a phase's folder; none where nothing is recorded. WriteError for a damaged record."""
    found = read(folder, [LOCKED])
    try:
        return read_locked_text(found[LOCKED].decode("utf-8", "replace")) if LOCKED in found else {}
    except WriteError as error:
        raise WriteError(error.message, where=str(folder / LOCKED), hint=error.hint) from None


def committed_numbers(folder: Path) -> RenderedNumbers | None:
    """The numbers that the sets in a folder were rendered from; None where there are none, or no word of them."""
    found = read(folder, [SUMMARY])
    if SUMMARY not in found:
        return None
    try:
        known = read_summary(found[SUMMARY].decode("utf-8", "replace"))
    except WriteError:
        return None  # a render says so
    return rendered_numbers(known, str(folder / SUMMARY))


def as_committed(folder: Path, names: Sequence[str], inputs: RenderInputs) -> Iterator[RenderInputs]:
    """What each target is rendered with: without what makes a file on request that it shall not have."""
    if not inputs.is_as_committed:
        yield from (inputs for _ in names)
        return
    with_pylock, with_sbom = (_committed_with(file, folder, names) for file in ON_REQUEST)
    for name in names:
        address = inputs.address if name in with_pylock else None
        yield replace(inputs, address=address, sbom=inputs.sbom if name in with_sbom else None)


def _committed_with(file: str, folder: Path, names: Iterable[str]) -> frozenset[str]:
    """Those of the targets whose file of this name is in the folder, or was: its summary lists it."""
    names = tuple(names)
    found = read(folder, [SUMMARY, *(f"{name}/{file}" for name in names)])
    listed = set[str]()
    with suppress(WriteError):  # `check` names a summary that is damaged or missing
        targets = read_summary(found.get(SUMMARY, b"").decode("utf-8", "replace"))["targets"]
        listed = {name for name, entry in targets.items() if file in entry.get("files", ())}
    return frozenset(name for name in names if name in listed or f"{name}/{file}" in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tools:
    versions: Mapping[NormalizedName, str] = field(default_factory=dict)
    hashes: Mapping[NormalizedName, tuple[str, ...]] = field(default_factory=dict)


_NO_TOOLS = _Tools()


def _tools(folder: Path) -> _Tools:
    """The build requirements of the target; none where the sdists of its set need none."""
    file = folder / BUILD_CONSTRAINTS
    try:
        if not file.exists():
            return _NO_TOOLS
        text = read_text(BUILD_CONSTRAINTS, file.read_text("utf-8"), Reader())
    except (OSError, UnicodeDecodeError, UnreadableLockError) as error:
        raise UsageError(f"{BUILD_CONSTRAINTS} cannot be read: {error}", where=str(folder)) from None
    versions = {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in text.requirements}
    return _Tools(versions=versions, hashes=text.hashes)


def _target(folder: Path, name: str, entry: dict[str, Any], locked: LockedSet | None) -> CommittedSet:
    has_set = entry["status"] == "solved"
    try:
        lock = read_locked(folder / name) if has_set else None
        tools = _tools(folder / name) if lock and lock.sdists else _NO_TOOLS
        return CommittedSet(
            target=name,
            revision=int(entry["revision"]),
            as_of=datetime.fromisoformat(entry["as_of"]),
            has_set=has_set,
            pins={} if lock is None else {each: Version(version) for each, version in lock.versions.items()},
            hashes={} if lock is None else lock.hashes,
            sdists=frozenset() if lock is None else lock.sdists,
            build={each: Version(version) for each, version in tools.versions.items()},
            build_hashes=tools.hashes,
            issues=frozenset(str(issue["id"]) for issue in entry.get("issues", ())),
            listings={} if locked is None else locked.listings,
        )
    except (KeyError, TypeError, ValueError, InvalidVersion) as error:
        raise WriteError(
            f"what it says of {name} cannot be read: {error}",
            where=str(folder / SUMMARY),
            hint="Restore the file from version control, or render the phase again.",
        ) from None
