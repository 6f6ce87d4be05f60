"""Where Requires-Python cuts the floor or a patch release: the next floor or one exact Python is offered, and mends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lockgen.lint.outcomes import solve_table, unsolved_findings
from lockgen.lint.table import LintTable
from lockgen.model.lint import Finding
from tests.lint.stand import LINUX, WINDOWS, one_table, table
from tests.universe import Packages, Universe

PLACE = "targets.yaml:3:5"
DROP = "drop py3.9-*"
FLOOR = '{python: "3.9", from: "3.9.2"}'
EVERY = '{python: "3.9", from: "3.9.2", patches: all}'


def of(python: str, packages: Packages) -> LintTable:
    pythons = f'schema: 1\npythons:\n  - {python}\n  - {{python: "3.11"}}\n'
    targets = f"{pythons}platforms:\n  - {LINUX}\n  - {WINDOWS}\n"
    texts = {"example.yaml": table('{name: app, minimum: "1.0", maximum: "<3"}'), "targets.yaml": targets.encode()}
    return one_table(texts, Universe(packages))


def found(python: str, packages: Packages) -> Iterator[Finding]:
    return unsolved_findings(solve_table(of(python, packages)))


def app(python: str) -> Packages:
    return {"app": {"1.0": {"python": python}, "1.1": {"python": ">=3.10"}}}


@pytest.mark.parametrize(
    ("python", "requires", "offered", "mended"),
    [
        (FLOOR, ">=3.9.5", [f'from: "3.9.5" for Python 3.9 ({PLACE})'], ['{python: "3.9", from: "3.9.5"}']),
        (FLOOR, "!=3.9.2", [f'from: "3.9.3" for Python 3.9 ({PLACE})'], ['{python: "3.9", from: "3.9.3"}']),
        (FLOOR, "<3.9.8", [f'python: "3.9.7" instead of "3.9" ({PLACE})'], ['{python: "3.9.7"}']),
        (FLOOR, ">=3.9.4,<3.9.9", [f'python: "3.9.8" instead of "3.9" ({PLACE})'], ['{python: "3.9.8"}']),
        (
            EVERY,
            "!=3.9.7",
            [f'from: "3.9.8" for Python 3.9 ({PLACE})', f'python: "3.9.25" instead of "3.9" ({PLACE})'],
            ['{python: "3.9", from: "3.9.8", patches: all}', '{python: "3.9.25"}'],
        ),
        (FLOOR, ">=3.10", [], []),
    ],
)
def test_the_least_change_of_the_python_is_offered(
    python: str, requires: str, offered: list[str], mended: list[str]
) -> None:
    (finding,) = found(python, app(requires))
    assert [repair.text for repair in finding.repairs] == [*offered, DROP]
    for each in mended:
        assert not list(found(each, app(requires)))


def test_a_version_is_offered_before_the_python() -> None:
    packages = {"app": {"1.0": {"python": ">=3.9.5"}, "1.1": {"python": ">=3.10"}, "3.0": {}}}
    (finding,) = found(FLOOR, packages)
    assert [repair.text for repair in finding.repairs] == [
        "maximum app<=3.0",
        f'from: "3.9.5" for Python 3.9 ({PLACE})',
        DROP,
    ]


@pytest.mark.parametrize(("on_windows", "offered"), [("!=3.9.7", []), ("!=3.9.6", ["3.9.7"])])
def test_a_python_is_offered_only_where_no_other_platform_loses_its_set(on_windows: str, offered: list[str]) -> None:
    windows, linux = "cp39-cp39-win_amd64.whl", "cp39-cp39-manylinux_2_17_x86_64.whl"
    web = {"1.0": {"python": "<3.9.8", "files": [linux]}, "2.0": {"python": on_windows, "files": [windows]}}
    (finding,) = found(FLOOR, {"app": {"1.0": {"requires": ["web"]}, "1.1": {"python": ">=3.10"}}, "web": web})
    assert finding.targets == ("py3.9-linux-x86_64",)
    texts = [repair.text for repair in finding.repairs]
    drop = "drop py3.9-linux-x86_64"
    assert texts == [*(f'python: "{each}" instead of "3.9" ({PLACE})' for each in offered), drop]


@pytest.mark.parametrize(
    ("python", "requires", "offered"),
    [
        ('{python: "3.14t"}', "<3.14.7", f'python: "3.14.6t" instead of "3.14t" ({PLACE})'),
        ('{python: "pypy3.9", from: "3.9.16"}', ">=3.9.18", f'from: "3.9.18" for Python pypy3.9 ({PLACE})'),
        ('{python: "pypy3.9", from: "3.9.16"}', "<3.9.18", ""),
        ('{python: "3.9.4"}', ">=3.9.5", ""),
    ],
)
def test_other_builds_and_exact_pythons(python: str, requires: str, offered: str) -> None:
    packages = {"app": {"1.0": {"python": requires}, "1.1": {"python": "!=3.14.*,>=3.10"}}}
    repairs = [repair.text for each in found(python, packages) for repair in each.repairs]
    assert [text for text in repairs if not text.startswith("drop")] == ([offered] if offered else [])
