"""`lockgen verify --merge`: results of other machines join the committed records, or nothing is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lockgen.render.compatibility import FILE_NAME as COMPATIBILITY
from lockgen.verify.smoke import smoke_digest
from tests.conftest import ROOT, Lockgen

MAC, WINDOWS = "py3.11-macos-arm64", "py3.12-windows-x86_64"
SMOKE = smoke_digest((ROOT / "matrices" / "smoke.py").read_bytes())
PHASE = Path("output/phase-1")
FILES = ("verified.json", COMPATIBILITY)


@pytest.fixture
def digests(lockgen: Lockgen, tmp_path: Path) -> dict[str, str]:
    """This repository's matrices and records in an empty folder; target -> set digest of phase 1."""
    shutil.copytree(ROOT / "matrices", tmp_path / "matrices")
    for phase in ("phase-1", "phase-2"):
        (tmp_path / "output" / phase).mkdir(parents=True)
        for name in ("summary.json", *FILES):
            shutil.copy(ROOT / "output" / phase / name, tmp_path / "output" / phase / name)
    targets = json.loads((tmp_path / PHASE / "summary.json").read_text())["targets"]
    return {name: entry["digest"] for name, entry in targets.items() if "digest" in entry}


def _file(name: str, *entries: dict[str, str], **head: Any) -> str:
    """What a machine that had these records and proved this writes."""
    text = json.loads((PHASE / "verified.json").read_text()) | head
    text["proofs"] += entries
    Path(name).write_text(json.dumps({key: value for key, value in text.items() if value is not None}))
    return name


def _smoked(target: str, digests: dict[str, str], **other: str) -> dict[str, str]:
    return {
        "target": target, "set": digests[target], "level": "smoked", "verdict": "proved", "smoke": SMOKE,
        "python": f"{target[2:6]}.9", "libc": "macOS 15.6" if "macos" in target else "Windows 2025",
    } | other  # fmt: skip


def _records() -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(Path("output").rglob("*")) if file.is_file()}


def test_two_runners_results_join_into_one_table(lockgen: Lockgen, digests: dict[str, str]) -> None:
    before = json.loads((PHASE / "verified.json").read_text())["proofs"]
    one = _file("mac.json", _smoked(MAC, digests))
    other = _file("windows.json", _smoked(WINDOWS, digests))
    done = lockgen("verify", "--merge", one, other)
    assert (done.code, done.out) == (0, "")
    assert done.err == f"2 new results merged\n  {PHASE}  2 new results about 2 sets\n"
    after = json.loads((PHASE / "verified.json").read_text())
    assert sorted(map(json.dumps, after["proofs"])) == sorted(
        json.dumps(dict(sorted(each.items()))) for each in (*before, _smoked(MAC, digests), _smoked(WINDOWS, digests))
    )
    table = (PHASE / COMPATIBILITY).read_text()
    assert "smoked (3.11.9, macOS 15.6)" in table
    assert "smoked (3.12.9, Windows 2025)" in table


def test_the_order_of_the_files_changes_no_byte(lockgen: Lockgen, digests: dict[str, str]) -> None:
    one = _file("mac.json", _smoked(MAC, digests))
    other = _file("windows.json", _smoked(WINDOWS, digests))
    saved = _records()
    assert lockgen("verify", "--merge", one, other).code == 0
    first = _records()
    for file, content in saved.items():
        Path(file).write_bytes(content)
    assert lockgen("verify", "--merge", other, one, other).code == 0
    assert _records() == first != saved


def test_results_of_several_phases_go_where_they_belong(lockgen: Lockgen, digests: dict[str, str]) -> None:
    one = _file("mac.json", _smoked(MAC, digests))
    shutil.copy("output/phase-2/verified.json", "two.json")
    done = lockgen("verify", "--merge", one, "two.json")
    assert done.err == (
        "1 new result merged\n  output/phase-1  1 new result about 1 set\n  output/phase-2  0 new results about 0 sets\n"
    )


def test_a_failure_elsewhere_is_recorded_and_told(lockgen: Lockgen, digests: dict[str, str]) -> None:
    one = _file("mac.json", _smoked(MAC, digests, verdict="failed", reason="import dies | <script>"))
    done = lockgen("verify", "--quiet", "--merge", one)
    assert done.code == 1
    assert f"{MAC}: smoked FAILED on Python 3.11.9 macOS 15.6 import dies | <script>" in done.flat
    assert "import dies \\| &lt;script>" in (PHASE / COMPATIBILITY).read_text()


def test_a_new_result_takes_the_place_of_the_recorded_one(lockgen: Lockgen, digests: dict[str, str]) -> None:
    assert lockgen("verify", "--merge", _file("a.json", _smoked(MAC, digests, verdict="failed", reason="r"))).code == 1
    repaired = json.loads((PHASE / "verified.json").read_text())
    repaired["proofs"] = [_smoked(MAC, digests)]
    Path("b.json").write_text(json.dumps(repaired))
    assert lockgen("verify", "--merge", "b.json").code == 0
    (entry,) = [e for e in json.loads((PHASE / "verified.json").read_text())["proofs"] if e.get("libc") == "macOS 15.6"]
    assert entry["verdict"] == "proved"


@pytest.mark.parametrize(("change", "said"), [
    ({"set": "0" * 64}, f"{MAC} smoked on Python 3.11.9 macOS 15.6: this was found out about another set; the committed one"),
    ({"smoke": "0" * 64}, "this was found out with another smoke script"),
    ({"level": "installed"}, "this was found out with another smoke script"),
    ({"target": "py3.11-plan9-x86_64"}, "phase 1 has no set for this target"),
    ({"target": "py3.7-macos-arm64"}, "phase 1 has no set for this target"),
])  # fmt: skip
def test_what_is_not_about_these_sets_is_refused(
    lockgen: Lockgen, digests: dict[str, str], change: dict[str, str], said: str
) -> None:
    saved = _records()
    bad = _file("bad.json", _smoked(MAC, digests) | change)
    done = lockgen("verify", "--merge", _file("good.json", _smoked(WINDOWS, digests)), bad)
    assert done.code == 2
    assert done.err.startswith("error: bad.json: ")
    assert said in done.err
    assert _records() == saved


@pytest.mark.parametrize("change", [{"verdict": "failed", "reason": "r"}, {"installer": "pip 25.0"}])
def test_one_cell_proved_twice_with_different_facts_is_refused(
    lockgen: Lockgen, digests: dict[str, str], change: dict[str, str]
) -> None:
    saved = _records()
    one = _file("one.json", _smoked(MAC, digests))
    done = lockgen("verify", "--merge", one, _file("two.json", _smoked(MAC, digests, **change)))
    assert done.code == 2
    assert f"error: two.json: {MAC} smoked on Python 3.11.9 macOS 15.6: " in done.err
    assert "but proved in one.json" in done.err
    assert _records() == saved


def test_a_machine_that_kept_an_old_record_contradicts_nobody(lockgen: Lockgen, digests: dict[str, str]) -> None:
    """Every machine's file holds the committed records too; only what is new in it speaks."""
    recorded = json.loads((PHASE / "verified.json").read_text())
    old = next(each for each in recorded["proofs"] if each["level"] == "installed")
    renewed = [old | {"installer": "pip 99.0"} if each == old else each for each in recorded["proofs"]]
    Path("renewed.json").write_text(json.dumps(recorded | {"proofs": renewed}))
    assert lockgen("verify", "--merge", "renewed.json", _file("mac.json", _smoked(MAC, digests))).code == 0
    assert old | {"installer": "pip 99.0"} in json.loads((PHASE / "verified.json").read_text())["proofs"]


@pytest.mark.parametrize(("head", "said"), [
    ({"phase": "9"}, "there is no phase '9' with the strategy 'recommended'"),
    ({"strategy": "newest"}, "there is no phase '1' with the strategy 'newest'"),
    ({"strategy": "minimum"}, "there are no committed sets here"),
    ({"phase": None}, "the file does not say which phase and strategy it is about"),
    ({"schema": 3}, "this is not what `lockgen verify` writes"),
    ({"proofs": [{"target": "t", "set": "s", "level": "smoked", "verdict": "proved", "python": ["3"]}]}, "holds what is no text"),
])  # fmt: skip
def test_foreign_files_are_refused(lockgen: Lockgen, digests: dict[str, str], head: dict[str, Any], said: str) -> None:
    saved = _records()
    done = lockgen("verify", "--merge", _file("mac.json", **head))
    assert done.code == 2
    assert said in done.err
    assert _records() == saved


def test_every_complaint_is_told_at_once(lockgen: Lockgen, digests: dict[str, str]) -> None:
    Path("none.json").write_text("{")
    done = lockgen("verify", "--merge", "none.json", "missing.json")
    assert done.code == 2
    assert "none.json" in done.err
    assert "missing.json: the file cannot be read" in done.err
    assert done.err.endswith("2 errors\n")


def test_records_that_are_not_what_the_matrices_give_are_not_added_to(
    lockgen: Lockgen, digests: dict[str, str]
) -> None:
    matrix = Path("matrices/phase-1.yaml")
    matrix.write_text(matrix.read_text().replace("note: For async HTTP", "note: For async"))
    done = lockgen("verify", "--merge", _file("mac.json", _smoked(MAC, digests)))
    assert done.code == 2
    assert "COMPATIBILITY.md is not what a render gives" in done.err


@pytest.mark.parametrize("words", [("--merge",), ("verified.json",)])
def test_flag_and_files_go_together(lockgen: Lockgen, words: tuple[str, ...]) -> None:
    done = lockgen("verify", *words)
    assert done.code == 2
    assert done.err.startswith("error: ")
