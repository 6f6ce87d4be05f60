"""Why a target that had a set has none: a file that is gone or yanked, changed metadata, or an edit of the matrix.

Uploads only add candidates. So the committed set, which solved the request once, no longer does only for one of these
reasons, and each of them can be seen on the set itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.model.conflict import Demand
from lockgen.model.drift import DriftFinding
from lockgen.model.origin import PinOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Unsolved
from lockgen.text import requirement

_COMMITTED = PinOrigin(file="the committed set")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspect:
    words: str
    undone: Request | None
    """The request as if it had not happened; None where no request can be without it."""


def broken(case: CommittedTarget, removed: Sequence[DriftFinding]) -> DriftFinding | None:
    """The finding with its causes; None where the target has a set, or never had one. `removed`: see `removals`."""
    if not case.committed.has_set or not isinstance(case.outcome, Unsolved):
        return None
    suspects = [*(_removal(case, each) for each in removed), *(_edit(*each) for each in _edits(case))]
    # Where the set itself could be had, what is missing is what builds its sdists: that proves nothing about the set.
    is_provable = not case.resolver.holds(case.request)
    proved = [each for each in suspects if is_provable and each.undone and case.resolver.holds(each.undone)]
    causes = [each.words for each in proved or suspects] or list(_metadata(case))
    proof = "; without it there would be a set" if len(proved) == 1 else ""
    why = "; ".join(causes) or "neither the index's listing nor the matrix tells what was taken away"
    return DriftFinding(kind="broken", message=f"no set any more: {why}{proof}", conflict=case.outcome)


def _removal(case: CommittedTarget, removed: DriftFinding) -> _Suspect:
    # `==` on exactly this version admits it although it is yanked (PEP 592); what is gone stays gone.
    name, version = NormalizedName(removed.name), removed.version
    words = f"{name} {version}: {removed.message}"
    if removed.kind != "yanked" or version is None:
        return _Suspect(words=words, undone=None)
    demands = (*case.request.demands, _exactly(name, version))
    return _Suspect(words=words, undone=replace(case.request, demands=demands))


def _edit(words: str, without: Request) -> _Suspect:
    return _Suspect(words=f"{words}, which the committed set does not have: the matrix was edited", undone=without)


def _metadata(case: CommittedTarget) -> Iterator[str]:
    """The collision of the committed versions among themselves, where neither listing nor matrix explains the "no"."""
    pins = case.committed.pins
    rows = tuple(replace(row, specifier=SpecifierSet(f"=={pins[row.name]}")) for row in case.request.rows)
    others = tuple(_exactly(name, version) for name, version in pins.items())
    found = case.resolver.conflict(replace(case.request, rows=rows, constraints=(), demands=others))
    if found is not None:
        said = (*found.collisions, *map(str, found.refusals))
        yield f"what the committed files require has changed: {'; '.join(said)}"


def _exactly(name: NormalizedName, version: Version) -> Demand:
    return Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=_COMMITTED)


def _edits(case: CommittedTarget) -> Iterator[tuple[str, Request]]:
    """Each row and rule that the committed set breaks, as text, and the request without it."""
    pins, request = case.committed.pins, case.request
    for row in request.rows:
        if row.name not in pins or not _holds(row.specifier, pins[row.name]):
            others = tuple(each for each in request.rows if each is not row)
            words = f"{row.where} needs {requirement(row.name, row.extras, row.specifier)}"
            yield words, replace(request, rows=others)
    for rule in request.constraints:
        if _breaks(case, rule):
            others_ = tuple(each for each in request.constraints if each is not rule)
            yield (
                f"{rule.origin} needs {requirement(rule.name, (), rule.specifier)}",
                replace(request, constraints=others_),
            )


def _breaks(case: CommittedTarget, rule: Constraint) -> bool:
    pins = case.committed.pins
    if rule.releases is None:
        return rule.name in pins and not _holds(rule.specifier, pins[rule.name])
    beside, within = rule.releases
    if beside not in pins or not _holds(within, pins[beside]) or rule.extras:
        return False
    return rule.name not in pins or not _holds(rule.specifier, pins[rule.name])


def _holds(specifier: SpecifierSet, version: Version) -> bool:
    return specifier.contains(version, prereleases=True)
