"""Why a target that had a set has none. Uploads only add candidates, so something was taken away: this finds out what.

The committed set was an answer. It is none any more only if one of its files was taken away or yanked, if what a file
requires changed, or if the matrix now asks for something else: each of these can be seen on the set itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.drift.committed_target import CommittedTarget
from lockgen.drift.edits import edits
from lockgen.model.conflict import Demand
from lockgen.model.drift import DriftFinding
from lockgen.model.origin import PinOrigin
from lockgen.model.request import Request
from lockgen.model.result import Unsolved

_COMMITTED = PinOrigin(file="the committed set")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Suspect:
    words: str
    undone: Request | None
    """The request as if it had not happened; None where that cannot be asked."""


def broken(case: CommittedTarget, removed: Sequence[DriftFinding]) -> DriftFinding | None:
    """The "no" with what caused it, given what was taken away; None where the target has a set, or never had one."""
    if not case.committed.has_set or not isinstance(case.outcome, Unsolved):
        return None
    suspects = [*(_removal(case, each) for each in removed), *(_edit(*each) for each in edits(case))]
    # Where the set itself could be had, what is missing is what builds its sdists: that proves nothing about the set.
    is_provable = not case.resolver.holds(case.request)
    proved = [each for each in suspects if is_provable and each.undone and case.resolver.holds(each.undone)]
    causes = [each.words for each in proved or suspects] or list(_metadata(case))
    proof = "; without it there would be a set" if len(proved) == 1 else ""
    why = "; ".join(causes) or "neither the index's listing nor the matrix tells what was taken away"
    return DriftFinding(kind="broken", message=f"no set any more: {why}{proof}", conflict=case.outcome)


def _removal(case: CommittedTarget, removed: DriftFinding) -> _Suspect:
    # Whoever asks for exactly this version may have it although it is yanked (PEP 592); what is gone stays gone.
    name, version = NormalizedName(removed.name), removed.version
    words = f"{name} {version}: {removed.message}"
    if removed.kind != "yanked" or version is None:
        return _Suspect(words=words, undone=None)
    demands = (*case.request.demands, _exactly(name, version))
    return _Suspect(words=words, undone=replace(case.request, demands=demands))


def _edit(words: str, without: Request) -> _Suspect:
    return _Suspect(words=f"{words}, which the committed set does not have: the matrix was edited", undone=without)


def _metadata(case: CommittedTarget) -> Iterator[str]:
    """Where the committed versions collide among themselves, although neither listing nor matrix tells why."""
    pins = case.committed.pins
    rows = tuple(replace(row, specifier=SpecifierSet(f"=={pins[row.name]}")) for row in case.request.rows)
    others = tuple(_exactly(name, version) for name, version in pins.items())
    found = case.resolver.conflict(replace(case.request, rows=rows, constraints=(), demands=others))
    if found is not None:
        said = (*found.collisions, *map(str, found.refusals))
        yield f"what the committed files require has changed: {'; '.join(said)}"


def _exactly(name: NormalizedName, version: Version) -> Demand:
    return Demand(name=name, specifier=SpecifierSet(f"=={version}"), origin=_COMMITTED)
