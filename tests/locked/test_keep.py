"""Committed sets beside an index that has changed since: what is kept, what stops a render, what moves and why.

Two frozen indexes of one date: the earlier lacks what the later lists late.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT, Done, Lockgen
from tests.drift.planted import Planted

INDEX = ROOT / "tests" / "frozen" / "web-2023-10-01.xz"
FOLDER = Path("output") / "phase-web"
ONE = "py3.11-linux-x86_64"

Plant = Callable[[Planted], None]


def index(name: str, *plants: Plant) -> Path:
    planted = Planted(INDEX)
    for plant in plants:
        plant(planted)
    return planted.write(Path(name))


def without(*releases: tuple[str, str]) -> Plant:
    def plant(planted: Planted) -> None:
        for name, version in releases:
            planted.delete(name, version)

    return plant


@pytest.fixture
def project(lockgen: Lockgen, tmp_path: Path) -> Lockgen:
    """The command line beside sets that were rendered when two releases were not listed yet."""
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    edit('"1.10.12"', '"1.10.9"')
    earlier = index("earlier.xz", without(("typing-extensions", "4.8.0"), ("pydantic", "1.10.13")))
    assert lockgen("render", "--frozen", earlier).code == 0
    assert pins()["typing-extensions"] == "4.7.1"
    assert pins()["pydantic"] == "1.10.11"
    return lockgen


def pins(target: str = ONE) -> dict[str, str]:
    found: dict[str, str] = json.loads((FOLDER / "summary.json").read_text())["targets"][target]["pins"]
    return found


def files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}


def run(project: Lockgen, command: str, *plants: Plant, words: tuple[str, ...] = ()) -> Done:
    return project(command, "--frozen", index("later.xz", *plants), *words)


def edit(old: str, new: str, file: str = "phase-web.yaml") -> None:
    path = Path("matrices") / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def moved(done: Done, cause: str, move: str) -> bool:
    """Whether the move stands in the table of that cause."""
    return move in done.flat.partition(f"moves: {cause} ")[2]


@pytest.mark.slow
def test_what_is_merely_late_changes_nothing_and_drift_names_it(project: Lockgen) -> None:
    before = files()
    done = run(project, "render", words=("--quiet",))
    assert (done.code, done.err) == (0, "")
    assert files() == before
    checked = run(project, "check")
    assert (checked.code, checked.out, checked.err) == (0, "", "17 files are up to date: kept 4, resolved 0\n")
    watched = run(project, "drift")
    assert watched.code == 1
    said = [line.strip() for line in watched.out.splitlines()]
    assert (
        "late: typing-extensions 4.7.1 (all) 4.8.0, uploaded 2023-09-18, was listed only after the set was locked"
        in watched.flat
    )
    assert any(
        "typing-extensions 4.8.0, uploaded 2023-09-18, listed only after the set was locked" in line
        for line in said[3:]
    )


def test_an_upgrade_takes_what_came_late_and_says_so(project: Lockgen) -> None:
    done = run(project, "render", words=("--upgrade",))
    assert done.code == 0
    assert pins()["typing-extensions"] == "4.8.0"
    assert pins()["pydantic"] == "1.10.13"
    assert "kept 0, resolved 4" in done.err
    assert moved(done, "listed only after the set was locked", "typing-extensions 4.7.1 -> 4.8.0 all")


def test_one_package_is_taken_anew_and_the_others_stay(project: Lockgen) -> None:
    done = run(project, "render", words=("--upgrade-package", "Typing_Extensions"))
    assert done.code == 0
    assert pins()["typing-extensions"] == "4.8.0"
    assert pins()["pydantic"] == "1.10.11"
    assert run(project, "check").code == 0, "the question is the same, so the set is kept as it is now"
    missing = run(project, "render", words=("--upgrade-package", "typing-extension"))
    assert (missing.code, missing.err) == (
        2,
        "error: no committed set holds typing-extension\n  Did you mean typing-extensions?\n",
    )


def test_an_edit_moves_what_it_asks_and_tells_it_from_what_came_late(project: Lockgen) -> None:
    edit('"<1.0.0"', '"<0.103.2"')
    done = run(project, "render")
    assert done.code == 0
    assert moved(done, "the matrix was edited", "fastapi 0.103.2 -> 0.103.1 all")
    assert moved(done, "listed only after the set was locked", "pydantic 1.10.11 -> 1.10.13 all")
    assert moved(done, "listed only after the set was locked", "typing-extensions 4.7.1 -> 4.8.0 all")


def test_notes_titles_and_comments_leave_the_sets_alone(project: Lockgen) -> None:
    edit("title: Small web stack", "title: Another title\n\n\n# and rows that stand elsewhere")
    done = run(project, "render", words=("--quiet",))
    assert done.code == 0
    assert pins()["typing-extensions"] == "4.7.1"
    assert "Another title" in (FOLDER / ONE / "requirements.lock").read_text()
    assert "phase-web.yaml:14" not in (FOLDER / ONE / "requirements.lock").read_text(), "the place has moved too"


def test_a_changed_hash_stops_the_render_and_names_both(project: Lockgen) -> None:
    def plant(planted: Planted) -> None:
        planted.tamper("starlette", "0.27.0", ".whl")

    before = files()
    done = run(project, "render", plant)
    assert done.code == 1
    assert files() == before
    assert "changed-file: starlette 0.27.0 (all) starlette-0.27.0-py3-none-any.whl has sha256 " in done.flat
    digest = next(row[1] for row in Planted(INDEX).rows("starlette", "0.27.0") if row[0].endswith(".whl"))
    assert f"{digest[::-1][:12]}... on the index, {digest[:12]}... was locked" in done.err
    assert run(project, "check", plant).code == 1
    taken = run(project, "render", plant, words=("--upgrade",))
    assert taken.code == 0
    assert files() != before


def test_other_metadata_of_the_same_wheel_stops_the_render(project: Lockgen) -> None:
    def plant(planted: Planted) -> None:
        for row in planted.rows("starlette", "0.27.0"):
            planted.advertise("starlette", "0.27.0", row[0], "0" * 64)

    done = run(project, "render", plant)
    assert done.code == 1
    assert (
        "changed-metadata: starlette 0.27.0 (all) the METADATA of starlette-0.27.0-py3-none-any.whl has sha256 0000"
        in done.flat
    )


def test_a_yank_is_a_warning_at_every_run(project: Lockgen) -> None:
    def plant(planted: Planted) -> None:
        planted.yank("starlette", "0.27.0", "broken on Tuesdays")

    before = files()
    for command in ("render", "check"):
        done = run(project, command, plant)
        assert done.code == 0
        assert done.flat.count("yanked: starlette 0.27.0 (all) broken on Tuesdays") == 1
    assert files() == before


def test_a_pin_that_is_gone_is_resolved_again_beside_the_others(project: Lockgen) -> None:
    plant = without(("typing-extensions", "4.7.1"))
    checked = run(project, "check", plant)
    assert checked.code == 0, "what is committed is as it was committed"
    assert "lost-release: typing-extensions 4.7.1 (all) none of its locked files is listed any more" in checked.flat
    done = run(project, "render", plant)
    assert done.code == 0
    assert pins() == {**pins(), "typing-extensions": "4.8.0", "pydantic": "1.10.11"}
    assert moved(done, "what was locked is no longer listed", "typing-extensions 4.7.1 -> 4.8.0 all")


def test_a_file_that_is_gone_leaves_the_pin_with_the_others(lockgen: Lockgen, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    assert lockgen("render", "--frozen", INDEX).code == 0
    lock = FOLDER / ONE / "requirements.lock"
    hashes = lock.read_text().count("--hash")
    ending = next(
        row[0]
        for row in Planted(INDEX).rows("pydantic", "1.10.13")
        if "cp311-manylinux" in row[0] and "x86_64" in row[0]
    )
    done = run(lockgen, "render", lambda planted: planted.lose("pydantic", "1.10.13", ending))
    assert done.code == 0
    assert f"lost-file: pydantic 1.10.13 ({ONE}) no longer listed: {ending}" in done.flat
    assert pins()["pydantic"] == "1.10.13"
    assert lock.read_text().count("--hash") == hashes - 1


def test_a_record_that_was_edited_stops_everything_but_an_upgrade(project: Lockgen) -> None:
    record = FOLDER / "locked.json"
    record.write_text(record.read_text().replace('"4.7.1"', '"4.7.0"'))
    done = run(project, "render")
    assert done.code == 2
    assert "locked.json: this is not a record that lockgen can keep sets by" in done.err
    assert run(project, "render", words=("--upgrade",)).code == 0


@pytest.mark.slow
def test_only_the_phase_that_was_edited_is_resolved(project: Lockgen) -> None:
    text = (Path("matrices") / "phase-web.yaml").read_text()
    (Path("matrices") / "other.yaml").write_text(text.replace('phase: "web"', 'phase: "other"'))
    assert "kept 4, resolved 4" in run(project, "render").err
    edit('"1.10.9"', '"1.10.10"')
    assert "kept 4, resolved 4" in run(project, "render").err
    assert "kept 8, resolved 0" in run(project, "render").err


def test_a_wheel_that_was_added_changes_nothing(lockgen: Lockgen, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    wheel = next(row[0] for row in Planted(INDEX).rows("pydantic", "1.10.13") if "cp311-win_amd64" in row[0])
    earlier = index("earlier.xz", lambda planted: planted.lose("pydantic", "1.10.13", wheel))
    assert lockgen("render", "--frozen", earlier).code == 0
    before = files()
    assert run(lockgen, "render", words=("--quiet",)).code == 0
    assert files() == before
    assert run(lockgen, "check").code == 0
    assert f"{wheel}, uploaded" in run(lockgen, "drift").out
    assert run(lockgen, "render", words=("--upgrade",)).code == 0
    assert files() != before
