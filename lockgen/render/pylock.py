"""pylock.toml of one target (PEP 751), written on request: the standard demands an address for every file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from packaging.markers import Marker
from packaging.pylock import Package, PackageSdist, PackageWheel, Pylock
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.errors import BugError
from lockgen.model.index import DistFile
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Pin, Solved, TargetResult
from lockgen.model.target import Target
from lockgen.render.toml import dumps
from lockgen.render.view import hashes
from lockgen.text import moment
from lockgen.text.safe import clean, comment

Address = Callable[[DistFile], str]

# The order in which the standard explains its keys.
_ORDER = (
    *("lock-version", "environments", "requires-python", "extras", "created-by", "packages", "tool"),
    *("name", "version", "upload-time", "url", "size", "hashes", "sdist", "wheels"),
)


def pylock(facts: PhaseFacts, cell: TargetResult, address: Address) -> str:
    """The text of pylock.toml for a cell whose outcome is Solved (anything else is a TypeError).

    `address` gives the URL of a file; user name and password in one are left out.
    """
    if not isinstance(cell.outcome, Solved):
        raise TypeError(f"{cell.request.target.name} has no set to write down")
    target = cell.request.target
    lock = _lock(facts, cell.outcome, address)
    header = comment(f"pylock.toml for {target.name}: every file of the set, by address and hash (PEP 751)")
    text = f"{header}\n#\n# use: pip install -r pylock.toml (pip 26.1 or newer)\n\n{dumps(lock.to_dict(), _ORDER)}"
    _read_back(text, lock, target)
    return text


def _lock(facts: PhaseFacts, solved: Solved, address: Address) -> Pylock:
    return Pylock(
        lock_version=Version("1.0"),
        environments=[_environment(solved.target)],
        requires_python=_requires_python(solved),
        extras=[],
        created_by="lockgen",
        packages=[_package(pin, address) for pin in sorted(solved.pins, key=lambda pin: pin.name)],
        tool={"lockgen": _facts(facts, solved.target)},
    )


def _requires_python(solved: Solved) -> SpecifierSet:
    """The patch releases the set serves: `>=3.9.2,==3.9.*,!=3.9.7`."""
    target = solved.target
    if target.is_exact:
        return SpecifierSet(f"=={target.version}")
    cut = "".join(f",!={patch}" for patch in solved.unserved)
    return SpecifierSet(f">={target.floor},=={target.version}.*{cut}")


def _environment(target: Target) -> Marker:
    """The target as a marker. None distinguishes glibc from musl or a free-threaded build; the wheels' tags do."""
    python = "python_full_version" if target.is_exact else "python_version"
    names = ("implementation_name", python, "sys_platform", "platform_machine")
    return Marker(" and ".join(f'{name} == "{target.environment[name]}"' for name in names))


def _package(pin: Pin, address: Address) -> Package:
    hashes(pin)  # none is missing or malformed
    wheels = [PackageWheel(**_file(file, address)) for file in pin.files if file.is_wheel]
    sdists = [PackageSdist(**_file(file, address)) for file in pin.files if not file.is_wheel]
    return Package(name=pin.name, version=pin.version, wheels=wheels or None, sdist=next(iter(sdists), None))


def _file(file: DistFile, address: Address) -> dict[str, Any]:
    return {
        "name": file.filename,
        "upload_time": file.uploaded,
        "url": _without_credentials(address(file)),
        "size": file.size,
        "hashes": {"sha256": file.sha256},
    }


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _facts(facts: PhaseFacts, target: Target) -> dict[str, Any]:
    return {
        "phase": clean(facts.phase),
        "revision": facts.revision,
        "as-of": moment(facts.as_of),
        "strategy": facts.strategy,
        "target": target.name,
    }


def _read_back(text: str, lock: Pylock, target: Target) -> None:
    """Read the text by the standard alone: it is the same lock, and selects exactly the best file of every pin."""
    read = Pylock.from_dict(tomllib.loads(text))
    read.validate()
    chosen = read.select(environment=dict(target.environment), tags=target.tags)  # type: ignore[arg-type]
    best = [(package.name, package.wheels[0] if package.wheels else package.sdist) for package in lock.packages]
    if read.to_dict() != lock.to_dict() or [(package.name, file) for package, file in chosen] != best:
        raise BugError(f"pylock.toml of {target.name} does not read back as it was written")
