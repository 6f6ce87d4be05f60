"""preflight.py in real environments: the sets as their locks install them, and planted conflicts."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lockgen.model.pythons import floor_of
from tests.conftest import ROOT
from tests.interpreters import host, interpreters
from tests.preflight.test_standalone import is_before_its_floor, rendered, run

pytestmark = [pytest.mark.network, pytest.mark.skipif(host().name != "linux-x86_64", reason="the sets are of Linux")]

SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("environments")

    @cache
    def make(minor: str, *words: str) -> Path:
        base = interpreters().get(minor)
        if base is None:
            pytest.skip(f"no CPython {minor} on this machine")
        place = folder / str(abs(hash((minor, words))))
        subprocess.run([base, "-m", "venv", place], check=True)
        python = place / SCRIPTS / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", *words], check=True)
        return python

    return make


def _findings(python: Path, phase: str, cwd: Path) -> tuple[int, list[dict[str, str]]]:
    by_file = cwd / "preflight.py"
    by_file.write_text(rendered(phase))
    done = run(python, "-W", "error", by_file, "--server", "fastapi", "--json", cwd=cwd)
    piped = run(python, "-", "--server", "fastapi", "--json", cwd=cwd, stdin=rendered(phase))
    assert done.stderr == ""
    assert (done.returncode, done.stdout) == (piped.returncode, piped.stdout)
    return done.returncode, json.loads(done.stdout)["findings"]


def _failed(findings: list[dict[str, str]], check: str) -> list[str]:
    return [each["message"] for each in findings if (each["check"], each["verdict"]) == (check, "fail")]


@pytest.mark.parametrize(
    "minor", [*(pytest.param(minor, marks=pytest.mark.long) for minor in ("3.8", "3.9", "3.10", "3.12")), "3.11"]
)
@pytest.mark.parametrize("phase", ["1", "2"])
def test_a_lock_that_was_installed_passes(venv: Any, tmp_path: Path, minor: str, phase: str) -> None:
    lock = ROOT / "output" / f"phase-{phase}" / f"py{minor}-linux-x86_64" / "requirements.lock"
    python = venv(minor, "--require-hashes", "-r", str(lock))
    if is_before_its_floor(python, minor):
        pytest.skip(f"this machine's CPython {minor} is older than {floor_of(minor)}, so preflight refuses it")
    code, findings = _findings(python, phase, tmp_path)
    odd = [each for each in findings if each["verdict"] != "pass" and each["check"] not in {"memory", "certificates"}]
    assert odd == []
    assert code == 0


@pytest.mark.parametrize(("phase", "other"), [("1", "2"), ("2", "1")])
def test_the_other_phases_set_does_not(venv: Any, tmp_path: Path, phase: str, other: str) -> None:
    lock = ROOT / "output" / f"phase-{phase}" / "py3.11-linux-x86_64" / "requirements.lock"
    code, findings = _findings(venv("3.11", "--require-hashes", "-r", str(lock)), other, tmp_path)
    assert code == 1
    assert any(message.startswith("pydantic ") for message in _failed(findings, "dependencies"))
    assert _failed(findings, "requirements") == _failed(findings, "pydantic") == []


@pytest.mark.long
@pytest.mark.parametrize("minor", [pytest.param("3.9", marks=pytest.mark.long), "3.11"])
def test_langchain_0_0_200_beside_pydantic_2(venv: Any, tmp_path: Path, minor: str) -> None:
    code, findings = _findings(venv(minor, "langchain==0.0.200", "pydantic==2.6.0"), "2", tmp_path)
    assert code == 1
    assert _failed(findings, "pydantic") == [
        "langchain 0.0.200 is v1 only (its own metadata requires pydantic>=1,<2), and pydantic 2.6.0 is installed"
    ]


@pytest.mark.parametrize("minor", [pytest.param("3.9", marks=pytest.mark.long), "3.11"])
def test_ray_2_7_beside_pydantic_2(venv: Any, tmp_path: Path, minor: str) -> None:
    code, findings = _findings(venv(minor, "ray==2.7.0", "pydantic==2.6.0"), "2", tmp_path)
    assert code == 1
    assert _failed(findings, "pydantic") == [
        "ray 2.7.0 is v1 only (its own metadata requires pydantic<2), and pydantic 2.6.0 is installed"
    ]


@pytest.mark.parametrize("minor", ["3.8", pytest.param("3.12", marks=pytest.mark.long)])
def test_fastapi_0_99_1_beside_starlette_0_32(venv: Any, tmp_path: Path, minor: str) -> None:
    python = venv(minor, "fastapi==0.99.1", "starlette==0.32.0", "pydantic==1.10.13")
    code, findings = _findings(python, "1", tmp_path)
    assert code == 1
    assert "fastapi 0.99.1 needs starlette<0.28.0,>=0.27.0, and 0.32.0 is installed" in _failed(
        findings, "requirements"
    )
    assert not [message for message in _failed(findings, "dependencies") if "starlette" in message]
    assert _failed(findings, "pydantic") == []


@pytest.mark.long
def test_an_old_uvloop_on_3_12(venv: Any, tmp_path: Path) -> None:
    """No wheel of it is for 3.12, so its metadata is planted."""
    python = venv("3.12", "pydantic==2.6.0")
    site = next(python.parent.parent.rglob("site-packages"))
    (site / "uvloop-0.17.0.dist-info").mkdir(exist_ok=True)
    (site / "uvloop-0.17.0.dist-info" / "METADATA").write_text("Name: uvloop\nVersion: 0.17.0\n")
    _, findings = _findings(python, "2", tmp_path)
    assert len(_failed(findings, "event-loop")) == 1
    assert [message.partition(":")[0] for message in _failed(findings, "issues")] == ["uvloop-segfault"]
