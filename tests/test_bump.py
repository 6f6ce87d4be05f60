"""`lockgen bump` on real indexes of two dates: what it writes, what it leaves alone, and when it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT, Lockgen
from tests.drift.planted import Planted
from tests.test_drift import EARLY, LATE, edit

PHASE = Path("matrices/phase-web.yaml")


@pytest.fixture
def web(lockgen: Lockgen, tmp_path: Path) -> Lockgen:
    """The command line beside a matrix whose sets were committed on the earlier day."""
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    assert lockgen("render", "--frozen", EARLY).code == 0
    return lockgen


def everything() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for top in ("matrices", "output") for path in _files(Path(top))}


def _files(top: Path) -> list[Path]:
    return sorted(path for path in top.rglob("*") if path.is_file())


def pins(target: str = "py3.11-linux-x86_64") -> dict[str, str]:
    text = Path("output/phase-web", target, "constraints.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", text, re.MULTILINE))


@pytest.mark.slow
def test_the_step_is_taken_and_nothing_is_left_to_take(web: Lockgen) -> None:
    text = PHASE.read_text()
    done = web("bump", "--frozen", LATE)
    assert done.code == 0
    assert "moved: fastapi 0.103.2 -> 0.110.0 (all) direct, 5 days behind" in done.flat
    assert done.err == (
        "1 cut-off moves\n"
        "  phase-web.yaml: revision 1 -> 2, as_of 2023-10-01T00:00:00Z -> 2024-03-01T00:00:00Z\n"
        "1 phase is rendered again\n"
        "  output/phase-web: files 17 changed\n"
        "next: lockgen verify\n"
    )
    moved = text.replace("revision: 1", "revision: 2").replace("as_of: 2023-10-01T", "as_of: 2024-03-01T")
    assert PHASE.read_text() == moved, "every other byte is as it was"
    assert pins()["fastapi"] == "0.110.0"
    assert web("check", "--frozen", LATE).code == 0
    assert web("drift", "--frozen", LATE).code == 0


def test_a_step_that_moves_nothing_is_not_taken(web: Lockgen) -> None:
    before = everything()
    done = web("bump", "--frozen", EARLY)
    assert (done.code, done.out, done.err) == (0, "", "nothing to take: no later cut-off would move a set\n")
    assert everything() == before


def test_one_package_moves_alone(web: Lockgen) -> None:
    before = pins()
    done = web("bump", "Pydantic", "--frozen", LATE)
    assert done.code == 0
    assert pins() == {**before, "pydantic": "1.10.14"}
    assert "moves too" not in done.err
    assert "held back" not in done.out, "there is no cooldown"
    assert (
        "as_of: 2023-10-01T00:00:00Z # the earlier of the two dates\nas_of_for:\n  pydantic: 2024-03-01T00:00:00Z\n"
        in (PHASE.read_text())
    )
    assert web("check", "--frozen", LATE).code == 0


def test_what_moves_beside_it_is_said_with_the_reason(web: Lockgen) -> None:
    before = pins()
    done = web("bump", "fastapi", "--frozen", LATE)
    assert done.code == 0
    assert pins() == {**before, "fastapi": "0.108.0", "starlette": "0.31.1", "anyio": "4.0.0"}
    anyio, starlette = (line.strip() for line in done.err.splitlines() if "moves too" in line)
    because = "(fastapi 0.108.0, uploaded 2023-12-26)"
    needed, needs = "fastapi 0.103.2 needed anyio>=3.7.1,<4.0.0", "fastapi 0.108.0 needs starlette>=0.29.0,<0.33.0"
    assert anyio == f"phase web: anyio moves too, 3.7.1 -> 4.0.0: {needed} {because}"
    assert starlette == f"phase web: starlette moves too, 0.27.0 -> 0.31.1: {needs} {because}"


def test_the_phase_catches_up_with_what_was_taken_ahead(web: Lockgen) -> None:
    assert web("bump", "pydantic", "--frozen", LATE, "--as-of", "2024-02-01").code == 0
    assert "pydantic: 2024-02-01T00:00:00Z" in PHASE.read_text()
    done = web("bump", "--frozen", LATE)
    assert "as_of_for pydantic 2024-02-01T00:00:00Z -> none" in done.err
    assert "as_of_for" not in PHASE.read_text()
    assert "revision: 3" in PHASE.read_text()


def test_what_the_package_demands_exactly_moves_with_it(web: Lockgen) -> None:
    """As pydantic demands pydantic-core, and psycopg psycopg-binary."""
    before, index = pins(), Planted(LATE)
    index.require("pydantic", ["typing-extensions==4.10.0"], ["1.10.14"])
    done = web("bump", "pydantic", "--frozen", index.write(Path("planted.xz")))
    assert done.code == 0
    assert pins() == {**before, "pydantic": "1.10.14", "typing-extensions": "4.10.0"}
    moved = "phase web: typing-extensions moves too, 4.8.0 -> 4.10.0: pydantic 1.10.14 needs typing-extensions==4.10.0"
    assert moved in done.err
    assert "  pydantic: 2024-03-01T00:00:00Z\n  typing-extensions: 2024-03-01T00:00:00Z\n" in PHASE.read_text()


@pytest.mark.parametrize(
    ("later", "way"),
    [
        ("==4.10.0", "`lockgen bump pydantic` moves both"),
        ("==4.8.0", "no later pydantic that may be had takes another"),
    ],
)
def test_what_holds_a_companion_is_named(web: Lockgen, later: str, way: str) -> None:
    """pydantic-core alone cannot move: it is pydantic that has to be named."""
    before, index = everything(), Planted(LATE)
    index.require("pydantic", ["typing-extensions==4.8.0"], ["1.10.13"])
    index.require("pydantic", [f"typing-extensions{later}"], ["1.10.14"])
    done = web("bump", "typing-extensions", "--frozen", index.write(Path("planted.xz")))
    assert (done.code, done.out) == (0, "")
    held = "phase web: typing-extensions stays at 4.8.0: pydantic 1.10.13 needs typing-extensions==4.8.0"
    assert done.err == f"nothing to take: no later cut-off would move a set\n  {held}; {way}\n"
    assert everything() == before


@pytest.mark.slow
def test_what_is_held_back_on_purpose_stays(web: Lockgen) -> None:
    held = "  typing-extensions: 2023-09-10T00:00:00Z # wait\n"
    edit("phase-web.yaml", "\ndependencies:", f"as_of_for:\n{held}\ndependencies:")
    assert web("render", "--frozen", EARLY).code == 0
    assert pins()["typing-extensions"] == "4.7.1"
    assert web("bump", "--frozen", LATE).code == 0
    assert pins()["typing-extensions"] == "4.7.1"
    assert held in PHASE.read_text()
    assert web("bump", "typing-extensions", "--frozen", LATE).code == 0
    assert pins()["typing-extensions"] == "4.10.0"
    assert held.replace("2023-09-10", "2024-03-01") in PHASE.read_text()


@pytest.mark.slow
def test_a_cooldown_moves_to_its_beginning(web: Lockgen) -> None:
    done = web("bump", "--frozen", LATE, "--cooldown", "30d")
    assert "as_of 2023-10-01T00:00:00Z -> 2024-01-31T00:00:00Z" in done.err
    assert "held back by the cooldown of 30 days: fastapi 0.110.0 (all) uploaded 2024-02-24" in done.flat
    assert pins()["fastapi"] == "0.109.0"


def test_a_named_package_with_a_cooldown(web: Lockgen) -> None:
    done = web("bump", "typing-extensions", "--frozen", LATE, "--cooldown", "30d")
    assert pins()["typing-extensions"] == "4.9.0"
    assert "held back by the cooldown of 30 days: typing-extensions 4.10.0" in done.out
    assert "idna" not in done.out, "it was not asked for, so no cooldown holds it"


def test_nothing_is_written_where_a_target_would_lose_its_set(web: Lockgen) -> None:
    index = Planted(LATE)
    for version in index.versions("pydantic"):
        index.yank("pydantic", version, "all of them")
    before = everything()
    done = web("bump", "--frozen", index.write(Path("planted.xz")))
    assert done.code == 1
    assert "broken: no set any more (all) pydantic 1.10.13: the release is yanked: all of them" in done.flat
    assert done.err == "nothing was written: a target would lose its set\n"
    assert everything() == before


@pytest.mark.slow
def test_a_phase_that_inherits_its_cut_off_moves_along(web: Lockgen) -> None:
    child = 'schema: 1\nphase: "web-2"\ntitle: Narrower\nrevision: 7\nextends: phase-web.yaml\n'
    Path("matrices/phase-web-2.yaml").write_text(child)
    assert web("render", "--frozen", EARLY).code == 0
    done = web("bump", "--frozen", LATE, "--phase", "web")
    assert done.code == 0
    assert "phase-web-2.yaml: revision 7 -> 8, as_of 2023-10-01T00:00:00Z -> 2024-03-01T00:00:00Z" in done.err
    assert Path("matrices/phase-web-2.yaml").read_text() == child.replace("revision: 7", "revision: 8")
    assert web("check", "--frozen", LATE).code == 0


@pytest.mark.slow
def test_a_phase_that_inherits_can_move_alone(web: Lockgen) -> None:
    child = 'schema: 1\nphase: "web-2"\ntitle: Narrower\nrevision: 7\nextends: phase-web.yaml\n'
    Path("matrices/phase-web-2.yaml").write_text(child)
    assert web("render", "--frozen", EARLY).code == 0
    before = PHASE.read_bytes()
    assert web("bump", "--frozen", LATE, "--phase", "web-2").code == 0
    assert PHASE.read_bytes() == before
    assert "revision: 8\nas_of: 2024-03-01T00:00:00Z\n" in Path("matrices/phase-web-2.yaml").read_text()
    assert web("check", "--frozen", LATE).code == 0


@pytest.mark.slow
def test_an_output_that_cannot_be_written_leaves_the_matrices(web: Lockgen) -> None:
    Path("output/phase-web").rename("elsewhere")
    Path("output/phase-web").symlink_to(Path("elsewhere").absolute())
    before = everything()
    done = web("bump", "--frozen", LATE)
    assert done.code == 2
    assert "is a link or a file, where lockgen keeps a directory of its own" in done.err
    assert everything() == before


def test_the_step_as_json(web: Lockgen) -> None:
    done = web("bump", "pydantic", "--frozen", LATE, "--format", "json", "--quiet")
    told = done.result["drift"]
    assert told["kinds"] == ["moved"]
    (found,) = told["phases"]["web"]["targets"]["py3.12-windows-x86_64"]["found"]
    assert (found["name"], found["move"]["to"]) == ("pydantic", "1.10.14")
    assert done.err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pydantik",), "no set holds pydantik\n  Did you mean pydantic?"),
        (("numpy",), "no set holds numpy"),
        (("a b",), "Write `lockgen bump django`."),
        (("--as-of", "2023-09-01"), "is rendered as of 2023-10-01T00:00:00Z, later than"),
        (("--phase", "9"), "there is no phase '9'"),
    ],
)
def test_what_cannot_be_asked(web: Lockgen, words: tuple[str, ...], said: str) -> None:
    before = everything()
    done = web("bump", "--frozen", LATE, *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert everything() == before


def test_the_matrices_that_came_with_lockgen_are_not_moved(alone: Lockgen) -> None:
    done = alone("bump", "--frozen", LATE)
    assert done.code == 2
    assert "there is no matrices/targets.yaml here or in a folder above" in done.err
