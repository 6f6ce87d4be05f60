"""`lockgen drift` on real indexes of two dates: every kind it tells, exit codes, and what it cannot be asked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Done, Lockgen
from tests.drift.planted import Planted

EARLY = ROOT / "tests" / "frozen" / "web-2023-10-01.xz"
LATE = ROOT / "tests" / "frozen" / "web-2024-03-01.xz"
"""What PyPI listed on these days to the matrix of tests/drift/matrices; made by tests/drift/refreeze.py."""
EVIL = "<script>alert(1)</script> | `rm -rf` **bold** [here](javascript:x)\n::error::stop"

Plant = Callable[[Planted], None]


@pytest.fixture
def web(lockgen: Lockgen, tmp_path: Path) -> Lockgen:
    """The command line beside a matrix whose sets were committed on the earlier day."""
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    assert lockgen("render", "--frozen", EARLY).code == 0
    return lockgen


def drift(lockgen: Lockgen, index: Path, *plants: Plant, words: tuple[str, ...] = ()) -> Done:
    """What drift says of an index in which some facts were changed."""
    planted = Planted(index)
    for plant in plants:
        plant(planted)
    return lockgen("drift", "--frozen", planted.write(Path("planted.xz")), *words)


def lines(done: Done) -> list[str]:
    """Without the verdict's line on top and the last one, `next:`."""
    return [line.strip() for line in done.out.splitlines() if not line.startswith("next: ")]


def edit(file: str, old: str, new: str) -> None:
    path = Path("matrices") / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def test_nothing_has_changed(web: Lockgen) -> None:
    done = web("drift", "--frozen", EARLY)
    assert (done.code, done.err) == (0, "")
    assert done.out == "4 sets, no drift (rendered as of 2023-10-01, resolved as of 2023-10-01)\n"


def test_what_moved_in_five_months_and_why(web: Lockgen) -> None:
    done = web("drift", "--frozen", LATE)
    assert done.code == 1
    assert lines(done)[1:10] == [
        "moved: anyio 3.7.1 -> 4.3.0 (all)",
        "transitive, 10 days behind",
        "cause: fastapi 0.103.2 needed anyio>=3.7.1,<4.0.0 (fastapi 0.110.0, uploaded 2024-02-24)",
        "moved: fastapi 0.103.2 -> 0.110.0 (all)",
        "direct, 5 days behind",
        "cause: fastapi 0.110.0, uploaded 2024-02-24",
        "moved: idna 3.4 -> 3.6 (all)",
        "transitive, 96 days behind",
        "cause: idna 3.6, uploaded 2023-11-25",
    ]
    held = lines(done).index("moved: starlette 0.27.0 -> 0.36.3 (all)")
    assert lines(done)[held + 1 : held + 4] == [
        "transitive, 25 days behind",
        "cause: fastapi 0.110.0 needs starlette>=0.36.3,<0.37.0 (fastapi 0.110.0, uploaded 2024-02-24)",
        "not the newest: 0.37.1: fastapi 0.110.0 needs starlette>=0.36.3,<0.37.0",
    ]


def test_as_of_a_day_between(web: Lockgen) -> None:
    done = web("drift", "--frozen", LATE, "--as-of", "2023-10-20")
    assert "fastapi 0.103.2 -> 0.104.0 (all) direct, 1 day behind" in done.flat
    assert "idna" not in done.out


def test_a_cooldown_holds_fresh_releases_back_and_says_so(web: Lockgen) -> None:
    done = web("drift", "--frozen", LATE, "--cooldown", "30d")
    assert "moved: fastapi 0.103.2 -> 0.109.0 (all) direct, 49 days behind" in done.flat
    assert "held back by the cooldown of 30 days: fastapi 0.110.0 (all) uploaded 2024-02-24" in done.flat
    assert "idna 3.6 (all) uploaded 2023-11-25" not in done.flat, "it is old enough"


def test_a_cooldown_takes_nothing_back_that_is_committed(web: Lockgen) -> None:
    done = web("drift", "--frozen", EARLY, "--cooldown", "52w")
    assert (done.code, "no drift" in done.out) == (0, True)


def test_tampered(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.tamper("fastapi", "0.103.2", ".whl"))
    assert done.code == 1
    old = re.findall(r"^fastapi==.*\n.*sha256:(\w{12})", Path(LOCK).read_text(), re.MULTILINE)[0]
    new = re.findall(r"sha256 (\w{12})\.\.\.", done.out)[0]
    assert lines(done)[1:] == [
        "tampered: fastapi 0.103.2 (all)",
        f"fastapi-0.103.2-py3-none-any.whl is listed with sha256 {new}...; the locked {old}... is not listed",
    ]


LOCK = "output/phase-web/py3.11-linux-x86_64/requirements.lock"


def test_a_deleted_release(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.delete("fastapi", "0.103.2"))
    assert lines(done)[1:] == [
        "gone: fastapi 0.103.2 (all)",
        "the release is no longer listed",
        "moved: fastapi 0.103.2 -> 0.103.1 (all)",
        "direct",
        "cause: fastapi 0.103.2: the release is no longer listed",
    ]


def test_a_deleted_file(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.lose("pydantic", "1.10.13", "cp311-cp311-win_amd64.whl"))
    assert lines(done)[1:] == [
        "gone: pydantic 1.10.13 (py3.11-windows-x86_64)",
        "1 of its 2 locked files is no longer listed",
    ]


def test_a_deleted_project_breaks_what_needs_it(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.forget("sniffio"))
    assert "gone: sniffio 1.3.0 (all) the index has no such project any more" in done.flat
    assert "broken: no set any more (all) sniffio 1.3.0: the index has no such project any more" in done.flat


def test_yanked(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.yank("fastapi", "0.103.2", "broken on Mondays"))
    assert lines(done)[1:] == [
        "yanked: fastapi 0.103.2 (all)",
        "the release is yanked: broken on Mondays",
        "moved: fastapi 0.103.2 -> 0.103.1 (all)",
        "direct",
        "cause: fastapi 0.103.2: the release is yanked: broken on Mondays",
    ]


def test_broken_by_a_yank_that_is_told_from_a_harmless_one(web: Lockgen) -> None:
    done = drift(
        web,
        EARLY,
        lambda index: index.yank("pydantic", "1.10.12", "old"),
        lambda index: index.yank("pydantic", "1.10.13", "CVE-0"),
        lambda index: index.yank("typing-extensions", "4.8.0", "not to blame: the set could do without it"),
    )
    assert (
        "broken: no set any more (all) pydantic 1.10.13: the release is yanked: CVE-0; without it there would be a set"
    ) in done.flat
    assert "these demands cannot be had: matrices/phase-web.yaml:13 needs pydantic>=1.10.12,<2.0.0" in lines(done)


def test_broken_by_changed_metadata(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.require("fastapi", ["starlette<0.1"]))
    _, _, broken = done.flat.partition("broken: no set any more (all) what the committed files require has changed: ")
    assert "starlette<0.1" in broken


def test_broken_by_a_row_of_the_matrix(web: Lockgen) -> None:
    row = '  - name: typing-extensions\n    minimum: "4.3.0"\n    maximum: "<4.5.0"\n'
    edit("phase-web.yaml", "  - name: pydantic\n", f"{row}  - name: pydantic\n")
    done = web("drift", "--frozen", EARLY)
    assert (
        "broken: no set any more (all) matrices/phase-web.yaml:13 needs typing-extensions>=4.3.0,<4.5.0, which the "
        "committed set does not have: the matrix was edited; without it there would be a set"
    ) in done.flat
    assert any(line.startswith("these demands cannot hold together: ") for line in lines(done))


def test_broken_by_a_known_issue(web: Lockgen) -> None:
    edit("issues.yaml", '["pydantic!=1.10.12"]', '["starlette>=0.28"]')
    done = web("drift", "--frozen", EARLY)
    assert (
        "broken: no set any more (all) known issue pydantic-model-cache needs starlette>=0.28, which the committed set "
        "does not have: the matrix was edited; without it there would be a set"
    ) in done.flat


@pytest.mark.parametrize("status", ["quarantined", "archived", "deprecated"])
def test_project_status(web: Lockgen, status: str) -> None:
    done = drift(web, EARLY, lambda index: index.mark("starlette", status))
    assert done.code == 1
    assert lines(done)[1] == f"{status}: starlette 0.27.0 (all)"
    assert lines(done)[2].startswith(f"the project is {status}: ")


def test_a_wheel_where_only_an_sdist_served(lockgen: Lockgen, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    before = Planted(EARLY)
    before.read_sdist("starlette", "0.27.0")
    before.lose("starlette", "0.27.0", ".whl")
    assert lockgen("render", "--frozen", before.write(tmp_path / "before.xz"), "--keep-going").code == 1
    done = lockgen("drift", "--frozen", EARLY)
    assert lines(done)[1:] == [
        "solvable: has a set now, and had none (py3.11-*)",
        "new-wheel: starlette 0.27.0 (py3.12-*)",
        "starlette-0.27.0-py3-none-any.whl, uploaded 2023-05-16, serves, where only an sdist did",
    ]


def test_a_further_wheel_of_a_pinned_release(web: Lockgen, tmp_path: Path) -> None:
    before, wheel = Planted(EARLY), "cp311-cp311-win_amd64.whl"
    before.lose("pydantic", "1.10.13", wheel)
    assert web("render", "--frozen", before.write(tmp_path / "before.xz")).code == 0
    later = "2023-10-03T00:00:00+00:00"
    words = ("--as-of", "2023-10-04")
    done = drift(web, LATE, lambda index: index.upload("pydantic", "1.10.13", wheel, later), words=words)
    assert (
        f"new-wheel: pydantic 1.10.13 (py3.11-windows-x86_64) pydantic-1.10.13-{wheel}, uploaded 2023-10-03, "
        "is a further wheel of this release"
    ) in done.flat


def test_a_known_issue_whose_versions_are_gone(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.delete("pydantic", "1.10.12"))
    assert done.code == 1
    assert lines(done)[1:] == [
        "issue-solved: pydantic-model-cache",
        "known issue pydantic-model-cache can no longer occur: every phase keeps to pydantic!=1.10.12 without it",
    ]
    assert "issue-solved" not in drift(web, EARLY, words=("--phase", "web")).out


def test_kinds_that_do_not_count(web: Lockgen) -> None:
    assert web("drift", "--frozen", LATE, "--fail-on", "broken,yanked").code == 0
    assert web("drift", "--frozen", LATE, "--fail-on", "broken, moved").code == 1


def test_the_json_has_every_target(web: Lockgen) -> None:
    done = web("drift", "--frozen", LATE, "--format", "json", "--cooldown", "30d")
    told = done.result
    assert (told["now"], told["cooldown_seconds"], told["kinds"]) == ("2024-03-01T00:00:00Z", 2592000, ["moved"])
    targets = told["phases"]["web"]["targets"]
    assert len(targets) == 4
    found: dict[str, Any] = {each["name"]: each for each in targets["py3.11-linux-x86_64"]["found"]}
    assert found["starlette"]["move"] == {
        "from": "0.27.0",
        "to": "0.35.1",
        "is_direct": False,
        "cause": "fastapi 0.109.0 needs starlette>=0.35.0,<0.36.0 (fastapi 0.109.0, uploaded 2024-01-11)",
        "cause_uploaded": "2024-01-11T15:36:31.271016Z",
        "days_behind": 49,
        "held_back": "0.37.1: fastapi 0.109.0 needs starlette>=0.35.0,<0.36.0",
    }


def test_markdown_cannot_be_broken_out_of(web: Lockgen) -> None:
    words = ("--format", "markdown")
    done = drift(web, EARLY, lambda index: index.yank("fastapi", "0.103.2", EVIL), words=words)
    assert done.code == 1
    assert "<script" not in done.out
    assert not re.search(r"^::", done.out, re.MULTILINE)
    rows = [line for line in done.out.splitlines() if line.startswith("|")]
    counts = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    assert set(counts) == {6, 8}, "five columns of findings and seven of moves"
    assert "\\`rm -rf\\`" in done.out
    assert done.out.count("<details>") == done.out.count("</details>") == 1


def test_text_gives_no_orders_to_a_runner(web: Lockgen) -> None:
    done = drift(web, EARLY, lambda index: index.yank("fastapi", "0.103.2", EVIL))
    assert not re.search(r"^\s*::", done.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fail-on", "yankd"), "there is no kind of drift 'yankd'\n  Did you mean yanked?"),
        (("--fail-on", ","), "--fail-on names no kind of drift"),
        (("--cooldown", "7"), "'7' is no span of time. Write 7d, 36h or 2w."),
        (("--as-of", "2023-09-01"), "is rendered as of 2023-10-01T00:00:00Z, later than 2023-09-01T00:00:00Z"),
        (("--output", "nowhere"), "the phase is not rendered here"),
        (("--phase", "9"), "there is no phase '9'"),
        (("--format", "html"), "'html' is not one of"),
    ],
)
def test_what_cannot_be_asked(web: Lockgen, words: tuple[str, ...], said: str) -> None:
    done = web("drift", "--frozen", LATE, *words)
    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.split(" "))


def test_a_lock_that_is_missing_is_no_drift(web: Lockgen) -> None:
    Path(LOCK).unlink()
    done = web("drift", "--frozen", EARLY)
    assert done.code == 2
    assert "the lock cannot be read" in done.err


def test_targets_that_were_not_rendered_are_named(web: Lockgen) -> None:
    shutil.rmtree("output")
    web("render", "--frozen", EARLY, "--target", "py3.11-*")
    done = web("drift", "--frozen", EARLY)
    assert done.code == 0
    assert "not rendered: phase web py3.12-linux-x86_64, py3.12-windows-x86_64" in done.flat
