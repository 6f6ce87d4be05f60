"""The shell lines of re-resolve.yml, run as GitHub runs them: `bash -e`, the runner's folders, a `gh` that writes down."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lockgen.verify.smoke import smoke_digest
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these steps run on Linux")

JOBS: dict[str, Any] = YAML(typ="safe").load((ROOT / "templates/github/re-resolve.yml").read_text("utf-8"))["jobs"]
MAC = "py3.11-macos-arm64"


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A checkout with a remote, the runner's folders, and stand-ins for `gh` and `lockgen` first on the PATH."""
    for folder in ("bin", "temp", "checkout"):
        (tmp_path / folder).mkdir()
    _stand_in(tmp_path, "gh", 'echo "$@" >> "$NOTES"; case "$1 $2" in "pr list") echo "$OPEN";; esac')
    _git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "origin.git")
    checkout = tmp_path / "checkout"
    _git(checkout, "init", "--quiet", "--initial-branch", "main")
    _git(checkout, "remote", "add", "origin", str(tmp_path / "origin.git"))
    for folder, files in (
        ("matrices", None),
        ("output/phase-1", ("summary.json", "verified.json", "COMPATIBILITY.md")),
    ):
        for path in (ROOT / folder).iterdir():
            if path.is_file() and (files is None or path.name in files):
                (checkout / folder).mkdir(parents=True, exist_ok=True)
                shutil.copy(path, checkout / folder / path.name)
    _git(checkout, "add", ".")
    _git(checkout, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "first")
    _git(checkout, "push", "--quiet", "origin", "main")
    return tmp_path


def _stand_in(runner: Path, name: str, script: str) -> None:
    (runner / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
    (runner / "bin" / name).chmod(0o755)


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def _run(runner: Path, job: str, step: str, env: Mapping[str, str] | None = None) -> int:
    """The exit code of the step, with its own environment's plain values."""
    (found,) = (each for each in JOBS[job]["steps"] if each.get("name") == step)
    own = {name: value for name, value in found.get("env", {}).items() if "${{" not in value}
    path = os.pathsep.join([str(runner / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    given = {
        "PATH": path, "HOME": str(runner), "RUNNER_TEMP": str(runner / "temp"), "NOTES": str(runner / "notes"),
        "GITHUB_OUTPUT": str(runner / "out"), "GITHUB_STEP_SUMMARY": str(runner / "summary"), "OPEN": "",
    }  # fmt: skip
    words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", found["run"]]
    return subprocess.run(words, cwd=runner / "checkout", env={**given, **own, **(env or {})}, check=False).returncode


@pytest.mark.parametrize(("code", "ends", "told"), [(0, 0, "drifted=0\n"), (1, 0, "drifted=1\n"), (2, 2, None)])
def test_drift_is_told_and_what_could_not_be_asked_fails(runner: Path, code: int, ends: int, told: str | None) -> None:
    _stand_in(runner, "lockgen", f'[ "$*" = "drift --format markdown" ] && echo "# report"; exit {code}')
    assert _run(runner, "resolve", "Say what moved") == ends
    assert (runner / "summary").read_text() == "# report\n"
    assert (runner / "out").exists() is (told is not None)
    assert told is None or (runner / "out").read_text() == told


@pytest.mark.parametrize(("bump", "ends", "out"), [
    ("echo >> output/phase-1/summary.json", 0, 'jobs={"include":[]}\nmoved=true\n'),
    ("mkdir output/phase-9; echo > output/phase-9/new", 0, 'jobs={"include":[]}\nmoved=true\n'),
    ("true", 0, ""),
    ("echo > drift.md", 0, ""),
    ("exit 1", 1, ""),
])  # fmt: skip
def test_a_step_taken_starts_the_fan_out(runner: Path, bump: str, ends: int, out: str) -> None:
    _stand_in(runner, "lockgen", f'case "$1" in bump) {bump};; ci) echo \'{{"include":[]}}\';; esac')
    (runner / "out").touch()
    assert _run(runner, "resolve", "Render the sets as of now") == ends
    assert (runner / "out").read_text() == out


def test_the_resolve_job_freezes_the_index_that_the_others_ask(runner: Path) -> None:
    _stand_in(runner, "lockgen", 'echo "$@" >> "$NOTES"; [ "$1" != bump ] || echo >> matrices/phase-1.yaml')
    assert _run(runner, "resolve", "Render the sets as of now") == 0
    assert (runner / "notes").read_text() == "bump\nci matrix\nfreeze index.xz\n"
    (kept,) = (each["with"]["path"] for each in JOBS["resolve"]["steps"] if each.get("with", {}).get("name") == "sets")
    assert "index.xz" in kept.split()
    (prove,) = (each for each in JOBS["verify"]["steps"] if each.get("name") == "Prove")
    assert prove["env"]["LOCKGEN_FROZEN"] == "index.xz"


@pytest.mark.parametrize(("image", "noted"), [
    ("", "verify --level smoked --proofs proofs --python 3.11=/opt/python\n"),
    ("python:3.11-alpine", "pull --quiet python:3.11-alpine\nverify --level smoked --proofs proofs\n"),
])  # fmt: skip
def test_a_set_is_proved_by_the_machine_or_in_the_image(runner: Path, image: str, noted: str) -> None:
    _stand_in(runner, "own", 'mkdir -p "$3/bin"')
    _stand_in(runner, "pip", "")
    for name in ("docker", "lockgen"):
        _stand_in(runner, name, 'echo "$@" >> "$NOTES"')
    given = {"OWN": str(runner / "bin/own"), "COMMAND": "lockgen verify --level smoked", "VERSION": "3.11",
             "INTERPRETER": "/opt/python", "IMAGE": image, "LOCKGEN": "."}  # fmt: skip
    assert _run(runner, "verify", "Prove", given) == 0
    assert (runner / "notes").read_text() == noted


def test_a_fan_out_without_jobs_fails(runner: Path) -> None:
    _stand_in(runner, "lockgen", 'case "$1" in bump) echo >> matrices/phase-1.yaml;; ci) exit 1;; esac')
    assert _run(runner, "resolve", "Render the sets as of now") == 1


def _come(runner: Path, *, machines: int) -> None:
    """What the other jobs have left: the sets with a change, a report, and proofs as download-artifact lays them down."""
    sets = runner / "temp" / "sets"
    shutil.copytree(runner / "checkout" / "matrices", sets / "matrices")
    shutil.copytree(runner / "checkout" / "output", sets / "output")
    (sets / "matrices" / "new.txt").write_text("moved\n")
    (sets / "drift.md").write_text("# report\n")
    phase = runner / "checkout" / "output" / "phase-1"
    digest = json.loads((phase / "summary.json").read_text())["targets"][MAC]["digest"]
    for machine in range(machines):
        # Of a single artifact the files stand directly in the folder.
        folder = runner / "temp" / "proofs" / (f"proof-{machine}" if machines > 1 else "") / "phase-1"
        folder.mkdir(parents=True)
        file = json.loads((phase / "verified.json").read_text())
        file["proofs"].append({
            "target": MAC, "set": digest, "level": "smoked", "verdict": "failed", "reason": "it dies",
            "python": f"3.11.{machine}", "libc": "macOS 15.6", "smoke": smoke_digest((ROOT / "matrices/smoke.py").read_bytes()),
        })  # fmt: skip
        (folder / "verified.json").write_text(json.dumps(file))


@pytest.mark.slow
@pytest.mark.parametrize("machines", [0, 1, 2])
def test_proofs_are_joined_into_the_new_sets(runner: Path, machines: int) -> None:
    _come(runner, machines=machines)
    (runner / "checkout" / "output" / "gone").write_text("a file that the new sets no longer have\n")
    assert _run(runner, "offer", "Join what was proved") == 0
    assert (runner / "checkout" / "matrices" / "new.txt").exists()
    assert not (runner / "checkout" / "output" / "gone").exists()
    table = (runner / "checkout" / "output" / "phase-1" / "COMPATIBILITY.md").read_text()
    assert [f"Python 3.11.{machine}, macOS 15.6: it dies" in table for machine in range(2)] == [
        machines > 0,
        machines > 1,
    ]


@pytest.mark.parametrize(("number", "said"), [
    ("", "pr create --head lockgen/re-resolve --base main --title Resolve the sets again --body-file "),
    ("7", "pr edit 7 --body-file "),
])  # fmt: skip
def test_one_pull_request_is_opened_or_updated(runner: Path, number: str, said: str) -> None:
    env = {"BASE": "main", "RUN": "RUN-ADDRESS", "OPEN": number}
    _come(runner, machines=0)
    assert _run(runner, "offer", "Join what was proved") == 0
    assert _run(runner, "offer", "Open or update the pull request", env) == 0
    assert (runner / "notes").read_text().splitlines()[-1] == f"{said}{runner}/temp/sets/drift.md"
    changed = _git(runner / "origin.git", "diff", "--name-status", "main", "lockgen/re-resolve")
    assert changed == "A\tmatrices/new.txt\n"
    assert (runner / "temp/sets/drift.md").read_text() == "# report\n"


def test_the_branch_is_made_anew_and_a_long_report_is_only_pointed_to(runner: Path) -> None:
    checkout = runner / "checkout"
    author = ("-c", "user.name=a", "-c", "user.email=a@b")
    _git(checkout, *author, "commit", "--quiet", "--allow-empty", "--message", "last week's")
    _git(checkout, "push", "--quiet", "origin", "HEAD:refs/heads/lockgen/re-resolve")
    _git(checkout, "reset", "--quiet", "--hard", "HEAD~1")
    _come(runner, machines=0)
    (runner / "temp/sets/drift.md").write_text("x" * 60001)
    assert _run(runner, "offer", "Join what was proved") == 0
    env = {"BASE": "main", "RUN": "RUN-ADDRESS", "OPEN": "7"}
    assert _run(runner, "offer", "Open or update the pull request", env) == 0
    log = _git(runner / "origin.git", "log", "--format=%s", "lockgen/re-resolve").splitlines()
    assert log == ["Resolve the sets again", "first"]
    assert "stands in the summary of RUN-ADDRESS" in (runner / "temp/sets/drift.md").read_text()
