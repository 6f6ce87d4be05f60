"""What a render says where there is no set: the smallest conflict, how it comes about, and what would help."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from tests.conftest import FROZEN, ROOT, Lockgen

STARLETTE = ('minimum: "0.27.0"\n    recommended: "0.32.0"', 'minimum: "0.30.0"\n    recommended: "0.32.0"')
TENTH_ROW = (
    '    - name: orjson\n      minimum: "3.9.0"',
    '    - name: httptools\n      minimum: "0.5.0"\n    - name: orjson\n      minimum: "3.9.0"',
)
ON_WINDOWS = ('        platforms: ["linux-*", "macos-*", "alpine-*"]', '        platforms: ["linux-*", "windows-*"]')


def phase_1(folder: Path, *changes: tuple[str, str]) -> Path:
    """The committed matrices but the other phases, with these changes to phase-1.yaml, and accepting nothing."""
    shutil.copytree(ROOT / "matrices", folder, ignore=shutil.ignore_patterns("phase-*", "option-*", "schema"))
    text = (ROOT / "matrices" / "phase-1.yaml").read_text("utf-8").partition("\n# What `lockgen lint` finds")[0]
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    (folder / "phase-1.yaml").write_text(text, "utf-8")
    return folder


@pytest.mark.slow
def test_ten_rows_on_thirty_targets_are_explained_in_three_seconds(cold_lockgen: Lockgen, tmp_path: Path) -> None:
    folder = phase_1(tmp_path / "m", STARLETTE, TENTH_ROW)
    before = time.process_time()
    done = cold_lockgen("render", "--matrices", folder, "--frozen", FROZEN)
    took = time.process_time() - before
    assert done.code == 1
    said = re.sub(r"phase-1.yaml:\d+", "phase-1.yaml", done.err)
    assert "0 of 30 targets have a set, 6 unsupported" in said
    assert (
        "    no set for all\n"
        f"        these demands cannot hold together: {folder}/phase-1.yaml needs fastapi>=0.95.0,<0.100.0; "
        f"{folder}/phase-1.yaml needs starlette>=0.30.0,<0.33.0\n"
        "        fastapi 0.95.0 to 0.99.1 (9 releases) need starlette>=0.27.0,<0.28.0 or starlette>=0.26.1,<0.27.0\n"
        "        nearest: minimum starlette 0.27.0" in said
    )
    told = (ROOT / "docs" / "solver.md").read_text("utf-8").partition("```text\nno set: ")[2].partition("\n```")[0]
    assert told.count("\n") == 1
    assert " ".join(told.split()) in done.flat.replace(f"{folder}/", "")
    assert took < 3  # processor time, so that other work on the machine does not count


def test_a_missing_wheel_is_said_as_such(lockgen: Lockgen, tmp_path: Path) -> None:
    folder = phase_1(tmp_path / "m", ON_WINDOWS)
    done = lockgen("render", "--matrices", folder, "--frozen", FROZEN, "--target", "py3.11-*")
    assert done.code == 1
    name, head, looked, nearest = done.err.partition("no set for ")[2].splitlines()[:4]
    assert name == "py3.11-windows-x86_64"
    assert head.startswith(f"        these demands cannot be had: {folder}/phase-1.yaml:")
    found = re.fullmatch(
        r"        no file of uvloop serves; (\d+) files of \d+ releases looked at: "
        r"(\d+) for another platform or Python, (\d+) sdist that the matrix does not allow",
        looked,
    )
    assert found
    assert int(found[1]) == int(found[2]) + int(found[3])
    assert nearest == "        nearest: drop py3.11-windows-x86_64"
    words = ("--frozen", FROZEN, "--target", "py3.11-*", "--format", "json")
    told = lockgen("render", "--matrices", folder, *words)
    assert told.err == ""
    assert told.result["phases"][0]["repairs"] == {"py3.11-windows-x86_64": ["drop py3.11-windows-x86_64"]}


def test_quiet_says_the_no_and_nothing_else(lockgen: Lockgen, tmp_path: Path) -> None:
    folder = phase_1(tmp_path / "m", STARLETTE)
    done = lockgen("render", "--matrices", folder, "--frozen", FROZEN, "--target", "py3.11-linux-x86_64", "--quiet")
    assert done.code == 1
    assert "no set for py3.11-linux-x86_64 these demands cannot hold" in done.flat
    assert "        nearest: minimum starlette 0.27.0, or maximum fastapi<0.109.0\n" in done.err
    assert "not as wanted" not in done.err
