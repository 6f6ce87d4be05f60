"""What lockgen itself is made and installed with: locked by itself, built to the same bytes, and still at import."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Dependency
from tests.conftest import ROOT

LOCK = ROOT / ".github" / "lock"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WRITES = {("re-resolve.yml", "offer"): {"contents": "write", "pull-requests": "write"}}
"""The only job that may change anything: it offers a pull request, and runs no code of packages."""


def workflow(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def asked(row: Dependency) -> tuple[str, frozenset[str], str]:
    return row.name, row.extras, str(row.minimum)


def wanted(texts: list[str]) -> set[tuple[str, frozenset[str], str]]:
    found = map(Requirement, texts)
    return {
        (canonicalize_name(each.name), frozenset(each.extras), next(iter(each.specifier)).version) for each in found
    }


def test_what_is_locked_is_what_pyproject_asks_for() -> None:
    phases = load_matrices(read_directory(LOCK / "matrices")).phases
    own, extras = PROJECT["project"]["dependencies"], PROJECT["project"]["optional-dependencies"]
    sets = {"base": own, "test": extras["test"], "docs": [*extras["docs"], *PROJECT["build-system"]["requires"]]}
    assert {phase.set: {asked(row) for row in phase.dependencies} - wanted(own) for phase in phases.values()} == {
        name: wanted(texts) - wanted(own) for name, texts in sets.items()
    }
    assert {asked(row) for row in phases["lockgen"].dependencies} == wanted(own)
    assert wanted(PROJECT["build-system"]["requires"]) <= wanted(extras["test"])


def test_its_ci_installs_only_what_is_locked() -> None:
    for name, job in workflow(ROOT / ".github" / "workflows" / "ci.yml")["jobs"].items():
        installs = [line for step in job["steps"] for line in step.get("run", "").splitlines() if "pip install" in line]
        locked, itself = installs if name != "everything" else ("--require-hashes", "--no-deps --no-build-isolation .")
        assert "--require-hashes" in locked
        assert itself.endswith("--no-deps --no-build-isolation .")
        matrix = job.get("strategy", {}).get("matrix", {})
        pythons = matrix.get("python", [""])
        for lock in [step["env"]["LOCK"] for step in job["steps"] if "LOCK" in step.get("env", {})]:
            platforms = [each["platform"] for each in matrix.get("include", [])] or [""]
            for python in pythons:
                for platform in platforms:
                    folder = re.sub(
                        r"\$\{\{ matrix\.(\w+) \}\}",
                        lambda found, p=python, o=platform: {"python": p, "platform": o}[found[1]],
                        lock,
                    )
                    assert list((LOCK / "output" / "lockgen" / "sets").glob(f"*/{folder}/requirements.lock")), folder


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_right_but_to_read(path: Path) -> None:
    found = workflow(path)
    assert found["permissions"] == {}
    for name, job in found["jobs"].items():
        rights = WRITES.get((path.name, name), {"contents": "read"})
        assert job["permissions"] in (rights, {}), f"{path.name}: {name}"
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)


IMPORTS = """
import importlib, pkgutil, sys
def watch(event, words):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system", "os.exec"):
        raise SystemExit(f"{event} {words}")
sys.addaudithook(watch)
import lockgen
for module in pkgutil.walk_packages(lockgen.__path__, "lockgen."):
    if module.name not in ("lockgen.__main__", "lockgen.verify.importing", "lockgen.verify.supervisor"):
        importlib.import_module(module.name)
assert len(sys.modules) > 300
"""


@pytest.mark.slow  # every module of lockgen and what it stands on, in a fresh interpreter
def test_no_module_asks_the_network_or_starts_a_process_when_it_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_two_builds_of_the_wheel_are_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="not run: nothing to build with")
    wheels = []
    for number, mask in enumerate(("022", "077")):
        copy = tmp_path / f"checkout-{number}" / "lockgen"
        for name in ("lockgen", "matrices", "templates", "docs/lint.md", "pyproject.toml", "README.md", "LICENSE"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            put = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
            put(ROOT / name, copy / name)
            os.utime(copy / name, (1_000_000_000 + number, 1_000_000_000 + number))
        build = f"umask {mask}; exec {sys.executable} -m pip wheel -q --no-deps --no-build-isolation --no-index -w {tmp_path}/{number} {copy}"
        subprocess.run(["sh", "-c", build], check=True, capture_output=True, cwd=tmp_path)
        (wheel,) = (tmp_path / str(number)).glob("*.whl")
        wheels.append(wheel.read_bytes())
    assert wheels[0] == wheels[1]
