"""The repository's own matrices: clean through entries with a reason, each of which is needed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lockgen.lint.accept import accepted, unused
from lockgen.lint.columns import COLUMNS, conflicts
from lockgen.lint.repairs import repairs
from lockgen.lint.table import LintTable
from lockgen.matrix.load import load_matrices
from lockgen.model.lint import Finding
from lockgen.model.matrix import Matrices
from tests.conftest import FROZEN, ROOT, Lockgen
from tests.lint.conftest import Whole
from tests.lint.proof import is_gone, is_minimal, mended

ENTRY = re.compile(r"^  - rule: (\S+)\n    packages: \[(.*)\]\n    reason: .+\n", re.MULTILINE)
ENTRIES = [
    (path.name, found[0])
    for path in sorted((ROOT / "matrices").glob("*.yaml"))
    for found in ENTRY.finditer(path.read_text("utf-8"))
]
ONE = "py3.11-linux-x86_64"


def without_entry(texts: Mapping[str, bytes], file: str, entry: str) -> Matrices:
    text = texts[file].decode()
    assert text.count(entry) == 1
    rest = text.replace(entry, "")
    return load_matrices({**texts, file: re.sub(r"^accept:\n\Z", "", rest, flags=re.MULTILINE).encode()})


@pytest.mark.long
@pytest.mark.slow
def test_they_are_clean(whole: Whole, committed: Mapping[str, bytes]) -> None:
    assert (whole.code, whole.err) == (0, "")
    assert all(finding.accepted for finding in whole.findings)
    matrices = load_matrices(committed)
    assert len(ENTRIES) == len({e.where for p in matrices.phases.values() for e in p.accept}) + len(matrices.accept)
    assert not list(unused(matrices, whole.findings))


@pytest.mark.slow
@pytest.mark.parametrize(("file", "entry"), ENTRIES, ids=[re.sub(r"\W+", " ", entry)[:60] for _, entry in ENTRIES])
def test_each_entry_is_needed(whole: Whole, committed: Mapping[str, bytes], file: str, entry: str) -> None:
    """Without it exactly its findings are open, in its phase and those that extend it."""
    found = ENTRY.fullmatch(entry)
    assert found is not None
    rule, packages = found[1], tuple(found[2].split(", "))
    matrices = without_entry(committed, file, entry)
    again = accepted(matrices, (replace(each, accepted="") for each in whole.findings))
    open_ = [each for each in again if not each.accepted]
    assert {(each.rule, each.packages) for each in open_} == {(rule, packages)}
    files = {each.where.split(":")[0] for each in open_}
    assert files <= ({file} if file == "issues.yaml" else {file, "phase-1.yaml"})


def _copy(tmp_path: Path, file: str, old: str, new: str) -> None:
    folder = Path(shutil.copytree(ROOT / "matrices", tmp_path / "matrices"))
    text = (folder / file).read_text("utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), "utf-8")


def _open(lockgen: Lockgen, *words: str) -> tuple[int, list[tuple[str, list[str]]]]:
    done = lockgen("lint", "--frozen", FROZEN, "--format", "json", "--target", ONE, *words)
    assert done.err == ""
    return done.code, [(each["rule"], each["packages"]) for each in done.result["findings"] if not each["accepted"]]


@pytest.mark.slow
def test_an_entry_removed_fails_with_its_finding(lockgen: Lockgen, tmp_path: Path) -> None:
    entry = next(entry for file, entry in ENTRIES if file == "phase-1.yaml")
    _copy(tmp_path, "phase-1.yaml", entry, "")
    assert _open(lockgen, "--phase", "1") == (1, [("recommended-conflict", ["fastapi", "starlette"])])


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        pytest.param(
            *('recommended: "0.32.0"', 'recommended: "0.32.99"', ("no-such-version", ["starlette"])),
            marks=pytest.mark.slow,
        ),
        ('recommended: "3.7.1"', 'recommended: "3.0.0"', ("recommended-conflict", ["anyio", "fastapi"])),
    ],
)
def test_a_changed_number_brings_a_new_finding(
    lockgen: Lockgen, tmp_path: Path, old: str, new: str, found: tuple[str, list[str]]
) -> None:
    _copy(tmp_path, "phase-1.yaml", old, new)
    code, open_ = _open(lockgen, "--phase", "1")
    assert code == 1
    assert found in open_


@pytest.mark.slow
@pytest.mark.parametrize("phase", ["1", "1-stable", "2", "option-b"])
def test_their_conflicts_are_minimal_and_their_repairs_mend(
    phases: Mapping[str, LintTable], committed: Mapping[str, bytes], phase: str
) -> None:
    table = phases[phase]
    for column in COLUMNS:
        for conflict in conflicts(table, column):
            assert all(is_minimal(table, conflict, target) for target in conflict.targets)
            found = Finding(
                rule=f"{column}-conflict",
                severity="error",
                packages=tuple(sorted(conflict.members)),
                where="",
                message="",
                targets=tuple(target.name for target in conflict.targets),
            )
            for repair in repairs(table, conflict):
                assert is_gone(mended(committed, table, repair), found), repair.text


@pytest.mark.slow
def test_every_repair_they_are_offered_mends(
    whole: Whole, phases: Mapping[str, LintTable], committed: Mapping[str, bytes]
) -> None:
    offered = [(each, repair) for each in whole.findings for repair in each.repairs if repair.edits]
    assert len(offered) > 40
    for finding, repair in offered:
        assert is_gone(mended(committed, phases[finding.phase], repair), finding), finding.message
