"""Known issues that can no longer occur: every phase keeps clear of their versions already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.lint.rules import RULES
from lockgen.lint.table import LintTable
from lockgen.model.conflict import Demand
from lockgen.model.issues import KnownIssue
from lockgen.model.lint import Finding, Repair
from lockgen.model.origin import IssueOrigin, QuestionOrigin
from lockgen.model.request import Request
from lockgen.model.result import Solved
from lockgen.text import spelled

_QUESTION = QuestionOrigin(text="lint")
_OPPOSITE = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}


def issue_findings(tables: Sequence[LintTable]) -> Iterator[Finding]:
    """idle-issue, looked for in every set of every phase."""
    if not tables:
        return
    for issue in tables[0].matrices.issues:
        if not any(_can_occur(table, issue) for table in tables):
            yield Finding(
                rule="idle-issue",
                severity=RULES["idle-issue"].severity,
                packages=tuple(
                    sorted({canonicalize_name(each.name) for each in issue.constrain} | set(_beside(issue)))
                ),
                where=issue.where,
                message=f"known issue {issue.id} can no longer occur: {_why(issue)}",
                repairs=(Repair(text=f"remove {issue.id} from issues.yaml"),),
            )


def _beside(issue: KnownIssue) -> Sequence[NormalizedName]:
    return tuple(issue.packages)


def _why(issue: KnownIssue) -> str:
    if issue.is_sdist:
        return "no target takes an sdist of its packages"
    if not issue.constrain:
        return "no set holds the releases it is about"
    kept = ", ".join(f"{each.name}{spelled(each.specifier)}" for each in issue.constrain)
    return f"every phase keeps to {kept} without it"


def _can_occur(table: LintTable, issue: KnownIssue) -> bool:
    return any(_occurs(table, table.request(target), issue) for target in table.targets if issue.when.covers(target))


def _occurs(table: LintTable, request: Request, issue: KnownIssue) -> bool:
    """Whether a set of the request, the issue itself left out, can hold what the issue is about."""
    if issue.is_sdist and not {permission.name for permission in request.sdists} & set(_beside(issue)):
        return False
    free = replace(
        request, constraints=tuple(each for each in request.constraints if each.origin != IssueOrigin(id=issue.id))
    )
    beside = [(canonicalize_name(name), within) for name, within in (issue.packages).items()]
    bad = [
        (canonicalize_name(each.name), opposite) for each in issue.constrain for opposite in _outside(each.specifier)
    ]
    if not bad:
        return not beside or any(_is_possible(table, free, [each]) for each in beside)
    pairs = [[each, other] for each in bad for other in beside if other[0] != each[0]]
    return any(_is_possible(table, free, each) for each in pairs or [[each] for each in bad])


def _outside(specifiers: SpecifierSet) -> Iterator[SpecifierSet]:
    """The ranges outside, one for each clause."""
    for clause in specifiers:
        yield from _opposite(clause)


def _opposite(clause: Specifier) -> Iterator[SpecifierSet]:
    if clause.operator in _OPPOSITE:
        yield SpecifierSet(f"{_OPPOSITE[clause.operator]}{clause.version}")
    else:  # "~=" and "===": whatever is no such version
        yield SpecifierSet("")


def _is_possible(table: LintTable, request: Request, versions: Sequence[tuple[NormalizedName, SpecifierSet]]) -> bool:
    """Whether some set holds these, and would hold the packages without being asked for them here."""
    demands = tuple(Demand(name=name, specifier=specifier, origin=_QUESTION) for name, specifier in versions)
    outcome = table.resolver.solve(replace(request, demands=demands))
    if not isinstance(outcome, Solved):
        return False
    names = {name for name, _ in versions}
    wanted = {pin.name for pin in outcome.pins if any(demand.origin != _QUESTION for demand in pin.via)}
    return names <= wanted
