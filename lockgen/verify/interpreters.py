"""DOOR: finds the interpreters of this machine, and examines what one is and what is installed in it.

findpython knows the places: PATH, pyenv, asdf, rye, uv, the registry that the py launcher reads (PEP 514), frameworks
of macOS; the environments of conda, which it does not know, are found here. Its own way to examine what it finds is not
used: it would start every name and shim, one after the other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

from findpython.providers.asdf import AsdfProvider
from findpython.providers.base import BaseProvider
from findpython.providers.macos import MacOSProvider
from findpython.providers.path import PathProvider
from findpython.providers.pyenv import PyenvProvider
from findpython.providers.rye import RyeProvider
from findpython.providers.uv import UvProvider
from findpython.providers.winreg import WinregProvider
from packaging.version import InvalidVersion, Version

from lockgen.errors import UsageError
from lockgen.model.implementation import parse_python
from lockgen.model.platform import Platform
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter
from lockgen.verify.conda import conda_pythons
from lockgen.verify.process import run

_PATIENCE = 20.0  # seconds; the first start on a cold disk takes one or two
_THOROUGH = 60.0  # seconds; facts read the metadata of all that is installed
_AT_ONCE = 8
_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
MACHINES = {"AMD64": "x86_64", "ARM64": "arm64"}

# Stdlib only, Python 3.4 syntax, and no site-packages: the facts must not depend on what is installed.
PROGRAM = """
import glob, json, os, platform, subprocess, sys, sysconfig

def libc():
    if sys.platform == "darwin":
        return ["macos", platform.mac_ver()[0]]
    if sys.platform == "win32":
        return ["windows", platform.release()]
    try:
        return os.confstr("CS_GNU_LIBC_VERSION").split()
    except (AttributeError, OSError, ValueError):
        pass
    for loader in sorted(glob.glob("/lib/ld-musl-*.so.1")):
        said = subprocess.Popen([loader], stderr=subprocess.PIPE).communicate()[1].decode("ascii", "replace")
        return ["musl", said.partition("Version ")[2].split("\\n")[0].strip()]
    return ["", ""]

def runs():
    # What the kernel runs, which under an emulator is that: it hides itself from its own process only.
    try:
        command = ["/proc/%d/exe" % os.getpid(), "--version"]
        with open(os.devnull) as nothing:
            process = subprocess.Popen(command, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return process.communicate()[0].decode("ascii", "replace").split("\\n")[0]
    except (OSError, ValueError):
        return ""

print(json.dumps({
    "path": os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable),
    "version": platform.python_version(),
    "implementation": platform.python_implementation(),
    "system": sys.platform,
    "machine": platform.machine(),
    "wide": sys.maxsize > 2 ** 32,
    "gil": not sysconfig.get_config_var("Py_GIL_DISABLED"),
    "libc": libc(),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX") or "",
    "runs": runs() if "emulator" in sys.argv else "",
}))
"""


def find(
    environ: Mapping[str, str], platforms: Iterable[Platform], given: Iterable[tuple[str, str]] = ()
) -> tuple[Interpreter, ...]:
    """The interpreters of this machine: those `given` (version and path) first, then the rest, newest first.

    What does not start, in time, is passed over. A given one that does not start, or is not the Python it is given for
    ("3.11", "3.14t", "pypy3.11"), is a UsageError.
    """
    platforms = tuple(platforms)
    named = [_examine_given(version, path, environ, platforms) for version, path in given]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        examined = pool.map(lambda path: examine(path, environ, platforms), _paths(environ))
    found = {each.path: each for each in examined if each is not None}
    rest = (each for each in found.values() if each.path not in {one.path for one in named})
    by_path = sorted(rest, key=lambda each: each.path)
    return (*named, *sorted(by_path, key=lambda each: Version(each.version), reverse=True))


def examine(path: str, environ: Mapping[str, str], platforms: Iterable[Platform]) -> Interpreter | None:
    """What the interpreter at `path` is; None when it does not start or is 32 bits wide."""
    kept = {name: environ[name] for name in ("PATH", "SYSTEMROOT", "HOME") if name in environ}
    # Nothing that is installed there runs, so nothing needs a supervisor.
    done = run([path, "-I", "-S", "-c", PROGRAM], environ=kept, timeout=_PATIENCE, supervised=False)
    try:
        facts = json.loads(done.stdout) if done.ok else {}
        Version(facts.get("version", ""))
    except (ValueError, InvalidVersion):
        return None
    return interpreter_of(facts, tuple(platforms)) if facts["wide"] else None


def facts_of(python: str, environ: Mapping[str, str], program: str) -> dict[str, Any]:
    """The facts of the interpreter at `python` (a path), as the program prints them: `lockgen preflight --facts`.

    {"distributions": {"found": [{"name", "version", "requires_dist", "editable", "direct_url" ...}]}} says what is
    installed. It runs from a clean start, in the current folder, with `environ` but for what is meant for lockgen's own
    Python (PYTHON*); nothing that is installed there is imported. UsageError when it does not start, in time, or when
    it is older than CPython 3.7.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    done = run([python, "-B", "-"], environ=kept, timeout=_THOROUGH, stdin=program.encode())
    try:
        # What a sitecustomize or a .pth file prints stands before it.
        facts = json.loads(done.stdout[done.stdout.index('{\n  "') :]) if done.ok else None
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        last = done.tail[-1] if done.tail else "it said nothing"
        raise UsageError(f"this Python cannot be examined: it {done.ending}: {last}", where=python)
    return facts


def choose(target: Target, interpreters: Iterable[Interpreter]) -> Interpreter | None:
    """The interpreter to prove the target on: the first that is one of its Pythons on its platform.

    `find` puts given ones first and then newest patch releases: of a minor, the newest is what its users have or get.
    """
    usable = (each for each in interpreters if each.kind == target.build.kind and is_python_of(each.version, target))
    return next((each for each in usable if each.platform == target.platform.name), None)


def choose_all(target: Target, given: Iterable[Interpreter], rest: Iterable[Interpreter]) -> tuple[Interpreter, ...]:
    """The interpreters to prove the target on: all the `given` ones that can be, where any can.

    Else of the `rest`, newest first, the newest patch release and the target's floor.
    """
    if named := {each.path: each for each in given if choose(target, [each])}:
        return tuple(named.values())
    usable = [each for each in rest if choose(target, [each])]
    floors = [each for each in usable[1:] if each.version == target.floor != usable[0].version]
    return (*usable[:1], *floors[:1])


def is_python_of(version: str, target: Target) -> bool:
    """Whether a Python of that full version is one of the target's."""
    if target.is_exact:
        return version == target.version
    found = Version(version)
    return found.release[:2] == target.minor and not found.is_prerelease and found >= Version(target.floor)


def _examine_given(version: str, path: str, environ: Mapping[str, str], platforms: tuple[Platform, ...]) -> Interpreter:
    found = examine(path, environ, platforms)
    if found is None:
        raise UsageError("this interpreter does not start, or is 32 bits wide", where=path)
    build = parse_python(version)
    number = version if build is None else build.version
    is_it = found.version == number or found.version.startswith(f"{number}.")
    if build is None or build.kind != found.kind or not is_it:
        raise UsageError(f"this is {found.words}, given as {version}", where=path)
    return found


def _paths(environ: Mapping[str, str]) -> list[str]:
    """One path per file that looks like an interpreter.

    Scripts are left out: they are the shims of the version managers, slow and often dead, and what they lead to is
    found in its own place.
    """
    found: dict[str, str] = {}
    known = (str(python.executable) for provider in _providers(environ) for python in provider.find_pythons())
    for path in chain(known, conda_pythons(environ)):
        if not _is_script(path):
            found.setdefault(os.path.realpath(path), path)
    return sorted(found.values())


def _providers(environ: Mapping[str, str]) -> Iterator[BaseProvider]:
    yield PathProvider([Path(path) for path in environ.get("PATH", "").split(os.pathsep) if path])
    home = environ.get("HOME") or environ.get("USERPROFILE") or ""
    yield PyenvProvider(Path(environ.get("PYENV_ROOT") or Path(home, ".pyenv")))
    for kind in (AsdfProvider, RyeProvider, UvProvider, WinregProvider, MacOSProvider):
        if (provider := kind.create()) is not None:
            yield provider


def _is_script(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def interpreter_of(facts: Mapping[str, Any], platforms: tuple[Platform, ...]) -> Interpreter:
    """The interpreter that PROGRAM printed these facts of."""
    kind, release = _libc(facts)
    usable = (each.name for each in platforms if runs_on(each, facts))
    return Interpreter(
        path=facts["path"],
        version=facts["version"],
        implementation=facts["implementation"],
        is_free_threaded=not facts["gil"],
        platform=next(usable, ""),
        machine=facts["machine"],
        libc=f"{ {'macos': 'macOS', 'windows': 'Windows'}.get(kind, kind) } {release}".strip(),
    )


def _libc(facts: Mapping[str, Any]) -> tuple[str, str]:
    """Kind and release of the C library, of macOS or of Windows; both empty where it is unknown."""
    kind, release = (*facts["libc"], "", "")[:2]
    return kind, release


def runs_on(platform: Platform, facts: Mapping[str, Any]) -> bool:
    """Whether what is built for the platform runs there: same system and machine, and a libc or macOS as new."""
    kind, release = _libc(facts)
    machine = MACHINES.get(facts["machine"], facts["machine"])
    if (platform.os, platform.arch) != (_SYSTEMS.get(facts["system"]), machine):
        return False
    if platform.os == "windows":
        return True
    if platform.libc is not None and platform.libc != kind:
        return False
    try:
        return Version(release).release >= platform.version
    except InvalidVersion:
        return False
