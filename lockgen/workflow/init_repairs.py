"""init: what is left out, allowed or skipped so that a first matrix renders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from packaging.utils import NormalizedName

from lockgen.errors import UsageError
from lockgen.matrix.init.draft import PhaseDraft
from lockgen.model.phase import PhaseResult
from lockgen.model.request import Request
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Solved, Unsolved
from lockgen.model.target import Target

_MOST_ROUNDS = 30
"""Packages without a wheel are found one after the other."""
_MOST_WORDS = 300


def without_unknown(page: PhaseDraft, resolver: ResolverPort) -> tuple[PhaseDraft, tuple[str, ...]]:
    """The phase without the packages that the index does not know, and a line for each. UsageError for none left."""
    unknown = {row.name for row in page.rows if resolver.project(row.name) is None}
    if not unknown:
        return page, ()
    rows = tuple(row for row in page.rows if row.name not in unknown)
    lines = tuple(
        f"{row.notes[0]}: {row.name}: the index does not know it; where another one serves it, route it (`indexes`)"
        for row in page.rows
        if row.name in unknown
    )
    if not rows:
        names = ", ".join(sorted(unknown))
        hint = "Ask another index (`pip config list` shows which one is asked), or correct the names."
        raise UsageError(f"the index knows nothing that {page.sources} asks for: {names}", hint=hint)
    return replace(page, rows=rows, left_out=(*page.left_out, *lines)), lines


def allowed_sdists(result: PhaseResult, resolver: ResolverPort) -> dict[NormalizedName, list[Target]]:
    """The packages that may have to come as an sdist, and where, for the targets without a set to have one."""
    found: dict[NormalizedName, list[Target]] = {}
    for cell in result.cells:
        if isinstance(cell.outcome, Unsolved):
            for name in _needed(cell.request, resolver):
                found.setdefault(name, []).append(cell.request.target)
    return found


def _needed(request: Request, resolver: ResolverPort) -> tuple[NormalizedName, ...]:
    """The packages that come as an sdist in a set of the target; none where there is no set all the same."""
    allowed: frozenset[str] = frozenset()
    for _ in range(_MOST_ROUNDS):
        outcome = resolver.outcome(replace(request, buildable=allowed))
        if isinstance(outcome, Solved):
            is_read = not any(pin.metadata.unread for pin in outcome.pins)
            return tuple(pin.name for pin in outcome.pins if pin.permission is not None) if is_read else ()
        missing = {each.name for each in outcome.refusals if each.has_sdist or each.kind == "metadata"} - allowed
        if not missing:
            return ()
        allowed |= missing
    return ()


def sdist_notes(sdists: Mapping[NormalizedName, Sequence[Target]]) -> Iterator[str]:
    """A line for each package that may come as an sdist."""
    for name, targets in sorted(sdists.items()):
        yield f"{name} has no wheel on {len(targets)} targets: issues.yaml allows its sdist there, which is then built"


def skipped_targets(result: PhaseResult) -> dict[str, str]:
    """The targets without a set and why, in the words of its first demands; none where no target has one."""
    nos = {cell.request.target.name: cell.outcome for cell in result.cells if isinstance(cell.outcome, Unsolved)}
    if len(nos) == len(result.cells):
        return {}
    return {name: f"no set: {_why(outcome)}" for name, outcome in nos.items()}


def _why(outcome: Unsolved) -> str:
    refused = next((str(each) for each in outcome.refusals), "")
    demands = " and ".join(sorted({str(each.name) for each in outcome.core}))
    return (refused or f"what asks for {demands} cannot hold together")[:_MOST_WORDS]


def pins_given_up(page: PhaseDraft, result: PhaseResult) -> Iterator[str]:
    """Pinned versions that some target does not get."""
    for row in page.rows:
        if row.because != "pinned":
            continue
        mine = {target.name for target in row.targets}
        others = [
            pin.version
            for cell in result.cells
            if isinstance(cell.outcome, Solved) and cell.request.target.name in mine
            for pin in cell.outcome.pins
            if pin.name == row.name and pin.version != row.wanted
        ]
        if others:
            got = ", ".join(map(str, sorted(set(others))))
            yield f"{row.name} is pinned to {row.wanted}, and {len(others)} of {len(mine)} targets get {got}"
