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
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from lockgen.model.verify import Interpreter
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.verdicts import Fault, fault

_MARK = "lockgen-at-rest.txt"
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


def venv_python(interpreter: Interpreter, env: PipEnvironment) -> Path:
    """The Python of the venv for this interpreter, whether it is there or not."""
    folder = _folder(interpreter, env)
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def opened(interpreter: Interpreter, env: PipEnvironment, *, anew: bool = False) -> Venv | Fault:
    """The venv of this interpreter, made when there is none at rest, or what kept it from being made.

    One caller at a time may work with an interpreter: there is one venv of it.
    """
    folder, python = _folder(interpreter, env), venv_python(interpreter, env)
    who, _, pip = _read_mark(folder).partition("\npip ")
    if not anew and who == _identity(interpreter) and python.exists():
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


def remove(folder: Path) -> None:
    """Remove the folder with all in it; what cannot be removed has lost its mark, and so is not used again."""
    (folder / _MARK).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _folder(interpreter: Interpreter, env: PipEnvironment) -> Path:
    who = sha256(interpreter.path.encode()).hexdigest()[:8]
    return env.work.absolute() / "venvs" / f"{interpreter.version}-{who}"


def _identity(interpreter: Interpreter) -> str:
    return f"{interpreter.version} {interpreter.path}"


def _read_mark(folder: Path) -> str:
    try:
        return (folder / _MARK).read_text("utf-8")
    except OSError:
        return ""


def _make(interpreter: Interpreter, folder: Path, python: Path, env: PipEnvironment) -> Venv | Fault:
    env.room("venvs")
    # Without pip: ensurepip takes longer than all the rest, for a pip that is years old.
    make = [interpreter.path, "-I", "-m", "venv", "--without-pip", str(folder)]
    done = env.start(make)
    if done.ok:
        _install_pip(interpreter, python, env)
        done = env.start([str(python), "-m", "pip", "--version"])
    if not done.ok:
        return fault(done, f"making a venv of Python {interpreter.version}", _repeatable(interpreter, make))
    pip = done.stdout.split()[1]  # pip 25.0.1 from ...
    (folder / _MARK).write_text(f"{_identity(interpreter)}\npip {pip}", encoding="utf-8")
    return Venv(folder=folder, python=python, pip=pip)


def _repeatable(interpreter: Interpreter, make: Sequence[str]) -> list[str]:
    """The command as it can be repeated elsewhere: no path of this machine goes into a report."""
    return [f"python{'.'.join(interpreter.version.split('.')[:2])}", *make[1:-1], "venv"]


def _install_pip(interpreter: Interpreter, python: Path, env: PipEnvironment) -> None:
    """Give the venv the newest pip that its Python can have, or the one it brings where the index has none."""
    with tempfile.TemporaryDirectory(dir=env.room("seeds"), ignore_cleanup_errors=True) as room:
        rules = ["--no-deps", "--only-binary=:all:", "--python-version", interpreter.version]
        env.pip("download", "--quiet", *rules, "--dest", room, "pip")
        found = sorted(Path(room).glob("pip-*.whl"))
        if not found:
            env.start([str(python), "-I", "-m", "ensurepip", "--default-pip"])
            return
        site = env.start([str(python), "-I", "-c", _WHERE]).stdout.strip()
        # pip's wheel is pure: unpacking it is installing it, minus the scripts, which are not called here.
        with zipfile.ZipFile(found[0]) as wheel:
            wheel.extractall(site)
