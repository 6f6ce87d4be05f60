"""`lockgen explain --rule`: every name a person may meet has its text, which is that of the docs."""

from __future__ import annotations

import pytest

from lockgen.lint.rules import RULES
from lockgen.report.explain_rules import DRIFT, REFUSALS, rule_names
from tests.conftest import ROOT, Lockgen

LINT = (ROOT / "docs" / "lint.md").read_text("utf-8")


@pytest.mark.parametrize("name", rule_names(RULES))
def test_every_rule_and_kind_has_its_text(lockgen: Lockgen, name: str) -> None:
    done = lockgen("explain", "--rule", name)
    assert (done.code, done.err) == (0, "")
    assert f"lint rule {name} (" in done.out or name not in RULES
    assert all(texts[name] in done.flat for texts in (DRIFT, REFUSALS) if name in texts)  # type: ignore[index]


def test_the_text_of_a_rule_is_that_of_the_docs(lockgen: Lockgen) -> None:
    section = LINT.partition("### dead-cap\n")[2].partition("\n##")[0]
    first = section.strip().partition("\n\n")[0]
    assert " ".join(first.split()) in lockgen("explain", "--rule", "dead-cap").flat


def test_a_name_there_is_none_of_comes_with_the_nearest(lockgen: Lockgen) -> None:
    assert lockgen("explain", "--rule", "ded-cap").err == (
        "error: there is no rule or kind 'ded-cap'\n  Did you mean dead-cap?\n"
    )
    assert "'django' is in the way" in lockgen("explain", "django", "--rule", "dead-cap").err
    assert "no package is named" in lockgen("explain").err


def test_the_meaning_as_json(lockgen: Lockgen) -> None:
    told = lockgen("explain", "--rule", "gone", "--format", "json").result
    assert told == {"rule": "gone", "meanings": [{"what": "kind of drift gone", "text": [f"{DRIFT['gone']}."]}]}
