"""GitHub's hosted runners: which of them runs a target, as a table. Nothing is asked of the service.

Labels are those of the runner-images project, general availability only. The Pythons are those of the manifest in
actions/python-versions, from which actions/setup-python installs. Both were read as they stood in August 2026.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lockgen.model.platform import Libc, OperatingSystem, Platform
from lockgen.model.target import Target

Patches = Mapping[str, tuple[int, int | None]]
"""Minor -> first and last patch release there is; None: more may follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A kind of machine: its label, and the Pythons that can be had on it."""

    label: str
    pythons: Patches
    image: str = ""
    """The container image that the set's Python is in, on this very machine; empty: the machine's own Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A target that no runner serves, and why."""

    target: Target
    reason: str


_LINUX: Patches = MappingProxyType({
    "3.8": (12, 18), "3.9": (12, 25), "3.10": (4, 21), "3.11": (0, None), "3.12": (0, None), "3.13": (0, None),
    "3.14": (0, None),
})  # fmt: skip
_LINUX_OLD: Patches = MappingProxyType({"3.7": (13, 17)})
_MACOS_INTEL: Patches = MappingProxyType({
    "3.7": (1, 17), "3.8": (0, 18), "3.9": (0, 25), "3.10": (0, 21), "3.11": (0, 9), "3.12": (0, 10),
    "3.13": (0, None), "3.14": (0, None),
})  # fmt: skip
_MACOS_ARM: Patches = MappingProxyType({
    "3.8": (10, 10), "3.9": (12, 13), "3.10": (4, 11), "3.11": (0, 9), "3.12": (0, 10), "3.13": (0, None),
    "3.14": (0, None),
})  # fmt: skip
_WINDOWS: Patches = MappingProxyType({
    "3.7": (1, 9), "3.8": (0, 10), "3.9": (0, 13), "3.10": (0, 11), "3.11": (0, 9), "3.12": (0, 10),
    "3.13": (0, None), "3.14": (0, None),
})  # fmt: skip
_WINDOWS_ARM: Patches = MappingProxyType({
    "3.11": (0, 9), "3.12": (0, 10), "3.13": (0, None), "3.14": (0, None),
})  # fmt: skip

# actions/setup-python takes PyPy from its own list of downloads, which has these for every runner here but one.
_PYPYS = ("pypy3.9", "pypy3.10", "pypy3.11")
_NO_PYPY = "windows-11-arm"

_RunnerKind = tuple[OperatingSystem, str, Libc | None]
_RUNNERS: Mapping[_RunnerKind, tuple[Runner, ...]] = MappingProxyType(
    {
        ("linux", "x86_64", "glibc"): (
            Runner(label="ubuntu-24.04", pythons=_LINUX),
            Runner(label="ubuntu-22.04", pythons=_LINUX_OLD),
        ),
        ("linux", "aarch64", "glibc"): (Runner(label="ubuntu-24.04-arm", pythons=_LINUX),),
        ("macos", "x86_64", None): (Runner(label="macos-15-intel", pythons=_MACOS_INTEL),),
        ("macos", "arm64", None): (Runner(label="macos-15", pythons=_MACOS_ARM),),
        ("windows", "x86_64", None): (Runner(label="windows-2025", pythons=_WINDOWS),),
        ("windows", "arm64", None): (Runner(label="windows-11-arm", pythons=_WINDOWS_ARM),),
    }
)
_CONTAINERS: Mapping[str, str] = MappingProxyType({"x86_64": "ubuntu-24.04", "aarch64": "ubuntu-24.04-arm"})
"""Architecture -> the runner whose docker runs containers of it without emulation."""


def runner(target: Target, image: str = "") -> Runner | Gap:
    """The runner that proves the target natively, or why there is none.

    `image` is the container of its Python, where it has one: then the runner need not have that Python.
    """
    kind = _kind(target.platform)
    if image and target.platform.arch in _CONTAINERS:
        return Runner(label=_CONTAINERS[target.platform.arch], pythons={}, image=image)
    if target.platform.libc == "musl" and not image:
        reason = f"targets.yaml names no image for Python {target.python} on {target.platform.name}"
        return Gap(target=target, reason=reason)
    runners = _RUNNERS.get(kind, ())
    if not runners:
        return Gap(target=target, reason="no hosted runner of this kind is known")
    found = next((each for each in runners if _has(each, target)), None)
    labels = " or ".join(each.label for each in runners)
    return found or Gap(target=target, reason=f"actions/setup-python has no Python {target.python} for {labels}")


def _kind(platform: Platform) -> _RunnerKind:
    return platform.os, platform.arch, platform.libc


def _has(runner: Runner, target: Target) -> bool:
    minor = target.build.of_minor
    if target.build.kind == "pypy":
        return minor.text in _PYPYS and runner.label != _NO_PYPY
    if minor.version not in runner.pythons or not target.is_exact:
        return minor.version in runner.pythons
    first, last = runner.pythons[minor.version]
    patch = int(target.version.rsplit(".", 1)[1])
    return patch >= first and (last is None or patch <= last)
