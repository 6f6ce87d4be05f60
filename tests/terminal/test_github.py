"""`--format github`: an annotation at a place of a committed file or of a matrix, nothing where all is as wanted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lockgen.errors import LockgenError
from lockgen.model.answer import Answer, Point, Section
from lockgen.report.github import answer_github, errors_github
from tests.conftest import ROOT, Lockgen

FROZEN = ("--frozen", str(ROOT / "tests" / "frozen" / "web-2023-10-01.xz"))
ONE = ("--target", "py3.11-linux-x86_64")
FOLDER = Path("output/phase-web/py3.11-linux-x86_64")
GITHUB = ("--format", "github")
COMMANDS = {
    "check": ("check", *ONE, *FROZEN),
    "verify": ("verify", *ONE, *FROZEN, "--level", "closed"),
    "lint": ("lint", *ONE, *FROZEN),
}


@pytest.fixture
def project(lockgen: Lockgen, tmp_path: Path) -> Lockgen:
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", tmp_path / "matrices")
    return lockgen


@pytest.mark.slow
def test_committed_files_are_annotated(project: Lockgen) -> None:
    assert project("render", *ONE, *FROZEN).code == 0
    done = project(*COMMANDS["check"], *GITHUB)
    assert (done.code, done.out, done.err) == (0, "", "")
    (FOLDER / "constraints.txt").write_text("mine\n")
    done = project(*COMMANDS["check"], *GITHUB)
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        f"::error file={FOLDER.as_posix()}/constraints.txt,title=lockgen check::"
        f"hand edit: it is not what was rendered%0A{FOLDER.as_posix()}/constraints.txt\n"
    )
    done = project(*COMMANDS["verify"], *GITHUB)
    assert (done.code, done.err) == (1, "")
    assert done.out.startswith(
        f"::error file={FOLDER.as_posix()}/requirements.lock,title=lockgen verify::"
        "phase-web py3.11-linux-x86_64: closed FAILED%0A"
    )
    assert done.out.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_errors_of_a_matrix_are_annotated(project: Lockgen, name: str) -> None:
    file = Path("matrices/phase-web.yaml")
    file.write_text(file.read_text().replace('maximum: "<1.0.0"', "maximum: 2.x").replace("revision: 1", "revision: x"))
    done = project(*COMMANDS[name], *GITHUB)
    first, second = done.out.splitlines()
    assert done.code == 2
    assert first.startswith(f"::error file=matrices/phase-web.yaml,line=5,col=11,title=lockgen {name}::revision: "), (
        done.out
    )
    assert second.startswith("::error file=matrices/phase-web.yaml,line=12,col=14,title=")
    assert "dependencies[0].maximum: " in second
    # The log has the words, too, and without the option nothing but them.
    assert "error: matrices/phase-web.yaml:5:11 revision: " in done.err
    assert project(*COMMANDS[name]).out == ""


def test_an_error_elsewhere_has_no_place(project: Lockgen) -> None:
    done = project(*COMMANDS["check"], "--phase", "x", *GITHUB)
    assert done.code == 2
    assert done.out.startswith("::error title=lockgen check::")


EVIL = "x\r\n::error::\x1b[31m 100%, a:b"


def test_words_of_others_stay_words() -> None:
    point = Point(name=EVIL, reasons=(f"::{EVIL}", "matrices/a.yaml:3:4: see"), state="notable")
    answer = Answer(state="bad", verdict=EVIL, sections=(Section(points=(point, Point(name=EVIL, state="notable"))),))
    said = answer_github(answer, "check", {})
    assert said == (
        "::warning file=matrices/a.yaml,line=3,col=4,title=lockgen check::"
        "x ::error:: [31m 100%25, a:b%0A: :x ::error:: [31m 100%25, a:b%0Amatrices/a.yaml:3:4: see"
    )
    error = LockgenError(EVIL, where=f"{EVIL}.yaml:1:2 {EVIL}", hint=EVIL)
    (line,) = errors_github([error], "check").splitlines()
    assert line.startswith("::error file=x %3A%3Aerror%3A%3A [31m 100%25%2C a%3Ab.yaml,line=1,col=2,title=")
    assert "\r" not in line
