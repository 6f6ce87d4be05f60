"""Targets are complete and never look at the host."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import packaging
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker, default_environment
from packaging.specifiers import SpecifierSet
from packaging.tags import sys_tags

import lockgen
from lockgen.model import target as targets
from lockgen.model.platform import ARCHITECTURES, Platform
from lockgen.model.pythons import FLOORS, NEWEST, floor_of
from lockgen.model.target import (
    admits,
    concerns,
    make_target,
    patch_left_out,
    splits,
    switches_on,
    unknowable,
    unserved,
)
from tests.conftest import ROOT
from tests.interpreters import interpreters
from tests.universe import PLATFORMS, target

PYTHONS = [f"3.{minor}" for minor in range(7, 15)]
ALL = [make_target(python, place) for python in PYTHONS for place in PLATFORMS.values()]


@pytest.mark.parametrize("one", ALL, ids=lambda t: t.name)
def test_environment_names_every_marker_variable(one: targets.Target) -> None:
    assert set(one.environment) == set(default_environment())
    assert all(isinstance(value, str) and value for value in one.environment.values())


def test_environment_is_the_platforms() -> None:
    assert dict(target("py3.8-windows-x86_64").environment) == {
        "implementation_name": "cpython",
        "implementation_version": "3.8.0",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_release": "unknown-to-lockgen",
        "platform_system": "Windows",
        "platform_version": "unknown-to-lockgen",
        "python_full_version": "3.8.0",
        "python_version": "3.8",
        "sys_platform": "win32",
    }
    assert target("py3.11-macos-arm64").environment["platform_machine"] == "arm64"
    assert target("py3.11-linux-aarch64").environment["platform_machine"] == "aarch64"
    assert target("py3.11-alpine-x86_64").environment["sys_platform"] == "linux"


@pytest.mark.parametrize(
    ("name", "tag", "place"),
    [
        ("py3.11-linux-x86_64", "cp311-cp311-manylinux_2_28_x86_64", 1),
        ("py3.7-linux-x86_64", "cp37-cp37m-manylinux_2_28_x86_64", 1),
        ("py3.11-windows-x86_64", "cp311-cp311-win_amd64", 0),
        ("py3.11-macos-arm64", "cp311-cp311-macosx_13_0_arm64", 0),
        ("py3.11-alpine-aarch64", "cp311-cp311-musllinux_1_2_aarch64", 1),
        ("py3.11-linux-x86_64", "cp311-cp311-manylinux2014_x86_64", 13),
        ("py3.11-linux-x86_64", "py3-none-any", None),
        ("py3.11-macos-x86_64", "cp311-cp311-macosx_10_9_x86_64", None),
        ("py3.11-macos-arm64", "cp311-cp311-macosx_11_0_universal2", None),
        ("py3.14-linux-aarch64", "cp38-abi3-manylinux_2_17_aarch64", None),
    ],
)
def test_tags(name: str, tag: str, place: int | None) -> None:
    tags = [str(t) for t in target(name).tags]
    assert tag in tags
    assert place is None or tags[place] == tag
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("py3.11-linux-x86_64", "cp311-cp311-manylinux_2_29_x86_64"),
        ("py3.11-linux-x86_64", "cp311-cp311-musllinux_1_1_x86_64"),
        ("py3.11-alpine-x86_64", "cp311-cp311-manylinux_2_17_x86_64"),
        ("py3.11-linux-aarch64", "cp311-cp311-manylinux1_aarch64"),
        ("py3.11-macos-x86_64", "cp311-cp311-macosx_11_0_arm64"),
        ("py3.8-linux-x86_64", "cp39-abi3-manylinux_2_17_x86_64"),
        ("py3.13-linux-x86_64", "cp313-cp313t-manylinux_2_17_x86_64"),
    ],
)
def test_foreign_tags_are_absent(name: str, tag: str) -> None:
    assert tag not in {str(t) for t in target(name).tags}


@pytest.mark.skipif(sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="compares with a glibc host")
def test_tags_are_those_of_a_real_interpreter() -> None:
    major, minor = platform.libc_ver()[1].split(".")[:2]
    host = Platform(name="host", os="linux", arch=platform.machine(), libc="glibc", version=(int(major), int(minor)))
    python = "{}.{}".format(*sys.version_info[:2])
    assert list(make_target(python, host).tags) == list(sys_tags())


_PRINT = """
import json
from tests.universe import PLATFORMS
from lockgen.model.target import make_target
print(json.dumps([[make_target(p, q).name, dict(make_target(p, q).environment), list(map(str, make_target(p, q).tags))]
                  for p in ("3.7", "3.11", "3.12.4") for q in PLATFORMS.values()]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_another_host_interpreter_gives_the_same_targets(minor: int) -> None:
    """The other Python borrows this one's packaging, which is pure Python."""
    homes = [Path(module.__path__[0]).parent for module in (packaging, lockgen)]
    borrowed = {"PYTHONPATH": os.pathsep.join(map(str, (*homes, ROOT))), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-c", _PRINT]
    here = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **borrowed}).stdout
    assert len(json.loads(here)) == 3 * len(PLATFORMS)
    python = interpreters().get(f"3.{minor}")
    if python is None:
        pytest.skip(f"no CPython 3.{minor} on this machine")
    command = [python, "-c", _PRINT]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **borrowed})
    assert done.stdout == here


@pytest.mark.parametrize(
    ("platform", "machine", "first", "also", "never"),
    [
        (("linux", "ppc64le", "glibc", (2, 28)), "ppc64le", "manylinux_2_28", "manylinux2014", "manylinux2010"),
        (("linux", "s390x", "glibc", (2, 28)), "s390x", "manylinux_2_28", "manylinux_2_17", "manylinux_2_16"),
        (("linux", "riscv64", "glibc", (2, 39)), "riscv64", "manylinux_2_39", "manylinux_2_31", "manylinux_2_40"),
        (("linux", "armv7l", "glibc", (2, 31)), "armv7l", "manylinux_2_31", "manylinux2014", "manylinux1"),
        (("linux", "i686", "glibc", (2, 28)), "i686", "manylinux_2_28", "manylinux1", "manylinux_2_4"),
        (("linux", "armv7l", "musl", (1, 2)), "armv7l", "musllinux_1_2", "musllinux_1_1", "manylinux_2_17"),
        (("linux", "ppc64le", "musl", (1, 2)), "ppc64le", "musllinux_1_2", "musllinux_1_0", "musllinux_1_3"),
    ],
)
def test_every_architecture_that_wheels_exist_for(platform, machine: str, first: str, also: str, never: str) -> None:
    os_, arch, libc, version = platform
    found = make_target("3.11", Platform(name="p", os=os_, arch=arch, libc=libc, version=version))
    tags = [str(tag) for tag in found.tags]
    assert found.environment["platform_machine"] == machine
    mine = f"cp311-cp311-linux_{arch}"
    assert tags.index(f"cp311-cp311-{first}_{arch}") == tags.index(mine) + 1 == 1
    assert f"cp311-cp311-{also}_{arch}" in tags
    assert f"cp311-cp311-{never}_{arch}" not in tags


@pytest.mark.parametrize(
    ("arch", "machine", "tag"),
    [("x86_64", "AMD64", "win_amd64"), ("arm64", "ARM64", "win_arm64"), ("x86", "x86", "win32")],
)
def test_windows_has_its_own_words_for_architectures(arch: str, machine: str, tag: str) -> None:
    found = make_target("3.11", Platform(name="p", os="windows", arch=arch))
    assert found.environment["platform_machine"] == machine
    assert str(found.tags[0]) == f"cp311-cp311-{tag}"


def test_macos_takes_universal_wheels() -> None:
    for arch in ARCHITECTURES["macos"]:
        found = make_target("3.11", Platform(name="p", os="macos", arch=arch, version=(13, 0)))
        assert any(tag.platform == "macosx_11_0_universal2" for tag in found.tags)


@pytest.mark.parametrize(
    ("name", "requires", "answer"),
    [
        ("py3.8-linux-x86_64", ">=3.8", True),
        ("py3.8-linux-x86_64", ">=3.8.1", False),
        ("py3.8.20-linux-x86_64", ">=3.8.1", True),
        ("py3.8-linux-x86_64", "<3.8.15", False),
        ("py3.8-linux-x86_64", "<3.9", True),
        ("py3.9-linux-x86_64", ">=3.8,!=3.9.1", True),
        ("py3.9-linux-x86_64", ">=3.8,!=3.9.0", False),
        ("py3.9-linux-x86_64", ">=3.8,!=3.9.25", False),  # the newest there is
        ("py3.9-linux-x86_64", "!=3.9.3,!=3.9.4,!=3.9.9", True),
        ("py3.9-linux-x86_64", ">=3.8,!=3.10.1", True),
        ("py3.11-linux-x86_64", "!=3.11.*", False),
        ("py3.10-linux-x86_64", "~=3.8", True),
    ],
)
def test_requires_python_must_admit_the_floor_and_what_comes_last(name: str, requires: str, *, answer: bool) -> None:
    assert admits(target(name), SpecifierSet(requires)) is answer


PATCHES = [make_target(f"3.9.{patch}", PLATFORMS["linux-x86_64"]) for patch in range(40)]


@given(st.integers(0, 30), st.sampled_from((">=", "<", "!=", "==", "<=", ">")), st.integers(7, 12))
def test_every_patch_is_admitted_exactly_when_each_one_is(patch: int, operator: str, minor: int) -> None:
    spec = SpecifierSet(f"{operator}3.{minor}.{patch}")
    whole = make_target("3.9", PLATFORMS["linux-x86_64"], every_patch=True)
    assert admits(whole, spec) == all(admits(part, spec) for part in PATCHES)
    assert concerns(whole, spec) == any(concerns(part, spec) for part in PATCHES)


@given(
    st.lists(st.tuples(st.sampled_from((">=", "<", "!=", "==", "<=", ">")), st.integers(0, 30)), max_size=3),
    st.integers(0, 20),
)
def test_a_floor_leaves_the_patches_before_it_out(clauses: list[tuple[str, int]], floor: int) -> None:
    """Admitted: the floor, the newest known and what comes last. Unserved: every other one that is cut out."""
    spec = SpecifierSet(",".join(f"{operator}3.10.{patch}" for operator, patch in clauses))
    whole = make_target("3.10", PLATFORMS["linux-x86_64"], floor=f"3.10.{floor}")
    served = {patch for patch in range(floor, 60) if spec.contains(f"3.10.{patch}")}
    assert admits(whole, spec) == ({floor, 59} <= served)
    if admits(whole, spec):
        assert unserved(whole, spec) == tuple(f"3.10.{patch}" for patch in range(floor, 60) if patch not in served)
        assert patch_left_out(whole, spec) == ""
    elif 59 in served:
        assert patch_left_out(whole, spec) == f"3.10.{min(set(range(floor, 60)) - served)}"
    assert concerns(whole, spec) == bool(served)


def test_a_floor_is_of_the_minor_and_in_the_environment() -> None:
    floored = make_target("3.9", PLATFORMS["linux-x86_64"], floor="3.9.2")
    assert (floored.name, floored.environment["python_full_version"]) == ("py3.9-linux-x86_64", "3.9.2")
    assert make_target("3.9.7", PLATFORMS["linux-x86_64"]).floor == "3.9.7"
    with pytest.raises(ValueError, match=r"no patch release of 3\.9"):
        make_target("3.9", PLATFORMS["linux-x86_64"], floor="3.10.2")
    assert not switches_on(floored, Marker('python_full_version < "3.9.2"'))
    assert switches_on(floored, Marker('python_full_version < "3.9.3"'))


def test_the_table_of_floors_is_one_of_patch_releases() -> None:
    assert all(
        patch.startswith(f"{minor}.") and patch.count(".") == 2 for minor, patch in ({**FLOORS, **NEWEST}).items()
    )
    assert (floor_of("3.9"), floor_of("3.99"), floor_of("3.9.7")) == ("3.9.2", "3.99.0", "3.9.7")


def test_known_issue_from_a_patch_on_concerns_the_minor() -> None:
    from_4_on = SpecifierSet(">=3.12.4")
    assert concerns(target("py3.12-linux-x86_64"), from_4_on)
    assert concerns(target("py3.12.7-linux-x86_64"), from_4_on)
    assert not concerns(target("py3.12.1-linux-x86_64"), from_4_on)
    assert not concerns(target("py3.11-linux-x86_64"), from_4_on)


def test_markers() -> None:
    full = Marker("python_full_version < '3.11.3'")
    assert switches_on(target("py3.11-linux-x86_64"), full)
    assert splits(target("py3.11-linux-x86_64"), full)
    assert not splits(target("py3.10-linux-x86_64"), full)
    assert not switches_on(target("py3.11.4-linux-x86_64"), full)
    assert switches_on(target(), Marker("extra == 'a.B'"), "a-b")
    assert unknowable(Marker("platform_release >= '4' and os_name == 'posix'")) == ("platform_release",)
    assert not switches_on(target(), Marker("platform_version == '1'"))


@pytest.mark.parametrize("python", ["3", "4.0", "3.x", "3.08", "3.11.2.1", "", "3.11rc1", "2.7"])
def test_what_is_no_python(python: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(python))):
        make_target(python, PLATFORMS["linux-x86_64"])
