"""DOOR to the disk: carries plans out, all or nothing.

A folder's new tree is staged beside it, on the same file system: what changes is written and synced, everything else is
a hard link. Only when all folders are staged does `swap` put them in place.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lockgen.errors import WriteError
from lockgen.render import swap
from lockgen.render.plan import Plan, combined

_UNTOUCHED = "The old output is untouched."
_ADVICE = {
    errno.ENOSPC: "Free some space on that disk and run again.",
    errno.EDQUOT: "The disk quota is used up: free some space and run again.",
    errno.EFBIG: "The process may not write files that big (ulimit -f).",
    errno.EROFS: "The file system is read-only: give --output a place that can be written.",
    errno.EACCES: "Give --output a place that can be written, or change its permissions.",
    errno.EPERM: "Give --output a place that can be written, or change its permissions.",
    errno.ENOTDIR: "Something in this path is a file: give --output a directory.",
    errno.EEXIST: "Something in this path is a file: give --output a directory.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What carrying a plan out did, as sorted relative paths. `unchanged` files were not touched."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def touched(self) -> tuple[str, ...]:
        """The paths that are not as they were."""
        return (*self.created, *self.changed, *self.removed)

    def of(self, prefix: str, plan: Plan) -> Written:
        """The part that one plan, whose folder stands at `prefix`, has in this."""
        mine = {f"{prefix}{path}" for path in plan.paths}
        parts = (self.created, self.changed, self.removed, self.unchanged)
        own = [tuple(path.removeprefix(prefix) for path in part if path in mine) for part in parts]
        return Written(created=own[0], changed=own[1], removed=own[2], unchanged=own[3])


def read(folder: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """The bytes of those of the paths that are there. Raises WriteError for what is there and no regular file."""
    with _reported(folder, "read"):
        return {path: (folder / path).read_bytes() for path in sorted(paths) if _is_file(folder, path)}


def write(plans: Sequence[tuple[Path, Plan]], waits: Callable[[Path], None] = swap.unheard) -> tuple[Written, ...]:
    """Carry out the plan of every folder, or raise WriteError and leave them all as they were.

    Nothing is put in place before everything is staged. A folder inside another one's changes with it. Two runs at once
    take turns, and `waits` is called with the directory that another one holds; one whose `based_on` no longer holds
    is refused, unless what is there is what it would write. A plan that changes nothing touches nothing.
    """
    placed = [(folder.absolute().parent.resolve() / folder.name, plan) for folder, plan in plans]
    outer = {folder: _outermost(folder, [each for each, _ in placed]) for folder, _ in placed}
    whole = {
        top: combined([(_prefix(folder, top), plan) for folder, plan in placed if outer[folder] == top])
        for top in sorted(set(outer.values()))
    }
    with ExitStack() as stack:
        for parent in sorted({folder.parent for folder in whole}):
            stack.enter_context(_directory(parent))
        for place in sorted({place for folder in whole for place in folder.parents[:2]}):
            with _reported(place):
                stack.enter_context(swap.locked(place, waits))
        done = dict(zip(whole, _carry_out(list(whole.items())), strict=True))
    return tuple(done[outer[folder]].of(_prefix(folder, outer[folder]), plan) for folder, plan in placed)


def write_alone(path: Path, content: bytes) -> None:
    """One file by itself, whole or not at all. Raises WriteError."""
    staged = swap.staging(path)
    with _directory(path.absolute().parent), _reported(path):
        try:
            staged.unlink(missing_ok=True)
            swap.write_file(staged, content)
            staged.replace(path)
        except BaseException:
            _let_go(staged)
            raise


@contextmanager
def replaced(files: Mapping[Path, bytes]) -> Iterator[None]:
    """Each of the files has this content, or WriteError and none has; the old content again where the block fails.

    All of it is on the disk before the first file changes, and putting back needs no space there.
    """
    with ExitStack() as undo:
        for path, content in files.items():
            staged, old = swap.staging(path), swap.kept(path)
            undo.callback(_let_go, staged, old)
            with _reported(path):
                _clear(staged, old)
                swap.link(path, old)
                swap.write_file(staged, content)
        with ExitStack() as back:
            for path in files:
                with _reported(path):
                    back.callback(swap.kept(path).replace, path)
                    swap.staging(path).replace(path)
                    swap.sync_directory(path.parent)
            yield
            back.pop_all()


def clear_copies(folder: Path) -> None:
    """What a run that died while it replaced files of the folder has left beside them is gone; the files stay."""
    with suppress(OSError):
        _let_go(*(path for path in folder.iterdir() if swap.named(path) != path and path.is_file()))


def _clear(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _let_go(*files: Path) -> None:
    with suppress(OSError):  # what cannot go now is in nobody's way
        _clear(*files)


def _outermost(folder: Path, folders: Iterable[Path]) -> Path:
    return min((each for each in folders if each == folder or each in folder.parents), key=lambda each: len(each.parts))


def _prefix(folder: Path, outer: Path) -> str:
    return "".join(f"{part}/" for part in folder.relative_to(outer).parts)


def _carry_out(plans: Sequence[tuple[Path, Plan]]) -> tuple[Written, ...]:
    done = []
    with ExitStack() as cleanup, ExitStack() as undo:
        for folder, plan in plans:
            with _reported(folder):
                swap.recover(folder)
                done.append(_survey(folder, plan))
                cleanup.callback(swap.unstage, folder)
                if done[-1].touched:
                    _stage(folder, plan, done[-1])
        for (folder, _), written in zip(plans, done, strict=True):
            with _reported(folder):
                if written.touched:
                    swap.put_in_place(folder, written.touched, undo)
        undo.pop_all()
        for folder, _ in plans:
            swap.forget(folder)
    return tuple(done)


def _survey(folder: Path, plan: Plan) -> Written:
    """What would have to be done. Refuses a folder that is a link or a file, and a plan whose basis has changed."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _astray(folder, "is a link or a file, where lockgen keeps a directory of its own")
    found = {path: (folder / path).read_bytes() for path in sorted(plan.paths) if _is_file(folder, path)}
    # Another run of the same inputs may have been first: what is there already cannot go astray.
    is_there = found == plan.files
    for path, basis in plan.based_on.items() if not is_there else ():
        if ((folder / path).read_bytes() if _is_file(folder, path) else None) != basis:
            raise WriteError(
                "was changed by somebody else meanwhile", where=str(folder / path), hint=f"{_UNTOUCHED} Run again."
            )
    return Written(
        created=tuple(sorted(set(plan.files) - set(found))),
        changed=tuple(path for path in found if path in plan.files and plan.files[path] != found[path]),
        removed=tuple(path for path in found if path not in plan.files),
        unchanged=tuple(path for path in found if plan.files.get(path) == found[path]),
    )


def _is_file(folder: Path, path: str) -> bool:
    """Whether a file of its own is there. A link or a directory in its place is an error: writing would go astray."""
    place = folder / path
    for parent in place.parents:
        if parent == folder:
            break
        if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
            raise _astray(parent, "is a link or a file, where lockgen keeps a directory of its own")
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise _astray(place, "is a link or a directory, where lockgen keeps a file of its own")
    return place.exists()


def _stage(folder: Path, plan: Plan, written: Written) -> None:
    staging = swap.staging(folder)
    staging.mkdir()
    if folder.exists():
        _link_tree(folder, staging, without=frozenset(written.changed + written.removed))
    for path in (*written.created, *written.changed):
        swap.write_file(staging / path, plan.files[path])
        if path in written.changed:
            shutil.copymode(folder / path, staging / path)
    swap.prune(staging, written.removed)
    for directory, _, _ in os.walk(staging):
        swap.sync_directory(Path(directory))


def _link_tree(source: Path, copy: Path, without: frozenset[str], prefix: str = "") -> None:
    """The same tree, by hard links where the file system has them. Links stay links; times and modes stay."""
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        path = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            (copy / entry.name).mkdir()
            _link_tree(source / entry.name, copy / entry.name, without, f"{path}/")
        elif path not in without:
            swap.link(source / entry.name, copy / entry.name)
    shutil.copystat(source, copy)


@contextmanager
def _directory(path: Path) -> Iterator[None]:
    """The directory exists; those made for it go again when what follows fails."""
    made = [place for place in (path, *path.parents) if not place.exists()]
    with _reported(path), ExitStack() as undo:
        for place in reversed(made):
            place.mkdir(exist_ok=True)
            undo.callback(swap.prune, place.parent, [f"{place.name}/any"])
        yield
        undo.pop_all()


@contextmanager
def _reported(where: Path, what: str = "write") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "")
        place = str(swap.named(Path(error.filename)) if error.filename else where)
        raise WriteError(
            f"cannot {what} here: {error.strerror or error}", where=place, hint=f"{_UNTOUCHED} {advice}".rstrip()
        ) from error


def _astray(place: Path, what: str) -> WriteError:
    return WriteError(what, where=str(place), hint=f"{_UNTOUCHED} Move it away, or give --output another place.")
