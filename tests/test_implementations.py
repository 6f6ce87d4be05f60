"""Free-threaded CPython and PyPy as targets: names, environment, tags, and which interpreter proves them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
from packaging.markers import Marker
from packaging.tags import compatible_tags, cpython_tags, generic_tags

from lockgen.ci.runners import Gap, runner
from lockgen.matrix.fields import read_python
from lockgen.matrix.other_pythons import other_python
from lockgen.model.implementation import in_order, parse_python
from lockgen.model.platform import Platform
from lockgen.model.pythons import floor_of
from lockgen.model.target import Target, environments, make_target, splits, switches_on
from lockgen.model.verify import Interpreter
from lockgen.preflight import check_place
from lockgen.preflight.context import CheckContext, python_names
from lockgen.preflight.result import PASS
from lockgen.verify import interpreters
from lockgen.verify.fetch import target_options
from tests.universe import PLATFORMS

LINUX = PLATFORMS["linux-x86_64"]
FREE = make_target("3.14t", LINUX, floor="3.14.4")
PYPY = make_target("pypy3.11", LINUX, floor="3.11.11")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("3.14t", "py3.14t-linux-x86_64"),
        ("3.14.0t", "py3.14.0t-linux-x86_64"),
        ("pypy3.11", "pypy3.11-linux-x86_64"),
    ],
)
def test_a_target_carries_the_name_of_its_python(text: str, name: str) -> None:
    target = make_target(text, LINUX)
    assert (target.name, read_python(text), target.build.text) == (name, text, text)
    assert target.is_exact == (text == "3.14.0t")


@pytest.mark.parametrize("text", ["3.12t", "pypy3.11.13", "pypy3.11t", "3.14tt", "graalpy3.11", "3t", ""])
def test_other_pythons_are_none(text: str) -> None:
    assert parse_python(text) is None
    with pytest.raises(ValueError, match="is not a Python version"):
        make_target(text, LINUX)


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("3.12t", "from 3.13 on", 'Write "3.12"'),
        ("cp314t", "by another name", 'Write "3.14t".'),
        ("3.14.2+freethreaded", "by another name", 'Write "3.14.2t".'),
        ("pypy3.11.13", "no minor of PyPy", 'Write "pypy3.11"'),
        ("pp311", "no minor of PyPy", 'Write "pypy3.11"'),
        ("pypy3.12", "a PyPy that lockgen does not know", "It knows 3.7 to 3.11."),
        ("graalpy3.11", "GraalPy, which lockgen does not support", 'Write "3.11"'),
    ],
)
def test_what_is_not_supported_is_refused_by_name(text: str, what: str, hint: str) -> None:
    said = other_python(text)
    assert said is not None
    assert what in said[0]
    assert hint in said[1]


def test_floors() -> None:
    assert [floor_of(text) for text in ("3.14t", "3.14.0t", "pypy3.11", "pypy3.9")] == [
        floor_of("3.14"), "3.14.0", "3.11.11", "3.9.16",
    ]  # fmt: skip


def test_the_environment_of_a_free_threaded_build_is_cpythons() -> None:
    assert dict(FREE.environment) == dict(make_target("3.14", LINUX, floor="3.14.4").environment)


def test_the_environment_of_pypy_has_its_own_version() -> None:
    found = PYPY.environment
    assert (found["implementation_name"], found["platform_python_implementation"]) == ("pypy", "PyPy")
    assert (found["implementation_version"], found["python_full_version"]) == ("7.3.19", "3.11.11")


@pytest.mark.parametrize(
    ("marker", "holds", "parts"),
    [
        ('platform_python_implementation == "PyPy"', True, False),
        ('platform_python_implementation != "PyPy"', False, False),
        ('implementation_version < "7.3.20"', True, True),
        ('implementation_version == "7.3.25"', True, True),
        ('implementation_version < "7.3.12"', False, False),
        ('implementation_version >= "3.11"', True, False),
        ('python_full_version < "3.11.13"', True, True),
    ],
)
def test_markers_on_pypy(marker: str, *, holds: bool, parts: bool) -> None:
    assert switches_on(PYPY, Marker(marker)) is holds
    assert splits(PYPY, Marker(marker)) is parts
    assert any(Marker(marker).evaluate(dict(each)) for each in environments(PYPY, [marker])) is holds


@pytest.mark.parametrize("place", PLATFORMS.values(), ids=PLATFORMS)
def test_free_threaded_tags_are_those_of_packaging(place: Platform) -> None:
    platforms = list(dict.fromkeys(tag.platform for tag in make_target("3.14", place).tags if tag.platform != "any"))
    wanted = [
        *cpython_tags(python_version=(3, 14), abis=["cp314t"], platforms=platforms),
        *compatible_tags(python_version=(3, 14), interpreter="cp314", platforms=platforms),
    ]
    tags = make_target("3.14t", place).tags
    assert {tag.abi for tag in tags} == {"cp314t", "abi3t", "none"}
    if any(tag.abi == "abi3t" for tag in wanted):  # packaging 26.4
        assert list(tags) == wanted
    else:
        assert [tag for tag in tags if tag.abi != "abi3t"] == wanted


def test_pypy_tags_are_those_of_packaging() -> None:
    platforms = list(dict.fromkeys(tag.platform for tag in PYPY.tags if tag.platform != "any"))
    assert list(PYPY.tags) == [
        *generic_tags(interpreter="pp311", abis=["pypy311_pp73"], platforms=platforms),
        *compatible_tags(python_version=(3, 11), interpreter="pp3", platforms=platforms),
    ]


@pytest.mark.parametrize(
    ("target", "implementation", "abis"),
    [(FREE, "cp", ["cp314t", "abi3t", "none"]), (PYPY, "pp", ["pypy311_pp73", "none"])],
)
def test_pip_is_given_the_build(target: Target, implementation: str, abis: list[str]) -> None:
    words = target_options(target)
    assert words[words.index("--implementation") + 1] == implementation
    assert [words[place + 1] for place, word in enumerate(words) if word == "--abi"] == abis


def _interpreter(version: str, implementation: str = "CPython", *, free: bool = False) -> Interpreter:
    return Interpreter(
        path=f"/{implementation}-{version}", version=version, implementation=implementation,
        platform="linux-x86_64", libc="glibc 2.36", is_free_threaded=free,
    )  # fmt: skip


def test_a_target_is_proved_on_its_own_build() -> None:
    usual, free = _interpreter("3.14.4"), _interpreter("3.14.4", free=True)
    pypy, graal = _interpreter("3.11.13", "PyPy"), _interpreter("3.11.13", "GraalVM")
    found = (graal, pypy, usual, free)
    assert interpreters.choose(FREE, found) is free
    assert interpreters.choose(PYPY, found) is pypy
    assert interpreters.choose(make_target("3.14", LINUX), found) is usual
    assert interpreters.choose(make_target("3.11", LINUX), found) is None
    assert [each.python for each in (usual, free, pypy)] == ["3.14.4", "3.14.4t", "pypy3.11"]


def test_the_usual_builds_stand_first() -> None:
    names = ["pypy3.11", "3.14t", "3.9", "pypy3.9", "3.14", "3.13t"]
    assert sorted(names, key=in_order) == ["3.9", "3.14", "3.13t", "3.14t", "pypy3.9", "pypy3.11"]


def test_runners() -> None:
    found = [runner(each) for each in (FREE, PYPY, make_target("3.14t", PLATFORMS["alpine-x86_64"]))]
    assert [isinstance(each, Gap) for each in found] == [False, False, True]


ROWS = [
    {"python": "3.14", "floor": "3.14.4"},
    {"python": "3.14t", "floor": "3.14.4"},
    {"python": "pypy3.11", "floor": "3.11.11"},
]


@pytest.mark.parametrize(
    ("version", "implementation", "free", "said"),
    [
        ("3.14.4", "cpython", True, "supported"),
        ("3.14.3", "cpython", True, "Use CPython 3.14.4"),
        ("3.13.9", "cpython", True, "free-threaded build"),
        ("3.11.13", "pypy", False, "supported"),
        ("3.11.9", "pypy", False, "Use PyPy with Python 3.11.11"),
        ("3.10.16", "pypy", False, "this is pypy"),
        ("3.14.4", "graalpy", False, "this is graalpy"),
    ],
)
def test_preflight_knows_the_build(version: str, implementation: str, *, free: bool, said: str) -> None:
    python = {"version": version, "implementation": implementation, "bits": 64, "free_threaded": free}
    place = {"system": "linux", "machine": "x86_64", "libc": ["glibc", "2.36"]}
    matrix = {"pythons": ROWS, "platforms": [], "sets": [], "no_set": {}}
    found = check_place.check_python(CheckContext({"python": python, "platform": place}, matrix, ""))
    assert any(said in f"{each.message} {each.remedy}" for each in found)
    assert all(each.verdict == (PASS if said == "supported" else each.verdict) for each in found)


def test_preflight_names_no_target_for_other_implementations() -> None:
    assert python_names({"version": "3.11.1", "implementation": "graalpy"}) == []


_SAYS = """
import json
from pip._vendor.packaging.markers import default_environment
from pip._vendor.packaging.tags import sys_tags
print(json.dumps([dict(default_environment()), list(map(str, sys_tags()))]))
"""


@pytest.mark.slow
def test_a_real_pypy_says_the_same_of_itself() -> None:
    path = shutil.which("pypy3")
    if path is None:
        pytest.skip("no pypy3 on this machine")
    found = interpreters.examine(path, os.environ, PLATFORMS.values())
    done = subprocess.run([path, "-c", _SAYS], capture_output=True, check=False, text=True)
    if found is None or found.platform == "" or done.returncode:
        pytest.skip("this pypy3 has no pip, or is for no platform of the tests")
    environment, tags = json.loads(done.stdout)
    target = make_target(found.python, PLATFORMS[found.platform], floor=found.version)
    assert target.floor == found.version == environment["python_full_version"]
    for name, value in target.environment.items():
        if name not in ("platform_release", "platform_version", "implementation_version"):
            assert environment[name] == value, name
    if floor_of(found.python) == found.version:
        assert environment["implementation_version"] == target.environment["implementation_version"]
    # The target's glibc is older than this machine's: it takes fewer tags, in the same order; where linux_x86_64 stands
    # among them has changed with packaging.
    assert {str(tag) for tag in target.tags} <= set(tags)
    mine = [str(tag) for tag in target.tags if not tag.platform.startswith("linux_")]
    assert [tag for tag in tags if tag in mine] == mine
