"""Which matrices a command is about: those of the project around the working directory, and none that nobody named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import FROZEN, ROOT, Lockgen

COMMANDS = [
    ("render",),
    ("check",),
    ("verify",),
    ("lint",),
    ("targets",),
    ("explain", "fastapi"),
    ("compare", "1", "2"),
    ("drift",),
    ("bump",),
    ("history",),
    ("report",),
    ("preflight", "--python", "python"),
    ("freeze", "index.xz"),
    ("try", "-r", "requirements.txt"),
    ("ci", "matrix"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_without_a_project_there_is_nothing_to_work_on(
    alone: Lockgen, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "requirements.txt").write_text("idna\n")
    done = alone(*command)
    assert (done.code, done.out) == (2, "")
    assert "there is no matrices/targets.yaml here or in a folder above" in done.err
    assert "lockgen init -r requirements.txt" in done.err
    assert "lockgen init --example" in done.err
    assert {path.name for path in tmp_path.iterdir()} <= {"requirements.txt", "cache"}


def test_the_example_is_a_project_in_all_its_folders(
    alone: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = alone("init", "--example")
    assert done.code == 0
    for name in ("phase-1.yaml", "targets.yaml", "issues.yaml", "smoke.py", "schema/phase.json"):
        assert (tmp_path / "matrices" / name).read_bytes() == (ROOT / "matrices" / name).read_bytes()
    (tmp_path / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "src" / "deep")
    words = ("--phase", "1", "--target", "py3.11-linux-x86_64", "--frozen", FROZEN)
    done = alone("render", *words)
    assert done.code == 0
    assert "files: 8 created" in done.err
    assert (tmp_path / "output/phase-1/py3.11-linux-x86_64/requirements.lock").is_file()
    assert alone("check", *words).code == 0
    assert not list(Path().iterdir())


def test_what_is_named_is_meant_from_where_one_stands(
    alone: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone("init", "--example")
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    words = ("--phase", "1", "--target", "py3.11-linux-x86_64", "--frozen", FROZEN, "--output", "here")
    assert alone("render", *words).code == 0
    assert (tmp_path / "src/here/phase-1/summary.json").is_file()
    assert not (tmp_path / "output").exists()


def test_the_example_overwrites_nothing_and_stands_alone(alone: Lockgen, tmp_path: Path) -> None:
    assert "reads no requirements" in alone("init", "--example", "-r", "requirements.txt").err
    assert not (tmp_path / "matrices").exists()
    alone("init", "--example")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = alone("init", "--example")
    assert done.code == 2
    assert "there are matrices already" in done.err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
