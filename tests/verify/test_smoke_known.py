"""The known answers: real sets, some of which install cleanly and do not run. A smoke test that cannot fail is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockgen.index.settings import read_settings
from lockgen.model.verify import Interpreter, Proof
from lockgen.verify.smoke import InstalledSet, Patience, smoke
from tests.interpreters import interpreters

pytestmark = pytest.mark.network

SCRIPT = Path(__file__).parents[2] / "matrices" / "smoke.py"
LENIENT = Patience(imports=300, alone=60, script=240)
"""These venvs have never run: the first import of everything compiles it, beside other tests."""

ANY = ("h11==0.14.0", "httptools==0.6.4", "uvloop==0.21.0", "websockets==13.1", "python-dotenv==1.0.1", "pyyaml==6.0.3")
PHASE_1 = (
    *ANY,
    *("fastapi==0.99.1", "starlette==0.27.0", "anyio==3.7.1", "uvicorn==0.24.0", "click==8.1.8", "watchfiles==0.24.0"),
    *("python-multipart==0.0.20", "orjson==3.10.15", "typing-extensions==4.12.2"),
)
PHASE_2 = (
    *ANY,
    *("fastapi==0.115.0", "starlette==0.38.6", "anyio==4.3.0", "uvicorn==0.30.0", "click==8.1.8", "watchfiles==0.24.0"),
    *("python-multipart==0.0.20", "orjson==3.10.15", "typing-extensions==4.12.2", "httpx==0.27.0", "pydantic==2.6.0"),
)


def prove(tmp_path: Path, python: str, *requirements: str) -> Proof:
    """Level smoked of this set, installed into a new venv of that Python."""
    if python not in interpreters():
        pytest.skip(f"no CPython {python} on this machine")
    home = tmp_path / "venv"
    bin_python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    subprocess.run([interpreters()[python], "-m", "venv", "--without-pip", home], check=True)
    install(bin_python, *requirements)
    about = Interpreter(path=str(bin_python), version=python, implementation="CPython", platform="", libc="")
    return smoke(
        InstalledSet(python=bin_python, interpreter=about, environ=dict(os.environ)),
        SCRIPT,
        target="t",
        patience=LENIENT,
    )


def install(python: Path, *requirements: str) -> None:
    """By the pip that runs the tests, from the index it is configured with and nowhere else."""
    leaks = {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT", "PIP_REQUIRE_VIRTUALENV"}
    environ = {name: value for name, value in os.environ.items() if name not in leaks}
    environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": read_settings(os.environ).address}
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--only-binary=:all:",
        *requirements,
    ]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.long
def test_testclient_of_starlette_0_27_dies_under_httpx_0_28(tmp_path: Path) -> None:
    proof = prove(tmp_path, "3.11", *PHASE_1, "pydantic==1.10.27", "httpx==0.28.1")
    assert proof.verdict == "failed"
    assert proof.reason == "TestClient: TypeError: Client.__init__() got an unexpected keyword argument 'app'"
    served = [line for line in proof.notes if line.startswith("ok uvicorn")]
    assert len(served) == 4, "httpx 0.28 itself asks the served application well"


@pytest.mark.parametrize(
    "python", ["3.11", *(pytest.param(python, marks=pytest.mark.long) for python in ("3.10", "3.12"))]
)
def test_phase_1_with_httpx_0_27_runs(tmp_path: Path, python: str) -> None:
    proof = prove(tmp_path, python, *PHASE_1, "pydantic==1.10.27", "httpx==0.27.2")
    assert (proof.verdict, proof.reason) == ("proved", "")
    assert sum(line.startswith("ok ") for line in proof.notes) == 5
    assert not [line for line in proof.notes if line.startswith("not run")]


def test_pydantic_1_10_13_dies_on_import_under_python_3_13(tmp_path: Path) -> None:
    proof = prove(tmp_path, "3.13", *PHASE_1, "pydantic==1.10.13", "httpx==0.27.2")
    assert proof.verdict == "failed"
    assert proof.reason.startswith("fastapi 0.99.1: importing fastapi failed: TypeError: ")
    assert "recursive_guard" in proof.reason


@pytest.mark.long
def test_pydantic_1_10_16_runs_under_python_3_13(tmp_path: Path) -> None:
    proof = prove(tmp_path, "3.13", *PHASE_1, "pydantic==1.10.16", "httpx==0.27.2")
    assert (proof.verdict, proof.reason) == ("proved", "")


@pytest.mark.long
def test_uvicorn_0_23_never_leaves_an_open_websocket_under_python_3_12(tmp_path: Path) -> None:
    older = [each for each in PHASE_1 if not each.startswith("uvicorn")]
    proof = prove(tmp_path, "3.12", *older, "uvicorn==0.23.2", "pydantic==1.10.27", "httpx==0.27.2")
    assert proof.verdict == "failed"
    assert proof.reason.startswith("uvicorn loop=asyncio http=httptools ")
    assert "still holds an open websocket" in proof.reason


@pytest.mark.long
def test_phase_2_runs_with_the_shim(tmp_path: Path) -> None:
    proof = prove(tmp_path, "3.12", *PHASE_2)
    assert (proof.verdict, proof.reason) == ("proved", "")
    assert "ok pydantic.v1: model error" in proof.notes


def test_what_the_set_does_not_hold_is_not_called_ok(tmp_path: Path) -> None:
    without = ("uvloop", "httptools", "websockets", "orjson", "python-multipart")
    rest = [each for each in PHASE_2 if not each.startswith(without)]
    proof = prove(tmp_path, "3.11", *rest)
    assert proof.verdict == "proved"
    missing = ("python-multipart", "orjson", "uvloop", "httptools", "websockets")
    assert [line for line in proof.notes if line.startswith("not run")] == [
        f"not run: no {n} in the set" for n in missing
    ]
    assert proof.notes[-1] == "ok uvicorn loop=asyncio http=h11 ws=none: GET POST 422 openapi async shutdown"
