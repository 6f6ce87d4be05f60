"""`lockgen compare` on the frozen real index: exit codes, what goes where, and that the words are the index's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import FROZEN, Lockgen

ONE = "py3.11-linux-x86_64"
COMPARE = ("compare", "--frozen", FROZEN)


def test_the_migration_in_one_table(lockgen: Lockgen) -> None:
    done = lockgen(*COMPARE, "1", "2")
    assert (done.code, done.err) == (0, "")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0] == "phase 1 to phase 2: 30 of 36 targets differ (recommended, as of 2026-11-20)"
    assert "moved fastapi 0.99.1 -> 0.115.0 major all" in lines
    assert "moved pydantic 1.10.27 -> 2.7.4 major py3.12-*" in lines
    assert "added pydantic-core 2.16.1 py3.11 and older" in lines
    assert any(line.startswith("goes starlette-testclient-httpx all") for line in lines)
    assert lines[-1].startswith("py3.7-* unsupported: FastAPI requires 3.8+.")


@pytest.mark.slow
def test_backwards_is_the_same_the_other_way_round(lockgen: Lockgen) -> None:
    there, back = (
        lockgen(*COMPARE, *phases, "--format", "json").result["summary"]["packages"]
        for phases in (("1", "2"), ("2", "1"))
    )
    assert {(each["name"], each["before"], each["after"], each["where"]) for each in there} == {
        (each["name"], each["after"], each["before"], each["where"]) for each in back
    }


def test_the_json_agrees_with_what_a_render_pins(lockgen: Lockgen) -> None:
    told = lockgen(*COMPARE, "1", "2", "--target", ONE, "--format", "json").result
    assert lockgen("render", "--frozen", FROZEN, "--phase", "1", "--phase", "2", "--target", ONE).code == 0
    before, after = (_pins(Path("output") / phase / ONE / "constraints.txt") for phase in ("phase-1", "phase-2"))
    moved = {name: (before.get(name), after.get(name)) for name in sorted({*before, *after})}
    assert {each["name"]: (each["before"], each["after"]) for each in told["targets"][ONE]["packages"]} == {
        name: versions for name, versions in moved.items() if versions[0] != versions[1]
    }


def _pins(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)$", file.read_text(), re.MULTILINE))


def test_markdown_fits_a_pull_request(lockgen: Lockgen) -> None:
    done = lockgen(*COMPARE, "1", "option-b", "--format", "markdown")
    assert done.code == 0
    assert done.out.startswith("## Phase 1 to phase option-b: ")
    assert done.out.count("<details>") == done.out.count("</details>") > 0
    assert len(done.out) < 65536, "what GitHub takes"


@pytest.mark.parametrize("strategy", ["minimum", "maximum"])
def test_the_ends_of_the_ranges_can_be_compared(lockgen: Lockgen, strategy: str) -> None:
    done = lockgen(*COMPARE, "1", "2", "--target", ONE, "--strategy", strategy)
    assert done.code == 0
    assert f"({strategy}, as of" in done.out
    fastapi = {"minimum": "0.95.2 -> 0.109.2", "maximum": "0.99.1 -> 0.163.2"}[strategy]
    assert fastapi in done.out


def test_a_phase_and_itself_have_no_difference(lockgen: Lockgen) -> None:
    done = lockgen(*COMPARE, "1", "1", "--target", ONE)
    assert (done.code, done.out, done.err) == (
        0,
        "phase 1 to phase 1: no difference (recommended, as of 2026-11-20)\n",
        "",
    )


def test_a_target_unsupported_in_both_is_a_no(lockgen: Lockgen) -> None:
    done = lockgen(*COMPARE, "1", "2", "--target", "py3.7-linux-x86_64", "--target", ONE)
    assert done.code == 1
    assert done.flat.endswith(
        "unsupported in both unsupported: py3.7-linux-x86_64 FastAPI requires 3.8+. "
        "Use DRUM_SERVER_TYPE=flask for Python 3.7."
    )
    assert "fastapi" in done.out


def test_nothing_but_unsupported_targets_is_not_called_the_same(lockgen: Lockgen) -> None:
    done = lockgen(*COMPARE, "1", "2", "--target", "py3.7-*")
    assert done.code == 1
    assert "nothing to compare" in done.out
    assert "no difference" not in done.out


def test_a_full_version_can_be_compared(lockgen: Lockgen) -> None:
    done = lockgen(*COMPARE, "1", "2", "--target", "py3.8.20-linux-x86_64", "--format", "json")
    assert list(done.result["targets"]) == ["py3.8.20-linux-x86_64"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("1",), "Missing argument 'TO'"),
        (("1", "9"), "there is no phase '9'"),
        (("1", "2", "--strategy", "all"), "'all' is not one of"),
        (("1", "2", "--target", "py9.9-*"), "matches no target"),
        (("1", "2/test"), "there is no phase '2/test'"),
        (("1", "2", "--format", "html"), "'html' is not one of"),
    ],
)
def test_what_cannot_be_asked(lockgen: Lockgen, words: tuple[str, ...], said: str) -> None:
    done = lockgen(*COMPARE, *words)
    assert done.code == 2
    assert done.out == ""
    assert said in done.err
