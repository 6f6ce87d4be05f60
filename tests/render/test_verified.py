"""Records of proofs: what the first schema is worth, which takes whose place, and merges in any order."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgen.errors import ComplaintsError
from lockgen.model.verify import Proof
from lockgen.render.verified import Verified, proof_of, read_verified, with_proofs
from lockgen.render.verify_merge import RecordedSets, Results, news, read_results

TARGET = "py3.11-linux-aarch64"
SETS = RecordedSets(phase="1", digests={TARGET: "d", "py3.8-linux-x86_64": "e"}, smoke="s", known=())
NATIVE = Verified(
    target=TARGET, set="d", level="smoked", verdict="proved", smoke="s", python="3.11.2", libc="glibc 2.36",
    machine="aarch64",
)  # fmt: skip
EMULATED = replace(NATIVE, emulated="qemu 7.2")
FAILED = replace(NATIVE, verdict="failed", reason="import dies")


def _results(where: str, *entries: Verified, is_own: bool = False) -> Results:
    return Results(where=where, phase="1", strategy="recommended", entries=entries, is_own=is_own)


def _old(*entries: dict[str, str]) -> tuple[Verified, ...]:
    head = {"target": TARGET, "set": "d", "verdict": "proved", "python": "3.11.2", "libc": "glibc 2.36"}
    return read_verified(json.dumps({"schema": 1, "proofs": [head | each for each in entries]}))


def test_of_schema_1_smoked_keeps_its_word_and_all_below_it() -> None:
    smoked = _old({"level": "fetched"}, {"level": "installed"}, {"level": "smoked", "smoke": "s"})
    assert [(each.level, each.machine, each.emulated, each.checks) for each in smoked] == [
        (level, "aarch64", "", ()) for level in ("fetched", "installed", "smoked")
    ]


@pytest.mark.parametrize("beside", [(), ({"level": "smoked", "smoke": "s", "verdict": "failed", "reason": "r"},)])
def test_of_schema_1_installed_alone_is_fetched(beside: tuple[dict[str, str], ...]) -> None:
    (alone, *failed) = _old({"level": "installed"}, {"level": "fetched"}, *beside)
    assert (alone.level, alone.python) == ("fetched", "3.11.2")
    assert [(each.level, each.verdict) for each in failed] == [("smoked", "failed") for _ in beside]


def test_of_schema_1_a_failure_stays_one_and_a_fetch_has_no_machine() -> None:
    failed, fetched = _old(
        {"level": "installed", "verdict": "failed", "reason": "r"}, {"level": "fetched", "python": "", "libc": ""}
    )
    assert (failed.level, failed.verdict) == ("installed", "failed")
    assert (fetched.level, fetched.machine) == ("fetched", "")


def test_an_emulated_proof_takes_no_native_one_s_place_nor_one_image_another_s() -> None:
    several = (NATIVE, EMULATED, replace(NATIVE, image="sha256:a"), replace(NATIVE, image="sha256:b"))
    kept = with_proofs(several[:1], map(proof_of, several[1:]), SETS.digests, "s")
    assert set(kept) == set(several)


def test_what_was_fetched_anywhere_says_why_and_gives_way_to_what_was_installed() -> None:
    fetched = Proof(target=TARGET, level="fetched", verdict="proved", checks=("hashes",), reason="foreign platform")
    (entry,) = with_proofs((), [fetched], SETS.digests, "s")
    assert (entry.level, entry.verdict, entry.reason) == ("fetched", "proved", "foreign platform")
    installed = replace(proof_of(NATIVE), level="installed")
    assert [each.level for each in with_proofs([entry], [installed], SETS.digests, "s")] == ["installed"]


@pytest.mark.parametrize("is_own", [True, False])
def test_a_lie_is_refused_beside_the_truth_that_is_recorded_already(*, is_own: bool) -> None:
    sets = replace(SETS, known=(NATIVE,))
    files = (_results("lie.json", FAILED, is_own=is_own), _results("true.json", NATIVE, is_own=is_own))
    for order in permutations(files):
        with pytest.raises(ComplaintsError) as error:
            news(order, sets)
        (complaint,) = error.value.complaints
        assert complaint.message == (
            "py3.11-linux-aarch64 smoked on Python 3.11.2 glibc 2.36: proved, but failed, import dies in lie.json"
        )
        assert "--proofs DIR" in complaint.hint


def test_own_files_are_held_against_each_other_whatever_is_recorded() -> None:
    sets = replace(SETS, known=(NATIVE,))
    renewed = replace(NATIVE, installer="pip 99.0")
    assert [each.installer for each in news((_results("a", renewed), _results("b", NATIVE)), sets)] == ["pip 99.0"]
    with pytest.raises(ComplaintsError):
        news((_results("a", renewed, is_own=True), _results("b", NATIVE, is_own=True)), sets)


def test_why_no_more_was_tried_is_no_contradiction() -> None:
    several = [replace(NATIVE, level="fetched", smoke="", python="", machine="", libc="", reason=each) for each in "ab"]
    for files in permutations(_results(each.reason, each) for each in several):
        assert [each.reason for each in news(files, SETS)] == ["a"]


def test_a_file_of_one_s_own_says_so(tmp_path: Path) -> None:
    head = {"schema": 2, "phase": "1", "strategy": "recommended", "proofs": []}
    assert read_results("f", json.dumps(head | {"own": True}).encode()).is_own
    assert not read_results("f", json.dumps(head | {"own": "yes"}).encode()).is_own


ENTRIES = st.builds(
    replace,
    st.just(NATIVE),
    verdict=st.sampled_from(("proved", "failed")),
    python=st.sampled_from(("3.11.2", "3.11.9")),
    emulated=st.sampled_from(("", "qemu 7.2")),
    image=st.sampled_from(("", "sha256:a")),
    reason=st.sampled_from(("", "r")),
)


@given(st.lists(st.lists(ENTRIES, max_size=3), min_size=2, max_size=3), st.lists(ENTRIES, max_size=3), st.data())
def test_the_order_of_the_files_is_nothing(
    files: list[list[Verified]], known: list[Verified], data: st.DataObject
) -> None:
    sets = replace(SETS, known=tuple({each.key: each for each in known}.values()))
    results = [
        _results(f"{place}.json", *{each.key: each for each in file}.values(), is_own=data.draw(st.booleans()))
        for place, file in enumerate(files)
    ]

    def outcome(order: tuple[Results, ...]) -> object:
        try:
            proofs = news(order, sets)
        except ComplaintsError as error:
            return sorted(map(str, error.complaints))
        merged = with_proofs(sets.known, proofs, sets.digests, "s")
        assert {each.key for each in sets.known} <= {each.key for each in merged}
        return sorted(merged, key=lambda each: each.key)

    outcomes = [outcome(order) for order in permutations(results)]
    assert all(each == outcomes[0] for each in outcomes)
