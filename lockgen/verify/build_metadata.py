"""The metadata of an sdist as its own build backend gives it (PEP 517), in a venv that is thrown away.

Code of the index runs here, and in no other place but an installation that `verify` was asked for. It gets pinned build
requirements, a home of its own and no setting or credential of this machine.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from pyproject_hooks import BackendInvalid, BackendUnavailable, BuildBackendHookCaller, HookMissing

from lockgen.model.index import DistFile
from lockgen.model.result import Pin
from lockgen.model.verify import Interpreter
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.process import run
from lockgen.verify.sandbox import Sandbox
from lockgen.verify.source_tree import SourceTree, SourceTreeError, unpack
from lockgen.verify.venvs import Venv, install_tools, opened, opened_for_pip
from lockgen.verify.verdicts import Fault, fault, index_fault

PinsOf = Callable[[Sequence[str]], Sequence[Pin] | str]
"""Build requirements -> their pins from wheels, or in words why there are none."""

_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "CC", "CXX")


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """METADATA as a build gave it, and what the build was made with."""

    metadata: bytes
    asked: tuple[str, ...]
    """What the backend asked for besides `build-system.requires`."""
    tools: tuple[Pin, ...]
    """All build requirements, sorted by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRoom:
    """The interpreter that builds run on, the pip that installs for them, and what keeps them from the network."""

    interpreter: Interpreter
    env: PipEnvironment
    sandbox: Sandbox | None = None


class _Stopped(Exception):  # noqa: N818 - carries a fault out of the calls in between
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def build_metadata(
    file: DistFile, content: bytes, requires: Sequence[str], pins_of: PinsOf, room: BuildRoom
) -> Built | Fault:
    """What `prepare_metadata_for_build_wheel` of the sdist's backend gives on this interpreter, or what stopped it.

    `content` must have the file's sha256. `requires` are its `build-system.requires`; what the backend asks for
    besides is pinned and installed too. One call at a time may work with an interpreter, whose venv is made anew.
    """
    if not file.sha256:
        return Fault(reason=f"the index gives no sha256 of {file.filename}, so what was downloaded cannot be checked")
    if sha256(content).hexdigest() != file.sha256:
        return Fault(reason=f"{file.filename} is not the file the index lists: its sha256 is another")
    try:
        with tempfile.TemporaryDirectory(dir=room.env.room("builds"), ignore_cleanup_errors=True) as folder:
            tree = unpack(content, file.filename, _made(Path(folder, "source")))
            pips, venv = _there(opened_for_pip(room.interpreter, room.env)), _venv(room)
            return _Build(tree, Path(folder), venv, pips, room).metadata(requires, pins_of)
    except SourceTreeError as error:
        return Fault(reason=f"{file.filename}: {error}")
    except _Stopped as stopped:
        return stopped.fault
    except OSError as error:
        return Fault(verdict="not run", reason=f"{error.strerror or error} while building the metadata")


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _venv(room: BuildRoom) -> Venv:
    return _there(opened(room.interpreter, room.env, anew=True))


def _there(venv: Venv | Fault) -> Venv:
    if isinstance(venv, Fault):
        raise _Stopped(venv)
    return venv


@dataclass(frozen=True, slots=True)
class _Build:
    tree: SourceTree
    folder: Path
    venv: Venv
    pips: Venv
    room: BuildRoom

    def metadata(self, requires: Sequence[str], pins_of: PinsOf) -> Built:
        tools = self._install(requires, pins_of)
        hooks = BuildBackendHookCaller(
            str(self.tree.folder),
            self.tree.backend,
            list(self.tree.backend_path) or None,
            runner=self._run,
            python_executable=str(self.venv.python),
        )
        try:
            with warnings.catch_warnings():
                # What a backend warns of is for the sdist's author.
                warnings.simplefilter("ignore", UserWarning)
                if asked := [each for each in hooks.get_requires_for_build_wheel() if each not in requires]:
                    tools = self._install([*requires, *asked], pins_of)
                # Without the hook the wheel is built, and its metadata taken.
                info = hooks.prepare_metadata_for_build_wheel(str(_made(self.folder / "metadata")))
        except (BackendInvalid, BackendUnavailable, HookMissing) as error:
            reason = f"its build backend {self.tree.backend} cannot be called: {_why(error)}"
            raise _Stopped(Fault(reason=reason)) from error
        found = self.folder / "metadata" / info / "METADATA"
        if not found.is_file():
            raise _Stopped(Fault(reason=f"its build backend {self.tree.backend} gave no METADATA"))
        return Built(metadata=found.read_bytes(), asked=tuple(asked), tools=tools)

    def _install(self, requires: Sequence[str], pins_of: PinsOf) -> tuple[Pin, ...]:
        pins = pins_of(requires)
        if isinstance(pins, str):
            raise _Stopped(Fault(reason=f"what builds it cannot be had: {pins}"))
        if pins:
            file = self.folder / "build-constraints.txt"
            file.write_text("".join(map(_hashed, pins)), encoding="utf-8")
            done = install_tools(file, self.venv, self.pips, self.room.env)
            if not done.ok:
                repeat = ["pip", "install", "--only-binary", ":all:", "--require-hashes", "--no-deps"]
                raise _Stopped(index_fault(done, "installing what builds it", repeat, self.room.env))
        return tuple(sorted(pins, key=lambda pin: pin.name))

    def _run(self, cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        """Run a hook, as pyproject_hooks wants it run."""
        # The last word is the folder in which a hook's arguments lie and its result is expected.
        sandbox = self.room.sandbox
        start = run if sandbox is None else partial(sandbox.run, writable=cmd[-1])
        done = start(
            cmd,
            environ={**self._environ(), **(extra_environ or {})},
            cwd=Path(cwd or self.tree.folder),
            timeout=self.room.env.timeout,
            stop=self.room.env.stop,
        )
        if not done.ok:
            raise _Stopped(fault(done, "its build backend", ["python", *(Path(each).name for each in cmd[1:3])]))

    def _environ(self) -> dict[str, str]:
        """No PIP_INDEX_URL, netrc or proxy: whatever a build may do, it has no credential of this machine."""
        kept = {name: value for name, value in self.room.env.environ.items() if name.upper() in _KEPT}
        path = os.pathsep.join([str(self.venv.python.parent), kept.get("PATH", os.defpath)])
        home = str(self.folder)
        return {**kept, "PATH": path, "HOME": home, "USERPROFILE": home, "TMPDIR": home, "TEMP": home, "TMP": home}


def _why(error: BackendInvalid | BackendUnavailable | HookMissing) -> str:
    """`ModuleNotFoundError: No module named 'hatchling'`."""
    traceback = error.traceback if isinstance(error, BackendUnavailable) else ""
    return next(reversed((traceback or "").strip().splitlines()), str(error) or type(error).__name__)


def _hashed(pin: Pin) -> str:
    hashes = " ".join(f"--hash=sha256:{file.sha256}" for file in pin.files)
    return f"{pin.name}=={pin.version} {hashes}\n"
