"""A mistake comes with the hint that fits it, and colours go where they are wanted."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lockgen.cli.printing import columns, has_colours, print_answer, say
from lockgen.cli.progress import ProgressBar
from lockgen.model.answer import Answer, Point, Section
from lockgen.report.layout import answer_text
from tests.conftest import FROZEN, Lockgen
from tests.lint.stand import put, targets

MATRIX = b"""schema: 1
phase: "1"
title: Example
revision: 1
as_of: 2026-01-01T00:00:00Z
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render", "-q", "-v"), "error: --quiet and --verbose contradict each other\n  Leave one away;"),
        (("verify", "--python", "3.12=/nope"), "error: --python 3.12=/nope: there is no such file\n  Name the inter"),
        (
            ("verify", "--level", "closed", "--phase", "1", "--frozen", FROZEN),
            "not rendered: there are no sets to prove",
        ),
        (("report", "--phase", "1", "--frozen", FROZEN), "not rendered: there is no set to report"),
        (("render", "--phse", "1"), "No such option: --phse. Did you mean --phase?"),
        (("rendr",), "No such command 'rendr'. Did you mean 'render'?"),
    ],
)
def test_a_hint_fits_the_mistake(lockgen: Lockgen, words: tuple[object, ...], said: str) -> None:
    done = lockgen(*words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (b"dependencies: []\n", "error: matrices: phase 1 has no row, so there is nothing to lock\n  List packages"),
        (b"dependencies:\n  - name: a\n   minimum: '1'\n", "phase-1.yaml:8:4: the indentation fits no line above it"),
        (b" as_of_for: {}\n", "matrices/phase-1.yaml:6:11: the indentation fits no line above it\n  The keys of one"),
    ],
)
def test_a_hint_fits_the_mistake_in_a_matrix(lockgen: Lockgen, tmp_path: Path, rows: bytes, said: str) -> None:
    put(tmp_path / "matrices", {"phase-1.yaml": MATRIX + rows, "targets.yaml": targets("3.11")})
    done = lockgen("targets")
    assert done.code == 2
    assert said in done.err


class _Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("environ", "is_terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_who_gets_colours(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], *, is_terminal: bool, wanted: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert has_colours(_Stream(is_terminal=is_terminal)) is wanted


def test_a_log_gets_colours_but_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = _Stream(is_terminal=False)
    monkeypatch.setattr("sys.stderr", stream)
    with ProgressBar(quiet=False) as bar:
        bar.solved(1, 2)
    assert stream.getvalue() == ""
    print_answer(Answer(state="bad", verdict="no"))
    assert stream.getvalue() == "\x1b[31mno\x1b[0m\n"


def test_at_a_pipe_what_takes_long_has_a_line_at_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Stream(is_terminal=False)
    monkeypatch.setattr("sys.stderr", stream)
    with ProgressBar(quiet=False) as bar:
        bar.solved(3, 120)
        bar._say_slow()
        bar.solved(120, 120)
        bar._say_slow()
    assert stream.getvalue().splitlines() == [
        "after 5 s: targets solved 3 of 120",
        "after 5 s: working on the answers",
        "after 0 s: done",
    ]


def test_no_bar_stands_full_while_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    stream = _Stream(is_terminal=True)
    monkeypatch.setattr("sys.stderr", stream)
    with ProgressBar(quiet=False) as bar:
        bar.solved(119, 120)
        bar._progress.refresh()
        assert "119/120" in stream.getvalue()
        assert "working on" not in stream.getvalue()
        bar.solved(120, 120)
        bar._progress.refresh()
        assert "working on the answers" in stream.getvalue()
    assert "120/120" not in stream.getvalue()


def test_a_pipe_has_no_width_but_that_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert columns(_Stream(is_terminal=False)) is None
    monkeypatch.setenv("COLUMNS", "66")
    assert columns(_Stream(is_terminal=False)) == 66


EVIL = "x\x1b[31m\n::error::no ##[error]stop \u202eback"


def test_words_of_others_give_no_orders_wherever_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    point = Point(name=EVIL, reasons=(EVIL, f"::{EVIL}"))
    answer = Answer(
        state="bad",
        verdict=f"::{EVIL}",
        sections=(Section(title=EVIL, head=(EVIL, EVIL), rows=((EVIL, EVIL),), points=(point,)),),
        notes=(EVIL,),
        help=EVIL,
        next=EVIL,
    )
    say(EVIL)
    texts = [answer_text(answer, width) for width in (None, 24, 80)] + [capsys.readouterr().err]
    for line in "\n".join(texts).splitlines():
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
