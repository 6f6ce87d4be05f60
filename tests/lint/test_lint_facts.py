"""What was measured about the published tables and metadata can show, by the rule that has to find it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex
from lockgen.lint import columns
from lockgen.lint.bounds import bound_findings
from lockgen.lint.conflicts import conflict_findings
from lockgen.lint.outcomes import solve_table, unsolved_findings
from lockgen.lint.table import LintTable
from lockgen.matrix.load import load_matrices
from lockgen.model.lint import Finding
from lockgen.model.matrix import Matrices
from lockgen.model.request import Strategy
from lockgen.text.target_names import in_words
from tests.lint.conftest import Whole
from tests.lint.stand import tables

CONFLICTS = {
    # phase, rule: what is said, where it holds, what is nearest
    ("1", "recommended-conflict"): [
        "recommended starlette 0.32.0 cannot go with recommended fastapi 0.99.1, which requires starlette>=0.27.0,<0.28.0 | all | starlette 0.27.0",
        "recommended pydantic 1.10.13 cannot go with known issue pydantic-v1-python-3.12.4, which requires pydantic>=1.10.16 | py3.12-* | pydantic 1.10.27",
    ],
    ("2", "recommended-conflict"): [
        "recommended starlette 0.37.0 cannot go with recommended fastapi 0.115.0, which requires starlette>=0.37.2,<0.39.0 | all | starlette 0.37.2",
        "recommended pydantic 2.6.0 cannot go with known issue pydantic-shim-python-3.12.4, which requires pydantic>=2.7.4 | py3.12-* | pydantic 2.7.4",
    ],
    ("1", "minimum-conflict"): [
        "minimum starlette 0.27.0 cannot go with minimum fastapi 0.95.0, which requires starlette>=0.26.1,<0.27.0 | all | starlette 0.26.1 | fastapi 0.95.2",
        "minimum anyio 3.0.0 cannot go with minimum starlette 0.27.0, which requires anyio>=3.4.0,<5 | all | anyio 3.4.0",
        "minimum fastapi 0.95.0 and minimum anyio 3.0.0 cannot hold together | all | anyio 3.4.0",
        "minimum uvicorn 0.23.0 cannot go with known issue uvicorn-shutdown-python-3.12, which requires uvicorn>=0.24.0 | py3.12-* | uvicorn 0.24.0",
        "minimum pydantic 1.10.0 cannot go with known issue pydantic-v1-python-3.12.4, which requires pydantic>=1.10.16 | py3.12-* | pydantic 1.10.16 (recommended 1.10.16)",
    ],
    ("2", "minimum-conflict"): [
        "minimum starlette 0.36.0 cannot go with minimum fastapi 0.109.0, which requires starlette>=0.35.0,<0.36.0 | all | starlette 0.35.1",
        "minimum pydantic 2.5.0 cannot go with known issue pydantic-shim-python-3.12.4, which requires pydantic>=2.7.4 | py3.12-* | pydantic 2.7.4 (recommended 2.7.4)",
    ],
}
WISHES: tuple[Strategy, ...] = ("recommended", "minimum")
FLOORS = {
    "1": [
        "minimum fastapi 0.95.0 can be had on no target: the lowest is 0.95.2 | fastapi 0.95.2",
        "minimum anyio 3.0.0 can be had on no target: the lowest is 3.4.0 | anyio 3.4.0",
    ],
    "2": [
        "minimum fastapi 0.109.0 can be had on no target: the lowest is 0.109.2 | fastapi 0.109.2",
        "minimum starlette 0.36.0 can be had on no target: the lowest is 0.36.3 | starlette 0.36.3",
    ],
}
CAPS = {
    "1": [
        # Metadata knows nothing of the TestClient that httpx 0.28 breaks; the matrix does, by a known issue.
        "maximum httpx<1.0.0 lets in 0.28.0 to 0.28.1 (2 releases), which no target can have: the newest is 0.27.2 | httpx<0.28.0",
        "maximum starlette<0.33.0 lets in 0.28.0 to 0.32.0.post1 (7 releases), which no target can have: the newest is 0.27.0 | starlette<0.28.0 (recommended 0.27.0)",
    ],
    "2": [
        "maximum fastapi<1.0.0 lets in 0.164.0 to 0.165.0 (2 releases), which no target can have: the newest is 0.163.2 | fastapi<0.164.0",
    ],
}


def said(table: LintTable, finding: Finding) -> str:
    where = in_words(finding.targets, table.names)
    return " | ".join([finding.message, where, *(repair.text for repair in finding.repairs)])


@pytest.mark.parametrize("phase", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_the_columns(phases: Mapping[str, LintTable], phase: str) -> None:
    """On four targets, and without the maximum, which is quicker."""
    few = {f"py{python}-{platform}" for python in ("3.11", "3.12") for platform in ("linux-aarch64", "windows-x86_64")}
    targets = [each for each in phases[phase].targets if each.name in few]
    table = replace(phases[phase], targets=tuple(targets))
    found = [columns._finding(table, each) for name in WISHES for each in columns.conflicts(table, name)]
    assert_columns(table, [each for each in found if each is not None])


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["1", "2"])
def test_the_columns_of_all_targets(phases: Mapping[str, LintTable], whole: Whole, phase: str) -> None:
    assert len(phases[phase].targets) == 30
    assert_columns(phases[phase], [each for each in whole.findings if each.phase == phase])


def assert_columns(table: LintTable, found: list[Finding]) -> None:
    for rule in ("recommended-conflict", "minimum-conflict"):
        mine = [said(table, each) for each in found if each.rule == rule]
        assert sorted(mine) == sorted(CONFLICTS[table.phase.phase, rule])
    wheels = {(each.packages, each.repairs[0].text): each.targets for each in found if each.rule.endswith("-wheel")}
    on_3_12 = tuple(name for name in table.names if name.startswith("py3.12-"))
    assert wheels == {
        (("uvloop",), "uvloop 0.19.0"): tuple(name for name in on_3_12 if "windows" not in name),
        (("orjson",), "orjson 3.9.5"): on_3_12,
    }


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["1", "2"])
def test_the_bounds_of_all_targets(whole: Whole, phase: str) -> None:
    for rule, expected in {"unreachable-minimum": FLOORS, "dead-cap": CAPS}.items():
        mine = [bound(each) for each in whole.findings if (each.phase, each.rule) == (phase, rule)]
        # On the older Pythons the newest fastapi is older still, which the sentence says.
        assert sorted(each.replace(", on py3.11 and newer", "") for each in mine) == sorted(expected[phase])


@pytest.mark.parametrize("phase", ["1", "2"])
def test_the_bounds(phases: Mapping[str, LintTable], phase: str) -> None:
    """On one target, which is quick; on all of them the sentences are the same (slow)."""
    target = next(each for each in phases[phase].targets if each.name == "py3.11-linux-x86_64")
    found = list(bound_findings(replace(phases[phase], targets=(target,))))
    told = {rule: [bound(each) for each in found if each.rule == rule] for rule in ("unreachable-minimum", "dead-cap")}
    assert told == {"unreachable-minimum": FLOORS[phase], "dead-cap": CAPS[phase]}


def bound(finding: Finding) -> str:
    (repair,) = finding.repairs
    return f"{finding.message} | {repair.text}"


def test_the_v1_only_claims(phases: Mapping[str, LintTable]) -> None:
    assert [each.message for each in conflict_findings([phases["1"]])] == [
        "langchain<0.1 is said to need pydantic<2; the metadata of 0.0.267 to 0.0.354 (85 releases) declares pydantic>=1,<3",
        "mlflow<2.9 is said to need pydantic<2; the metadata of 2.8.1 says nothing about pydantic",
        "ray[serve]<2.8 is said to need pydantic<2; the metadata of 2.8.0 to 2.8.1 (2 releases) declares pydantic<2",
    ]


SUPPORTED = re.compile(r" +unsupported:\n +fastapi:\n +reason: .*\n +remedy: .*\n")


def with_python_3_7(texts: Mapping[str, bytes]) -> Matrices:
    changed, count = SUPPORTED.subn("", texts["targets.yaml"].decode())
    assert count == 1
    return load_matrices({**texts, "targets.yaml": changed.encode()})


def without_sdists(texts: Mapping[str, bytes]) -> Matrices:
    changed, count = re.subn(r"(?ms)^sdists:.*?^# ", "# ", texts["issues.yaml"].decode())
    assert count == 1
    return load_matrices({**texts, "issues.yaml": changed.encode()})


def test_python_3_7_has_no_set(committed: Mapping[str, bytes], real: FrozenIndex) -> None:
    (table,) = tables(with_python_3_7(committed), real, "2")
    (found,) = unsolved_findings(solve_table(table))
    assert (found.rule, found.packages, len(found.targets)) == ("impossible-python", ("fastapi",), 6)
    assert found.message == "Python 3.7 is said to be supported, but no set can be had on it"
    assert found.where.startswith("targets.yaml:")
    assert found.steps[0].startswith("fastapi>=0.109.0,<1.0.0")
    assert [repair.text for repair in found.repairs] == ["drop py3.7-*"]


@pytest.mark.long
@pytest.mark.network
def test_python_3_7_has_no_set_in_phase_1_either(committed: Mapping[str, bytes], live: LiveIndex) -> None:
    """Its repairs ask for more than the frozen index holds."""
    (table,) = tables(with_python_3_7(committed), live, "1")
    found = list(unsolved_findings(solve_table(table)))
    assert {each.rule for each in found} == {"impossible-python"}
    assert {name for each in found for name in each.targets} == {n for n in table.names if n.startswith("py3.7-")}
    assert {each.packages for each in found} == {("uvicorn",)}


@pytest.mark.network
@pytest.mark.parametrize("phase", ["1", "2"])
def test_pyyaml_has_no_wheel_for_3_8_on_macos_arm64(
    committed: Mapping[str, bytes], live: LiveIndex, phase: str
) -> None:
    """Its repairs ask for more than the frozen index holds."""
    (table,) = tables(without_sdists(committed), live, phase)
    (found,) = unsolved_findings(solve_table(table))
    assert (found.rule, found.targets) == ("no-wheel", ("py3.8-macos-arm64",))
    assert found.message == "no file of pyyaml serves, and the matrix allows no sdist"
    assert [repair.text for repair in found.repairs] == [
        "allow pyyaml as an sdist there (issues.yaml, sdists)",
        "drop py3.8-macos-arm64",
    ]
