"""The same bytes from every host Python, cold and warm, live and frozen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FROZEN, ROOT
from tests.interpreters import interpreters

pytestmark = pytest.mark.network


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _render(python: Path | str, output: Path, *words: str) -> str:
    command = [str(python), "-m", "lockgen", "render", "--matrices", str(ROOT / "matrices"), "--output", str(output)]
    done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, cwd=output.parent)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_cold_and_warm_give_the_same_bytes_and_warm_asks_nothing(tmp_path: Path) -> None:
    words = ("--phase", "1", "--cache-dir", str(tmp_path / "cache"), "--verbose")
    cold, warm = (_render(sys.executable, tmp_path / name, *words) for name in ("cold", "warm"))
    assert "note: 0 requests to the index" not in [*cold.splitlines()]
    assert "note: 0 requests to the index" in warm.splitlines()
    assert _files(tmp_path / "cold") == _files(tmp_path / "warm")


@pytest.mark.parametrize("minor", [pytest.param("3.12", marks=pytest.mark.long), "3.13"])
def test_another_host_python_gives_the_committed_bytes(tmp_path: Path, minor: str) -> None:
    python = interpreters().get(minor)
    if python is None or sys.version_info[:2] == tuple(map(int, minor.split("."))):
        pytest.skip(f"no other CPython {minor} on this machine")
    subprocess.run([python, "-m", "venv", tmp_path / "venv"], check=True)
    other = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([other, "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    _render(other, tmp_path / "output", "--frozen", str(FROZEN))
    committed = {name: content for name, content in _files(ROOT / "output").items() if _is_unproved(name)}
    assert {name: content for name, content in _files(tmp_path / "output").items() if _is_unproved(name)} == committed


def _is_unproved(name: str) -> bool:
    """Whether a file says nothing of proofs, which are another machine's."""
    return not name.endswith(("COMPATIBILITY.md", "verified.json"))


def test_pip_installs_the_pylock_of_a_live_render(tmp_path: Path) -> None:
    python = "{}.{}".format(*sys.version_info[:2])
    target = f"py{python}-linux-x86_64"
    if python not in {"3.11", "3.12"} or sys.platform != "linux":
        pytest.skip(f"no cell for the host, Python {python} on {sys.platform}")
    _render(sys.executable, tmp_path / "output", "--phase", "2", "--target", target, "--pylock")
    lock = tmp_path / "output" / "phase-2" / target / "pylock.toml"
    report = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-", "-r", str(lock)]
    done = subprocess.run([sys.executable, "-m", "pip", *report], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = {
        f"{each['metadata']['name']}=={each['metadata']['version']}" for each in json.loads(done.stdout)["install"]
    }
    pins = (lock.parent / "constraints.txt").read_text().splitlines()
    assert {name.lower().replace("_", "-") for name in found} == {pin for pin in pins if "==" in pin and "#" not in pin}
