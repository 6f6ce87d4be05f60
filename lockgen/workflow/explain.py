"""explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.explain import Explanation
from lockgen.model.matrix import Dependency, Matrices
from lockgen.model.phase import PhaseFacts, PhaseRequests, Progress, Scope, Selection
from lockgen.model.request import Request
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import layered_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseExplanation:
    """One package of one phase under one strategy, explained for every target of the scope."""

    selection: Selection
    facts: PhaseFacts
    explanations: tuple[Explanation, ...]
    titles: Mapping[str, str]
    """`known issue ID` -> the issue in a few words."""

    @property
    def is_yes(self) -> bool:
        """Whether any of the sets holds the package."""
        return any(each.version is not None for each in self.explanations)


def explain_package(
    matrices: Matrices,
    scope: Scope,
    subject: tuple[NormalizedName, Version | None],
    resolver: Resolver,
    progress: Progress,
) -> tuple[PhaseExplanation, ...]:
    """Explain a package, or why it is not a certain version of it. LockgenError when the index cannot be read."""
    asked = layered_requests(matrices, scope, resolver)
    total = sum(len(question.requests) for question in asked)
    titles = {f"known issue {issue.id}": issue.title for issue in matrices.issues}
    found: list[PhaseExplanation] = []
    for question in asked:
        explanations: list[Explanation] = []
        for request in question.requests:
            explanations.append(_with_rows(resolver.explain(request, *subject), question, request))
            progress(sum(len(done.explanations) for done in found) + len(explanations), total)
        found.append(
            PhaseExplanation(
                selection=question.selection, facts=question.facts, explanations=tuple(explanations), titles=titles
            )
        )
    return tuple(found)


def _with_rows(explanation: Explanation, question: PhaseRequests, request: Request) -> Explanation:
    """With the rows of the phase that name the package and are not for this target."""
    if explanation.version is not None:
        return explanation
    asked = {row.where for row in request.rows}
    rows = question.selection.phase.dependencies
    others = [row for row in rows if row.name == explanation.name and row.where not in asked]
    return replace(explanation, unused=(*map(_not_for, others), *explanation.unused))


def _not_for(row: Dependency) -> str:
    return f"{row.where} names {row.name} only for {', '.join(_bounds(row))}"


def _bounds(row: Dependency) -> Iterator[str]:
    if row.when.python is not None:
        yield f"Python {row.when.python}"
    if row.when.platforms is not None:
        yield " ".join(row.when.platforms)
