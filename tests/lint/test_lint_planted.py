"""For each rule a planted fault is found, and no other; but for a note it turns the exit code of `lockgen lint` to 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lockgen.lint.rules import RULES
from tests.conftest import Lockgen
from tests.lint.planted import APP, PLANTED
from tests.lint.stand import frozen, put, table, targets

ONE = ["py3.11-linux-x86_64"]

FOUND: dict[str, tuple[str, str, list[str], list[str]]] = {
    # rule: where, message, targets, repairs
    "recommended-conflict": (
        "example.yaml:9:46",
        "recommended web 2.0 cannot go with recommended app 1.0, which requires web<2",
        ONE,
        ["web 1.9", "app 1.1"],
    ),
    "minimum-conflict": (
        "example.yaml:9:26",
        "minimum web 1.0 cannot go with minimum app 1.0, which requires web>=1.1",
        ONE,
        ["web 1.1", "app 1.1"],
    ),
    "maximum-conflict": (
        "example.yaml:9:42",
        "maximum web 2.0 cannot go with maximum app 2.0, which requires web<2",
        ONE,
        ["web<2.0", "app<2.0"],
    ),
    "recommended-without-wheel": (
        "example.yaml:8:46",
        (
            "recommended app 1.1 has no usable file among 2: 1 for another platform or Python, "
            "1 sdist that the matrix does not allow"
        ),
        ["py3.12-linux-x86_64"],
        ["app 1.2"],
    ),
    "minimum-without-wheel": (
        "example.yaml:8:26",
        "minimum app 1.0 has no usable file among 1: 1 for another platform or Python",
        ["py3.12-linux-x86_64"],
        ["app 1.1"],
    ),
    "no-such-package": ("example.yaml:9:12", "the index knows no package wbe", [], []),
    "no-such-version": ("example.yaml:8:46", "recommended app 1.5 does not exist", [], ["app 1.6"]),
    "late-version": (
        "example.yaml:8:46",
        "recommended app 1.1 was uploaded on 2026-03-01T00:00:00Z, after as_of 2026-01-01T00:00:00Z",
        [],
        ["as_of 2026-03-01T00:00:00Z or later"],
    ),
    "yanked-version": ("example.yaml:8:46", "recommended app 1.1 is yanked: loses data", [], ["app 1.2"]),
    "unreachable-minimum": (
        "example.yaml:9:26",
        "minimum web 1.0 can be had on no target: the lowest is 1.1",
        [],
        ["web 1.1"],
    ),
    "dead-cap": (
        "example.yaml:9:42",
        "maximum web<3 lets in 2.0 to 2.1 (2 releases), which no target can have: the newest is 1.9",
        [],
        ["web<2.0"],
    ),
    "unsolvable": ("example.yaml:9:12", "no set can be had", ONE, ["maximum web<=2.0"]),
    "impossible-python": (
        "targets.yaml:3:5",
        "Python 3.7 is said to be supported, but no set can be had on it",
        ["py3.7-linux-x86_64", "py3.7-windows-x86_64"],
        ["drop py3.7-*"],
    ),
    "no-wheel": (
        "example.yaml:8:12",
        "no file of app serves, and the matrix allows no sdist",
        ["py3.11-windows-x86_64"],
        ["allow app as an sdist there (issues.yaml, sdists)", "drop py3.11-windows-x86_64"],
    ),
    "no-such-extra": ("example.yaml:8:25", "app 1.0 has no extra 'fast'; it has full, slow", ONE, []),
    "held-by-patch": (
        "example.yaml:1:1",
        "web 1.1 requires Python >=3.11.5, and 3.11 is meant from 3.11.2 on",
        ONE,
        [],
    ),
    "unserved-patch": (
        "example.yaml:8:12",
        "app 1.0 does not serve CPython 3.11.5: it requires Python >=3.8,!=3.11.5",
        ONE,
        [],
    ),
    "split-marker": (
        "example.yaml:8:12",
        'app 1.0 needs web on some patch releases of 3.11 only: python_full_version < "3.11.4"',
        ONE,
        [],
    ),
    "unknowable-marker": (
        "example.yaml:8:12",
        "app 1.0 needs web depending on platform_release, which no target can know",
        ONE,
        [],
    ),
    "project-status": ("example.yaml:1:1", "the index says that the project web is archived (PEP 792)", ONE, []),
    "unused-dependency": ("example.yaml:9:12", "no target uses the row of web", [], []),
    "no-minimum": (
        "example.yaml:8:12",
        "app has no minimum: the minimum strategy takes the oldest release that goes with the rest",
        [],
        [],
    ),
    "idle-override": (
        "example.yaml:9:1",
        "the exclusion of web changes nothing: no release in any set requires it",
        [],
        ["remove example.yaml:9"],
    ),
    "idle-constraint": ("example.yaml:9:1", "the constraint on web changes nothing: it is in no set", [], []),
    "same-revision": (
        "example.yaml:4:11",
        "numbers changed under the same revision: output/example/summary.json has revision 1 with others",
        [],
        ["revision 2"],
    ),
    "unused-route": (
        "example.yaml:10:21",
        "no package of any set is appp-*, which is routed to the index team",
        [],
        [],
    ),
    "idle-issue": (
        "issues.yaml:3:5",
        "known issue old-app can no longer occur: every phase keeps to app>=1.0 without it",
        [],
        ["remove old-app from issues.yaml"],
    ),
    "idle-not-imported": (
        "issues.yaml:3:5",
        "not_imported of apps leaves out nothing: it is in no set there; did you mean app?",
        [],
        ["remove apps there"],
    ),
    "contradicted-conflict": (
        "issues.yaml:3:5",
        "library<1 is said to need web<2; the metadata of 0.9 declares web<3",
        [],
        [],
    ),
    "unused-accept": ("example.yaml:10:5", "accept of dead-cap for app silences nothing", [], ["remove the entry"]),
}


def linted(lockgen: Lockgen, folder: Path, rule: str, *words: str) -> tuple[int, list[dict[str, Any]]]:
    PLANTED[rule].put(folder)
    done = lockgen("lint", "--frozen", "index.xz", "--format", "json", *words)
    assert done.err == ""
    return done.code, done.result["findings"]


def test_there_is_a_fault_for_each_rule() -> None:
    assert list(PLANTED) == list(FOUND) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_fault_is_found(lockgen: Lockgen, tmp_path: Path, rule: str) -> None:
    code, findings = linted(lockgen, tmp_path, rule)
    assert code == (0 if RULES[rule].severity == "note" else 1)
    assert {each["rule"] for each in findings} == {rule, *PLANTED[rule].beside}
    (found,) = (each for each in findings if each["rule"] == rule)
    repairs = [repair["text"] for repair in found["repairs"]]
    assert (found["where"], found["message"], found["targets"], repairs) == FOUND[rule]
    assert (found["severity"], found["accepted"]) == (RULES[rule].severity, "")


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "unused-accept"])
def test_a_reason_silences_it(lockgen: Lockgen, tmp_path: Path, rule: str) -> None:
    """An entry in the finding's own place, for each finding; then nothing is left."""
    _, findings = linted(lockgen, tmp_path, rule)
    for each in findings:
        file = tmp_path / "matrices" / ("example.yaml" if each["phase"] else "issues.yaml")
        text = file.read_text()
        entry = f"  - {{rule: {each['rule']}, packages: [{', '.join(each['packages'])}], reason: so it is}}\n"
        file.write_text(text + ("" if "accept:\n" in text else "accept:\n") + entry)
    done = lockgen("lint", "--frozen", "index.xz", "--format", "json")
    assert (done.code, done.err) == (0, "")
    assert {each["accepted"] for each in done.result["findings"]} == {"so it is"}


def test_a_table_without_a_fault_is_clean(lockgen: Lockgen, tmp_path: Path) -> None:
    (tmp_path / "index.xz").write_bytes(PLANTED["minimum-without-wheel"].index)
    files = PLANTED["minimum-without-wheel"].files
    put(tmp_path / "matrices", files | {"example.yaml": files["example.yaml"].replace(b'"1.0"', b'"1.1"')})
    done = lockgen("lint", "--frozen", "index.xz")
    assert (done.code, done.out, done.err) == (0, "No findings.\n", "")


@pytest.mark.parametrize(
    ("rule", "target"),
    [
        ("minimum-without-wheel", "py3.12-*"),  # the minimum is unreachable there, and reachable on 3.11
        ("impossible-python", "py3.7-*"),
        ("unused-dependency", "*"),
        ("dead-cap", "*"),
        ("idle-issue", "*"),
        ("contradicted-conflict", "*"),
        ("unused-accept", "*"),
    ],
)
def test_a_part_of_the_targets_cannot_show_that_something_is_nowhere(
    lockgen: Lockgen, tmp_path: Path, rule: str, target: str
) -> None:
    _, findings = linted(lockgen, tmp_path, rule, "--target", target)
    nowhere = {
        "unreachable-minimum", "dead-cap", "unused-dependency", "impossible-python", "idle-issue",
        "contradicted-conflict", "unused-accept",
    }  # fmt: skip
    assert not {each["rule"] for each in findings} & nowhere


def test_a_cap_that_lets_in_no_more_than_a_pre_release_is_dead(lockgen: Lockgen, tmp_path: Path) -> None:
    """bookwyrm pins 0.45b0 of a package that has nothing but pre-releases: `lockgen init` ended in a traceback."""
    web = '{name: web, minimum: "1.0rc1", maximum: "<3", prereleases: allow}'
    packages = {"app": {"1.0": {"requires": ["web<2"]}}, "web": {"1.0rc1": {}, "2.0rc1": {}, "2.0rc2": {}}}
    put(tmp_path / "matrices", {"example.yaml": table(APP, web), "targets.yaml": targets("3.11")})
    (tmp_path / "index.xz").write_bytes(frozen(packages))
    said = lockgen("lint", "--frozen", "index.xz", "--format", "json")
    (found,) = (each for each in said.result["findings"] if each["rule"] == "dead-cap")
    assert found["message"] == "maximum web<3 lets in 2.0rc2, which no target can have: the newest is 1.0rc1"
