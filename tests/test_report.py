"""`lockgen report` on the frozen real index: one file that says what the output folder says, and nothing it could do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import FROZEN, ROOT, Lockgen
from tests.render.reading import Reading

ONE = "py3.8-linux-x86_64"
COMMITTED = ("--output", ROOT / "output")
REPORT = ("report", "--frozen", FROZEN, "--phase", "1", "--target", ONE)
SMALL = ("--matrices", ROOT / "tests" / "drift" / "matrices")
THEN, LATER = (ROOT / "tests" / "frozen" / f"web-{day}.xz" for day in ("2023-10-01", "2024-03-01"))


def words(file: Path) -> str:
    return " ".join(Reading(file.read_text(encoding="utf-8")).text.split())


def test_every_pin_stands_in_the_grid_with_its_proof(lockgen: Lockgen) -> None:
    done = lockgen(*REPORT, *COMMITTED)
    assert (done.code, done.out) == (0, "")
    assert re.fullmatch(r"report\.html: 1 phase, 1 target, \d+ kB\n", done.err)
    told = words(Path("report.html"))
    constraints = (ROOT / "output" / "phase-1" / ONE / "constraints.txt").read_text()
    pins = re.findall(r"^([a-z0-9-]+)==(\S+)$", constraints, re.MULTILINE)
    assert len(pins) > 15
    for name, version in pins:
        assert f"{name} {version}" in told
        assert f"{version} on {ONE}" in told
    assert "starlette 0.27.0 not as wanted Published: minimum 0.27.0, recommended 0.32.0, maximum <0.33.0" in told
    assert "instead of 0.32.0 fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0" in told
    assert f"{ONE} smoked" in told
    assert "no drift (rendered as of 2026-11-20" in told
    assert "History was not asked for" in told
    assert "1 set: none is broken, none has drifted 2026-11-20" in told
    assert "answered by the frozen index 2026-11-20.xz of 2026-11-20" in told
    assert "matrix revision 1, as of 2026-11-20" in told


def test_with_nothing_rendered_it_says_so_and_writes_nothing(lockgen: Lockgen) -> None:
    done = lockgen(*REPORT, "there.html")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: output: not rendered: there is no set to report\n"
        "  Run `lockgen render`, or name the folder of outputs with --output.\n"
    )
    assert not Path("there.html").exists()


@pytest.mark.slow
def test_a_phase_that_is_not_rendered_stands_beside_one_that_is(lockgen: Lockgen) -> None:
    shutil.copytree(ROOT / "output" / "phase-1", "output/phase-1")
    Path("output/phase-1/verified.json").unlink()
    assert lockgen(*REPORT, "there.html", "--phase", "2", "--quiet").err == ""
    told = words(Path("there.html"))
    assert "1 set: none is broken, none has drifted; 1 target not rendered" in told
    assert f"{ONE} closed" in told
    assert "smoked: proved" not in told
    assert "Not looked for: no sets of this phase are committed in the folder of outputs." in told
    assert f"{ONE} not rendered: run `lockgen render`" in told


def test_after_an_edit_of_the_matrix_the_committed_set_is_shown_with_its_proofs(lockgen: Lockgen) -> None:
    """Nothing is resolved for the page: what is committed may be in an image."""
    shutil.copytree(ROOT / "matrices", "matrices")
    path = Path("matrices") / "phase-1.yaml"
    path.write_text(path.read_text().replace('recommended: "0.99.1"', 'recommended: "0.99.0"', 1))
    assert lockgen(*REPORT, *COMMITTED).code == 0
    told = words(Path("report.html"))
    assert "1 of 1 set has drifted, none is broken" in told
    assert "edited the set does not answer the matrix as it is now; lockgen check says why" in told
    assert f"{ONE} smoked drifted 0.99.1 to 0.99.0" in told
    assert "smoked: proved on Python 3.8" in told


def test_a_set_that_a_render_could_not_make_shows_its_culprit(lockgen: Lockgen) -> None:
    shutil.copytree(ROOT / "matrices", "matrices")
    shutil.copytree(ROOT / "output" / "phase-1", "output/phase-1")
    path = Path("matrices") / "phase-1.yaml"
    path.write_text(path.read_text().replace('"0.27.0"', '"0.30.0"'))
    render = ("render", "--keep-going", "--quiet", "--frozen", FROZEN, "--phase", "1", "--target", ONE)
    assert lockgen(*render).code == 1
    assert lockgen(*REPORT).code == 1
    told = words(Path("report.html"))
    assert "1 of 1 set is broken, none has drifted" in told
    assert f"{ONE} no set: these demands cannot hold together: phase-1.yaml:" in told
    assert "an older set is kept, which no longer answers the matrix" in told


def test_drift_of_the_committed_sets_is_told_with_its_cause(lockgen: Lockgen) -> None:
    assert lockgen("render", *SMALL, "--frozen", THEN).code == 0
    assert lockgen("report", *SMALL, "--frozen", LATER).code == 0
    told = words(Path("report.html"))
    assert "4 of 4 targets drifted: moved (rendered as of 2023-10-01" in told
    assert "moved starlette 0.27.0 -> 0.36.3, transitive, 25 days behind (all)" in told
    assert "fastapi 0.110.0 needs starlette>=0.36.3,<0.37.0" in told
    # The grid stays as it is committed, with what became of it beside it.
    assert "0.27.0 on all" in told
    assert "0.27.0 to 0.36.3" in told
    assert "4 of 4 sets have drifted, none is broken 2024-03-01" in told
    assert lockgen("report", "early.html", *SMALL, "--frozen", LATER, "--as-of", "2023-10-02").code == 0
    assert "no drift" in words(Path("early.html"))


def test_history_is_plotted_and_told_as_a_table(lockgen: Lockgen) -> None:
    assert lockgen("render", *SMALL, "--frozen", LATER).code == 0
    assert lockgen("report", *SMALL, "--frozen", LATER, "--since", "2023-09-20").code == 0
    reading = Reading(Path("report.html").read_text(encoding="utf-8"))
    assert [each["role"] for each in reading.all("svg") if "role" in each] == ["img", "img"]
    told = " ".join(reading.text.split())
    assert "2023-09-20 to 2023-10-01: when targets had a set" in told
    assert "How many targets had a set" in told
    assert "all: set from 2023-09-2" in told
    history = lockgen("history", *SMALL, "--frozen", LATER, "--since", "2023-09-20").out
    moved = re.findall(r"^ +(2023-\S+) +(\S+) +(\S+) -> (\S+)", history, re.MULTILINE)
    assert moved
    assert all(f"{day} {name} {before} to {after}" in told for day, name, before, after in moved)


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("summary.json", '{"schema": 1, "targets": 3}', "summary.json: this is not a summary"),
        ("summary.json", '{"schema": 1, "targets": {"%s": {"status": "solved"}}}', "cannot be read: 'pins'"),
        ("summary.json", '{"schema": 1, "targets": {"%s": {"status": "unsolved", "core": 3}}}', "cannot be read: "),
        ("verified.json", "[", "verified.json: this is not what `lockgen verify` writes"),
        ("locked.json", "{}", "locked.json: this is not a record"),
    ],
)
def test_a_damaged_file_is_named_with_its_remedy(lockgen: Lockgen, file: str, damage: str, said: str) -> None:
    Path("output").mkdir()
    shutil.copytree(ROOT / "output" / "phase-1", "output/phase-1", ignore=shutil.ignore_patterns("py*", "locked.json"))
    (Path("output/phase-1") / file).write_text(damage.replace("%s", ONE))
    done = lockgen(*REPORT)
    assert (done.code, done.out) == (2, "")
    assert f"output/phase-1/{file}: " in done.err
    assert said in done.err
    assert "Restore the file from version control" in done.err
    assert not Path("report.html").exists()


@pytest.mark.slow
def test_same_inputs_same_bytes(lockgen: Lockgen) -> None:
    lockgen(*REPORT, "a.html", *COMMITTED)
    lockgen(*REPORT, "b.html", *COMMITTED)
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    assert sorted(path.name for path in Path().iterdir() if path.suffix != "") == ["a.html", "b.html"]


def test_what_a_matrix_says_never_becomes_markup(lockgen: Lockgen) -> None:
    """Titles, notes and reasons come from files that many people edit."""
    shutil.copytree(ROOT / "matrices", "matrices")
    evil = "</style></title><script>alert(1)</script><img src=x onerror=alert(1)>"
    for file, old in (
        ("phase-1.yaml", "title: Conservative"),
        ("phase-1.yaml", "note: Last version"),
        ("phase-1.yaml", "reason: published"),
    ):
        path = Path("matrices") / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, f"{old} {evil}"))
    assert lockgen(*REPORT, *COMMITTED).code == 0
    reading = Reading(Path("report.html").read_text(encoding="utf-8"))
    assert reading.dangers() == []
    assert reading.text.count(evil) >= 3


def test_a_target_without_a_set_is_shown_and_exits_1(lockgen: Lockgen) -> None:
    """As the matrix is now; the committed set is an old one."""
    shutil.copytree(ROOT / "matrices", "matrices")
    path = Path("matrices") / "phase-1.yaml"
    path.write_text(path.read_text().replace('"0.27.0"', '"0.30.0"'))
    assert lockgen(*REPORT, *COMMITTED).code == 1
    told = words(Path("report.html"))
    assert "broken: broken: no set any more: phase-1.yaml:" in told
    assert "these demands cannot hold together" in told
    assert "1 of 1 set is broken" in told


def test_what_cannot_be_asked_or_written_leaves_the_old_file(lockgen: Lockgen) -> None:
    Path("report.html").write_text("old")
    done = lockgen("report", "--frozen", FROZEN, "--phase", "1", "--target", ONE, "--since", "2023-01-01", *COMMITTED)
    assert (done.code, Path("report.html").read_text()) == (2, "old")
    assert "frozen" in done.err
    Path("folder").mkdir()
    done = lockgen(*REPORT, "folder", *COMMITTED)
    assert (done.code, done.err.startswith("error: folder: ")) == (2, True)


@pytest.mark.slow
def test_a_template_of_ones_own(lockgen: Lockgen) -> None:
    Path("mine").mkdir()
    (Path("mine") / "report.html.j2").write_text("<p>{% for phase in page.phases %}{{ phase.title }}{% endfor %}")
    assert lockgen(*REPORT, *COMMITTED, "--templates", "mine").code == 0
    assert Path("report.html").read_text() == "<p>Conservative (Pydantic v1)"
    (Path("mine") / "report.html.j2").write_text("{{ nothing }}")
    done = lockgen(*REPORT, *COMMITTED, "--templates", "mine")
    assert (done.code, "report.html.j2:1" in done.err) == (2, True)


def test_the_pages_template_has_no_part_in_the_digest_of_the_output(lockgen: Lockgen) -> None:
    Path("templates").mkdir()
    (Path("templates") / "report.html.j2").write_text("mine")
    assert lockgen("check", "--frozen", FROZEN, "--phase", "1", "--target", ONE, *COMMITTED).code == 0


@pytest.mark.slow
def test_both_phases_fit_into_a_megabyte(lockgen: Lockgen) -> None:
    assert lockgen("report", "--frozen", FROZEN, "--phase", "1", "--phase", "2", *COMMITTED).code == 0
    html = Path("report.html").read_bytes()
    assert len(html) < 1_000_000
    reading = Reading(html.decode())
    assert reading.dangers() == []
    assert reading.broken_links() == set()
    assert b"://" not in html
