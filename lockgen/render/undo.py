"""Part of the door `write`: reading the undo copy of a run that died, which anybody may have put there."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path, PurePosixPath

from lockgen.errors import WriteError

WRITTEN = "written.json"
"""The list in an undo copy: path -> sha256 of what the run was about to write there, empty for a file it removed."""


def undo_copy(undo: Path, folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files that the run created in the folder, and those whose old content the copy holds, by relative path.

    Every path lies inside the folder, by its name and after its links are followed, and holds what the run wrote or
    what was there before: no other file is lost. WriteError for any other copy, and for one of another user or a
    damaged one: nothing of it is followed.
    """
    if undo.is_symlink() or not undo.is_dir():
        raise _refused(undo, folder, "it is no folder")
    kept, listed = undo / "old", undo / WRITTEN
    if any(_is_foreign(place) for place in (undo, listed)):
        raise _refused(undo, folder, "it belongs to another user")
    written = _written(undo, folder)
    if links := [path for path in (kept, listed, *kept.rglob("*")) if path.is_symlink()]:
        raise _refused(undo, folder, f"{links[0].relative_to(undo)} is a link")
    old = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*") if not path.is_dir())
    for path in (*written, *old):
        if not _is_inside(path, folder):
            raise _refused(undo, folder, f"{path!r} is no file inside {folder.name}")
        before = _digest(kept / path) if path in old else ""
        if (folder / path).exists() and _digest(folder / path) not in {written.get(path), before} - {""}:
            raise _refused(undo, folder, f"{path} is not as the run that died left it")
    return tuple(path for path in written if path not in old), tuple(old)


def _written(undo: Path, folder: Path) -> dict[str, str]:
    try:
        written = json.loads((undo / WRITTEN).read_bytes())
    except (OSError, ValueError, RecursionError):
        raise _refused(undo, folder, "its list of written files cannot be read") from None
    if not isinstance(written, dict) or not all(isinstance(digest, str) for digest in written.values()):
        raise _refused(undo, folder, "its list of written files is none")
    return written


def _is_foreign(place: Path) -> bool:
    """Whether another user has made it; where users have no number, nobody can tell."""
    return hasattr(os, "geteuid") and place.exists() and place.lstat().st_uid != os.geteuid()


def _digest(place: Path) -> str:
    """Hex sha256 of a regular file, and of anything else what no digest is."""
    return sha256(place.read_bytes()).hexdigest() if place.is_file() and not place.is_symlink() else "no file"


def _is_inside(path: str, folder: Path) -> bool:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\" in path or ":" in path or "\0" in path:
        return False
    top = folder.resolve()
    parent = (folder / path).parent.resolve()
    return parent == top or top in parent.parents


def _refused(undo: Path, folder: Path, why: str) -> WriteError:
    return WriteError(
        f"what lies beside it is no undo copy that lockgen can follow: {why}",
        where=str(folder),
        # The one name of lockgen's own in a message: this folder has to be looked at.
        hint=f"Nothing was touched. Look at {undo}, remove it, and restore {folder.name} from version control.",
    )
