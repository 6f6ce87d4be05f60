"""SECURITY.md, the guards and the tests name each other: none of the three can lose a line alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import ROOT
from tests.guards import GUARDS, Guard

_TEST = re.compile(r"tests/[\w/]+\.py::\w+")


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def table() -> Iterator[str]:
    """The lines of SECURITY.md's table of cases, without its head."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("\n| case | promise | test |\n")[2]
    yield from text.partition("\n\n")[0].splitlines()[1:]


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.file}: {guard.text.strip()[:40]}")
def test_a_guard_stands_once_and_its_tests_exist(guard: Guard) -> None:
    text = (ROOT / "lockgen" / guard.file).read_text(encoding="utf-8")
    assert text.count(guard.text) == 1
    assert guard.mutant not in ("", guard.text) or guard.text.startswith((" and ", "        if "))
    ast.parse(text.replace(guard.text, guard.mutant))
    for test in guard.tests:
        file, _, name = test.partition("::")
        assert name in functions(file), test


def test_every_case_has_a_test_that_a_guard_answers_for() -> None:
    rows = list(table())
    assert len(rows) > 20
    answered = {test for guard in GUARDS for test in guard.tests}
    named = set()
    for row in rows:
        tests = _TEST.findall(row)
        assert tests, f"no test: {row}"
        named |= set(tests)
    assert named == answered
