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
        ("linux-x86_64", "ubuntu-24.04", ""),
        ("linux-aarch64", "ubuntu-24.04-arm", ""),
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
            "command": "lockgen verify --phase 2 --phase 1 --target py3.8-alpine-x86_64 --level installed",
        }
    ]


def test_a_shell_splits_a_command_at_its_blanks_alone(lockgen: Lockgen) -> None:
    for job in _jobs(lockgen("ci", "matrix")):
        assert shlex.split(job["command"]) == job["command"].split(" ")
        assert not re.search(r"[^\w .\-]", job["command"])


def test_a_printed_command_is_one_that_verify_takes(lockgen: Lockgen) -> None:
    """The last word is made wrong, so that nothing but the options before it is judged."""
    (job,) = _jobs(lockgen("ci", "matrix", "--phase", "1", "--target", "py3.11-linux-x86_64"))
    done = lockgen(*job["command"].split(" ")[1:-1], "nothing")
    assert done.err.startswith("error: there is no level 'nothing'")


@pytest.mark.parametrize(("python", "platform", "label"), [
    ("3.7", LINUX, "ubuntu-22.04"), ("3.8", LINUX, "ubuntu-24.04"), ("3.14", LINUX, "ubuntu-24.04"),
    ("3.8.18", LINUX, "ubuntu-24.04"), ("3.13.99", LINUX, "ubuntu-24.04"), ("3.8", LINUX_ARM, "ubuntu-24.04-arm"),
    ("3.7", INTEL, "macos-15-intel"), ("3.8.10", APPLE, "macos-15"), ("3.7.9", WINDOWS, "windows-2025"),
])  # fmt: skip
def test_which_machine_runs_it(python: str, platform: Platform, label: str) -> None:
    found = runner(make_target(python, platform))
    assert isinstance(found, Runner)
    assert found.label == label


@pytest.mark.parametrize(("python", "platform", "reason"), [
    ("3.7", LINUX_ARM, "actions/setup-python has no Python 3.7 for ubuntu-24.04-arm"),
    ("3.7", APPLE, "actions/setup-python has no Python 3.7 for macos-15"),
    ("3.6", LINUX, "actions/setup-python has no Python 3.6 for ubuntu-24.04 or ubuntu-22.04"),
    ("3.8.20", LINUX, "actions/setup-python has no Python 3.8.20 for ubuntu-24.04 or ubuntu-22.04"),
    ("3.8.11", WINDOWS, "actions/setup-python has no Python 3.8.11 for windows-2025"),
    ("3.9.5", APPLE, "actions/setup-python has no Python 3.9.5 for macos-15"),
    ("3.11", ALPINE_ARM, "GitHub runs actions in Alpine containers on x86-64 only"),
    ("3.11", WINDOWS_ARM, "no hosted runner of this kind is known"),
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
