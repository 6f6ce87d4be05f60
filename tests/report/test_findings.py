"""Findings in words, as JSON and as annotations."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from lockgen.model.answer import Point
from lockgen.model.lint import Edit, Finding, Repair
from lockgen.report.layout import answer_text
from lockgen.report.lint import findings_answer, findings_github, findings_json

NAMES = tuple(f"py3.{minor}-{platform}" for minor in range(8, 13) for platform in ("linux", "mac", "windows"))
TARGETS = {"1": NAMES, "1-stable": NAMES, "2": NAMES[3:]}
MATRICES = PurePosixPath("matrices")


def repair(name: str, old: str, new: str) -> Repair:
    edit = Edit(package=canonicalize_name(name), key="recommended", old=old, new=new)
    return Repair(text=f"{name} {new}", edits=(edit,))


STARLETTE = Finding(
    rule="recommended-conflict",
    severity="error",
    phase="1",
    packages=(canonicalize_name("fastapi"), canonicalize_name("starlette")),
    where="phase-1.yaml:52:18",
    message="recommended starlette 0.32.0 cannot go with recommended fastapi 0.99.1, which requires starlette>=0.27.0,<0.28.0",
    targets=NAMES,
    steps=("fastapi 0.99.1 needs starlette<0.28.0,>=0.27.0",),
    repairs=(repair("starlette", "0.32.0", "0.27.0"),),
)
TOLD = f"phase-1.yaml:52:18: error: {STARLETTE.message}. All. Nearest: starlette 0.27.0. [recommended-conflict]"
STEP = "    fastapi 0.99.1 needs starlette<0.28.0,>=0.27.0"
BARE = Finding(
    rule="dead-cap", severity="warning", where="phase-1.yaml:9:14", message="no release is kept out", phase="1"
)


def told(*findings: Finding, verbose: bool = False) -> list[str]:
    """Each point in one line, `place: severity: sentences [rule]`, and one for each step below it."""
    answer = findings_answer(findings, TARGETS, verbose=verbose)
    points = [point for section in answer.sections for point in section.points]
    return [line for point in points for line in _lines(point)]


def _lines(point: Point) -> list[str]:
    head, _, rule = point.name.rpartition(" [")
    return [f"{head}: {point.reasons[0]} [{rule}", *(f"    {line.strip()}" for line in point.reasons[1:])]


def counted(*findings: Finding, verbose: bool = False) -> str:
    return findings_answer(findings, TARGETS, verbose=verbose).verdict


def test_a_finding_on_a_terminal() -> None:
    assert answer_text(findings_answer([STARLETTE, BARE], TARGETS), 72).splitlines() == [
        "1 error, 1 warning",
        "  phase-1.yaml:52:18: error [recommended-conflict]",
        "      recommended starlette 0.32.0 cannot go with recommended fastapi",
        "      0.99.1, which requires starlette>=0.27.0,<0.28.0. All. Nearest:",
        "      starlette 0.27.0.",
        "        fastapi 0.99.1 needs starlette<0.28.0,>=0.27.0",
        "  phase-1.yaml:9:14: warning [dead-cap]",
        "      no release is kept out.",
        "help: lockgen lint --fix writes the nearest recommended versions",
    ]


def test_a_finding_is_a_paragraph():
    assert told(STARLETTE) == [TOLD, STEP]
    assert told(BARE) == ["phase-1.yaml:9:14: warning: no release is kept out. [dead-cap]"]


def test_what_is_the_same_in_several_phases_is_told_once():
    stable = replace(STARLETTE, phase="1-stable")
    assert told(stable, STARLETTE) == [TOLD.replace("All", "Phases 1 and 1-stable: all"), STEP]
    assert told(replace(BARE, phase="2"), replace(BARE, phase="1-stable"), BARE) == [
        "phase-1.yaml:9:14: warning: no release is kept out. Phases 1, 1-stable and 2. [dead-cap]"
    ]
    assert counted(stable, STARLETTE) == "1 error"


@pytest.mark.parametrize(
    "other",
    [
        replace(BARE, phase="2", rule="dead-floor"),
        replace(BARE, phase="2", where="phase-1.yaml:9:15"),
        replace(BARE, phase="2", message="none"),
        replace(BARE, phase="2", steps=("why",)),
        replace(BARE, phase="2", repairs=(Repair(text="drop it"),)),
        replace(BARE, phase="2", severity="info"),
        replace(BARE, phase="2", accepted="known"),
    ],
)
def test_what_is_not_the_same_is_told_twice(other):
    assert len([line for line in told(BARE, other, verbose=True) if not line.startswith(" ")]) == 2


def test_the_targets_are_told_phase_by_phase_where_they_differ():
    first, last = (replace(BARE, phase=phase, targets=NAMES[3:6]) for phase in ("1", "2"))
    assert "kept out. py3.9-*. [" in told(first)[0]
    assert "kept out. Phases 1 and 2: py3.9-*. [" in told(last, first)[0]
    assert "kept out. Phase 1: py3.9-*; phase 2: all. [" in told(first, replace(last, targets=NAMES[3:]))[0]
    assert "kept out. Phase 1: py3.9-*; phase 2. [" in told(first, replace(last, targets=()))[0]
    assert "kept out. py3.9 and newer. [" in told(replace(first, targets=NAMES[3:]))[0]


def test_the_targets_of_one_phase_are_told_together():
    assert "kept out. py3.9 and older. [" in told(*(replace(BARE, targets=NAMES[i : i + 3]) for i in (0, 3)))[0]
    assert "kept out. [" in told(BARE, replace(BARE, targets=NAMES[:3]))[0]
    assert told(BARE, BARE) == told(BARE)


def test_a_finding_about_the_matrices_as_a_whole_counts_the_targets_of_all_phases():
    whole = replace(BARE, phase="", where="", targets=NAMES[:3])
    assert told(whole) == ["warning: no release is kept out. py3.8-*. [dead-cap]"]
    assert told(replace(whole, targets=NAMES)) == ["warning: no release is kept out. All. [dead-cap]"]


@pytest.mark.parametrize(
    ("repairs", "said"),
    [
        ((repair("a", "0", "1"), repair("b", "0", "2")), "Nearest: a 1, or b 2."),
        ((repair("a", "0", "1"), Repair(text="drop py3.8-*")), "Nearest: a 1. Or drop py3.8-*."),
        (
            (Repair(text="drop py3.8-*"), repair("a", "0", "1"), Repair(text="x")),
            "Nearest: a 1. Or drop py3.8-*, or x.",
        ),
        ((Repair(text="drop py3.8-*"), Repair(text="ask y.")), "Repair: drop py3.8-*, or ask y."),
    ],
)
def test_repairs(repairs, said):
    assert f"kept out. {said} [dead-cap]" in told(replace(BARE, repairs=repairs))[0]


def test_accepted_findings_are_counted_and_shown_on_request():
    known = replace(STARLETTE, accepted="published table")
    assert counted(known) == "No findings. 1 accepted (--verbose shows them)"
    assert told(known, verbose=True) == [
        TOLD.replace("error:", "error, accepted:"),
        STEP,
        "    accepted: published table",
    ]
    assert counted(known, BARE) == "1 warning; 1 accepted (--verbose shows them)"
    assert counted(known, BARE, verbose=True) == "1 warning; 1 accepted"


def test_the_last_line_counts_what_is_told():
    infos = [replace(BARE, severity="info", rule=f"r{number}") for number in range(2)]
    errors = [replace(STARLETTE, where=f"phase-1.yaml:{number}:1") for number in range(3)]
    accepted = [replace(each, accepted="so") for each in errors]
    assert counted(*infos, BARE, *accepted, *errors) == (
        "3 errors, 1 warning, 2 infos; 3 accepted (--verbose shows them)"
    )
    assert counted() == "No findings."


def test_errors_come_first_then_places_in_the_order_of_the_file():
    places = ["b.yaml:1:1", "a.yaml:10:1", "a.yaml:9:12", "a.yaml:9:4", "a.yaml", "a.yaml:9"]
    found = [replace(BARE, where=where) for where in places]
    found += [replace(BARE, where="a.yaml:9:4", rule="a-rule"), replace(BARE, severity="info", where="")]
    found += [replace(BARE, severity="error", where="z.yaml:1:1")]
    heads = [(line.partition(" ")[0], line.rpartition("[")[2]) for line in told(*found)]
    assert heads == [
        ("z.yaml:1:1:", "dead-cap]"),
        ("a.yaml:", "dead-cap]"),
        ("a.yaml:9:", "dead-cap]"),
        ("a.yaml:9:4:", "a-rule]"),
        ("a.yaml:9:4:", "dead-cap]"),
        ("a.yaml:9:12:", "dead-cap]"),
        ("a.yaml:10:1:", "dead-cap]"),
        ("b.yaml:1:1:", "dead-cap]"),
        ("info:", "dead-cap]"),
    ]
    assert [each["where"] for each in findings_json(found)] == [
        "z.yaml:1:1", "a.yaml", "a.yaml:9", "a.yaml:9:4", "a.yaml:9:4", "a.yaml:9:12", "a.yaml:10:1", "b.yaml:1:1", ""
    ]  # fmt: skip


def test_json_has_everything():
    known = replace(BARE, accepted="so")
    assert json.loads(json.dumps(findings_json([known, STARLETTE]))) == [
        {
            "rule": "recommended-conflict",
            "severity": "error",
            "phase": "1",
            "packages": ["fastapi", "starlette"],
            "where": "phase-1.yaml:52:18",
            "message": STARLETTE.message,
            "targets": list(NAMES),
            "steps": list(STARLETTE.steps),
            "repairs": [
                {
                    "text": "starlette 0.27.0",
                    "edits": [
                        {
                            "package": "starlette",
                            "key": "recommended",
                            "old": "0.32.0",
                            "new": "0.27.0",
                            "set": "base",
                        }
                    ],
                }
            ],
            "accepted": "",
        },
        {
            "rule": "dead-cap",
            "severity": "warning",
            "phase": "1",
            "packages": [],
            "where": "phase-1.yaml:9:14",
            "message": "no release is kept out",
            "targets": [],
            "steps": [],
            "repairs": [],
            "accepted": "so",
        },
    ]


def test_annotations():
    found = [STARLETTE, replace(STARLETTE, phase="1-stable"), BARE, replace(BARE, rule="x", accepted="so")]
    text = findings_github([*found, replace(BARE, severity="info", where="issues.yaml")], TARGETS, folder=MATRICES)
    assert text.split("\n") == [
        (
            "::error file=matrices/phase-1.yaml,line=52,col=18,title=lockgen recommended-conflict::"
            f"{STARLETTE.message}. Phases 1 and 1-stable: all. Nearest: starlette 0.27.0.%0A{STEP.strip()}"
        ),
        "::warning file=matrices/phase-1.yaml,line=9,col=14,title=lockgen dead-cap::no release is kept out.",
        "::notice file=matrices/issues.yaml,title=lockgen dead-cap::no release is kept out.",
    ]
    assert findings_github([], TARGETS, folder=MATRICES) == ""


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        (PurePosixPath("."), "file=phase-1.yaml,"),
        (PurePosixPath("a, b:c%"), "file=a%2C b%3Ac%25/phase-1.yaml,"),
        (PureWindowsPath("a\\b"), "file=a/b/phase-1.yaml,"),
    ],
)
def test_the_folder_of_an_annotation(folder, said):
    assert said in findings_github([BARE], TARGETS, folder=folder)


def test_an_annotation_without_a_place():
    said = findings_github([replace(BARE, where="", message="100%")], TARGETS, folder=MATRICES)
    assert said == "::warning title=lockgen dead-cap::100%25."


HOSTILE = "x\r\n::error::\x1b[31mred\u202e\u2028##[add-mask]%0A ##vso[task.x]\x85\x00y"


def _hostile(text: str) -> Finding:
    return Finding(
        rule=text,
        severity="error",
        phase="1",
        where=f"{text}:1:1",
        message=text,
        steps=(text, f"::stop-commands::{text}"),
        repairs=(Repair(text=text),),
        accepted=text,
    )


def test_hostile_words_stay_words():
    known = _hostile(HOSTILE)
    lines = answer_text(findings_answer([known, replace(known, accepted="")], TARGETS, verbose=True)).split("\n")
    lines = [" ".join(line.split()) for line in lines]
    clean = "x ::error:: [31mred # #[add-mask]%0A # #vso[task.x] y"
    assert lines == [
        "1 error; 1 accepted",
        f"{clean}:1:1: error, accepted [{clean}]",
        f"{clean}. Repair: {clean}.",
        clean,
        f": :stop-commands::{clean}",
        f"accepted: {clean}",
        f"{clean}:1:1: error [{clean}]",
        f"{clean}. Repair: {clean}.",
        clean,
        f": :stop-commands::{clean}",
        f"help: lockgen explain --rule {clean} says what it means",
    ]


@given(st.text(st.sampled_from("x:#[]%,\n\r\x1b\u2028\u202e\x85\ud800 vso"), max_size=30))
def test_no_word_gives_orders(text):
    found = [replace(_hostile(text), accepted="")]
    for line in answer_text(findings_answer(found, TARGETS)).split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert not re.search(r"##\w*\[", line)
    said = findings_github(found, TARGETS, folder=MATRICES)
    # As the runner reads it: the command and its properties end at the second `::`.
    read = re.fullmatch(r"::(\w+) ([^\n]*?)::([^\n]*)", said)
    assert read
    command, properties, data = read.groups()
    assert command == "error"
    assert [each.partition("=")[0] for each in properties.split(",")][-3:] == ["line", "col", "title"]
    assert not re.search(r"%(?!25|0A)|\r|\x1b", data)
    json.dumps(findings_json(found))
