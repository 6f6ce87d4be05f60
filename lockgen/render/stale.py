"""Part of the door to the disk: what lies in a folder of outputs although no matrix makes it any more.

Only what lockgen made counts: a folder with a summary of its own, or the folder of a target that the matrix does not
have or does not support. Anything else in there is the user's.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lockgen.model.locked import FILE_NAME as LOCKED
from lockgen.render.compatibility import FILE_NAME as COMPATIBILITY
from lockgen.render.documents import FILE_NAMES, LOCK, ROUTED_LOCK
from lockgen.render.image import FILE_NAMES as IMAGES
from lockgen.render.plan import Plan
from lockgen.render.preflight import FILE_NAME as PREFLIGHT
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.verified import FILE_NAME as VERIFIED
from lockgen.render.write import write

SETS = "sets"
"""Inside a phase's folder, the folder of its named sets."""

_TARGET = re.compile(r"(py|pypy)3\.\d{1,3}(\.\d{1,4})?t?-[a-z0-9][a-z0-9._-]*\Z")
_STRATEGIES = ("minimum", "maximum")
_OF_PHASE = (SUMMARY, LOCKED, VERIFIED, COMPATIBILITY, PREFLIGHT, *IMAGES.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleFolder:
    """A folder that nothing makes, with the files of lockgen in it as sorted relative paths."""

    path: Path
    files: tuple[str, ...]
    reason: str
    """In words, why it is stale."""


def stale_folders(
    output: Path, made: Mapping[str, Mapping[str, str]], within: Collection[str] | None = None
) -> tuple[StaleFolder, ...]:
    """The stale folders below `output`. `made` are the folders of all phases and sets, as relative POSIX paths.

    Each has its matrix's targets -> why one is unsupported, empty for a supported one.
    `within` leaves only what lies inside these folders; None: everything.
    """
    found: list[StaleFolder] = []
    for path in _phase_folders(output):
        name = path.relative_to(output).as_posix()
        if name in made:
            found += _stale_targets(path, made[name])
            for strategy in _STRATEGIES:
                found += _stale_targets(path / strategy, made[name])
        elif not any(path.is_relative_to(each.path) for each in found) and (reason := _stale_phase(path)):
            found.append(StaleFolder(path=path, files=tuple(sorted(_made_files(path))), reason=reason))
    chosen = None if within is None else [output / each for each in within]
    return tuple(
        each for each in found if chosen is None or any(folder in (each.path, *each.path.parents) for folder in chosen)
    )


def prune(stale: Sequence[StaleFolder]) -> None:
    """Remove the files of lockgen in these folders, all or nothing, and the folders that are empty then. WriteError."""
    write([(each.path, Plan(files={}, owned=frozenset(each.files))) for each in stale])
    for each in stale:
        inner = {folder for name in each.files for folder in (each.path / name).parents if each.path in folder.parents}
        above = [each.path.parent] if each.path.parent.name == SETS else []
        for folder in (*sorted(inner, reverse=True), each.path, *above):
            with suppress(OSError):  # a file of the user's is in it
                folder.rmdir()


def _phase_folders(output: Path) -> Iterator[Path]:
    """Every folder that could be a phase's or a set's, a phase's first."""
    for phase in _folders(output):
        yield phase
        yield from _folders(phase / SETS)


def _folders(parent: Path) -> list[Path]:
    """The folders in a folder, sorted by name, without links and the hidden ones that a run makes for itself."""
    try:
        found = [entry for entry in os.scandir(parent) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(Path(entry.path) for entry in found if not entry.name.startswith("."))


def _stale_phase(folder: Path) -> str:
    """Why a folder that no matrix makes is stale; empty for one that lockgen did not make."""
    summary = _summary(folder)
    if {"schema", "phase", "targets"} <= summary.keys():
        return f"stale folder: no matrix makes it; it was rendered for phase {summary['phase']}"
    if any(_TARGET.match(path.name) and (path / LOCK).is_file() for path in _folders(folder)):
        return "stale folder: no matrix makes it, and it holds locks of targets"
    return ""


def _summary(folder: Path) -> dict[str, object]:
    try:
        value = json.loads((folder / SUMMARY).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _stale_targets(folder: Path, made: Mapping[str, str]) -> Iterator[StaleFolder]:
    """Targets' folders with a lock that the matrix does not ask for, or the summary beside them does not list."""
    targets = _summary(folder).get("targets")
    if not isinstance(targets, dict):
        return
    for path in _folders(folder):
        if not _TARGET.match(path.name) or not (path / LOCK).is_file():
            continue
        if reason := _stale_target(path.name, targets, made):
            yield StaleFolder(path=path, files=tuple(sorted(_target_files(path))), reason=f"stale folder: {reason}")


def _stale_target(name: str, targets: Collection[str], made: Mapping[str, str]) -> str:
    """Why a target's folder is stale; empty where it is not. A full Python version goes with its minor."""
    python, _, platform = name.partition("-")
    minor = f"{'.'.join(python.split('.')[:2])}-{platform}"
    cell = name if name in made else minor
    if cell not in made:
        return "the matrix has no such target"
    if made[cell]:
        return f"the matrix marks the target as unsupported: {made[cell]}"
    return "" if name in targets else "a target that the summary beside it does not list"


def _target_files(folder: Path) -> Iterator[str]:
    """The files in a target's folder that lockgen made."""
    yield from (name for name in FILE_NAMES if (folder / name).is_file())
    with suppress(OSError):
        yield from (entry.name for entry in os.scandir(folder) if entry.is_file() and ROUTED_LOCK.match(entry.name))


def _made_files(folder: Path, prefix: str = "") -> Iterator[str]:
    """The files in a phase's folder that lockgen made, those of its strategies and sets too."""
    yield from (f"{prefix}{name}" for name in _OF_PHASE if (folder / name).is_file())
    for path in _folders(folder):
        place = f"{prefix}{path.name}/"
        if _TARGET.match(path.name):
            yield from (f"{place}{name}" for name in _target_files(path))
        elif path.name in _STRATEGIES:
            yield from _made_files(path, place)
        elif path.name == SETS:
            for each in _folders(path):
                yield from _made_files(each, f"{place}{each.name}/")
