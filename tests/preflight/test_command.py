"""`lockgen preflight` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Lockgen
from tests.preflight.stand import facts

PLACES = ("--matrices", ROOT / "matrices", "--output", ROOT / "output")


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(facts()))
    return path


def test_facts_of_a_healthy_image(lockgen: Lockgen, healthy: Path) -> None:
    done = lockgen("preflight", "--phase", "1", "--facts", healthy, *PLACES)
    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines()[0].endswith("0 warn, 0 fail, 0 not run")


def test_json_goes_to_stdout(lockgen: Lockgen, healthy: Path) -> None:
    done = lockgen("preflight", "--phase", "2", "--facts", healthy, "--format", "json", "--server", "fastapi", *PLACES)
    assert done.code == 1
    said = done.result
    assert (said["phase"], said["server"], said["python"]["version"]) == ("2", "fastapi", "3.11.7")
    assert said["counts"]["fail"] == sum(each["verdict"] == "fail" for each in said["findings"]) > 0


def test_quiet_says_only_what_failed(lockgen: Lockgen, healthy: Path) -> None:
    assert lockgen("preflight", "--phase", "1", "--facts", healthy, "--quiet", *PLACES).err == ""
    said = lockgen("preflight", "--phase", "2", "--facts", healthy, "--quiet", *PLACES).err
    assert "  fail: " in said
    assert "  pass: " not in said
    assert "  warn: " not in said


def test_another_interpreter_is_examined_from_outside(lockgen: Lockgen) -> None:
    done = lockgen("preflight", "--phase", "1", "--python", sys.executable, "--format", "json", *PLACES)
    assert done.result["python"]["version"] == ".".join(map(str, sys.version_info[:3]))


def test_a_target_can_be_named(lockgen: Lockgen, healthy: Path) -> None:
    done = lockgen("preflight", "--phase", "1", "--facts", healthy, "--target", "py3.8-linux-x86_64", "-v", *PLACES)
    assert "this is py3.8-linux-x86_64 of phase 1" in done.err
    assert "instead of" in done.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--facts", "absent.json", "--phase", "1"), "No such file"),
        (("--phase", "1"), "Give --python PATH or --facts FILE"),
        (("--phase", "1", "--facts", "a", "--python", "b"), "Give --python PATH or --facts FILE"),
        (("--facts", "facts.json"), "Name one with --phase: 1, 1-stable, 2, option-b"),
        (("--facts", "facts.json", "--phase", "9"), "there is no phase '9'"),
        (("--facts", "facts.json", "--phase", "1", "--target", "py2"), "phase 1 has no target 'py2'"),
        (("--facts", "facts.json", "--phase", "1", "--server", "tornado"), "tornado"),
        (("--facts", "list.json", "--phase", "1"), "these are no facts"),
        (("--facts", "text.json", "--phase", "1"), "this is not JSON"),
        (("--python", "/no/such/python", "--phase", "1"), "cannot be examined"),
    ],
)
def test_what_cannot_be_asked(lockgen: Lockgen, healthy: Path, words: tuple[str, ...], hint: str) -> None:
    (healthy.parent / "list.json").write_text("[]")
    (healthy.parent / "text.json").write_text("facts")
    done = lockgen("preflight", *words, *PLACES)
    assert done.code == 2
    assert hint in done.err


def test_a_phase_that_was_never_rendered(lockgen: Lockgen, healthy: Path, tmp_path: Path) -> None:
    done = lockgen("preflight", "--phase", "1", "--facts", healthy, *PLACES[:2], "--output", tmp_path / "none")
    assert done.code == 2
    assert "Run lockgen render --phase 1" in done.err


def test_a_remedy_can_be_pasted_where_one_stands(lockgen: Lockgen, healthy: Path) -> None:
    """With the extras of the row, and the set's own constraints by their path."""
    told = json.loads(healthy.read_text())
    found = told["distributions"]["found"]
    told["distributions"]["found"] = [each for each in found if each["name"] != "uvicorn"]
    healthy.write_text(json.dumps(told))
    done = lockgen("preflight", "--phase", "1", "--facts", healthy, *PLACES)
    constraints = ROOT / "output/phase-1/py3.11-linux-x86_64/constraints.txt"
    assert f'pip install -c {constraints} "uvicorn[standard]>=0.23.0,<1.0.0"' in done.err
