"""docs/lint.md: a section for each rule with its severity, and what it quotes is what lockgen prints."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from textwrap import indent

import pytest
from ruamel.yaml import YAML

from lockgen.index.frozen import FrozenIndex
from lockgen.lint.rules import RULES
from lockgen.lint.table import LintTable
from lockgen.matrix.load import load_matrices
from lockgen.model.phase import Scope
from lockgen.report.layout import answer_text
from lockgen.report.lint import findings_answer
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import lint as lint_workflow
from tests.conftest import ROOT, Lockgen
from tests.lint.conftest import Whole
from tests.lint.planted import PLANTED

DOC = (ROOT / "docs" / "lint.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##)", DOC, re.DOTALL | re.MULTILINE))
BLOCKS = re.findall(r"```text\n(.*?)\n```", DOC, re.DOTALL)
_PLANTED = ("example.yaml", "targets.yaml", "issues.yaml:3:5: note [idle-not-imported]")
PLANTED_BLOCKS = [block for block in BLOCKS if block.startswith(_PLANTED)]
REAL_BLOCKS = [block for block in BLOCKS if block not in PLANTED_BLOCKS]


def rule_of(block: str) -> str:
    found = re.search(r" \[(\S+)\]$", block.split("\n", maxsplit=1)[0])
    assert found is not None
    return found[1]


def test_every_rule_has_its_section() -> None:
    assert sorted(SECTIONS) == sorted(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_section_says_severity_example_repair_and_fix(rule: str) -> None:
    text = SECTIONS[rule]
    assert re.search(r"^Severity: (\w+)\.", text, re.MULTILINE)[1] == RULES[rule].severity  # type: ignore[index]
    assert [rule_of(block) for block in BLOCKS if block in text] == [rule]
    assert "\nRepair: " in text
    assert "\nFix: " in text


@pytest.mark.parametrize("block", PLANTED_BLOCKS, ids=rule_of)
def test_what_it_quotes_of_small_tables_is_printed(lockgen: Lockgen, tmp_path: Path, block: str) -> None:
    PLANTED[rule_of(block)].put(tmp_path)
    printed = lockgen("lint", "--frozen", "index.xz").out.replace("matrices/", "")
    assert f"{indent(block, '  ')}\n" in printed


@pytest.mark.slow
@pytest.mark.parametrize("block", REAL_BLOCKS, ids=rule_of)
def test_what_it_quotes_of_the_committed_tables_is_printed(
    whole: Whole, phases: dict[str, LintTable], block: str
) -> None:
    open_ = [replace(finding, accepted="") for finding in whole.findings]
    printed = answer_text(findings_answer(open_, {name: table.names for name, table in phases.items()}))
    assert f"{indent(block, '  ')}\n" in printed


@pytest.mark.parametrize("rule", RULES)
def test_it_says_truly_whether_fix_writes_the_repair(tmp_path: Path, rule: str) -> None:
    PLANTED[rule].put(tmp_path)
    fix = SECTIONS[rule].partition("\nFix: ")[2].partition("\n\n")[0]
    matrices = load_matrices(PLANTED[rule].files)
    found = lint_workflow.lint(
        matrices,
        Scope(),
        Resolver(FrozenIndex(PLANTED[rule].index)),
        lambda _done, _all: None,
        tmp_path / "output",
    ).findings
    repairs = next(each.repairs for each in found if each.rule == rule)
    keys = {edit.key for repair in repairs[:1] for edit in repair.edits}
    if fix.startswith("by hand"):
        assert not keys
    elif keys == {"recommended"}:
        assert fix.startswith("`--fix`")
    else:
        assert keys
        assert f"`--fix {rule}`" in fix


def test_the_hooks_are_commands_of_lockgen(lockgen: Lockgen) -> None:
    hooks = {hook["id"]: hook for hook in YAML(typ="safe", pure=True).load(ROOT / ".pre-commit-hooks.yaml")}
    helped = lockgen("--help").out
    assert {id_: hook["entry"] for id_, hook in hooks.items()} == {
        id_: id_.replace("-", " ") for id_ in ("lockgen-check", "lockgen-lint")
    }
    for hook in hooks.values():
        assert f"│ {hook['entry'].split()[1]} " in helped
    assert re.match(hooks["lockgen-lint"]["files"], "matrices/phase-1.yaml")
    assert "id: lockgen-lint\n" in DOC


def test_the_entry_shown_is_one_of_the_matrices() -> None:
    (shown,) = re.findall(r"```yaml\naccept:\n(.*?)```", DOC, re.DOTALL)
    assert shown in (ROOT / "matrices" / "phase-1.yaml").read_text("utf-8")
