"""Part of the door `write`: puts a staged folder in the old one's place, so that no moment sees a mixture.

The two directories change places in one system call: at every moment, also after a crash, the folder is wholly old or
wholly new. Where there is no such call (Windows, a lower layer of a container's file system, a mount point) files are
replaced one by one under an undo copy, from which the next run restores the old folder if this one dies half-way.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from time import sleep
from typing import Any

from lockgen.render.undo import WRITTEN, undo_copy

_NO_EXCHANGE = {errno.ENOSYS, errno.EINVAL, errno.EXDEV, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBUSY}
_ON_THE_WAY = re.compile(r"\.(?P<name>.+)\.lockgen-(?P<kind>new|undo|undo-growing)")
_PAUSE = 0.1  # seconds between two looks at a lock on Windows


def staging(folder: Path) -> Path:
    """Where the new tree of a folder grows, or a single file: beside it, so on the same file system."""
    return _beside(folder, "new")


def kept(file: Path) -> Path:
    """Where a single file's old content is while it is replaced."""
    return _beside(file, "undo")


def named(place: Path) -> Path:
    """The path a user knows for one that a write makes on the way: `out/phase/x` for `out/.phase.lockgen-new/x`."""
    parts = list(place.parts)
    for position in reversed(range(len(parts))):
        if found := _ON_THE_WAY.fullmatch(parts[position]):
            is_kept = found["kind"].startswith("undo") and parts[position + 1 : position + 2] == ["old"]
            parts[position : position + 1 + is_kept] = [found["name"]]
    return Path(*parts)


def put_in_place(folder: Path, touched: Iterable[str], undo: ExitStack) -> None:
    """The staged tree becomes the folder. `touched` are the relative paths in which they differ.

    What reverses it is pushed on `undo`; once the stack is dropped, `forget` clears what is left.
    """
    new = staging(folder)
    if not folder.exists():
        new.rename(folder)
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
    elif _exchange(new, folder):
        undo.callback(_exchange, new, folder)
    else:
        _keep_old(new, folder, tuple(touched))
        undo.callback(recover, folder)
        _replace(new, folder, tuple(touched))
    sync_directory(folder.parent)


def recover(folder: Path) -> None:
    """Clears what a run that died has left; if it died while replacing files, the old ones come back first.

    Raises WriteError for an undo copy that does not keep to the folder: it may have come with a checkout.
    """
    undo = _beside(folder, "undo")
    if undo.exists() or undo.is_symlink():
        created, old = undo_copy(undo, folder)
        for path in created:
            (folder / path).unlink(missing_ok=True)
        for path in old:
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            (undo / "old" / path).replace(place)
        prune(folder, created)
    forget(folder)


def forget(folder: Path) -> None:
    """Nothing of a run is left beside the folder, which is as it shall be: its undo copy goes too."""
    undo, growing = _beside(folder, "undo"), _beside(folder, "undo-growing")
    shutil.rmtree(growing, ignore_errors=True)
    if undo.exists():  # it first loses its name: half an undo copy must never be taken for a whole one
        undo.rename(growing)
        shutil.rmtree(growing, ignore_errors=True)
    unstage(folder)


def unstage(folder: Path) -> None:
    """The staged tree, or the old one after the two have changed places, is gone."""
    shutil.rmtree(staging(folder), ignore_errors=True)


def unheard(_directory: Path) -> None:
    """Say nothing while another run holds the lock of the directory."""


@contextmanager
def locked(directory: Path, waits: Callable[[Path], None] = unheard) -> Iterator[None]:
    """Hold this lock alone; it ends with the process and leaves nothing behind.

    A second run calls `waits` with the directory, and waits.
    """
    handle = -1
    if sys.platform == "win32":
        while handle < 0:
            try:
                handle = os.open(directory / ".lockgen.lock", os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
            except (FileExistsError, PermissionError):  # the second where it is just going
                if not os.access(directory, os.W_OK):
                    raise
                waits(directory)
                waits = unheard
                sleep(_PAUSE)
    else:
        import fcntl  # noqa: PLC0415  # there is none on Windows

        with suppress(OSError):  # one may not list it, or a network file system locks none: then runs must not meet
            handle = os.open(directory, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waits(directory)
                fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def write_file(place: Path, content: bytes) -> None:
    """A new file, its directories made, its bytes on the disk and not only on their way."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def link(source: Path, copy: Path) -> None:
    """The same file under another name where the file system can, else a copy; a symbolic link stays one."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, copy, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, copy, follow_symlinks=False)


def prune(folder: Path, removed: Iterable[str]) -> None:
    """Directories inside the folder that are empty now that these files are gone."""
    for parent in {(folder / path).parent for path in removed} - {folder}:
        with suppress(OSError):  # a file of another run is still in it, or it is gone already
            parent.rmdir()


def sync_directory(directory: Path) -> None:
    """What was done to the names in the directory outlives a power cut; Windows has no such call."""
    if os.name == "posix":
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _beside(folder: Path, kind: str) -> Path:
    """Its name is one that `named` knows."""
    return folder.with_name(f".{folder.name}.lockgen-{kind}")


def _exchange(one: Path, other: Path) -> bool:
    """Two directories change places in one step. False where the system or the file system cannot."""
    libc: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    first, second = os.fsencode(one), os.fsencode(other)
    if hasattr(libc, "renameat2"):  # Linux; AT_FDCWD, RENAME_EXCHANGE
        failed = libc.renameat2(-100, first, -100, second, 2)
    elif hasattr(libc, "renamex_np"):  # macOS; RENAME_SWAP
        failed = libc.renamex_np(first, second, 2)
    else:
        return False
    if failed and ctypes.get_errno() not in _NO_EXCHANGE:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    return not failed


def _keep_old(new: Path, folder: Path, touched: tuple[str, ...]) -> None:
    """An undo copy: the old files and what is written in their place. It counts from the moment it has its name."""
    growing = _beside(folder, "undo-growing")
    old = [path for path in touched if (folder / path).exists()]
    for path in old:
        link(folder / path, growing / "old" / path)
    written = {path: sha256((new / path).read_bytes()).hexdigest() if (new / path).exists() else "" for path in touched}
    write_file(growing / WRITTEN, json.dumps(written).encode())
    growing.rename(_beside(folder, "undo"))
    sync_directory(folder.parent)


def _replace(new: Path, folder: Path, touched: tuple[str, ...]) -> None:
    for path in touched:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        if (new / path).exists():
            (new / path).replace(folder / path)
        else:
            (folder / path).unlink()
        sync_directory((folder / path).parent)
    prune(folder, touched)
