"""What lint offers where only an sdist serves: a permission, a statement of what it requires, then to drop targets."""

from __future__ import annotations

from typing import Any

import pytest

from lockgen.lint import lint as lint_workflow
from tests.lint.stand import one_table, table, targets
from tests.universe import Universe

ROW = '{name: app, minimum: "1.0", maximum: "<3"}'
ALLOWED = b"""schema: 1
sdists:
  - {package: app, reason: r, when: {python: ">=3", platforms: ["*"]}}
"""
STATED = b"dependency_metadata: [{name: app, read_from: r}]\n"
STATE = "state what app 1.1 requires (lockgen metadata app==1.1)"
ALLOW = "allow app as an sdist there (issues.yaml, sdists)"


@pytest.mark.parametrize(
    ("issues", "dynamic", "files", "offered"),
    [
        (b"schema: 1\n", False, ["sdist"], ALLOW),
        (b"schema: 1\n", True, ["sdist"], f"{ALLOW} and {STATE}"),
        (b"schema: 1\n", True, ["sdist", "cp310-cp310-win_amd64.whl"], ALLOW),
        (ALLOWED, True, ["sdist"], STATE),
    ],
    ids=["static", "dynamic", "other wheels", "allowed"],
)
def test_what_is_offered(issues: bytes, dynamic: object, files: list[str], offered: str) -> None:
    texts = {"example.yaml": table(ROW), "targets.yaml": targets("3.11"), "issues.yaml": issues}
    release: dict[str, Any] = {"dynamic": dynamic, "files": files, "build": []}
    asked = one_table(texts, Universe({"app": {"1.0": release, "1.1": release}}))
    found = lint_workflow.lint([asked], lambda _done, _all: None, is_whole=True)
    assert [[each.text for each in finding.repairs] for finding in found if finding.repairs] == [[offered]]


def test_a_statement_ends_it() -> None:
    texts = {"example.yaml": table(ROW), "targets.yaml": targets("3.11"), "issues.yaml": ALLOWED + STATED}
    release: dict[str, Any] = {"dynamic": True, "files": ["sdist"], "build": []}
    asked = one_table(texts, Universe({"app": {"1.0": release}}))
    assert not [each for each in lint_workflow.lint([asked], lambda _done, _all: None, is_whole=True) if each.repairs]


def test_what_builds_an_sdist_and_cannot_be_had_is_no_row_to_widen() -> None:
    texts = {"example.yaml": table(ROW), "targets.yaml": targets("3.11"), "issues.yaml": ALLOWED}
    asked = one_table(texts, Universe({"app": {"1.0": {"files": ["sdist"], "build": ["nowhere"]}}}))
    (found,) = (each for each in lint_workflow.lint([asked], lambda _done, _all: None, is_whole=True) if each.targets)
    assert (found.rule, found.packages, found.repairs) == ("unsolvable", ("nowhere",), ())
