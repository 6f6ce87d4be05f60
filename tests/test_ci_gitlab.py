"""`lockgen ci init gitlab`: a pipeline that GitLab's schema admits, whose lines a shell can read, and what is left out."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from lockgen.ci.gitlab import MOST_PARALLEL, parallel
from lockgen.errors import UsageError
from lockgen.model.images import Images
from lockgen.model.platform import Platform
from lockgen.model.target import make_target
from tests.conftest import ROOT, Lockgen

WHEEL = "https://example.org/lockgen-1.0-py3-none-any.whl"
INIT = ("ci", "init", "gitlab", "--install", WHEEL)
FILE, PIPELINE = Path(".gitlab/lockgen.yml"), Path(".gitlab-ci.yml")
LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))


@pytest.fixture
def folder(lockgen: Lockgen) -> Lockgen:
    """A project of the example's matrices."""
    shutil.copytree(ROOT / "matrices", "matrices")
    return lockgen


def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = YAML(typ="safe").load(path.read_text("utf-8"))
    return value


def _scripts(pipeline: dict[str, Any]) -> dict[str, list[str]]:
    return {name: job["script"] for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}


def test_the_pipeline_and_what_includes_it(folder: Lockgen) -> None:
    done = folder(*INIT)
    assert done.code == 0
    assert done.err.splitlines()[:2] == ["workflows: 1 created", f"  {FILE.as_posix()}  created"]
    assert "left out: *-macos-*, *-windows-x86_64" in done.err
    assert "GitLab's own runners for macOS and Windows bring no Pythons." in done.err
    assert _read(PIPELINE) == {"include": [{"local": FILE.as_posix()}]}
    pipeline = _read(FILE)
    assert pipeline["variables"]["LOCKGEN"] == f"lockgen @ {WHEEL}"
    jobs = pipeline["lockgen-verify"]["parallel"]["matrix"]
    listed = {job["target"]: job for job in json.loads(folder("ci", "matrix").out)["include"]}
    assert [job["TARGET"] for job in jobs] == [name for name, job in listed.items() if job["container"]]
    for job in jobs:
        known = listed[job["TARGET"]]
        assert (job["PYTHON"], job["IMAGE"]) == (known["python"], known["container"])
        assert job["COMMAND"] == known["command"].removesuffix(" --engine docker")
        assert job["RUNNER"] == f"saas-linux-small-{'arm64' if 'aarch64' in job['TARGET'] else 'amd64'}"


def test_a_pipeline_of_another_s_stays_and_the_line_to_add_is_said(folder: Lockgen) -> None:
    PIPELINE.write_text("stages: [test]\n")
    done = folder(*INIT)
    assert done.code == 0
    assert "add to .gitlab-ci.yml: include: [{local: .gitlab/lockgen.yml}]" in done.err
    assert PIPELINE.read_text() == "stages: [test]\n"
    PIPELINE.write_text("include: [{local: .gitlab/lockgen.yml}]\n")
    again = folder(*INIT)
    assert "unchanged" in again.err
    assert "add to" not in again.err
    FILE.write_text("mine\n")
    refused = folder(*INIT)
    assert (refused.code, FILE.read_text()) == (2, "mine\n")
    assert refused.err.startswith("error: .gitlab/lockgen.yml: there is another file already\n")
    assert folder(*INIT, "--force").code == 0
    assert FILE.read_text() != "mine\n"


def test_without_matrices_there_are_no_jobs(lockgen: Lockgen) -> None:
    done = lockgen(*INIT)
    assert (done.code, FILE.exists()) == (2, False)
    assert "there are no matrices here" in done.err


@pytest.mark.slow
def test_it_holds_to_the_published_schema(folder: Lockgen) -> None:
    """The schema that check-jsonschema ships; an unknown key and it says no."""
    folder(*INIT)
    code = "import json, check_jsonschema.builtin_schemas as s; print(json.dumps(s.get_builtin_schema('vendor.gitlab-ci')))"
    schema = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    for path in (FILE, PIPELINE):
        assert [error.message for error in Draft7Validator(schema).iter_errors(_read(path))] == []
    pipeline = _read(FILE)
    pipeline["lockgen-verify"]["parallel"]["matrices"] = []
    assert list(Draft7Validator(schema).iter_errors(pipeline))


def test_a_shell_reads_every_line_and_only_options_that_exist_are_used(folder: Lockgen) -> None:
    folder(*INIT)
    scripts = _scripts(_read(FILE))
    assert {"lockgen-check", "lockgen-resolve", "lockgen-verify", "lockgen-merge"} == set(scripts)
    for lines in scripts.values():
        done = subprocess.run(["sh", "-n"], input="\n".join(lines), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    text = "\n".join(line for lines in scripts.values() for line in lines)
    for command, options in re.findall(r"\blockgen ([a-z]+)((?: --[a-z]+)*)", text):
        helped = folder(command, "--help")
        assert helped.code == 0
        assert all(option in helped.out for option in options.split()), command


def test_the_merge_job_joins_what_was_proved_and_pushes_only_with_a_token(folder: Lockgen, tmp_path: Path) -> None:
    folder(*INIT)
    lines = _scripts(_read(FILE))["lockgen-merge"]
    stand = tmp_path / "stand"
    stand.mkdir()
    for name in ("git", "lockgen"):
        body = f'echo {name} "$@" >> {tmp_path}/notes; case "$*" in "diff --cached --quiet") exit 1;; verify*) exit 1;; esac'
        (stand / name).write_text(f"#!/bin/sh\n{body}\n")
        (stand / name).chmod(0o755)
    for target in ("one", "two"):
        (tmp_path / "proofs" / target / "phase-1").mkdir(parents=True)
        (tmp_path / "proofs" / target / "phase-1" / "verified.json").touch()
    given = {"PATH": f"{stand}:/usr/bin:/bin", "CI_DEFAULT_BRANCH": "main", "CI_PROJECT_URL": "https://example.org/a/b"}
    for token in ("", "s3cret"):
        script = "set -e\n" + "\n".join(lines)
        words = ["sh", "-c", script]
        env = {**given, "LOCKGEN_PUSH_TOKEN": token}
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        notes = (tmp_path / "notes").read_text()
        (tmp_path / "notes").unlink()
        merged = shlex.split(notes.splitlines()[0])
        assert merged[:3] == ["lockgen", "verify", "--merge"]
        assert sorted(merged[3:]) == [f"proofs/{each}/phase-1/verified.json" for each in ("one", "two")]
        assert ("push --force" in notes) is bool(token)
        assert "s3cret" not in notes


def test_what_gitlab_cannot_run_is_left_out_with_the_reason() -> None:
    power = Platform(name="linux-ppc64le", os="linux", arch="ppc64le", libc="glibc", version=(2, 28))
    wanted = {make_target("3.11", power): ["1"], make_target("pypy3.11", LINUX): ["1"]}
    assert {gap.target.name: gap.reason for gap in parallel(wanted, "smoked", Images()).gaps} == {
        "py3.11-linux-ppc64le": "GitLab has no runner of its own for ppc64le",
        "pypy3.11-linux-x86_64": "targets.yaml names no image for Python pypy3.11 on linux-x86_64",
    }
    many = {make_target(f"3.11.{patch}", LINUX): ["1"] for patch in range(MOST_PARALLEL + 1)}
    with pytest.raises(UsageError, match="201 jobs, and GitLab makes at most 200"):
        parallel(many, "smoked", Images())
