"""Every fault a person can type gets its own words: bad/KIND.FAULT.yaml is the file, bad/KIND.FAULT.txt what is said."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lockgen.errors import LockgenError, MatrixError
from lockgen.matrix.load import load_matrices

ASSETS = sorted((Path(__file__).parent / "bad").glob("*.yaml"))


def test_every_asset_has_its_message_and_every_message_its_asset():
    messages = sorted((Path(__file__).parent / "bad").glob("*.txt"))
    assert [path.stem for path in messages] == [path.stem for path in ASSETS]


@pytest.mark.parametrize("asset", ASSETS, ids=lambda path: path.stem)
def test_a_fault_is_told_in_its_own_words(asset, good, complaints):
    kind = asset.name.partition(".")[0]
    file = "phase-9.yaml" if kind == "phase" else f"{kind}.yaml"
    texts = {**good, file: asset.read_bytes()}
    if kind == "targets":  # these tables are smaller than what the good phase speaks of
        texts["phase-1.yaml"] = good["phase-1.yaml"].partition(b"optional:")[0]
    assert complaints(texts) == asset.with_suffix(".txt").read_text()


def test_complaints_are_errors_with_place_and_hint(good):
    with pytest.raises(MatrixError) as caught:
        load_matrices({**good, "phase-1.yaml": good["phase-1.yaml"].replace(b'"0.95.0"', b"0.95")})
    (complaint,) = caught.value.complaints
    assert isinstance(complaint, LockgenError)
    assert complaint.where == "phase-1.yaml:9:14 dependencies[0].minimum"
    assert complaint.message == "0.95 is not quoted, so YAML made it the number 0.95"
    assert complaint.hint == 'Write minimum: "0.95".'


def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_fine(good):
    phase = b"\xef\xbb\xbf" + good["phase-1.yaml"].replace(b"\n", b"\r\n")
    assert load_matrices({**good, "phase-1.yaml": phase}).phases["1"].dependencies[1].where == "phase-1.yaml:12"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * (50 * 1024 * 1024), "phase-9.yaml: is larger than 1048576 bytes"),
        (b"[" * 1_000_000, "phase-9.yaml:1:22: is nested more than 20 deep"),
        (b"{a: " * 200_000, "phase-9.yaml:1:85: is nested more than 20 deep"),
        (b"a:\n" + b" - b\n" * 100_000, "phase-9.yaml:19999:4: holds more than 20000 values"),
        (b"- " * 500_000, "phase-9.yaml:1:43: is nested more than 20 deep"),
        (
            b"".join(b"k: &a%d 1\n" % n for n in range(60_000)),
            "phase-9.yaml:51:4: more than 100 faults; the rest is not listed",
        ),
    ],
    ids=["50 MB", "brackets", "braces", "items", "dashes", "faults"],
)
def test_a_hostile_file_is_refused_quickly(content, said, good, complaints):
    started = time.perf_counter()
    assert said in complaints({**good, "phase-9.yaml": content})
    assert time.perf_counter() - started < 10  # unbounded, the brackets take minutes


def test_missing_targets_and_missing_phases_are_told_together(complaints):
    said = complaints({"issues.yaml": b"schema: 1\n"})
    assert "targets.yaml: is missing" in said
    assert "phase-*.yaml: there is no phase" in said


def test_missing_issues_are_no_issues(good):
    assert load_matrices(good).issues == ()


def test_all_errors_of_all_files_come_at_once(good, complaints):
    said = complaints(
        {
            "phase-1.yaml": good["phase-1.yaml"].replace(b"revision: 1", b"revision: 0"),
            "targets.yaml": good["targets.yaml"].replace(b'"3.8"', b"3.8"),
            "issues.yaml": b"[]",
            "servers.yaml": good["servers.yaml"],
        }
    )
    assert [line.split(":")[0] for line in said.splitlines() if not line.startswith(" ")] == [
        "issues.yaml",
        "phase-1.yaml",
        "targets.yaml",
    ]


def test_two_files_may_not_be_the_same_phase(good, complaints):
    said = complaints({**good, "phase-x.yaml": good["phase-1.yaml"]})
    assert said == "phase-x.yaml:2:8 phase: phase-1.yaml is phase '1' already\n  Give each file a phase of its own.\n"


@pytest.mark.parametrize(
    "moment", ["2026-11-20T00:00:00Z", '"2026-11-20T01:00:00+01:00"', "2026-11-20 00:00:00 +00:00"]
)
def test_a_time_may_stand_bare_or_quoted_in_any_zone(moment, good):
    phase = good["phase-1.yaml"].replace(b"2026-11-20T00:00:00Z", moment.encode())
    assert load_matrices({**good, "phase-1.yaml": phase}).phases["1"].as_of.isoformat() == "2026-11-20T00:00:00+00:00"


def test_nothing_in_a_message_can_drive_a_terminal(good, complaints):
    said = complaints(
        {**good, "phase-1.yaml": good["phase-1.yaml"] + b'"\\e[31m\\n": 1\n"\\u202e": 1\n' + b"y" * 300 + b": 1\n"}
    )
    assert all(line.isprintable() and len(line) < 250 for line in said.splitlines())
