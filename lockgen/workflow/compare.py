"""compare."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from lockgen.compare.compare import compare
from lockgen.matrix.select import exact_name
from lockgen.model.compare import Comparison, TargetAnswer
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult, Progress, Scope
from lockgen.model.result import Unsupported
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import solve_phases


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseComparison:
    """Two phases under one strategy, solved for the same targets, and what differs."""

    before: PhaseResult
    after: PhaseResult
    comparison: Comparison

    @property
    def refused(self) -> tuple[Unsupported, ...]:
        """Targets selected by name that neither phase supports, with the second's reasons."""
        before = {each.target.name for each in self.before.selection.refused}
        return tuple(each for each in self.after.selection.refused if each.target.name in before)


def compare_phases(
    matrices: Matrices, scope: Scope, phases: tuple[str, str], resolver: Resolver, progress: Progress
) -> PhaseComparison:
    """Solve both phases for the scope, and compare them. LockgenError when the index cannot be read."""
    found = solve_phases(matrices, replace(scope, phases=tuple(map(exact_name, phases))), resolver, progress)
    by_name = {each.selection.phase.phase: each for each in found}
    before, after = (by_name[name] for name in phases)
    return PhaseComparison(before=before, after=after, comparison=compare(_answers(before), _answers(after)))


def _answers(result: PhaseResult) -> tuple[TargetAnswer, ...]:
    """In the order of targets.yaml, then the targets with a full Python version."""
    found: dict[str, TargetAnswer] = {
        **{cell.request.target.name: cell for cell in result.cells},
        **{each.target.name: each for each in result.unsupported},
    }
    return tuple(found[name] for name in _ordered(result.selection.everything, found))


def _ordered(everything: tuple[str, ...], found: Collection[str]) -> list[str]:
    return [name for name in dict.fromkeys((*everything, *found)) if name in found]
