"""init: what is left out, allowed or skipped so that a first matrix renders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.matrix.init.draft import PhaseDraft
from lockgen.matrix.init.rows import Start
from lockgen.model.phase import PhaseResult
from lockgen.model.request import Request
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Outcome, Solved, Unsolved
from lockgen.model.target import Target
from lockgen.text import grouped
from lockgen.text.target_names import in_words

_MOST_ROUNDS = 30
"""Packages without a wheel are found one after the other."""
_MOST_WORDS = 300
_UNREAD = "it comes as source only, and only a build could tell what it requires"


def without_unknown(page: PhaseDraft, resolver: ResolverPort) -> tuple[PhaseDraft, tuple[str, ...]]:
    """The phase without the packages that the index does not know, and a line for each. UsageError for none left."""
    every = [row for _, rows in page.layers() for row in rows]
    unknown = {name for name in dict.fromkeys(row.name for row in every) if resolver.project(name) is None}
    if not unknown:
        return page, ()
    lines = tuple(
        dict.fromkeys(
            f"{row.notes[0]}: {row.name}: the index does not know it; where another one serves it, route it (`indexes`)"
            for row in every
            if row.name in unknown
        )
    )
    rows = _known(page.rows, unknown)
    if not rows:
        names = ", ".join(sorted(unknown))
        hint = "Ask another index (`pip config list` shows which one is asked), or correct the names."
        raise UsageError(f"the index knows nothing that {page.sources} asks for: {names}", hint=hint)
    sets = tuple(replace(each, rows=_known(each.rows, unknown)) for each in page.sets)
    left_out = (*page.left_out, *lines)
    return replace(page, rows=rows, sets=tuple(each for each in sets if each.rows), left_out=left_out), lines


def _known(rows: Sequence[Start], unknown: Collection[NormalizedName]) -> tuple[Start, ...]:
    return tuple(row for row in rows if row.name not in unknown)


def without_unread(page: PhaseDraft, result: PhaseResult, resolver: ResolverPort) -> tuple[PhaseDraft, tuple[str, ...]]:
    """The phase without the packages that keep every target without a set, since only a build tells what they need.

    A line for each; nothing is left out where any target has a set, or where nothing would be left. What may come as
    an sdist whose requirements can be read stays, and so does what another reason keeps from a target.
    """
    if any(isinstance(cell.outcome, Solved) for cell in result.cells):
        return page, ()
    unread = {name for cell in result.cells for name in _unread(_allowing(cell.request, resolver))}
    rows = _known(page.rows, unread)
    if not rows or len(rows) == len(page.rows):
        return page, ()
    lines = tuple(
        f"{row.notes[0]}: {row.name}: {_UNREAD}; "
        f"`lockgen metadata {row.name}=={row.wanted or _newest(row, resolver)}` does that and states it"
        for row in page.rows
        if row.name in unread
    )
    return replace(page, rows=rows, left_out=(*page.left_out, *lines)), lines


def unread_notes(results: Sequence[PhaseResult], resolver: ResolverPort) -> Iterator[str]:
    """A line for each package left in, own line or transitive, that keeps a target without a set as it is unread."""
    found: dict[tuple[NormalizedName, Version], set[str]] = {}
    cells = [cell for result in results for cell in result.cells if isinstance(cell.outcome, Unsolved)]
    for outcome in (_allowing(cell.request, resolver) for cell in cells):
        for release, by in _unread_releases(outcome):
            found.setdefault(release, set()).update(by)
    for (name, version), by in sorted(found.items()):
        needed = f", which {' and '.join(sorted(by))} needs" if by else ""
        yield f"{name} {version}{needed}: {_UNREAD}; `lockgen metadata {name}=={version}` does that and states it"


def _unread_releases(outcome: Outcome) -> Iterator[tuple[tuple[NormalizedName, Version], set[str]]]:
    """Of each package of which only a build could tell what it requires the newest release, and who needs it."""
    if isinstance(outcome, Solved):
        for pin in (each for each in outcome.pins if each.metadata.unread):
            yield (pin.name, pin.version), {str(each.release) for each in pin.via if each.release}
        return
    newest: dict[NormalizedName, Version] = {}
    for refusal in outcome.refusals:
        if refusal.needs_build and refusal.version is not None:
            newest[refusal.name] = max(newest.get(refusal.name, refusal.version), refusal.version)
    for release in newest.items():
        yield release, set()


def _newest(row: Start, resolver: ResolverPort) -> Version | str:
    """The newest final release inside the row's bounds, to name it in a command."""
    project = resolver.project(row.name)
    inside = (
        (each for each in project.versions if not each.is_prerelease and row.bounds.contains(each)) if project else ()
    )
    return next(iter(inside), "VERSION")


def without_clashing(page: PhaseDraft, results: Sequence[PhaseResult]) -> tuple[PhaseDraft, tuple[str, ...]]:
    """The phase without the named sets that have no pins beside those of the base, and a line for each."""
    clashes = {
        result.phase.set: _clash(result)
        for result in results[1:]
        if any(isinstance(cell.outcome, Unsolved) for cell in result.cells)
    }
    lines = tuple(
        f"{each.source}: it has no set beside the base on {clashes[each.name]}"
        for each in page.sets
        if each.name in clashes
    )
    sets = tuple(each for each in page.sets if each.name not in clashes)
    return replace(page, sets=sets, left_out=(*page.left_out, *lines)), lines


def _clash(result: PhaseResult) -> str:
    """The targets that have none, and the reason of the first one."""
    nos = [(cell.request.target.name, cell.outcome) for cell in result.cells if isinstance(cell.outcome, Unsolved)]
    names = [cell.request.target.name for cell in result.cells]
    return f"{in_words([name for name, _ in nos], names)}: {_why(nos[0][1])}"


def allowed_sdists(results: Sequence[PhaseResult], resolver: ResolverPort) -> dict[NormalizedName, list[Target]]:
    """The packages that may have to come as an sdist, and where, for the targets without a set to have one."""
    found: dict[NormalizedName, list[Target]] = {}
    for cell in (cell for result in results for cell in result.cells):
        if isinstance(cell.outcome, Unsolved):
            for name in _needed(cell.request, resolver):
                cells = found.setdefault(name, [])
                cells += [] if cell.request.target in cells else [cell.request.target]
    return found


def _needed(request: Request, resolver: ResolverPort) -> tuple[NormalizedName, ...]:
    """The packages that come as an sdist in a set of the target; none where there is no set all the same."""
    outcome = _allowing(request, resolver)
    if not isinstance(outcome, Solved) or _unread(outcome):
        return ()
    return tuple(pin.name for pin in outcome.pins if pin.permission is not None)


def _allowing(request: Request, resolver: ResolverPort) -> Outcome:
    """The answer once every sdist that stands in the way of one may be built."""
    allowed: frozenset[str] = frozenset()
    outcome = resolver.outcome(request)
    for _ in range(_MOST_ROUNDS):
        if isinstance(outcome, Solved):
            break
        missing = {each.name for each in outcome.refusals if each.has_sdist or each.kind == "metadata"} - allowed
        if not missing:
            break
        allowed |= missing
        outcome = resolver.outcome(replace(request, buildable=allowed))
    return outcome


def _unread(outcome: Outcome) -> frozenset[NormalizedName]:
    """The packages of the answer of which only a build could tell what they require."""
    if isinstance(outcome, Solved):
        return frozenset(pin.name for pin in outcome.pins if pin.metadata.unread)
    return frozenset(each.name for each in outcome.refusals if each.needs_build)


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


def skip_notes(skipped: Mapping[str, str], names: Sequence[str]) -> Iterator[str]:
    """A line for each reason, with the targets skipped for it; `names` are all targets."""
    for why, same in grouped(skipped, lambda name: skipped[name]).items():
        yield f"skipped: {in_words(same, names)}: {why}"


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
