"""What of the matrix a committed set does not fulfil: it was edited since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.model.request import Constraint, Request
from lockgen.text import requirement


def edits(case: CommittedTarget) -> Iterator[tuple[str, Request]]:
    """Each row and rule that the committed set breaks, in words, and the request as it would be without it."""
    pins, request = case.committed.pins, case.request
    for row in request.rows:
        if row.name not in pins or not _holds(row.specifier, pins[row.name]):
            others = tuple(each for each in request.rows if each is not row)
            words = f"{row.where} needs {requirement(row.name, row.extras, row.specifier)}"
            yield words, replace(request, rows=others)
    for rule in request.constraints:
        if _is_broken(case, rule):
            others_ = tuple(each for each in request.constraints if each is not rule)
            yield (
                f"{rule.origin} needs {requirement(rule.name, (), rule.specifier)}",
                replace(request, constraints=others_),
            )


def _is_broken(case: CommittedTarget, rule: Constraint) -> bool:
    pins = case.committed.pins
    if rule.releases is None:
        return rule.name in pins and not _holds(rule.specifier, pins[rule.name])
    beside, within = rule.releases
    if beside not in pins or not _holds(within, pins[beside]) or rule.extras:
        return False
    return rule.name not in pins or not _holds(rule.specifier, pins[rule.name])


def _holds(specifier: SpecifierSet, version: Version) -> bool:
    return specifier.contains(version, prereleases=True)
