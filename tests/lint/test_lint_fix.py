"""`lockgen lint --fix`: the numbers change, the rest of the file stays, and what was found is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex
from lockgen.lint.bounds import bound_findings
from lockgen.lint.columns import column_findings, conflicts
from lockgen.lint.table import LintTable
from lockgen.matrix.edit.values import diff
from lockgen.matrix.load import load_matrices
from lockgen.model.index import PackageSource
from lockgen.model.lint import Finding
from lockgen.model.phase import Scope
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import lint as lint_workflow
from tests.conftest import Lockgen
from tests.lint.planted import PLANTED
from tests.lint.stand import frozen, put, table, tables, targets
from tests.universe import Packages

LAYOUT = b"""# A comment above.
schema: 1

phase: example   # beside
title: 'Example'
revision: 4 # raised by --fix
# it names no server
as_of: 2026-01-01T00:00:00Z
dependencies:

  - name: app # first
    minimum: "1.0"
    recommended: '1.0' # quoted in its own way
    maximum: <3
    note: >-
      A note
      of two lines
  - {name: web,   minimum: "1.0", recommended: "2.0", maximum: "<3"}   # one line
# the end"""


def changes(text: str) -> list[str]:
    """The lines of a diff that went and came."""
    return [line for line in text.splitlines() if re.match(r"[+-](?![+-])", line)]


def planted(folder: Path, rule: str) -> Path:
    (folder / "index.xz").write_bytes(PLANTED[rule].index)
    return put(folder / "matrices", PLANTED[rule].files)


def test_comments_and_layout_stay(lockgen: Lockgen, tmp_path: Path) -> None:
    file = planted(tmp_path, "recommended-conflict") / "example.yaml"
    file.write_bytes(LAYOUT)
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.err) == (0, "changed example.yaml\n")
    assert file.read_bytes() == LAYOUT.replace(b"revision: 4", b"revision: 5").replace(b'"2.0", max', b'"1.9", max')
    shown, _, rest = done.out.partition("No findings.")
    assert (shown, rest) == (diff("example.yaml", LAYOUT, file.read_bytes()), "\n")
    assert lockgen("lint", "--frozen", "index.xz", "--fix").err.startswith("nothing to fix: ")


@pytest.mark.parametrize(
    ("rule", "words", "changed"),
    [
        ("recommended-without-wheel", ["--fix"], ['recommended: "1.1"', 'recommended: "1.2"']),
        ("no-such-version", ["--fix"], ['recommended: "1.5"', 'recommended: "1.6"']),
        ("yanked-version", ["--fix"], ['recommended: "1.1"', 'recommended: "1.2"']),
        ("yanked-version", ["--fix", "yanked-version"], ['recommended: "1.1"', 'recommended: "1.2"']),
        ("minimum-conflict", ["--fix=minimum-conflict"], ['web, minimum: "1.0"', 'web, minimum: "1.1"']),
        ("minimum-without-wheel", ["--fix", "minimum-without-wheel"], ['minimum: "1.0"', 'minimum: "1.1"']),
        ("unreachable-minimum", ["--fix", "unreachable-minimum"], ['web, minimum: "1.0"', 'web, minimum: "1.1"']),
        ("dead-cap", ["--fix", "dead-cap"], ['web, minimum: "1.0", maximum: "<3"', 'web, minimum: "1.0", maximum: "<2.0"']),
        ("maximum-conflict", ["--fix", "maximum-conflict"], ['web, minimum: "1.0", maximum: "<3"', 'web, minimum: "1.0", maximum: "<2.0"']),
    ],
)  # fmt: skip
def test_a_fix_mends_the_planted_fault(
    lockgen: Lockgen, tmp_path: Path, rule: str, words: list[str], changed: list[str]
) -> None:
    file = planted(tmp_path, rule) / "example.yaml"
    before = file.read_text()
    done = lockgen("lint", "--frozen", "index.xz", *words)
    assert (done.code, done.err) == (0, "changed example.yaml\n")
    old, new = changed
    assert before.count(old) == 1
    assert file.read_text() == before.replace(old, new).replace("revision: 1", "revision: 2")


@pytest.mark.parametrize("rule", ["minimum-conflict", "unreachable-minimum", "dead-cap", "maximum-conflict"])
def test_a_bound_changes_only_when_its_rule_is_named(lockgen: Lockgen, tmp_path: Path, rule: str) -> None:
    file = planted(tmp_path, rule) / "example.yaml"
    before = file.read_bytes(), file.stat().st_mtime_ns
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert done.code == 1
    assert done.err == "nothing to fix: no open finding of these rules has a repair that can be written\n"
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_what_is_accepted_stays(lockgen: Lockgen, tmp_path: Path) -> None:
    file = planted(tmp_path, "recommended-conflict") / "example.yaml"
    entry = b"accept:\n  - {rule: recommended-conflict, packages: [app, web], reason: so it is published}\n"
    file.write_bytes(file.read_bytes() + entry)
    before = file.read_bytes()
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.out) == (0, "No findings. 1 accepted (--verbose shows them)\n")
    assert file.read_bytes() == before


BOTH = {
    "example.yaml": table(
        '{name: app, minimum: "1.0", maximum: "<3"}',
        '{name: web, minimum: "1.0", recommended: "2.1", maximum: "<3"}',
    ),
    "targets.yaml": targets("3.11"),
}
BOTH_INDEX: Packages = {"app": {"1.0": {"requires": ["web<2"]}}, "web": {v: {} for v in ("1.0", "1.9", "2.0", "2.1")}}


@pytest.mark.parametrize("words", [["--fix", "dead-cap"], ["--fix", "--fix", "dead-cap"], ["--fix=dead-cap", "--fix"]])
def test_a_bound_takes_the_recommended_version_along(lockgen: Lockgen, tmp_path: Path, words: list[str]) -> None:
    """A cap below the recommended version makes a table that no one can read."""
    folder = put(tmp_path / "matrices", BOTH)
    (tmp_path / "index.xz").write_bytes(frozen(BOTH_INDEX))
    assert "Nearest: web<2.0 (recommended 1.9)." in lockgen("lint", "--frozen", "index.xz").out
    done = lockgen("lint", "--frozen", "index.xz", *words)
    assert (done.code, changes(done.out)[2:]) == (
        0,
        [
            '-  - {name: web, minimum: "1.0", recommended: "2.1", maximum: "<3"}',
            '+  - {name: web, minimum: "1.0", recommended: "1.9", maximum: "<2.0"}',
        ],
    )
    assert load_matrices({file.name: file.read_bytes() for file in folder.iterdir()})


def test_what_is_mended_above_is_not_mended_below(lockgen: Lockgen, tmp_path: Path) -> None:
    """The heir's name sorts before that of the file it extends."""
    folder = planted(tmp_path, "recommended-conflict")
    heir = 'schema: 1\nphase: "0"\ntitle: Heir\nrevision: 1\nextends: example.yaml\n'
    (folder / "heir.yaml").write_text(heir)
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.err) == (0, "changed example.yaml\n")
    assert (folder / "heir.yaml").read_text() == heir


# What follows is about the repository's own matrices, as if nothing in them were accepted.


@pytest.fixture(scope="module")
def published(committed: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return {file: re.sub(rb"(?ms)^# What `lockgen lint` finds.*\Z", b"", text) for file, text in committed.items()}


def fixed(published: Mapping[str, bytes], rule: str, source: PackageSource) -> tuple[list[str], list[LintTable]]:
    """The changed lines, and the phases after the change."""
    changed = lint_workflow.fix(published, Scope(), (rule,), Resolver(source))
    lines = [line for file in sorted(changed) for line in changes(diff(file, published[file], changed[file]))]
    return lines, tables(load_matrices({**published, **changed}), source)


def found(phases: list[LintTable], rule: str) -> Iterator[Finding]:
    rules = {"unreachable-minimum": bound_findings, "dead-cap": bound_findings}
    for each in phases:
        yield from (finding for finding in rules.get(rule, column_findings)(each) if finding.rule == rule)


@pytest.mark.slow
@pytest.mark.long
def test_the_recommended_columns_can_then_be_installed_as_written(
    published: Mapping[str, bytes], real: FrozenIndex
) -> None:
    lines, phases = fixed(published, "recommended", real)
    assert [line.strip('-+" ').removeprefix('recommended: "') for line in lines] == [
        *("revision: 1", "revision: 2", "0.32.0", "0.27.0", "1.10.13", "1.10.27"),
        *("revision: 1", "revision: 2", "0.37.0", "0.37.2", "2.6.0", "2.7.4"),
    ]
    for each in phases:
        assert not conflicts(each, "recommended")
        for target in each.targets:
            wanted = {row.name: row.recommended for row in each.rows(target) if row.recommended is not None}
            exact = {name: SpecifierSet(f"=={version}") for name, version in wanted.items()}
            rows = tuple(replace(row, specifier=exact.get(row.name, row.specifier)) for row in each.rows(target))
            outcome = each.resolver.solve(replace(each.request(target), rows=rows))
            assert isinstance(outcome, Solved), f"{each.phase.phase} {target.name}"
            assert {pin.name: pin.version for pin in outcome.pins if pin.name in wanted} == wanted


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("unreachable-minimum", "2.0.2 3.4.0 0.95.2 3.4.0 0.109.2 0.36.3"),
        ("dead-cap", "<0.28.0 <0.28.0 0.27.0 <0.28.0 <0.164.0"),
    ],
)
def test_the_bounds_are_then_those_that_are_there(
    published: Mapping[str, bytes], real: FrozenIndex, rule: str, values: str
) -> None:
    lines, phases = fixed(published, rule, real)
    new = [line.partition(": ")[2].strip('"') for line in lines if line.startswith("+") and "revision" not in line]
    assert new == values.split()
    assert not list(found(phases, rule))


@pytest.mark.network
@pytest.mark.long
@pytest.mark.parametrize("rule", ["minimum-conflict", "minimum-without-wheel"])
def test_the_minimum_columns_hold_together_then(published: Mapping[str, bytes], live: LiveIndex, rule: str) -> None:
    """A column of minimums that serves every target asks for more than the frozen index holds."""
    lines, phases = fixed(published, rule, live)
    assert lines
    assert not [each for table in phases for each in conflicts(table, "minimum")]
    assert not list(found(phases, rule))
