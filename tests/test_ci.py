"""`lockgen ci matrix`: one job per target, on the machine it is for."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from lockgen.ci.fanout import fan
from lockgen.ci.runners import Gap, Runner, runner
from lockgen.model.images import Images
from lockgen.model.platform import Platform
from lockgen.model.target import make_target
from tests.conftest import ROOT, Done, Lockgen

LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
LINUX_ARM = Platform(name="linux-aarch64", os="linux", arch="aarch64", libc="glibc", version=(2, 28))
ALPINE = Platform(name="alpine-x86_64", os="linux", arch="x86_64", libc="musl", version=(1, 2))
ALPINE_ARM = Platform(name="alpine-aarch64", os="linux", arch="aarch64", libc="musl", version=(1, 2))
INTEL = Platform(name="macos-x86_64", os="macos", arch="x86_64", version=(13, 0))
APPLE = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
WINDOWS = Platform(name="windows-x86_64", os="windows", arch="x86_64")
POWER = Platform(name="linux-ppc64le", os="linux", arch="ppc64le", libc="glibc", version=(2, 28))
WINDOWS_ARM = Platform(name="windows-arm64", os="windows", arch="arm64")


def _jobs(done: Done) -> list[dict[str, str]]:
    value: dict[str, Any] = json.loads(done.out)
    assert list(value) == ["include"]
    found: list[dict[str, str]] = value["include"]
    return found


def test_every_supported_target_is_one_job_in_one_line(lockgen: Lockgen) -> None:
    done = lockgen("ci", "matrix")
    assert (done.code, done.err) == (0, "")
    assert done.out.count("\n") == 1
    names = {name for phase in lockgen("targets", "--format", "json").result.values()
             for name, facts in phase.items() if facts["status"] == "supported"}  # fmt: skip
    jobs = _jobs(done)
    assert sorted(job["target"] for job in jobs) == sorted(names)
    assert len(jobs) == 30
    assert {(job["target"].partition("-")[2], job["runner"], job["container"].partition(":")[0]) for job in jobs} == {
        ("linux-x86_64", "ubuntu-24.04", "python"),
        ("linux-aarch64", "ubuntu-24.04-arm", "python"),
        ("macos-x86_64", "macos-15-intel", ""),
        ("macos-arm64", "macos-15", ""),
        ("windows-x86_64", "windows-2025", ""),
        ("alpine-x86_64", "ubuntu-24.04", "python"),
    }


def test_a_job_says_what_to_do_where(lockgen: Lockgen) -> None:
    words = ("--phase", "2", "--phase", "1", "--target", "py3.8-alpine-*", "--level", "installed")
    assert _jobs(lockgen("ci", "matrix", *words)) == [
        {
            "target": "py3.8-alpine-x86_64",
            "runner": "ubuntu-24.04",
            "container": "python:3.8-alpine",
            "python": "3.8",
            "command": "lockgen verify --phase 2 --phase 1 --target py3.8-alpine-x86_64 --level installed --engine docker",
        }
    ]


def test_a_shell_splits_a_command_at_its_blanks_alone(lockgen: Lockgen) -> None:
    for job in _jobs(lockgen("ci", "matrix")):
        assert shlex.split(job["command"]) == job["command"].split(" ")
        assert not re.search(r"[^\w .\-]", job["command"])


def test_a_printed_command_is_one_that_verify_takes(lockgen: Lockgen) -> None:
    """The level is made wrong, so that nothing but the options around it is judged."""
    words = ("--phase", "1", "--target", "py3.11-linux-x86_64", "--target", "py3.11-macos-arm64")
    for job in _jobs(lockgen("ci", "matrix", *words)):
        done = lockgen(*job["command"].replace(" smoked", " nothing").split(" ")[1:])
        assert done.err.startswith("error: there is no level 'nothing'")


@pytest.mark.parametrize(("python", "platform", "label"), [
    ("3.7", LINUX, "ubuntu-22.04"), ("3.8", LINUX, "ubuntu-24.04"), ("3.14", LINUX, "ubuntu-24.04"),
    ("3.8.18", LINUX, "ubuntu-24.04"), ("3.13.99", LINUX, "ubuntu-24.04"), ("3.8", LINUX_ARM, "ubuntu-24.04-arm"),
    ("3.11", WINDOWS_ARM, "windows-11-arm"), ("3.14", WINDOWS_ARM, "windows-11-arm"), ("3.7", INTEL, "macos-15-intel"), ("3.8.10", APPLE, "macos-15"), ("3.7.9", WINDOWS, "windows-2025"),
])  # fmt: skip
def test_which_machine_runs_it(python: str, platform: Platform, label: str) -> None:
    found = runner(make_target(python, platform))
    assert isinstance(found, Runner)
    assert found.label == label


def test_musl_and_whatever_has_an_image_is_proved_in_its_container_on_its_own_architecture() -> None:
    old = Platform(name="linux-old", os="linux", arch="x86_64", libc="glibc", version=(2, 17))
    images = Images(
        platforms={"linux-old": "example.org/old:{python}", "linux-ppc64le": "python:{python}"},
        pythons={"3.7": {"linux-aarch64": "example.org/seven"}},
    )
    platforms = (LINUX, LINUX_ARM, old, ALPINE, ALPINE_ARM, APPLE)
    wanted = {make_target(python, each): ["1"] for python in ("3.7", "3.11") for each in platforms}
    found = {job["target"]: (job["runner"], job["container"]) for job in fan(wanted, "smoked", images).include}
    assert found == {
        "py3.7-linux-x86_64": ("ubuntu-22.04", ""),
        "py3.7-linux-aarch64": ("ubuntu-24.04-arm", "example.org/seven"),
        "py3.7-linux-old": ("ubuntu-24.04", "example.org/old:3.7"),
        "py3.7-alpine-x86_64": ("ubuntu-24.04", "python:3.7-alpine"),
        "py3.7-alpine-aarch64": ("ubuntu-24.04-arm", "python:3.7-alpine"),
        "py3.11-linux-x86_64": ("ubuntu-24.04", ""),
        "py3.11-linux-aarch64": ("ubuntu-24.04-arm", ""),
        "py3.11-linux-old": ("ubuntu-24.04", "example.org/old:3.11"),
        "py3.11-alpine-x86_64": ("ubuntu-24.04", "python:3.11-alpine"),
        "py3.11-alpine-aarch64": ("ubuntu-24.04-arm", "python:3.11-alpine"),
        "py3.11-macos-arm64": ("macos-15", ""),
    }
    for job in fan(wanted, "smoked", images).include:
        assert job["command"].endswith(" --engine docker") is bool(job["container"])


def test_a_set_that_is_out_of_date_or_missing_makes_no_job(lockgen: Lockgen) -> None:
    shutil.copytree(ROOT / "matrices", "matrices")
    summary = json.loads((ROOT / "output/phase-1/summary.json").read_text())
    old, none = "py3.8-macos-arm64", "py3.9-macos-arm64"
    summary["targets"][old] |= {"status": "unsolved", "stale": True}
    summary["targets"][none] = {"status": "unsolved", "python": "3.9", "platform": "macos-arm64", "conflict": {}}
    Path("output/phase-1").mkdir(parents=True)
    Path("output/phase-1/summary.json").write_text(json.dumps(summary))
    words = ("ci", "matrix", "--target", "py3.8-macos-*", "--target", none)
    done = lockgen(*words, "--phase", "1")
    assert (done.code, [job["target"] for job in _jobs(done)]) == (0, ["py3.8-macos-x86_64"])
    assert done.err == (
        "1 job, 2 targets left out\n"
        "  left out: py3.8-macos-arm64\n"
        "      The set is out of date: it was kept because there is no new one in phase 1.\n"
        "  left out: py3.9-macos-arm64\n"
        "      There is no set in phase 1.\n"
    )
    both = {job["target"]: job["command"] for job in _jobs(lockgen(*words, "--phase", "1", "--phase", "2"))}
    assert sorted(both) == ["py3.8-macos-arm64", "py3.8-macos-x86_64", "py3.9-macos-arm64"]
    assert "--phase 1" not in both[old]
    assert "--phase 1" in both["py3.8-macos-x86_64"]
    assert lockgen("ci", "matrix", "--phase", "1", "--target", old).code == 1
    Path("output/phase-1/summary.json").write_text("{")
    damaged = lockgen(*words, "--phase", "1")
    assert damaged.code == 2
    assert "summary.json" in damaged.err


@pytest.mark.parametrize(("python", "platform", "reason"), [
    ("3.7", LINUX_ARM, "actions/setup-python has no Python 3.7 for ubuntu-24.04-arm"),
    ("3.7", APPLE, "actions/setup-python has no Python 3.7 for macos-15"),
    ("3.6", LINUX, "actions/setup-python has no Python 3.6 for ubuntu-24.04 or ubuntu-22.04"),
    ("3.8.20", LINUX, "actions/setup-python has no Python 3.8.20 for ubuntu-24.04 or ubuntu-22.04"),
    ("3.8.11", WINDOWS, "actions/setup-python has no Python 3.8.11 for windows-2025"),
    ("3.9.5", APPLE, "actions/setup-python has no Python 3.9.5 for macos-15"),
    ("3.10", WINDOWS_ARM, "actions/setup-python has no Python 3.10 for windows-11-arm"),
    ("3.11", POWER, "no hosted runner of this kind is known"),
    ("pypy3.11", ALPINE_ARM, "targets.yaml names no image for Python pypy3.11 on alpine-aarch64"),
])  # fmt: skip
def test_what_no_machine_runs_is_left_out_with_the_reason(python: str, platform: Platform, reason: str) -> None:
    target = make_target(python, platform)
    assert runner(target) == Gap(target=target, reason=reason)
    found = fan({target: ["1"], make_target("3.11", ALPINE): ["1"]}, "smoked")
    assert [job["target"] for job in found.include] == ["py3.11-alpine-x86_64"]
    assert found.gaps == (Gap(target=target, reason=reason),)


def test_a_gap_is_told_and_nothing_but_gaps_is_a_no(lockgen: Lockgen) -> None:
    done = lockgen("ci", "matrix", "--target", "py3.8.20-windows-x86_64")
    assert (done.code, _jobs(done)) == (1, [])
    left = "  left out: py3.8.20-windows-x86_64\n      actions/setup-python has no Python 3.8.20 for windows-2025.\n"
    assert done.err == f"0 jobs, 1 target left out\n{left}"
    both = lockgen("ci", "matrix", "--target", "py3.8.20-windows-x86_64", "--target", "py3.8-windows-x86_64")
    assert (both.code, len(_jobs(both)), both.err) == (0, 1, f"1 job, 1 target left out\n{left}")


def test_an_unsupported_target_asked_for_by_name_is_a_no(lockgen: Lockgen) -> None:
    done = lockgen("ci", "matrix", "--target", "py3.7-linux-x86_64", "--target", "py3.8-linux-x86_64")
    assert (done.code, len(_jobs(done))) == (1, 1)
    assert done.err == (
        "1 job\n  unsupported: py3.7-linux-x86_64\n"
        "      FastAPI requires 3.8+. Use DRUM_SERVER_TYPE=flask for Python 3.7.\n"
    )


@pytest.mark.parametrize("words", [("--phase", "9"), ("--target", "py4*"), ("--level", "run")])
def test_what_the_matrices_do_not_have_is_an_error(lockgen: Lockgen, words: tuple[str, ...]) -> None:
    assert lockgen("ci", "matrix", *words).code == 2


def test_more_jobs_than_one_matrix_may_have_are_refused(lockgen: Lockgen) -> None:
    shutil.copytree(ROOT / "matrices", "matrices")
    file = Path("matrices/targets.yaml")
    more = "".join(f'  - {{python: "3.13.{patch}"}}\n' for patch in range(40))
    file.write_text(file.read_text().replace("\nplatforms:", f"{more}\nplatforms:"))
    done = lockgen("ci", "matrix", "--phase", "1")
    assert (done.code, done.out) == (2, "")
    assert "these are 270 jobs, and GitHub runs at most 256 of one matrix" in done.err
    assert lockgen("ci", "matrix", "--phase", "1", "--target", "*-linux-x86_64").code == 0
