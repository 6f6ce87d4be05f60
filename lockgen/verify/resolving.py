"""pip resolves requirements.txt, as a user's pip would, and must come to exactly the set."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.reading import BUILD_CONSTRAINTS, REQUIREMENTS, Locked
from lockgen.verify.venvs import Venv
from lockgen.verify.verdicts import Fault, index_fault, spelled

KNOWS_REPORT = Version("22.2")
KNOWS_BUILD_CONSTRAINT = Version("26.1")  # the option is older, but fails beside --require-hashes before


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What pip would install of one name: the version, and the file's sha256 and name."""

    version: str
    sha256: str
    filename: str = ""


def resolved(
    locked: Locked, venv: Venv, env: PipEnvironment, idle: Collection[NormalizedName] = (), routed: Sequence[str] = ()
) -> Fault | None:
    """Resolve requirements.txt under its constraints against the index, and compare the report with the lock.

    `idle` names the pins that only other patch releases of the target need. A set whose packages come from several
    indexes is resolved with its `routed` rows among its own wheels, which must be there: a pip would ask its one index
    for all names.
    """
    if Version(venv.pip) < KNOWS_REPORT:
        return Fault(verdict="not run", reason=f"pip {venv.pip} cannot report what it would install")
    # Into a file and not `--quiet` to stdout: quietly, pip does not print which demands are in conflict.
    with tempfile.TemporaryDirectory(dir=env.room("resolve"), ignore_cleanup_errors=True) as room:
        report, rows = Path(room, "report.json"), Path(room, "routed.txt")
        rows.write_text("\n".join(routed), encoding="utf-8")
        with env.page(locked.wheels) as page:
            offline = ["--no-index", "--find-links", str(page), "-r", str(rows)] if locked.indexes else []
            arguments = _resolve_arguments(locked, venv, locked.folder.absolute(), report)
            done = env.start([str(venv.python), "-m", "pip", *arguments, *offline])
        repeat = ["pip", *_resolve_arguments(locked, venv, locked.folder, Path("report.json"))]
        if not done.ok:
            return index_fault(done, f"resolving {REQUIREMENTS} with pip {venv.pip}", repeat, env)
        choices = chosen(json.loads(report.read_text("utf-8")))
    if differences := tuple(disagreements(choices, locked, idle)):
        reason = f"pip {venv.pip} does not come to this set: {'; '.join(differences)}"
        return Fault(reason=reason, command=spelled(repeat))
    return None


def _resolve_arguments(locked: Locked, venv: Venv, folder: Path, report: Path) -> list[str]:
    rules = ["--dry-run", "--ignore-installed", "--report", str(report), *build_options(locked, venv, folder)]
    return ["install", *rules, "-r", str(folder / REQUIREMENTS)]


def build_options(locked: Locked, venv: Venv, folder: Path) -> list[str]:
    """What lets this pip build the set's sdists from the pinned requirements in `folder`; nothing where there are none.

    A pip without --build-constraint builds without isolation, with the build requirements that `install` put into the
    venv.
    """
    if not locked.sdists:
        return []
    if Version(venv.pip) < KNOWS_BUILD_CONSTRAINT:
        return ["--no-build-isolation"]
    return ["--build-constraint", str(folder / BUILD_CONSTRAINTS)]


def chosen(report: Mapping[str, Any]) -> dict[NormalizedName, Choice]:
    """The choices of an installation report (pip's `--report`, version 1)."""
    return {canonicalize_name(each["metadata"]["name"]): _choice_of(each) for each in report["install"]}


def disagreements(
    choices: Mapping[NormalizedName, Choice], locked: Locked, idle: Collection[NormalizedName] = ()
) -> Iterator[str]:
    """Where pip's choices are not exactly the lock without the `idle` pins: names, versions, and files by hash.

    On a machine newer than the floor, and without hashes, pip prefers a wheel for newer ones (manylinux_2_34 where the
    target has glibc 2.28), which no lock of that target lists: it is the same release, so no difference.
    """
    for name in sorted(choices.keys() | locked.versions.keys()):
        choice, wanted = choices.get(name), locked.versions.get(name)
        if choice is None and name in idle:
            continue
        if choice is None:
            yield f"it takes no {name}, the lock has {wanted}"
        elif wanted is None:
            yield f"it takes {name} {choice.version}, the lock has none"
        elif Version(choice.version) != Version(wanted):
            yield f"it takes {name} {choice.version}, the lock has {wanted}"
        elif choice.sha256 not in locked.hashes[name] and not _is_for_newer_machines(choice, locked):
            yield f"wrong hash: the lock has no hash of the file it takes for {name} {wanted}"


def _is_for_newer_machines(choice: Choice, locked: Locked) -> bool:
    try:
        return bool(locked.tags) and locked.tags.isdisjoint(parse_wheel_filename(choice.filename)[3])
    except InvalidWheelFilename:
        return False


def _choice_of(item: Mapping[str, Any]) -> Choice:
    archive = item["download_info"].get("archive_info", {})
    filename = unquote(urlsplit(item["download_info"].get("url", "")).path.rpartition("/")[2])
    algorithm, _, digest = archive.get("hash", "").partition("=")
    known = {algorithm: digest, **archive.get("hashes", {})}
    return Choice(version=item["metadata"]["version"], sha256=known.get("sha256", ""), filename=filename)


def installed_versions(listing: Sequence[Mapping[str, str]]) -> dict[NormalizedName, str]:
    """Name to version of `pip list --format json`."""
    return {canonicalize_name(each["name"]): each["version"] for each in listing}
