"""Which records make another proof needless."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lockgen.model.verify import CHECKS, LEVELS, Interpreter, Level, Proof, proved_on
from lockgen.verify.recorded import recorded

HERE = Interpreter(
    path="/p",
    version="3.11.2",
    implementation="CPython",
    platform="linux-aarch64",
    libc="glibc 2.36",
    machine="aarch64",
)


def _known(*levels: Level, on: Interpreter | None = HERE) -> list[Proof]:
    proofs = [Proof(target="t", level=each, verdict="proved", checks=CHECKS[each]) for each in levels]
    return [proved_on(each, on) if on else each for each in proofs]


ALL = _known("fetched", "installed", "smoked")


def test_all_of_it_on_the_same_interpreter() -> None:
    found = recorded(ALL, HERE, LEVELS, is_smoked=True)
    assert [each.level for each in found] == ["fetched", "installed", "smoked"]
    assert recorded(_known("fetched", on=None), "foreign platform", LEVELS, is_smoked=True)
    assert recorded(_known("fetched", "installed"), HERE, LEVELS, is_smoked=False)
    assert recorded(ALL, HERE, LEVELS[:2], is_smoked=True)
    assert recorded(_known("fetched", on=None), HERE, LEVELS[:2], is_smoked=True)


@pytest.mark.parametrize("other", [
    replace(HERE, version="3.11.3"), replace(HERE, libc="glibc 2.37"), replace(HERE, machine="x86_64"),
    replace(HERE, emulated="qemu 7.2"), replace(HERE, image="sha256:a"),
])  # fmt: skip
def test_another_interpreter_proves_it_again(other: Interpreter) -> None:
    assert recorded(ALL, other, LEVELS, is_smoked=True) == []


@pytest.mark.parametrize("known", [
    ALL[:2], ALL[1:], _known("fetched", on=None), [],
    [ALL[0], replace(ALL[1], checks=("hashes", "pip check")), ALL[2]],
    [*ALL[:2], replace(ALL[2], verdict="failed")],
])  # fmt: skip
def test_what_is_missing_failed_or_checked_less_is_proved_again(known: list[Proof]) -> None:
    assert recorded(known, HERE, LEVELS, is_smoked=True) == []
    assert recorded([], "foreign platform", LEVELS, is_smoked=True) == []
    assert recorded(ALL, HERE, LEVELS[:1], is_smoked=True) == []
