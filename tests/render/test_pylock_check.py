"""`render --pylock` and then `check`: green on a frozen index and on a live one, and pylock.toml compared by itself."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockgen.index.frozen import FrozenIndex
from tests.conftest import ROOT, Lockgen
from tests.served import served

pytestmark = pytest.mark.slow  # many commands on indexes of their own

FROZEN = ROOT / "tests" / "frozen" / "web-2023-10-01.xz"
ONE, OTHER = "py3.11-linux-x86_64", "py3.12-linux-x86_64"
FOLDER = Path("output/phase-web")
LOCK = FOLDER / ONE / "pylock.toml"


@pytest.fixture
def rendered(lockgen: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lockgen]:
    """Both targets rendered on a live index, one with a pylock.toml."""
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    with served(FrozenIndex(FROZEN)) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.address)
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        # The other target is solved as well, without a lock of its own.
        assert lockgen("render", "--target", OTHER).code == 0
        assert lockgen("render", "--target", ONE, "--pylock").code == 0
        yield lockgen


TARGETS = ("--target", ONE, "--target", OTHER)


def test_check_is_green_on_both(rendered: Lockgen) -> None:
    live = rendered("check", *TARGETS)
    assert (live.code, "not compared" in live.err) == (0, False), live.err
    frozen = rendered("check", *TARGETS, "--frozen", FROZEN)
    assert (frozen.code, "pylock.toml was not compared" in frozen.err) == (0, True), frozen.err


def test_a_lock_that_is_edited_or_missing_is_found_alone(rendered: Lockgen) -> None:
    LOCK.write_text(LOCK.read_text() + "# mine\n")
    assert _stale(rendered) == [(LOCK.as_posix(), "hand edit: it is not what was rendered")]
    LOCK.unlink()
    assert _stale(rendered) == [(LOCK.as_posix(), "missing file")]
    # Nothing was rendered with it, says the summary, and nothing is there.
    assert rendered("render", *TARGETS).code == 0
    assert _stale(rendered) == []
    # A summary that differs in more is still found.
    summary = FOLDER / "summary.json"
    known = json.loads(summary.read_text())
    known["targets"][ONE]["digest"] = "0" * 64
    summary.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    assert [path for path, _ in _stale(rendered)] == [summary.as_posix()]


def _stale(lockgen: Lockgen) -> list[tuple[str, str]]:
    found = lockgen("check", *TARGETS, "--format", "json").result["stale_files"]
    return [(each["path"], each["reason"]) for each in found]
