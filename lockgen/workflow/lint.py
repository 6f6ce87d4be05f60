"""lint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lockgen.errors import UsageError
from lockgen.lint import lint as lint_workflow
from lockgen.lint.fix import RECOMMENDED, fixes
from lockgen.lint.outcomes import TableOutcomes, unsolved_findings
from lockgen.lint.rules import RULES
from lockgen.lint.table import LintTable
from lockgen.matrix.edit.values import edit_values
from lockgen.matrix.load import load_matrices
from lockgen.matrix.request import request
from lockgen.matrix.select import chosen_phases, select, select_phase
from lockgen.model.lint import Finding
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import PhaseResult, Progress, Scope, Selection
from lockgen.model.request import Request
from lockgen.model.result import Unsupported
from lockgen.model.target import Target
from lockgen.resolve.resolver import Resolver
from lockgen.text import alike
from lockgen.workflow.committed import committed_numbers
from lockgen.workflow.layers import Layers

MatrixTexts = Mapping[str, bytes]
"""The files of a folder of matrices by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintResult:
    """What the rules found, and the targets they looked at."""

    findings: tuple[Finding, ...]
    targets: Mapping[str, tuple[str, ...]]
    """Phase -> the names of its targets."""
    refused: tuple[Unsupported, ...] = ()
    """Targets selected by name that the matrices do not support."""

    @property
    def is_clean(self) -> bool:
        """Whether every finding is accepted or a mere note, and every selected target supported."""
        return not self.refused and all(finding.accepted or finding.severity == "note" for finding in self.findings)


def lint(
    matrices: Matrices, scope: Scope, resolver: Resolver, progress: Progress, output: Path | None = None
) -> LintResult:
    """Apply every rule to the phases and targets of the scope. LockgenError when the index cannot be read.

    `output` is where the committed sets lie, whose numbers are compared.
    """
    selections = select(matrices, scope.phases, scope.targets, scope.sets)
    tables = [_with_rendered(table, output) for table in tables_of(matrices, selections, resolver)]
    found = lint_workflow.lint(tables, progress, is_whole=scope.is_whole) if tables else ()
    return LintResult(
        findings=found,
        targets={table.phase.phase: table.names for table in tables},
        refused=tuple(dict.fromkeys(cell for each in selections for cell in each.refused)),
    )


def _with_rendered(table: LintTable, output: Path | None) -> LintTable:
    return table if output is None else replace(table, rendered=committed_numbers(output / table.phase.folder))


def find_repairs(matrices: Matrices, result: PhaseResult, resolver: Resolver) -> dict[str, tuple[str, ...]]:
    """For each target of a render without a set what would give it one, proved by solves.

    LockgenError when the index cannot be read.
    """
    requests = {cell.request.target.name: cell.request for cell in result.cells}
    outcomes = tuple((cell.request.target, cell.outcome) for cell in result.cells)
    table = LintTable(
        matrices=matrices,
        phase=result.selection.phase,
        targets=tuple(target for target, _ in outcomes),
        resolver=resolver,
        requests=requests,
    )
    found = unsolved_findings(TableOutcomes(table=table, by_target=outcomes))
    return {name: tuple(repair.text for repair in each.repairs) for each in found for name in each.targets}


def check_rules(rules: Sequence[str]) -> None:
    """UsageError for a rule there is none of."""
    for rule in rules:
        if rule not in RULES and rule != RECOMMENDED:
            near = alike(rule, RULES)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"The rules are {', '.join(RULES)}."
            raise UsageError(f"there is no rule {rule!r}", hint=hint)


def fix(texts: MatrixTexts, scope: Scope, rules: Sequence[str], resolver: Resolver) -> dict[str, bytes]:
    """The files that change when the findings of these rules are repaired, or those about RECOMMENDED versions.

    Phase by phase, a file that others extend first: what is repaired there need not be repaired again.
    """
    found = dict(texts)
    before = load_matrices(texts)
    wanted = {phase.phase for phase in chosen_phases(before, scope.phases, scope.sets)}
    for name in _parents_first(before):
        if name in wanted:
            matrices = load_matrices(found)
            tables = tables_of(matrices, [select_phase(matrices, matrices.phase(name))], resolver)
            for table in tables:
                found[table.phase.file] = _fixed(table, found[table.phase.file], rules)
    load_matrices(found)
    return {file: content for file, content in found.items() if content != texts[file]}


def _fixed(table: LintTable, content: bytes, rules: Sequence[str]) -> bytes:
    """The phase's file with the findings of these rules repaired."""
    found = lint_workflow.lint([table], lambda _done, _all: None, is_whole=False)
    groups = {row.name: row.group for row in table.phase.dependencies if row.group}
    edits = fixes(table, found, rules)
    return edit_values(table.phase.file, content, edits, groups=groups) if edits else content


def _parents_first(matrices: Matrices) -> list[str]:
    """The names of the phases, each behind the one whose file it extends."""
    by_file = {phase.file: phase for phase in matrices.tables}

    def depth(phase: Phase) -> int:
        return 0 if phase.extends is None else 1 + depth(by_file[phase.extends])

    return [phase.phase for phase in sorted(matrices.phases.values(), key=depth)]


def tables_of(matrices: Matrices, selections: Sequence[Selection], resolver: Resolver) -> list[LintTable]:
    """Each phase with targets as a table for the rules, with the requests of a render."""
    layers = Layers(matrices=matrices, scope=Scope(), resolver=resolver)

    def asked(phase: Phase, target: Target) -> Request:
        return layers.request(phase, request(matrices, phase, target, "recommended"))

    return [
        LintTable(
            matrices=matrices,
            phase=each.phase,
            targets=each.targets,
            resolver=resolver,
            requests={target.name: asked(each.phase, target) for target in each.targets},
            is_whole=each.is_whole,
        )
        for each in selections
        if each.targets
    ]
