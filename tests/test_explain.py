"""`lockgen explain` on the frozen real index: why the sets of phases 1 and 2 have what they have."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.index.frozen import FrozenIndex
from tests.conftest import FROZEN, Lockgen

ONE = "py3.11-linux-x86_64"


def explain(lockgen: Lockgen, *words: str, code: int = 0) -> list[str]:
    """The lines on stdout, without the numbers of the matrix's lines, which move when it is edited."""
    done = lockgen("explain", *words, "--frozen", FROZEN)
    assert (done.code, done.err) == (code, "")
    return re.sub(r"(?:/\S*/)?([\w-]+)\.yaml:\d+", r"\1.yaml", done.out).splitlines()


def targets(lockgen: Lockgen, *words: str) -> dict[str, Any]:
    (told,) = lockgen("explain", *words, "--frozen", FROZEN, "--format", "json").result["phases"]
    found: dict[str, Any] = told["targets"]
    return found


def kinds(entry: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(run["kind"], run["versions"][0], run["versions"][-1]) for run in entry["newer"]]


def test_starlette_of_phase_1(lockgen: Lockgen) -> None:
    assert explain(lockgen, "starlette", "--phase", "1") == [
        "starlette 0.27.0 on 30 of 30 targets (phase 1, recommended, as of 2026-11-20)",
        "  starlette 0.27.0 (uploaded 2023-05-16) on all",
        "      file: starlette-0.27.0-py3-none-any.whl",
        "      wanted: 0.32.0, the recommended version, but kept out by fastapi 0.99.1",
        "      asked for by",
        "        phase-1.yaml needs starlette>=0.27.0,<0.33.0",
        "        phase-1.yaml needs fastapi>=0.95.0,<0.100.0 -> fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0",
        "      why nothing newer",
        ("        0.28.0 to 0.32.0.post1 (7 releases), newest uploaded 2023-11-06: kept out by fastapi 0.99.1"),
        (
            "        0.33.0 to 1.10.0 (66 releases), newest uploaded 2026-10-24: "
            "kept out by fastapi 0.99.1 and phase-1.yaml"
        ),
    ]


def test_why_not_the_recommended_one(lockgen: Lockgen) -> None:
    lines = explain(lockgen, "Starlette==0.32.0", "--phase", "1")
    assert lines[0].startswith("starlette 0.27.0, why not 0.32.0 on 30 of 30 targets")
    assert lines[-1] == "      why not 0.32.0, uploaded 2023-11-04: kept out by fastapi 0.99.1"


def test_pydantic_of_phase_1_moves_on_one_python_for_a_known_issue(lockgen: Lockgen) -> None:
    lines = explain(lockgen, "pydantic", "--phase", "1")
    assert [line for line in lines if line.startswith("  pydantic ")] == [
        "  pydantic 1.10.13 (uploaded 2023-09-27) on py3.11 and older",
        "  pydantic 1.10.27 (uploaded 2026-10-29) on py3.12-*",
    ]
    cause = "known issue pydantic-v1-python-3.12.4 needs pydantic>=1.10.16"
    assert (
        "      wanted: 1.10.13, the recommended version, but kept out by known issue pydantic-v1-python-3.12.4" in lines
    )
    assert f"        {cause} (pydantic 1.10 before 1.10.16 on CPython 3.12.4 and later)" in lines
    assert any(
        line.endswith("the recommended strategy prefers 1.10.13; nothing excludes 1.10.27: a set with it was found")
        for line in lines
    )


def test_uvloop_on_an_old_python_is_held_by_requires_python(lockgen: Lockgen) -> None:
    old = targets(lockgen, "uvloop", "--phase", "1", "--target", "py3.8.0-linux-x86_64")["py3.8.0-linux-x86_64"]
    assert (old["version"], kinds(old)) == ("0.21.0", [("python", "0.22.1", "0.23.0")])
    found = targets(lockgen, "uvloop", "--phase", "1")
    assert (found["py3.8-linux-x86_64"]["version"], kinds(found["py3.8-linux-x86_64"])) == ("0.23.0", [])
    windows = found["py3.8-windows-x86_64"]
    assert (windows["status"], windows["version"]) == ("not in set", None)
    assert re.fullmatch(r"phase-1.yaml:\d+ names uvloop only for linux-\* macos-\* alpine-\*", windows["unused"][0])


def test_orjson_without_a_wheel(lockgen: Lockgen) -> None:
    (run,) = targets(lockgen, "orjson", "--phase", "1", "--target", "py3.9-*")["py3.9-macos-arm64"]["newer"]
    assert (run["kind"], run["versions"][0], run["versions"][-1]) == ("platform", "3.11.6", "3.13.0")
    assert run["reason"] == (
        "has no usable file among 59: 58 for another platform or Python, 1 sdist that the matrix does not allow; "
        "requires Python >=3.10"
    )


def test_orjson_without_a_wheel_although_the_python_would_do(lockgen: Lockgen) -> None:
    words = ("orjson==3.9.1", "--phase", "1", "--strategy", "minimum", "--target", "py3.12-linux-x86_64")
    assert explain(lockgen, *words)[-1] == (
        "      why not 3.9.1, uploaded 2023-06-09: has no usable file among 46: 45 for another platform or Python, "
        "1 sdist that the matrix does not allow"
    )


def test_httptools_comes_with_an_extra(lockgen: Lockgen) -> None:
    lines = explain(lockgen, "httptools", "--phase", "1", "--target", ONE)
    chain = "phase-1.yaml needs uvicorn[standard]>=0.23.0,<1.0.0 -> uvicorn[standard] 0.24.0 needs httptools>=0.5.0"
    assert f"        {chain}" in lines
    assert lines[-1] == "      nothing newer is listed"


def test_starlette_of_phase_2(lockgen: Lockgen) -> None:
    found = targets(lockgen, "starlette", "--phase", "2")
    assert {json.dumps(entry) for entry in found.values()} == {json.dumps(found[ONE])}, "one answer for all targets"
    assert (found[ONE]["version"], found[ONE]["wanted"]["because"]) == (
        "0.37.2",
        "fastapi 0.115.0 needs starlette>=0.37.2,<0.39.0",
    )
    assert kinds(found[ONE]) == [
        ("preference", "0.38.0", "0.38.6"),
        ("demand", "0.39.0", "0.52.1"),
        ("demand", "1.0.0rc1", "1.10.0"),
    ]
    assert found[ONE]["newer"][0]["reason"].startswith("the recommended strategy prefers 0.37.2; ")


def test_fastapi_of_phase_2_has_a_dead_cap(lockgen: Lockgen) -> None:
    newer = targets(lockgen, "fastapi", "--phase", "2", "--target", ONE)[ONE]["newer"]
    assert [(run["kind"], run["versions"][-1]) for run in newer] == [
        ("preference", "0.163.2"),
        ("collision", "0.165.0"),
    ]
    reason = re.sub(r":\d+", "", newer[1]["reason"])
    assert reason == "fastapi 0.165.0 needs starlette>=1.6.0; phase-2.yaml needs starlette>=0.36.0,<1.0.0"


@pytest.mark.parametrize("name", ["anyio", "httpx", "pydantic", "uvicorn", "orjson", "httptools", "pydantic-core"])
def test_every_newer_version_has_its_reason(lockgen: Lockgen, name: str) -> None:
    """No listed version is left out or told twice."""
    listed = FrozenIndex(FROZEN).project(canonicalize_name(name))
    assert listed is not None
    for entry in targets(lockgen, name, "--phase", "2", "--target", "*-linux-x86_64").values():
        told = [version for run in entry["newer"] for version in run["versions"]]
        newer = [str(version) for version in listed.versions if version > Version(entry["version"])]
        assert sorted(told) == sorted(newer)
        assert all(run["reason"] and run["newest_uploaded"] for run in entry["newer"])


def test_it_says_what_a_render_pins(lockgen: Lockgen) -> None:
    words = ("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN, "--format", "json", "--quiet")
    (told,) = lockgen(*words).result["phases"]
    for name in ("anyio", "h11", "watchfiles"):
        assert (
            targets(lockgen, name, "--phase", "1", "--target", ONE)[ONE]["version"]
            == told["targets"][ONE]["pins"][name]
        )


def test_every_phase_is_told_when_none_is_named(lockgen: Lockgen) -> None:
    lines = explain(lockgen, "pydantic-core", "--target", ONE)
    heads = [line.rpartition(" of ")[2] for line in lines if line.startswith("  pydantic-core ")]
    assert heads == ["phases 1 and 1-stable", "phase 2", "phase option-b"], "what is the same stands once"
    assert lines.count(f"  pydantic-core is not in the set on {ONE} of phases 1 and 1-stable") == 1


def test_a_misspelled_name_is_in_none_of_the_sets(lockgen: Lockgen) -> None:
    assert explain(lockgen, "httptool", "--phase", "1", code=1)[1:] == [
        "  httptool is not in the set on all",
        "      nothing in the set asks for it",
        "      did you mean httptools?",
    ]


def test_where_there_is_no_set_the_conflict_is_told(lockgen: Lockgen) -> None:
    words = ("fastapi", "--phase", "1", "--as-of", "2023-06-01", "--target", ONE)
    lines = explain(lockgen, *words, code=1)
    assert lines[1:4] == [
        f"  no set on {ONE}",
        "      phase-1.yaml needs fastapi>=0.95.0,<0.100.0",
        "      these demands cannot be had: phase-1.yaml needs uvicorn[standard]>=0.23.0,<1.0.0",
    ]


def test_an_unsupported_target_asked_for_by_name_is_a_no(lockgen: Lockgen) -> None:
    done = lockgen("explain", "starlette", "--phase", "1", "--target", "py3.7-linux-x86_64", "--frozen", FROZEN)
    assert (done.code, done.err) == (1, "")
    assert "unsupported: py3.7-linux-x86_64 FastAPI requires 3.8+." in done.flat


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fastapi[all]", "error: 'fastapi[all]' is no package name"),
        ("", "error: '' is no package name"),
        ("-x-", "error: '-x-' is no package name"),
        ("fastapi>=1", "error: 'fastapi>=1' is no package name"),
        ("fastapi==", "error: 'fastapi==' is no package name"),
        ("fastapi==1.*", "error: '1.*' is no version"),
    ],
)
def test_what_is_no_name_cannot_be_asked(lockgen: Lockgen, name: str, said: str) -> None:
    done = lockgen("explain", "--phase", "1", "--frozen", FROZEN, "--", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == said


def test_what_the_frozen_index_does_not_hold_cannot_be_asked(lockgen: Lockgen) -> None:
    done = lockgen("explain", "pydantic", "--phase", "1", "--as-of", "2024-06-01", "--frozen", FROZEN)
    assert (done.code, done.out) == (2, "")
    assert "cannot ask" in done.err
