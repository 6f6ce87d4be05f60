"""The differences between the sets of two phases: packages added, removed and moved, known issues, support."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.change import Change
from lockgen.model.compare import Comparison, IssueChange, IssueKind, Side, TargetAnswer, TargetComparison
from lockgen.model.result import Solved, TargetResult, Unsolved, Unsupported


def compare(before: Sequence[TargetAnswer], after: Sequence[TargetAnswer]) -> Comparison:
    """Each target of either side with what differs in `after`; a target that a side does not have is absent there."""
    one, two = _by_name(before), _by_name(after)
    return Comparison(targets=tuple(_target(name, one.get(name), two.get(name)) for name in {**one, **two}))


def _by_name(answers: Iterable[TargetAnswer]) -> dict[str, TargetAnswer]:
    return {(each.request if isinstance(each, TargetResult) else each).target.name: each for each in answers}


def _target(name: str, before: TargetAnswer | None, after: TargetAnswer | None) -> TargetComparison:
    sides = (_side(before), _side(after))
    if (
        isinstance(before, TargetResult)
        and isinstance(after, TargetResult)
        and all(side.status == "solved" for side in sides)
    ):
        return TargetComparison(
            name=name,
            before=sides[0],
            after=sides[1],
            changes=tuple(_changes(_pins(before), _pins(after))),
            issues=(*_issues("appears", after, before), *_issues("goes", before, after)),
        )
    return TargetComparison(name=name, before=sides[0], after=sides[1])


def _side(answer: TargetAnswer | None) -> Side:
    if answer is None:
        return Side(status="absent", reason="no target of the phase")
    if isinstance(answer, Unsupported):
        return Side(status="unsupported", reason=" ".join(filter(None, (_sentence(answer.reason), answer.remedy))))
    if isinstance(answer.outcome, Unsolved):
        return Side(status="unsolved", reason="; ".join(map(str, answer.outcome.core or answer.outcome.refusals)))
    return Side(status="solved")


def _sentence(text: str) -> str:
    return text if text.endswith(".") or not text else f"{text}."


def _pins(cell: TargetResult) -> dict[NormalizedName, Version]:
    return {pin.name: pin.version for pin in cell.outcome.pins} if isinstance(cell.outcome, Solved) else {}


def _changes(before: Mapping[NormalizedName, Version], after: Mapping[NormalizedName, Version]) -> Iterator[Change]:
    for name in sorted({**before, **after}):
        if before.get(name) != after.get(name):
            yield Change(name=name, before=before.get(name), after=after.get(name))


def _issues(kind: IssueKind, here: TargetResult, there: TargetResult) -> Iterator[IssueChange]:
    known = {issue.id for issue in there.issues}
    return (IssueChange(kind=kind, issue=issue) for issue in here.issues if issue.id not in known)
