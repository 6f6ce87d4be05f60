"""docs/reference: the pages that are made of the program are what it makes of them today."""

from __future__ import annotations

from typing import get_args

import pytest

from lockgen.cli import exits
from lockgen.model.drift import KINDS
from lockgen.model.refusal import RefusalKind
from lockgen.report.explain_rules import DRIFT, REFUSALS
from tests.conftest import ROOT
from tests.docs import reference


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_generated_page_is_the_committed_one(name: str) -> None:
    """Else: python -m tests.docs.reference."""
    assert (reference.FOLDER / name).read_text("utf-8") == reference.PAGES[name]()


def test_every_command_has_its_options() -> None:
    """A command that is only loaded when it is called is loaded here."""
    text = (reference.FOLDER / "commands.md").read_text("utf-8")
    for name, command in reference.commands():
        section = text.partition(f"\n## `lockgen {name}`\n")[2].partition("\n## ")[0]
        named = [max(each.opts, key=len) for each in command.params if each.param_type_name == "option"]
        assert [each for each in named if f"`{each}" not in section and each != "--help"] == [], name
    assert "`--phase PHASE`" in text


def test_every_kind_has_its_line() -> None:
    assert list(DRIFT) == list(KINDS)
    assert list(REFUSALS) == list(get_args(RefusalKind))


def test_the_exit_codes_are_those_of_the_program() -> None:
    text = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")
    for code in (0, 1, exits.COULD_NOT_ASK, exits.BUG, exits.INTERRUPTED):
        assert f"\n| {code} | " in text
