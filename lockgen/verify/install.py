"""Level *installed*: on the target's own interpreter, pip agrees with the set, installs it, and finds it whole.

Three tools have to agree: pip resolves requirements.txt as a user's pip would and must come to exactly this set;
pip-sync installs requirements.lock by its hashes; pip lists and checks what is installed then.

A set with an allowed sdist is not installed by pip-sync, which has no build constraints, but by the commands that its
own files give under "use", with pinned build requirements, in a venv made for it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.model.target import Target
from lockgen.model.verify import Interpreter, Proof, proved_on
from lockgen.verify.done import Done
from lockgen.verify.fetch import WheelProgress, take, unknown_index
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.reading import BUILD_CONSTRAINTS, LOCK, Locked, build_names, read_locked
from lockgen.verify.resolving import build_options, installed_versions, resolved
from lockgen.verify.venvs import Venv, install_tools, opened, opened_for_pip
from lockgen.verify.verdicts import Fault, index_fault

SEEDS = frozenset({"pip", "setuptools", "wheel"})
"""What a new venv may hold already; left alone unless the set names it."""

_BY_HASH = ("--require-hashes", "--no-deps", "-r")
_BROKEN = re.compile(r"\S+ \S+ (?:requires|has requirement) ([A-Za-z0-9][A-Za-z0-9._-]*)")
"""A line of pip check: who requires what."""
_OWN_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n(?:.*\n)*?.*CalledProcessError: ", re.MULTILINE)


def installed(  # noqa: PLR0913 - the keywords are what pip cannot know
    target: Target,
    folder: Path,
    interpreter: Interpreter,
    env: PipEnvironment,
    *,
    idle: Collection[NormalizedName] = (),
    routed: Sequence[str] = (),
    replaced: Collection[NormalizedName] = (),
    progress: WheelProgress | None = None,
) -> Proof:
    """Prove the set in `folder` on this interpreter, in the venv `venv_python` names, which holds the set afterwards.

    `idle` names the pins that only other patch releases of the target need: pip need not come to them here. `replaced`
    names the packages that overrides or exclusions of the matrix are about: pip knows of none, so with any it does not
    resolve the set, and what it finds wrong with them is left out. `routed` are the rows that requirements.txt leaves
    out, because they come from other indexes.

    One call at a time may work with an interpreter; calls for different ones may run at once. Interrupted or failed
    while it moved the venv, it leaves none. Raises UsageError for files that cannot be read.
    """
    locked = replace(read_locked(folder), tags=frozenset(target.tags))
    trouble: Fault | None
    pip = ""
    try:
        pips, venv = opened_for_pip(interpreter, env), opened(interpreter, env, anew=bool(locked.sdists))
        if isinstance(pips, Fault) or isinstance(venv, Fault):
            trouble = pips if isinstance(pips, Fault) else venv if isinstance(venv, Fault) else None
        else:
            pip = f"pip {venv.pip}"
            trouble = _prove(target, locked, (venv, pips), env, (idle, replaced, routed), progress)
    except OSError as error:  # a full disk, say, while lockgen itself wrote
        trouble = Fault(verdict="not run", reason=f"{error.strerror or error} while installing")
    proof = Proof(
        target=target.name,
        level="installed",
        verdict=trouble.verdict if trouble else "proved",
        reason=trouble.reason if trouble else "",
        tail=trouble.tail if trouble else (),
        command=trouble.command if trouble else "",
        installer=pip,
        checks=() if trouble else ("hashes", "pip check"),
        notes=() if trouble else _notes(locked, idle, replaced),
    )
    return proved_on(proof, interpreter)


def _notes(locked: Locked, idle: Collection[NormalizedName], replaced: Collection[NormalizedName]) -> tuple[str, ...]:
    how = "pip install with pinned build requirements" if locked.sdists else "pip-sync"
    names = [f"compiled here: {name} {locked.versions[name]}" for name in sorted(locked.sdists)]
    but = f" but for {', '.join(sorted(idle))}, which other patch releases need" if idle else ""
    resolving = f"resolved by pip to exactly the set{but}"
    if locked.indexes:
        resolving += " among its own wheels, for pip knows no index per package"
    if locked.indexes and locked.sdists:
        resolving = "not resolved by pip, which knows no index per package and had to build sdists of one"
    if replaced:
        about = ", ".join(sorted(replaced))
        apart = f"not resolved by pip, which knows no overrides and no exclusions (of {about})"
        return (f"{apart}; installed by {how}, pip check clean but for these", *names)
    return (f"{resolving}, installed by {how}, pip check clean", *names)


class _Failed(Exception):  # noqa: N818 - carries a fault out of a block that must see an exception to clean up
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def _prove(
    target: Target,
    locked: Locked,
    venvs: tuple[Venv, Venv],
    env: PipEnvironment,
    apart: tuple[Collection[NormalizedName], Collection[NormalizedName], Sequence[str]],
    progress: WheelProgress | None,
) -> Fault | None:
    idle, replaced, routed = apart
    venv, pips = venvs
    try:
        if locked.indexes:
            # One index a run: the wheels first, each from its own.
            _raise_if(_take_wheels(target, locked, env, progress))
        if locked.sdists:
            with venv.moving():
                _raise_if(
                    _install_build_requirements(locked, venv, pips, env)
                    or (None if replaced or locked.indexes else resolved(locked, venv, env, idle))
                    or _install_compiling(locked, venv, env)
                )
                _raise_if(_check_installed(locked, venv, env, replaced))
            return None
        _raise_if(
            (None if replaced else resolved(locked, pips, env, idle, routed))
            or _take_wheels(target, locked, env, progress)
        )
        with venv.moving():
            _raise_if(_sync(locked, venv, env) or _check_installed(locked, venv, env, replaced))
    except _Failed as failed:
        return failed.fault
    return None


def _raise_if(trouble: Fault | None) -> None:
    if trouble:
        raise _Failed(trouble)


def _take_wheels(target: Target, locked: Locked, env: PipEnvironment, progress: WheelProgress | None) -> Fault | None:
    """The wheels come through the shared folder, so that a set costs the index one visit per wheel and no more."""
    return take(target, locked, env, progress or (lambda _files, _size: None))[0]


def _sync(locked: Locked, venv: Venv, env: PipEnvironment) -> Fault | None:
    """Let pip-sync move the venv to the lock, from the wheel folder alone; pip checks every hash on the way.

    Bytecode is not compiled: it proves nothing, and the first import writes what it needs.
    """
    with env.page(locked.wheels) as page:
        rules = ["--no-config", "--no-index", "--find-links", str(page)]
        pip_rules = ["--pip-args", shlex.join(["--no-deps", "--no-compile", "--require-hashes"])]
        place = ["--python-executable", str(venv.python)]
        sync = [env.python, "-m", "piptools", "sync", "--quiet", *rules, *place, *pip_rules]
        done = env.start_apart([*sync, *(str(locked.folder.absolute() / name) for name in locked.locks.values())])
    if done.ok:
        return None
    repeat = ["pip-sync", *pip_rules, *(str(locked.folder / name) for name in locked.locks.values())]
    return index_fault(_without_its_own_traceback(done), f"pip-sync of {LOCK}", repeat, env)


def _without_its_own_traceback(done: Done) -> Done:
    """pip-sync ends in a traceback when its pip fails; the lines worth showing are pip's, which stand before it."""
    return replace(done, stderr=_OWN_TRACEBACK.sub("", done.stderr))


def _install_build_requirements(locked: Locked, venv: Venv, pips: Venv, env: PipEnvironment) -> Fault | None:
    """Install the build requirements into the venv itself, for a pip that cannot pin those of an isolated build."""
    is_routed = any(name in locked.indexes for name in locked.sdists)
    if "--no-build-isolation" not in build_options(locked, venv, locked.folder) and not is_routed:
        return None
    done = install_tools(locked.folder.absolute() / BUILD_CONSTRAINTS, venv, pips, env)
    repeat = ["pip", "install", *_BY_HASH, str(locked.folder / BUILD_CONSTRAINTS)]
    return None if done.ok else index_fault(done, f"installing {BUILD_CONSTRAINTS}", repeat, env)


def _install_compiling(locked: Locked, venv: Venv, env: PipEnvironment) -> Fault | None:
    """Install the lock, compiling its sdists, and take away what only the compiling needed."""
    for alias, name in locked.locks.items():
        if (own := env.of(alias)) is None:
            return unknown_index(alias)
        if trouble := _install_lock(name, locked.of(alias), venv, own):
            return trouble
    if tools := sorted(build_names(locked.folder) - locked.versions.keys() - {"pip"}):
        done = env.start_apart([str(venv.python), "-m", "pip", "uninstall", "--quiet", "--yes", *tools])
        if not done.ok:
            return index_fault(done, "removing the build requirements", ["pip", "uninstall", *tools], env)
    return None


def _install_lock(file: str, locked: Locked, venv: Venv, env: PipEnvironment) -> Fault | None:
    def options(folder: Path) -> list[str]:
        if file == LOCK:
            return build_options(locked, venv, folder)
        # What a build needs comes from the default index, and this run has another.
        return ["--no-build-isolation"] if locked.sdists else []

    run, repeat = (
        ["install", *options(folder), *_BY_HASH, str(folder / file)]
        for folder in (locked.folder.absolute(), locked.folder)
    )
    # Not apart: pip itself takes what it builds. The venv holds no more than the pinned build requirements by then.
    done = env.start([str(venv.python), "-m", "pip", *run])
    return None if done.ok else index_fault(done, f"installing {file}", ["pip", *repeat], env)


def _check_installed(
    locked: Locked, venv: Venv, env: PipEnvironment, replaced: Collection[NormalizedName] = ()
) -> Fault | None:
    """Exactly the set must be installed, and pip find nothing missing or in conflict but `replaced` packages."""
    pip = [str(venv.python), "-m", "pip"]
    # --local: PyPy brings cffi, greenlet and readline in its standard library; those are not in the venv.
    listed = env.start_apart([*pip, "list", "--local", "--format", "json"])
    if not listed.ok:
        return index_fault(listed, "listing what is installed", ["pip", "list"], env)
    if differences := tuple(_differences(json.loads(listed.stdout), locked)):
        return Fault(reason=f"what is installed is not the set: {'; '.join(differences)}", command="pip list")
    checked = env.start_apart([*pip, "check"])
    if not checked.ok and not _is_about(replaced, checked):
        trouble = index_fault(checked, "pip check", ["pip", "check"], env)
        return replace(trouble, reason=f"pip check: {'; '.join(trouble.tail)}")
    return None


def _is_about(replaced: Collection[NormalizedName], checked: Done) -> bool:
    """Whether all that pip check found is about packages of which the matrix replaces the demands."""
    found = [_BROKEN.match(line) for line in checked.stdout.splitlines() if line.strip()]
    return bool(found) and all(each is not None and canonicalize_name(each[1]) in replaced for each in found)


def _differences(listing: list[dict[str, str]], locked: Locked) -> Iterator[str]:
    found = installed_versions(listing)
    for name in sorted(found.keys() | locked.versions.keys()):
        here, wanted = found.get(name), locked.versions.get(name)
        if wanted is None and name in SEEDS:
            continue
        if here is None or wanted is None or Version(here) != Version(wanted):
            yield f"{name} is {here or 'missing'}, the lock has {wanted or 'none'}"
