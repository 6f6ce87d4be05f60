"""Known issues that can no longer occur: the ranges of every phase exclude their versions already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from packaging.specifiers import SpecifierSet
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

VersionsHeld = Sequence[tuple[NormalizedName, SpecifierSet]]
"""Packages that a set holds, each in one of these versions."""

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
                    sorted({canonicalize_name(each.name) for each in issue.constrain} | set(issue.packages))
                ),
                where=issue.where,
                message=f"known issue {issue.id} can no longer occur: {_why(issue)}",
                repairs=(Repair(text=f"remove {issue.id} from issues.yaml"),),
            )


def _why(issue: KnownIssue) -> str:
    if issue.is_sdist:
        return "no target takes an sdist of its packages"
    if not issue.constrain:
        return "no set holds the releases it is about"
    kept = ", ".join(f"{each.name}{spelled(each.specifier)}" for each in issue.constrain)
    return f"every phase keeps to {kept} without it"


def _can_occur(table: LintTable, issue: KnownIssue) -> bool:
    """Whether a set of some target, the issue itself left out, can hold what the issue is about."""
    requests = [table.request(target) for target in table.targets if issue.when.covers(target)]
    if issue.is_sdist:
        requests = [each for each in requests if any(sdist.name in issue.packages for sdist in each.sdists)]
    ways = list(_occurrences(issue))
    if not ways:
        return bool(requests)
    return any(_is_possible(table, _without(request, issue), way) for request in requests for way in ways)


def _without(request: Request, issue: KnownIssue) -> Request:
    origin = IssueOrigin(id=issue.id)
    return replace(request, constraints=tuple(each for each in request.constraints if each.origin != origin))


def _occurrences(issue: KnownIssue) -> Iterator[VersionsHeld]:
    """The ways in which the issue occurs: packages with the versions that a set then holds, all at once.

    Each is a version that the issue forbids beside a release that it is about; without such releases, or where the
    package is both, the version alone. An issue that forbids nothing occurs with any of its releases.
    """
    forbidden = [
        (canonicalize_name(each.name), versions) for each in issue.constrain for versions in _outside(each.specifier)
    ]
    releases = list(issue.packages.items())
    pairs = [(each, release) for each in forbidden for release in releases if release[0] != each[0]]
    yield from pairs or ((each,) for each in forbidden or releases)


def _outside(specifiers: SpecifierSet) -> Iterator[SpecifierSet]:
    """The ranges outside, one for each clause; for "~=" and "===", whose outside is no clause, any version."""
    for clause in specifiers:
        opposite = _OPPOSITE.get(clause.operator)
        yield SpecifierSet(f"{opposite}{clause.version}" if opposite else "")


def _is_possible(table: LintTable, request: Request, versions: VersionsHeld) -> bool:
    """Whether some set holds these, and would hold the packages even if lint did not demand them."""
    demands = tuple(Demand(name=name, specifier=specifier, origin=_QUESTION) for name, specifier in versions)
    outcome = table.resolver.solve(replace(request, demands=demands))
    if not isinstance(outcome, Solved):
        return False
    names = {name for name, _ in versions}
    wanted = {pin.name for pin in outcome.pins if any(demand.origin != _QUESTION for demand in pin.via)}
    return names <= wanted
