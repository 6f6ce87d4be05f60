"""`lockgen report` on the frozen real index: one file that says what the output folder says, and nothing it could do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import FROZEN, ROOT, Lockgen
from tests.render.reading import Reading

ONE = "py3.8-linux-x86_64"
REPORT = ("report", "--frozen", FROZEN, "--phase", "1", "--target", ONE)
COMMITTED = ("--output", ROOT / "output")


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


def test_without_an_output_folder_it_claims_no_proof_and_no_drift(lockgen: Lockgen) -> None:
    assert lockgen(*REPORT, "there.html", "--quiet").err == ""
    told = words(Path("there.html"))
    assert f"{ONE} closed" in told
    assert "smoked on" not in told
    assert "Not looked for: no sets of this phase are committed in the folder of outputs." in told


def test_drift_of_the_committed_sets_is_told_with_its_cause(lockgen: Lockgen) -> None:
    small = ("--matrices", ROOT / "tests" / "drift" / "matrices")
    then, later = (ROOT / "tests" / "frozen" / f"web-{day}.xz" for day in ("2023-10-01", "2024-03-01"))
    assert lockgen("render", *small, "--frozen", then).code == 0
    assert lockgen("report", *small, "--frozen", later).code == 0
    told = words(Path("report.html"))
    assert "4 of 4 targets drifted: moved (rendered as of 2023-10-01" in told
    assert "moved starlette 0.27.0 -> 0.36.3, transitive, 25 days behind (all 4 targets)" in told
    assert "fastapi 0.110.0 needs starlette>=0.36.3,<0.37.0" in told
    # The grid stays as of the matrix's own day.
    assert "0.27.0 on all 4 targets" in told
    assert lockgen("report", "early.html", *small, "--frozen", later, "--as-of", "2023-10-02").code == 0
    assert "no drift" in words(Path("early.html"))


def test_history_is_plotted_and_told_as_a_table(lockgen: Lockgen) -> None:
    small = ("--matrices", ROOT / "tests" / "drift" / "matrices")
    index = ROOT / "tests" / "frozen" / "web-2024-03-01.xz"
    assert lockgen("report", *small, "--frozen", index, "--since", "2023-09-20").code == 0
    reading = Reading(Path("report.html").read_text(encoding="utf-8"))
    assert [each["role"] for each in reading.all("svg")] == ["img"]
    told = " ".join(reading.text.split())
    assert "2023-09-20 to 2023-10-01: how many targets had a set" in told
    history = lockgen("history", *small, "--frozen", index, "--since", "2023-09-20").out
    moved = re.findall(r"^ +(2023-\S+) +(\S+) +(\S+) -> (\S+)", history, re.MULTILINE)
    assert moved
    assert all(f"{day} {name} {before} to {after}" in told for day, name, before, after in moved)


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
    assert lockgen(*REPORT).code == 0
    reading = Reading(Path("report.html").read_text(encoding="utf-8"))
    assert reading.dangers() == []
    assert reading.text.count(evil) >= 3


def test_a_target_without_a_set_is_shown_and_exits_1(lockgen: Lockgen) -> None:
    shutil.copytree(ROOT / "matrices", "matrices")
    path = Path("matrices") / "phase-1.yaml"
    path.write_text(path.read_text().replace('"0.27.0"', '"0.30.0"'))
    assert lockgen(*REPORT).code == 1
    assert "no set: these demands cannot hold together" in words(Path("report.html"))
    assert "0 of 1 targets solved" in words(Path("report.html"))


def test_what_cannot_be_asked_or_written_leaves_the_old_file(lockgen: Lockgen) -> None:
    Path("report.html").write_text("old")
    done = lockgen("report", "--frozen", FROZEN, "--phase", "1", "--target", ONE, "--since", "2023-01-01")
    assert (done.code, Path("report.html").read_text()) == (2, "old")
    assert "frozen" in done.err
    Path("folder").mkdir()
    done = lockgen(*REPORT, "folder")
    assert (done.code, done.err.startswith("error: folder: ")) == (2, True)


def test_a_template_of_ones_own(lockgen: Lockgen) -> None:
    Path("mine").mkdir()
    (Path("mine") / "report.html.j2").write_text("<p>{% for phase in page.phases %}{{ phase.title }}{% endfor %}")
    assert lockgen(*REPORT, "--templates", "mine").code == 0
    assert Path("report.html").read_text() == "<p>Conservative (Pydantic v1)"
    (Path("mine") / "report.html.j2").write_text("{{ nothing }}")
    done = lockgen(*REPORT, "--templates", "mine")
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
