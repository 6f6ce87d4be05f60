"""Part of the door `write`: reading the undo copy of a run that died, which anybody may have put there."""

from __future__ import annotations

import json
import os
from pathlib import Path, PurePosixPath

from lockgen.errors import WriteError


def undo_copy(undo: Path, folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files that the run created in the folder, and those whose old content the copy holds, by relative path.

    Every path lies inside the folder, by its name and after its links are followed. WriteError for any other copy, and
    for one of another user or a damaged one: nothing of it is followed.
    """
    if undo.is_symlink() or not undo.is_dir():
        raise _refused(undo, folder, "it is no folder")
    if hasattr(os, "geteuid") and undo.stat().st_uid != os.geteuid():
        raise _refused(undo, folder, "it belongs to another user")
    try:
        created = json.loads((undo / "created.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        raise _refused(undo, folder, "its list of new files cannot be read") from None
    if not isinstance(created, list) or not all(isinstance(path, str) for path in created):
        raise _refused(undo, folder, "its list of new files is none")
    kept = undo / "old"
    links = [path for path in (kept, *kept.rglob("*")) if path.is_symlink() and path.is_dir()]
    if links:
        raise _refused(undo, folder, f"{links[0].relative_to(undo)} is a link to a folder")
    old = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if not path.is_dir())
    for path in (*created, *old):
        if not _is_inside(path, folder):
            raise _refused(undo, folder, f"{path!r} is no file inside {folder.name}")
    return tuple(created), tuple(old)


def _is_inside(path: str, folder: Path) -> bool:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or ":" in path or "\0" in path:
        return False
    top = folder.resolve()
    parent = (folder / path).parent.resolve()
    return parent == top or top in parent.parents


def _refused(undo: Path, folder: Path, why: str) -> WriteError:
    return WriteError(
        f"this is no undo copy that lockgen can follow: {why}",
        where=str(undo),
        hint=f"Nothing was touched. Look at it, remove it, and restore {folder.name} from version control.",
    )
