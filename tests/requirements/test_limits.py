"""Requirement files that are none: nothing hangs, nothing fills the memory, nothing of them lands in a log."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lockgen.errors import LockgenError, RequirementsError
from lockgen.requirements import limits
from lockgen.requirements.limits import read_local, read_stream
from lockgen.requirements.reading import read_requirements


def complaints(path: str) -> str:
    with pytest.raises(RequirementsError) as raised:
        read_requirements(path, read_local, {})
    return str(raised.value)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_chain_of_400_files() -> None:
    for number in range(400):
        Path(f"{number}.txt").write_text(f"-r {number + 1}.txt\n")
    assert f"{limits.MOST_DEEP} files lead here, and no more are read" in complaints("0.txt")


def test_what_is_included_twice_is_read_once() -> None:
    for number in range(25):
        Path(f"{number}.txt").write_text(f"-r {number + 1}.txt\n-r {number + 1}.txt\n")
    Path("25.txt").write_text("django\n")
    found = read_requirements("0.txt", read_local, {})
    assert [each.name for each in found.requirements] == ["django"]


def test_files_beyond_number() -> None:
    lines = []
    for number in range(limits.MOST_FILES + 5):
        Path(f"{number}.txt").write_text("django\n")
        lines.append(f"-r {number}.txt\n")
    Path("all.txt").write_text("".join(lines))
    assert f"{limits.MOST_FILES} files were read, and no more are" in complaints("all.txt")


def test_a_line_beyond_measure() -> None:
    Path("r.txt").write_text("django; python_version == '3' " + "or python_version == '3' " * 50_000)
    assert "r.txt:1: the line has 1250029 characters" in complaints("r.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
def test_what_is_no_regular_file(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    for path in ("pipe", "/dev/zero"):
        with pytest.raises(LockgenError, match="no regular file"):
            read_local(path)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc on this system")
def test_the_environment_of_a_process_is_no_file_of_requirements() -> None:
    with pytest.raises(LockgenError, match="no file of requirements"):
        read_local("/proc/self/environ")


def test_a_file_of_four_megabytes_and_more() -> None:
    Path("big.txt").write_bytes(b"#" * (limits.MOST_BYTES + 1))
    with pytest.raises(LockgenError, match="bytes; a file of requirements has at most"):
        read_local("big.txt")


def test_a_file_of_another_kind_is_not_copied_into_the_log() -> None:
    Path("passwd").write_text("".join(f"user{number}:secret{number}:0:0:/home:/bin/sh\n" for number in range(60)))
    found = read_requirements("passwd", read_local, {})
    assert found.unconsidered[0].text == "user0...", "pip takes the line for a path"
    assert not any("secret" in each.text for each in found.unconsidered)
    Path("keys").write_text("".join(f"key{number}:secret{number}:0\n" for number in range(60)))
    said = complaints("keys")
    assert "keys:1: 'key0...' is no requirement" in said
    assert "secret" not in said
    assert "and 40 more complaints" in said


def test_brackets_without_end() -> None:
    Path("pyproject.toml").write_text(f"[project]\nname = 'x'\ndependencies = {'[' * 100_000}\n")
    assert "pyproject.toml: this is no TOML" in complaints("pyproject.toml")


def test_other_spellings_of_a_path_are_the_same_file() -> None:
    Path("sub").mkdir()
    Path("r.txt").write_text("-r ./a.txt\n-r sub/../a.txt\n-r sub/link.txt\n")
    Path("a.txt").write_text("django\n")
    Path("sub/link.txt").symlink_to("../a.txt")
    found = read_requirements("r.txt", read_local, {})
    assert [each.name for each in found.requirements] == ["django"]
    Path("a.txt").write_text("-r sub/link.txt\n")
    assert "the files include each other" in complaints("r.txt")


def test_standard_input_without_end_is_not_read_to_its_end() -> None:
    with Path("/dev/zero").open("rb") as endless, pytest.raises(LockgenError, match="more than 4194304 bytes"):
        read_stream(endless, "standard input")
