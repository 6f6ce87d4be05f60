"""Python x platform -> a complete marker environment and an ordered tag list. A table; it never asks the host.

`packaging` fills whatever is left open from the machine it runs on, so nothing is left open here: the environment names
every variable of the dependency specifiers standard, and every tag generator gets its versions, ABIs and platforms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.version import Version

from lockgen.model.implementation import Python, parse_python
from lockgen.model.platform import Platform, environment_of, tags_of
from lockgen.model.pythons import NEWEST

UNKNOWABLE = ("platform_release", "platform_version")
"""Marker variables no target can know (`platform.UNKNOWN`)."""

_LAST_PATCH = 9999
_PYPY_OWN = re.compile(r"(?<![\d.])7\.3\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A Python on a platform.

    `python` is a minor ("3.8": its patch releases from the floor on) or a full version ("3.8.20": exactly that), of
    CPython, of its free-threaded build ("3.14t") or of PyPy ("pypy3.11").
    `environment` holds every marker variable except `extra`; of a minor it describes the floor.
    `tags` are ordered, best first.
    """

    name: str
    python: str
    floor: str
    """The oldest patch release meant, "3.8.10"; of an exact target its version."""
    every_patch: bool = False
    """Whether a set must serve every patch release from the floor on. Else one that a release cuts out (Requires-Python
    `!=3.9.7`) does not bar the release: the set says that it does not serve it."""
    platform: Platform
    environment: Mapping[str, str] = field(compare=False)
    tags: tuple[Tag, ...] = field(compare=False, repr=False)

    @property
    def minor(self) -> tuple[int, int]:
        """Major and minor number, (3, 8)."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def build(self) -> Python:
        """The implementation and version that `python` names."""
        return build_of(self.python)

    @property
    def version(self) -> str:
        """The minor or full version alone, "3.14" of "3.14t"."""
        return self.build.version

    @property
    def is_exact(self) -> bool:
        """Whether the target is one patch release rather than all of a minor."""
        return self.build.is_exact


def build_of(python: str) -> Python:
    """The implementation and version that a target's Python names. ValueError for what is none."""
    found = parse_python(python)
    if found is None:
        raise ValueError(f"{python!r} is no Python of a target")
    return found


def make_target(python: str, platform: Platform, *, floor: str = "", every_patch: bool = False) -> Target:
    """The target for a Python ("3.11", "3.8.20", "3.14t" or "pypy3.11") on a platform.

    `floor` is the oldest patch release of a minor that is meant, by default its first. Raises ValueError for what is no
    such Python, and for a floor of another minor.
    """
    build = parse_python(python)
    if build is None:
        raise ValueError(f"{python!r} is not a Python version such as '3.11' or '3.11.4'")
    oldest = build.version if build.is_exact else floor or f"{build.version}.0"
    if not oldest.startswith(f"{build.version}.") and oldest != build.version:
        raise ValueError(f"{oldest!r} is no patch release of {python}")
    return Target(
        name=f"{build.prefix}-{platform.name}",
        python=python,
        floor=oldest,
        every_patch=every_patch,
        platform=platform,
        environment=MappingProxyType(environment_of(oldest, platform, build)),
        tags=tags_of(oldest, platform, build.kind),
    )


def admits(target: Target, requires_python: SpecifierSet) -> bool:
    """Whether a release with this Requires-Python (core metadata) may be in a set of the target.

    It must admit the floor and what comes last, the newest patch release known among them; single ones between these
    may be cut out, unless the target asks for every patch.
    """
    return _is_admitted(target.python, target.floor, target.every_patch, str(requires_python))


@lru_cache(maxsize=4096)
def _is_admitted(python: str, floor: str, every_patch: bool, requires_python: str) -> bool:  # noqa: FBT001 - a key
    """Once for each Python: its platforms cannot differ in it."""
    build = build_of(python)
    patches = _patches_of(build.version, floor, build.is_exact, requires_python)
    needed = patches if every_patch else [*_ends(build, floor), patches[0], patches[-1]]
    specifier = SpecifierSet(requires_python)
    return all(specifier.contains(each, prereleases=True) for each in needed)


def patch_left_out(target: Target, requires_python: SpecifierSet) -> str:
    """The oldest patch release for the sake of which a target is not admitted, where its last one is; else empty."""
    patches = _patches(target, str(requires_python))
    if admits(target, requires_python) or not requires_python.contains(patches[-1], prereleases=True):
        return ""
    return next(python for python in patches if not requires_python.contains(python, prereleases=True))


def unserved(target: Target, requires_python: SpecifierSet) -> tuple[str, ...]:
    """The patch releases of the target that a Requires-Python cuts out, oldest first: ("3.9.7",)."""
    patches = _patches(target, str(requires_python))
    return tuple(python for python in patches if not requires_python.contains(python, prereleases=True))


def concerns(target: Target, python: SpecifierSet) -> bool:
    """Whether any patch release the target stands for lies in the range; how known issues apply."""
    return any(python.contains(patch, prereleases=True) for patch in _patches(target, str(python)))


def switches_on(target: Target, marker: Marker, extra: str = "") -> bool:
    """Whether the marker holds on any patch release of the target, with `extra` the one extra asked for.

    A set for a minor serves all its patch releases, so it holds what any of them needs.
    """
    return any(marker.evaluate(environment) for environment in _environments(target, marker, extra))


def environments(target: Target, markers: Iterable[str]) -> tuple[Mapping[str, str], ...]:
    """The target's environment at each patch release at which one of the markers may change its value.

    The oldest and the newest are among them when any marker looks at patch releases; else the oldest stands for all.
    """
    telling = [text for text in markers if tells_patches(text)]
    if not telling:
        return (at_patch(target, target.environment["python_full_version"]),)
    return tuple(_at_patches(target, " ".join(telling)))


def at_patch(target: Target, python: str) -> dict[str, str]:
    """The target's environment on one patch release ("3.11.7"); of PyPy its own version stays that of the floor."""
    own = target.environment["implementation_version"] if target.build.kind == "pypy" else python
    return {**target.environment, "python_full_version": python, "implementation_version": own}


def splits(target: Target, marker: Marker, extra: str = "") -> bool:
    """Whether the marker holds on some patch releases of the target and not on others."""
    if target.is_exact or not tells_patches(str(marker)):
        return False  # there is one environment, whose value need not be known
    return len({marker.evaluate(environment) for environment in _environments(target, marker, extra)}) > 1


def patches_around(target: Target, text: str) -> set[int]:
    """The patch releases of the target's minor that `text` names, and those beside them: {6, 7, 8} for `!=3.9.7`."""
    return _around(target.version, text)


def _around(version: str, text: str) -> set[int]:
    named = re.findall(rf"(?<![\d.]){re.escape(version)}\.(\d+)", text)
    return {int(patch) + step for patch in named for step in (-1, 0, 1)}


def unknowable(marker: Marker) -> tuple[str, ...]:
    """The variables of the marker that no target can know."""
    text = str(marker)
    return tuple(name for name in UNKNOWABLE if name in text and re.search(rf"\b{name}\b", text))


def _environments(target: Target, marker: Marker, extra: str) -> Iterator[dict[str, str]]:
    text = str(marker)
    base = {**target.environment, "extra": extra}
    if not tells_patches(text):
        yield base
        return
    for environment in _at_patches(target, text):
        yield {**environment, "extra": extra}


def _at_patches(target: Target, text: str) -> Iterator[dict[str, str]]:
    """The environments among which a marker, or several, can change value.

    PyPy's own version is none of the language's, and no table tells which goes with which: each is taken with each.
    """
    for python in _patches(target, text):
        environment = at_patch(target, python)
        yield environment
        if target.build.kind == "pypy" and "implementation_version" in text:
            floor = int(environment["implementation_version"].rpartition(".")[2])
            around = {int(patch) + step for patch in _PYPY_OWN.findall(text) for step in (-1, 0, 1)}
            for patch in sorted({_LAST_PATCH} | {each for each in around if each > floor}):
                yield {**environment, "implementation_version": f"7.3.{patch}"}


def tells_patches(marker: str) -> bool:
    """Whether a marker looks at a variable that differs between patch releases."""
    return "python_full_version" in marker or "implementation_version" in marker


def _patches(target: Target, text: str) -> tuple[str, ...]:
    """The patch releases at which a statement in `text` about the target's minor can change its value.

    Statements are comparisons with the versions they name, so their truth is constant between those; the floor and an
    unreachably late patch release are the ends.
    """
    return _patches_of(target.version, target.floor, target.is_exact, text)


@lru_cache(maxsize=4096)
def _patches_of(version: str, floor: str, is_exact: bool, text: str) -> tuple[str, ...]:  # noqa: FBT001 - a key
    if is_exact:
        return (version,)
    first = int(floor.rpartition(".")[2])
    around = {patch for patch in _around(version, text) if patch >= first}
    return tuple(f"{version}.{patch}" for patch in sorted({first, _LAST_PATCH} | around))


def _ends(build: Python, floor: str) -> Iterator[str]:
    """The newest patch release known, of a minor that is older than the last there may be."""
    newest = NEWEST.get(build.version, "") if build.kind != "pypy" else ""
    if not build.is_exact and newest and Version(newest) >= Version(floor):
        yield newest
