"""Virtual environments that live as long as a run: one per interpreter, moved from set to set.

A mark inside means that it is not being changed. It is removed before a change, so a venv that a crash left half moved
has none, and is made anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from lockgen.model.verify import Interpreter
from lockgen.verify.behind import GONE, lost
from lockgen.verify.done import Done
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.shims import write_shim
from lockgen.verify.verdicts import Fault, fault

_MARK = "lockgen-at-rest.txt"
_SITES = """
import sys, sysconfig
where = {"base": sys.argv[1], "platbase": sys.argv[1]}
scheme = "nt" if sys.platform == "win32" else "posix_prefix"
[print(sysconfig.get_path(each, scheme, where)) for each in ("purelib", "platlib")]
"""
_SHIM = "lockgen-python"
_WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Venv:
    """A virtual environment that has a pip, and the version of that."""

    folder: Path
    python: Path
    pip: str

    @contextmanager
    def moving(self) -> Iterator[None]:
        """The venv is changed within the block. If it raises, ^C included, the venv is removed."""
        mark = self.folder / _MARK
        content = mark.read_bytes()
        mark.unlink()
        try:
            yield
            mark.write_bytes(content)
        except BaseException:
            remove(self.folder)
            raise


def site_packages(python: Path, env: PipEnvironment) -> list[str]:
    """The folders that a venv's Python has its distributions in; no code of them runs to find out."""
    places = env.start_apart([str(python), "-I", "-S", "-c", _SITES, str(python.parents[1])])
    return list(dict.fromkeys(places.stdout.splitlines()))


def venv_python(interpreter: Interpreter, env: PipEnvironment) -> Path:
    """The Python of the venv for this interpreter, whether it is there or not."""
    return _python(_folder(interpreter, env), interpreter)


def opened(interpreter: Interpreter, env: PipEnvironment, *, anew: bool = False) -> Venv | Fault:
    """The venv of this interpreter, made when there is none at rest, or what kept it from being made.

    One caller at a time may work with an interpreter: there is one venv of it.
    """
    return _opened(interpreter, env, _folder(interpreter, env), anew=anew)


def opened_for_pip(interpreter: Interpreter, env: PipEnvironment) -> Venv | Fault:
    """A venv of this interpreter that holds pip and never a set: no code of the index can run where pip has a login."""
    folder = _folder(interpreter, env)
    return _opened(interpreter, env, folder.parent.parent / "pips" / folder.name, anew=False)


def _opened(interpreter: Interpreter, env: PipEnvironment, folder: Path, *, anew: bool) -> Venv | Fault:
    python = _python(folder, interpreter)
    who, _, pip = _read_mark(folder).partition("\npip ")
    if not anew and who == _identity(interpreter) and python.exists():
        _lead_in(interpreter, folder)
        return Venv(folder=folder, python=python, pip=pip)
    try:
        remove(folder)
        made = _make(interpreter, folder, python, env)
    except BaseException:
        remove(folder)
        raise
    if isinstance(made, Fault):
        remove(folder)
    return made


def install_tools(file: Path, venv: Venv, pips: Venv, env: PipEnvironment) -> Done:
    """Install the wheels that the file pins by hash. `pips` is a venv of the same interpreter that takes them.

    The venv's own Python may run what is installed already, so it is not given the way to the index.
    """
    by_hash = ["--quiet", "--only-binary", ":all:", "--require-hashes", "--no-deps", "-r", str(file)]
    with tempfile.TemporaryDirectory(dir=env.room("tools"), ignore_cleanup_errors=True) as room:
        taken = env.start([str(pips.python), "-m", "pip", "download", "--dest", room, *by_hash])
        if not taken.ok:
            return taken
        offline = ["--no-index", "--find-links", room]
        return env.start_apart([str(venv.python), "-m", "pip", "install", *offline, *by_hash])


def remove(folder: Path) -> None:
    """Remove the folder with all in it; what cannot be removed has lost its mark, and so is not used again."""
    (folder / _MARK).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _folder(interpreter: Interpreter, env: PipEnvironment) -> Path:
    who = sha256(interpreter.path.encode()).hexdigest()[:8]
    return env.work.absolute() / "venvs" / f"{interpreter.version}-{who}"


def _python(folder: Path, interpreter: Interpreter) -> Path:
    if interpreter.behind:
        return folder / "bin" / _SHIM
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def _lead_in(interpreter: Interpreter, folder: Path) -> None:
    """Where the venv is behind a prefix: the script that runs its Python from here."""
    if interpreter.behind:
        write_shim(folder / "bin" / _SHIM, interpreter.behind, str(folder / "bin" / "python"))


def _identity(interpreter: Interpreter) -> str:
    return f"{interpreter.version} {interpreter.path}"


def _read_mark(folder: Path) -> str:
    try:
        return (folder / _MARK).read_text("utf-8")
    except OSError:
        return ""


def _make(interpreter: Interpreter, folder: Path, python: Path, env: PipEnvironment) -> Venv | Fault:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Without pip: ensurepip takes longer than all the rest, for a pip that is years old.
    make = [interpreter.path, "-I", "-m", "venv", "--without-pip", str(folder)]
    done = env.start_apart(make)
    if done.ok:
        _lead_in(interpreter, folder)
        if interpreter.behind and (why := lost(replace(interpreter, path=str(python)), env)):
            return Fault(verdict="not run", reason=why)
        _install_pip(interpreter, python, env)
        done = env.start_apart([str(python), "-m", "pip", "--version"])
    if not done.ok:
        trouble = fault(done, f"making a venv of Python {interpreter.version}", _repeatable(interpreter, make))
        # Nothing of the set had a part in it.
        return (
            replace(trouble, verdict="not run", reason=f"{GONE}: {trouble.reason}") if interpreter.behind else trouble
        )
    pip = done.stdout.split()[1]  # pip 25.0.1 from ...
    (folder / _MARK).write_text(f"{_identity(interpreter)}\npip {pip}", encoding="utf-8")
    return Venv(folder=folder, python=python, pip=pip)


def _repeatable(interpreter: Interpreter, make: Sequence[str]) -> list[str]:
    """The command as it can be repeated elsewhere: no path of this machine goes into a report."""
    return [f"python{'.'.join(interpreter.version.split('.')[:2])}", *make[1:-1], "venv"]


def _install_pip(interpreter: Interpreter, python: Path, env: PipEnvironment) -> None:
    """Give the venv the newest pip that its Python can have, or the one it brings where the index has none."""
    room = env.room("seeds") / interpreter.version
    if not any(room.glob("pip-*.whl")):
        rules = ["--no-deps", "--only-binary=:all:", "--python-version", interpreter.version]
        with tempfile.TemporaryDirectory(dir=env.room("seeds"), ignore_cleanup_errors=True) as coming:
            env.pip("download", "--quiet", *rules, "--dest", coming, "pip")
            for file in sorted(Path(coming).glob("pip-*.whl"))[:1]:
                room.mkdir(exist_ok=True)
                file.replace(room / file.name)
    found = sorted(room.glob("pip-*.whl"))
    if not found:
        env.start_apart([str(python), "-I", "-m", "ensurepip", "--default-pip"])
        return
    site = env.start_apart([str(python), "-I", "-c", _WHERE]).stdout.strip()
    # pip's wheel is pure: unpacking it is installing it, minus the scripts, which are not called here.
    with zipfile.ZipFile(found[0]) as wheel:
        wheel.extractall(site)
