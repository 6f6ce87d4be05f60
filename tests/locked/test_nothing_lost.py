"""What a render does with files when a target has no set any more, and what only --prune removes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, Lockgen

INDEX = ROOT / "tests" / "frozen" / "web-2023-10-01.xz"
PHASE = Path("output/phase-web")
KEPT, LEFT = "py3.11-linux-x86_64", "py3.12-linux-x86_64"
CLASH = """issues:
  - id: none-on-3-12
    title: nothing fits on one Python
    symptom: none
    solution: none
    when: {python: "==3.12.*"}
    constrain: ["pydantic>=2"]
"""


@pytest.fixture
def web(lockgen: Lockgen, tmp_path: Path) -> Lockgen:
    """The command line beside a rendered phase, whose sets are said to be proved."""
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    assert lockgen("render", "--frozen", INDEX).code == 0
    proofs = [
        {"target": target, "set": entry["digest"], "level": "fetched", "verdict": "proved", "installer": "pip 26"}
        for target, entry in entries().items()
        if entry["status"] == "solved"
    ]
    whole = {"schema": 1, "phase": "web", "strategy": "recommended", "proofs": proofs}
    (PHASE / "verified.json").write_text(json.dumps(whole))
    assert lockgen("render", "--frozen", INDEX).code == 0
    assert len(proved()) == 4
    return lockgen


def edit(file: str, old: str, new: str) -> None:
    path = Path("matrices") / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def files(folder: Path = PHASE) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def entries() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((PHASE / "summary.json").read_text())["targets"]
    return found


def proved() -> set[str]:
    return {each["target"] for each in json.loads((PHASE / "verified.json").read_text())["proofs"]}


def recorded() -> set[str]:
    return set(json.loads((PHASE / "locked.json").read_text())["targets"])


def test_a_phase_with_a_target_without_a_set_stays_as_it_was(web: Lockgen) -> None:
    before = files()
    edit("issues.yaml", "issues:\n", CLASH)
    edit("phase-web.yaml", "revision: 1", "revision: 2")
    done = web("render", "--frozen", INDEX)
    assert done.code == 1
    assert done.err.count("nothing was written of phase web: a target has no set.") == 1
    assert files() == before


def test_keep_going_writes_the_others_and_marks_the_old_sets(web: Lockgen) -> None:
    before, record = files(), recorded()
    edit("issues.yaml", "issues:\n", CLASH)
    edit("phase-web.yaml", "revision: 1", "revision: 2")
    done = web("render", "--frozen", INDEX, "--keep-going")
    assert done.code == 1
    assert f"out of date: {PHASE} the set of {LEFT}, py3.12-windows-x86_64 is an old one" in done.flat
    after = files()
    old = [name for name in before if name.startswith(f"{LEFT}/")]
    assert old
    assert all(after[name] == before[name] for name in old)
    assert after[f"{KEPT}/requirements.lock"] != before[f"{KEPT}/requirements.lock"]
    marked = entries()[LEFT]
    assert (marked["status"], marked["stale"]) == ("unsolved", True)
    assert "stale" not in entries()[KEPT]
    assert recorded() == record
    assert proved() == {KEPT, LEFT, "py3.11-windows-x86_64", "py3.12-windows-x86_64"}
    assert LEFT not in (PHASE / "Dockerfile").read_text()
    again = files()
    assert web("render", "--frozen", INDEX, "--keep-going").code == 1
    assert files() == again
    checked = web("check", "--frozen", INDEX)
    assert checked.code == 1
    assert f"out of date: {PHASE} the set of" in checked.flat


def test_an_old_set_is_taken_up_again_when_the_matrix_asks_for_it(web: Lockgen) -> None:
    before = files()
    edit("issues.yaml", "issues:\n", CLASH)
    assert web("render", "--frozen", INDEX, "--keep-going").code == 1
    edit("issues.yaml", CLASH, "issues:\n")
    done = web("render", "--frozen", INDEX)
    assert done.code == 0
    assert "kept 4, resolved 0" in done.err
    assert files() == before


@pytest.mark.parametrize("how", ["gone", "unsupported"])
def test_only_prune_removes_what_the_matrix_no_longer_has(web: Lockgen, how: str) -> None:
    if how == "gone":
        edit("targets.yaml", '  - python: "3.12"\n', "")
        reason = "the matrix has no such target"
    else:
        no = "    unsupported: {fastapi: {reason: too new, remedy: Wait.}}\n"
        edit("targets.yaml", '  - python: "3.12"\n', f'  - python: "3.12"\n{no}')
        edit("phase-web.yaml", "# it names no server", "server: fastapi")
        shutil.copy(ROOT / "matrices" / "servers.yaml", "matrices")
        reason = "the matrix marks the target as unsupported: too new"
    said = f"{PHASE / LEFT} stale folder: {reason}"
    checked = web("check", "--frozen", INDEX)
    assert (checked.code, checked.flat.count(said)) == (1, 1)
    done = web("render", "--frozen", INDEX)
    assert (done.code, done.flat.count(said)) == (0, 1)
    assert (PHASE / LEFT / "requirements.lock").exists()
    assert LEFT not in (PHASE / "Dockerfile").read_text()
    assert web("check", "--frozen", INDEX).code == 1
    dry = web("render", "--frozen", INDEX, "--prune", "--dry-run")
    assert dry.code == 0
    assert (PHASE / LEFT / "requirements.lock").exists()
    pruned = web("render", "--frozen", INDEX, "--prune")
    assert f"{said.replace(' stale', ': stale')}; removing 3 files" in pruned.err
    assert not (PHASE / LEFT).exists()
    assert web("check", "--frozen", INDEX).code == 0


def test_moves_and_lost_proofs_are_said_and_a_dry_run_stops_there(web: Lockgen) -> None:
    before = files()
    edit("phase-web.yaml", '"<2.0.0"', '"<1.10.13"')
    edit("phase-web.yaml", '"1.10.12"', '"1.10.9"')
    done = web("render", "--frozen", INDEX, "--dry-run")
    assert done.code == 0
    moved, fell = done.flat.index("pydantic 1.10.13 -> 1.10.11"), done.flat.index("4 proofs of level fetched fall away")
    assert moved < fell < done.flat.index("nothing was written: --dry-run")
    assert files() == before
    real = web("render", "--frozen", INDEX)
    assert real.code == 0
    assert "4 proofs of level fetched fall away" in real.err
    assert not (PHASE / "verified.json").exists()


def test_texts_written_again_keep_the_proofs_of_their_pins(web: Lockgen) -> None:
    edit("phase-web.yaml", "revision: 1", "revision: 2")
    done = web("render", "--frozen", INDEX)
    assert done.code == 0
    assert "fall away" not in done.err
    assert len(proved()) == 4


def test_a_bump_says_what_it_would_do_and_a_dry_run_stops_there(web: Lockgen) -> None:
    before = files(Path("output")) | files(Path("matrices"))
    late = max((ROOT / "tests" / "frozen").glob("web-*.xz"))
    done = web("bump", "--frozen", late, "--dry-run")
    assert done.code == 0
    assert "phase-web.yaml: revision 1 -> 2" in done.err
    assert "4 proofs of level fetched fall away" in done.err
    assert done.err.endswith("nothing was written: --dry-run\n")
    assert files(Path("output")) | files(Path("matrices")) == before
