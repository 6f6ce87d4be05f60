"""What `verify` says: every failure in full, everything else counted, and XML that any reader takes."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgen.model.verify import Level, Proof, Verdict
from lockgen.report.layout import answer_text
from lockgen.report.verify import junit, proofs_answer

LINUX, MAC = "py3.11-linux-x86_64", "py3.11-macos-arm64"


def proof(level: Level, verdict: Verdict = "proved", target: str = LINUX, **fields) -> Proof:
    return Proof(target=target, level=level, verdict=verdict, **fields)


def proofs_text(found, level, *, verbose: bool = False) -> str:
    return answer_text(proofs_answer(found, level, verbose=verbose))


def child(element: ET.Element, path: str) -> ET.Element:
    found = element.find(path)
    assert found is not None
    return found


ALL_WELL = {
    f"phase-1 {LINUX}": (
        proof("closed"),
        proof("fetched", notes=("by installing it",)),
        proof("installed", python="3.11.9", libc="glibc 2.36"),
        proof("smoked", python="3.11.9", libc="glibc 2.36"),
    ),
    f"phase-1 {MAC}": (
        proof("closed", target=MAC),
        proof("fetched", target=MAC),
        proof("installed", "not run", target=MAC, reason="foreign platform: this machine is linux-x86_64"),
        proof("smoked", "not run", target=MAC, reason="foreign platform: this machine is linux-x86_64"),
    ),
}
FAILED = {
    f"phase-1 {LINUX}": (
        proof("closed"),
        proof(
            "fetched",
            "failed",
            reason="pip says no",
            tail=("ERROR: No matching distribution", "  for uvloop"),
            command="python -m pip download",
        ),
        proof("installed", "not run", reason="installing it did not succeed"),
    )
}


def test_the_table_has_a_line_for_each_phase_and_a_column_for_each_level() -> None:
    assert proofs_text(ALL_WELL, "smoked").splitlines() == [
        "2 sets: 1 smoked, 1 fetched",
        "           closed  fetched  installed  smoked  on",
        "  phase-1  2 of 2  2 of 2   1 of 2     1 of 2  3.11.9 glibc 2.36",
        "  installed not run: py3.11-macos-arm64",
        "      foreign platform: this machine is linux-x86_64",
    ]


def test_each_set_has_a_line_on_request() -> None:
    lines = proofs_text(ALL_WELL, "smoked", verbose=True).splitlines()
    assert [line.split() for line in lines[1:4]] == [
        ["closed", "fetched", "installed", "smoked", "on"],
        ["phase-1", LINUX, "proved", "proved", "proved", "proved", "3.11.9", "glibc", "2.36"],
        ["phase-1", MAC, "proved", "proved", "-", "-"],
    ]


def test_levels_that_were_not_asked_for_are_not_shown() -> None:
    lines = proofs_text({f"phase-1 {LINUX}": (proof("closed"),)}, "closed").splitlines()
    assert [line.split() for line in lines] == [
        ["1", "set:", "1", "closed"],
        ["closed"],
        ["phase-1", "1", "of", "1"],
    ]


def test_why_a_level_was_not_run_is_said_once_for_all_sets() -> None:
    found = {
        f"phase-{i} {LINUX}": (proof("closed"), proof("installed", "not run", reason="no CPython")) for i in range(3)
    }
    text = proofs_text(found, "installed")
    assert text.count("no CPython") == 1
    assert "  installed not run: all\n      no CPython" in text


def test_a_failure_is_told_in_full() -> None:
    lines = proofs_text(FAILED, "installed").splitlines()
    assert lines[0] == "1 set: 1 FAILED"
    assert "0 of 1, 1 FAILED" in lines[2]
    at = lines.index(f"  phase-1 {LINUX}: fetched FAILED")
    assert lines[at + 1 : at + 5] == [
        "      pip says no",
        "        ERROR: No matching distribution",
        "          for uvloop",
        "      again: python -m pip download",
    ]


def test_what_was_left_out_is_said_even_when_every_level_was_run() -> None:
    note = "not proved: uvloop 0.22.1 is an sdist, which pip takes only by running its build"
    found = {f"phase-1 {LINUX}": (proof("closed"), proof("fetched", notes=("quickly", note)))}
    lines = proofs_text(found, "fetched").splitlines()
    assert lines[-1] == f"note: {note}"
    assert "quickly" not in lines


def test_nothing_found_is_a_text_too() -> None:
    assert proofs_text({}, "closed") == "0 sets: nothing to prove"


def test_junit_has_a_suite_for_each_set_and_a_case_for_each_level() -> None:
    root = ET.fromstring(junit({**ALL_WELL, "failed": FAILED[f"phase-1 {LINUX}"]}))
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    assert root.tag == "testsuites"
    assert list(suites) == [f"phase-1 {LINUX}", f"phase-1 {MAC}", "failed"]
    assert [(s.get("tests"), s.get("failures"), s.get("skipped")) for s in suites.values()] == [
        ("4", "0", "0"),
        ("4", "0", "2"),
        ("3", "1", "1"),
    ]
    native, foreign, failed = suites.values()
    assert [(case.get("classname"), case.get("name")) for case in native][:2] == [
        (f"phase-1 {LINUX}", "closed"),
        (f"phase-1 {LINUX}", "fetched"),
    ]
    assert native[1].findtext("system-out") == "by installing it"
    assert [len(case) for case in native] == [0, 1, 0, 0]
    assert [child(case, "skipped").get("message") for case in foreign[2:]] == [
        "foreign platform: this machine is linux-x86_64"
    ] * 2
    failure = child(failed[1], "failure")
    assert failure.get("message") == "pip says no"
    assert failure.text == "ERROR: No matching distribution\n  for uvloop"


def test_junit_is_declared_as_what_it_is() -> None:
    content = junit({"café": (proof("closed"),)})
    assert content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n')
    assert content.endswith(b"\n")
    assert "café" in content.decode()


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0B, 0x1B, 0x1F, 0xD800, 0xDCFF, 0xFFFE, 0xFFFF])
def test_what_xml_forbids_is_replaced(code: int) -> None:
    broken = f"a{chr(code)}b"
    found = {broken: (proof("fetched", "failed", reason=broken, tail=(broken,)), proof("closed", notes=(broken,)))}
    suite = ET.fromstring(junit(found))[0]
    assert suite.get("name") == suite[0].get("classname") == "a\ufffdb"
    assert child(suite[0], "failure").get("message") == suite[0].findtext("failure") == "a\ufffdb"
    assert suite[1].findtext("system-out") == "a\ufffdb"


@given(st.text(st.characters(codec=None), max_size=20))
def test_whatever_a_tool_says_the_xml_can_be_read(text: str) -> None:
    found = {"set": (proof("fetched", "failed", reason=text, tail=(text, "<&>]]>")), proof("closed", notes=(text,)))}
    failure = child(ET.fromstring(junit(found)), ".//failure")
    assert failure.text is not None
    assert failure.text.endswith("<&>]]>")
    if text.isprintable():
        assert failure.get("message") == text


TWICE = {
    f"phase-1 {LINUX}": (
        proof("closed"),
        proof("installed", python="3.11.9", libc="glibc 2.36"),
        proof(
            "installed",
            "failed",
            reason="r",
            python="3.11.2",
            libc="glibc 2.36",
            machine="aarch64",
            emulated="qemu 7.2",
        ),
    )
}


def test_a_set_proved_on_two_interpreters_is_one_set_and_failed_on_either_is_failed() -> None:
    lines = proofs_text(TWICE, "installed").splitlines()
    assert [each.strip() for each in lines[2].split("  ")[-2:]] == [
        "0 of 1, 1 FAILED",
        "3.11.9 glibc 2.36, 3.11.2 glibc 2.36 aarch64 emulated",
    ]
    names = [case.get("name") for case in ET.fromstring(junit(TWICE)).iter("testcase")]
    assert names == ["closed", "installed on 3.11.9, glibc 2.36", "installed on 3.11.2, glibc 2.36, emulated"]


def test_sets_that_were_proved_before_are_counted() -> None:
    found = {f"phase-1 {LINUX}": (proof("closed"), proof("fetched", is_recorded=True))}
    assert "1 set was proved before and did not change; --all proves them again" in proofs_text(found, "fetched")
