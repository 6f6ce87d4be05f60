"""Sets with an allowed sdist: installed the way the set's own files say under "use", with pinned build requirements."""

from __future__ import annotations

from lockgen.errors import UsageError
from lockgen.verify.locked import BUILD_CONSTRAINTS, LOCK, Locked
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.process import Done
from lockgen.verify.reach import judged
from lockgen.verify.reading import Reader, UnreadableLockError, read_text
from lockgen.verify.resolving import build_options
from lockgen.verify.venvs import Venv
from lockgen.verify.verdicts import Fault

_BY_HASH = ("--require-hashes", "--no-deps", "-r")


def prepared(locked: Locked, venv: Venv, bench: PipEnvironment) -> Fault | None:
    """Install the build requirements into the venv itself, for a pip that cannot pin those of an isolated build."""
    if "--no-build-isolation" not in build_options(locked, venv, locked.folder):
        return None
    return _install(BUILD_CONSTRAINTS, locked, venv, bench)


def built(locked: Locked, venv: Venv, bench: PipEnvironment) -> Fault | None:
    """Install the lock, compiling its sdists, and take away what only the compiling needed."""
    if trouble := _install(LOCK, locked, venv, bench):
        return trouble
    if tools := sorted(_tools(locked) - locked.versions.keys() - {"pip"}):
        done = _pip(["uninstall", "--quiet", "--yes", *tools], venv, bench)
        if not done.ok:
            return judged(done, "removing the build requirements", ["pip", "uninstall", *tools], bench)
    return None


def _install(file: str, locked: Locked, venv: Venv, bench: PipEnvironment) -> Fault | None:
    run, repeat = (
        ["install", *(build_options(locked, venv, folder) if file == LOCK else []), *_BY_HASH, str(folder / file)]
        for folder in (locked.folder.absolute(), locked.folder)
    )
    done = _pip(run, venv, bench)
    return None if done.ok else judged(done, f"installing {file}", ["pip", *repeat], bench)


def _pip(arguments: list[str], venv: Venv, bench: PipEnvironment) -> Done:
    return bench.start([str(venv.python), "-m", "pip", *arguments])


def _tools(locked: Locked) -> set[str]:
    try:
        text = (locked.folder / BUILD_CONSTRAINTS).read_text("utf-8")
        return set(read_text(BUILD_CONSTRAINTS, text, Reader()).hashes)
    except (OSError, UnicodeDecodeError, UnreadableLockError) as error:
        raise UsageError(f"{BUILD_CONSTRAINTS} cannot be read: {error}", where=str(locked.folder)) from None
