"""pylock.toml: what a lock of another project installs (PEP 751)."""

from __future__ import annotations

import re

from packaging.markers import Marker
from packaging.pylock import Package, Pylock, PylockValidationError
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from lockgen.model.requirements import Unconsidered, UserRequirement, UserRequirements
from lockgen.requirements.showing import shown
from lockgen.requirements.toml import read_toml, refusal

_CHOICE = re.compile(r'"([^"]*)" (not in|in) (extras|dependency_groups)')
# The same on every target: extras and groups are chosen here, targets are judged later.
_ALWAYS, _NEVER = 'python_version >= "0"', 'python_version < "0"'


def read_pylock(path: str, content: bytes, groups: frozenset[str] = frozenset()) -> UserRequirements:
    """The locked packages as `name==version`, with their markers, for the extras and dependency groups in `groups`;
    without any, for the groups the lock installs by default. Raises RequirementsError.
    """
    tables = read_toml(path, content)
    try:
        lock = Pylock.from_dict(tables)
    except PylockValidationError as error:
        raise refusal(f"this is no lock (PEP 751): {shown(str(error))}", where=path) from None
    chosen = _chosen(path, lock, groups)
    items = [_item(path, at, package, chosen) for at, package in enumerate(lock.packages)]
    return UserRequirements(
        requirements=tuple(item for item in items if isinstance(item, UserRequirement)),
        unconsidered=tuple(item for item in items if isinstance(item, Unconsidered)),
        requires_python=lock.requires_python,
    )


def _chosen(path: str, lock: Pylock, groups: frozenset[str]) -> frozenset[str]:
    """The names that `extras` and `dependency_groups` of a marker hold, normalized."""
    known = frozenset(map(canonicalize_name, (*(lock.extras or ()), *(lock.dependency_groups or ()))))
    asked = frozenset(map(canonicalize_name, groups))
    if strangers := sorted(asked - known):
        hint = f"The lock has these: {', '.join(sorted(known)) or 'none'}."
        raise refusal(f"there is no extra and no dependency group {shown(strangers[0])!r}", where=path, hint=hint)
    return asked or frozenset(map(canonicalize_name, lock.default_groups or ()))


def _item(path: str, at: int, package: Package, chosen: frozenset[str]) -> UserRequirement | Unconsidered:
    where = f"{path} packages[{at}]"
    if package.is_direct:
        kind = "a version control address" if package.vcs else "a folder" if package.directory else "an archive"
        reason = f"{kind}: only what an index serves can be resolved"
        return Unconsidered(where=where, text=package.name, reason=reason)
    version = package.version or _version(package)
    return UserRequirement(
        name=package.name,
        specifier=SpecifierSet(f"=={version}"),
        marker=package.marker and _without_choices(package.marker, chosen),
        where=where,
    )


def _version(package: Package) -> Version:
    """The version may be left out of a lock; then it stands in the name of every file."""
    if package.wheels:
        return parse_wheel_filename(package.wheels[0].filename)[1]
    assert package.sdist is not None, "a package is direct, or has files"  # noqa: S101 - says so to mypy
    return parse_sdist_filename(package.sdist.filename)[1]


def _without_choices(marker: Marker, chosen: frozenset[str]) -> Marker:
    """The marker as it reads once extras and groups are chosen."""

    def judged(choice: re.Match[str]) -> str:
        return _ALWAYS if (canonicalize_name(choice[1]) in chosen) == (choice[2] == "in") else _NEVER

    return Marker(_CHOICE.sub(judged, str(marker)))
