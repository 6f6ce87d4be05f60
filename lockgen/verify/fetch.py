"""Level *fetched*: a real pip, with the target as its options, downloads every wheel of the lock.

pip judges tags, Requires-Python and hashes; nothing is installed and no code of the index runs. A wheel that is in the
shared folder is not downloaded again: pip is given the folder instead of the index, and judges as before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from lockgen.model.routes import variable_of
from lockgen.model.target import Target
from lockgen.model.verify import CHECKS, Proof
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.reading import LOCK, Locked, read_locked
from lockgen.verify.verdicts import Fault, index_fault

WheelProgress = Callable[[int, int], None]
"""Called with the number of wheels that were downloaded and their bytes, from whatever thread downloads them."""


def fetched(target: Target, folder: Path, env: PipEnvironment, progress: WheelProgress | None = None) -> Proof:
    """Prove that every wheel in the folder's lock exists, matches its hash and fits the target.

    Safe to be called for several targets at once with one `env`. Sdists are not proved, and the notes say so: pip
    cannot take one without running its build. Raises UsageError for a lock that cannot be read.
    """
    locked = read_locked(folder)
    fault, came = _prove(target, locked, env, progress or (lambda _files, _size: None))
    notes = (f"{len(locked.wheels) - came} of {len(locked.wheels)} wheels were in the wheel folder already",)
    unproved = (
        f"not proved: {name} {locked.versions[name]} is an sdist, which pip takes only by running its build"
        for name in sorted(locked.sdists)
    )
    return Proof(
        target=target.name,
        level="fetched",
        verdict=fault.verdict if fault else "proved",
        reason=fault.reason if fault else "",
        tail=fault.tail if fault else (),
        command=fault.command if fault else "",
        installer=f"pip {env.pip_version}",
        checks=() if fault else CHECKS["fetched"],
        notes=(*(() if fault else notes), *unproved),
    )


def take(
    target: Target, locked: Locked, env: PipEnvironment, progress: WheelProgress
) -> tuple[Fault | None, frozenset[str]]:
    """Bring the lock's wheels that the folder lacks into it; gives the digests this call took, judged by pip.

    Each wheel is taken by one caller, the others wait for it; if that one fails, they find out for themselves.
    """
    taken: frozenset[str] = frozenset()
    while missing := env.wheels.missing(locked.wheels):
        with env.wheels.claimed(missing) as mine:
            wanted = env.wheels.missing(mine)
            fault = _download(target, locked, wanted, env, progress)
        if fault:
            return fault, taken
        taken |= wanted
    return None, taken


def target_options(target: Target) -> list[str]:
    """The target as pip's options: every platform tag and every ABI by name, for pip expands few of them itself."""
    platforms = dict.fromkeys(tag.platform for tag in target.tags if tag.platform != "any")
    implementation = "pp" if target.build.kind == "pypy" else "cp"
    own = {"{}{}".format(implementation, "".join(map(str, target.minor)))}
    abis = dict.fromkeys(tag.abi for tag in target.tags if tag.interpreter in own)
    return [
        *(word for each in platforms for word in ("--platform", each)),
        *("--python-version", target.floor, "--implementation", implementation),
        *(word for each in abis for word in ("--abi", each)),
    ]


def _prove(target: Target, locked: Locked, env: PipEnvironment, progress: WheelProgress) -> tuple[Fault | None, int]:
    taken: frozenset[str] = frozenset()
    try:
        fault, taken = take(target, locked, env, progress)
        if fault is None:
            fault = _judge_shared(target, locked, locked.wheels - taken, env)
    except OSError as error:  # a full disk, say, while a wheel is moved
        fault = Fault(verdict="not run", reason=f"{error.strerror or error} while taking the wheels")
    return fault, len(taken)


def _download(
    target: Target, locked: Locked, wanted: frozenset[str], env: PipEnvironment, progress: WheelProgress
) -> Fault | None:
    """Download the wheels, each from its own index, into a folder of their own, and move them into the shared one."""
    for alias in locked.locks:
        part = locked.of(alias)
        if not (mine := wanted & part.wheels):
            continue
        if (own := env.of(alias)) is None:
            return unknown_index(alias)
        if fault := _download_from(target, part, mine, own, progress):
            return fault
    return None


def unknown_index(alias: str) -> Fault:
    """The fault where the address of an index is not known."""
    reason = f"the address of the index {alias} is not known: set {variable_of(alias)}"
    return Fault(verdict="not run", reason=reason)


def _download_from(
    target: Target, locked: Locked, wanted: frozenset[str], env: PipEnvironment, progress: WheelProgress
) -> Fault | None:
    for text in locked.rounds(wanted):
        with tempfile.TemporaryDirectory(dir=env.room("fetch"), ignore_cleanup_errors=True) as room:
            fault = _pip_download(target, locked, text, Path(room), [], env)
            if fault:
                return fault
            files = sorted(Path(room).glob("*.whl"))
            sizes = [file.stat().st_size for file in files]
            came = {env.wheels.add(file) for file in files}
            progress(len(files), sum(sizes))
        if unknown := came - wanted:
            return Fault(reason=f"pip took files that the lock does not name: {', '.join(sorted(unknown))}")
    return None


def _judge_shared(target: Target, locked: Locked, wheels: frozenset[str], env: PipEnvironment) -> Fault | None:
    """Let pip judge, for this target, wheels that were taken for another."""
    for text in locked.rounds(wheels):
        with (
            env.wheels.page(wheels) as page,
            tempfile.TemporaryDirectory(dir=env.room("fetch"), ignore_cleanup_errors=True) as room,
        ):
            offline = ["--no-index", "--find-links", str(page)]
            if fault := _pip_download(target, locked, text, Path(room), offline, env):
                return fault
    return None


def _pip_download(
    target: Target, locked: Locked, text: str, room: Path, source: Sequence[str], env: PipEnvironment
) -> Fault | None:
    requirements = room / "wanted.txt"
    requirements.write_text(text, encoding="utf-8")
    rules = ["--no-deps", "--only-binary=:all:", "--require-hashes", *target_options(target)]
    done = env.pip("download", "--quiet", *rules, *source, "--dest", str(room), "-r", str(requirements))
    if done.ok:
        return None
    repeat = ["pip", "download", *rules, "--dest", "wheels", "-r", str(locked.folder / LOCK)]
    return index_fault(done, f"taking the wheels of {target.name}", repeat, env)
