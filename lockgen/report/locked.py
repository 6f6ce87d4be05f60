"""What became of locked sets as text: how many were kept, what the index has changed about them, what moved and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lockgen.model.answer import Point, Section
from lockgen.model.locked import LockMoveCause
from lockgen.model.phase import PhaseResult
from lockgen.model.verify import Level
from lockgen.text import grouped, grouped_pairs
from lockgen.text.target_names import over_phases

_CAUSES: dict[LockMoveCause, str] = {
    "edit": "the matrix was edited",
    "late": "listed only after the set was locked",
    "lost": "what was locked is no longer listed",
}


def counts_text(results: Sequence[PhaseResult]) -> str:
    """`kept 90, resolved 30`."""
    kept = sum(lock.is_kept for each in results for lock in each.locks.values())
    return f"kept {kept}, resolved {sum(len(each.cells) for each in results) - kept}"


def change_points(results: Sequence[PhaseResult], *, incidents: bool) -> list[Point]:
    """Each thing the index has changed about locked releases, with where it holds.

    Only what stops a render where `incidents`, else only the rest.
    """
    groups = grouped_pairs(
        (change, (each.facts.phase, target))
        for each in results
        for target, lock in each.locks.items()
        for change in lock.changes
        if change.is_incident is incidents
    )
    return [
        Point(
            name=f"{change.kind}: {change.name} {change.version} ({_where(places, results)})",
            reasons=(change.message,),
            state="bad" if incidents else "notable",
        )
        for change, places in sorted(groups.items(), key=lambda group: (group[0].kind, group[0].name))
    ]


def move_sections(results: Sequence[PhaseResult]) -> list[Section]:
    """What moved in the sets resolved again, from what to what and where: a table for each cause."""
    groups = grouped_pairs(
        (move, (each.facts.phase, target))
        for each in results
        for target, lock in each.locks.items()
        for move in lock.moves
    )
    causes = grouped(sorted(groups, key=lambda move: (move.cause, move.name)), lambda move: move.cause)
    return [
        Section(
            title=f"moves: {_CAUSES[cause]}",
            rows=tuple(
                (
                    move.name,
                    f"{move.before or 'absent'} -> {move.after or 'absent'}",
                    _where(groups[move], results),
                )
                for move in moves
            ),
        )
        for cause, moves in causes.items()
    ]


def outdated_points(found: Mapping[Path, Sequence[str]]) -> list[Point]:
    """Each folder of a phase with old sets in it (targets): what they are, and that nothing uses them."""
    return [
        Point(
            name=f"out of date: {folder}",
            reasons=(
                f"the set of {', '.join(targets)} is an old one, for the matrix as it is has none",
                "it stays, marked as stale, and nothing deploys it",
            ),
            state="bad",
        )
        for folder, targets in found.items()
    ]


def proof_lines(found: Sequence[tuple[PhaseResult, Sequence[tuple[str, Level]]]]) -> list[str]:
    """One line for each level of proof that falls away, with how many and of which targets."""
    everything = {result.facts.phase: list(result.selection.everything) for result, _ in found}
    groups = grouped_pairs(
        (level, (result.facts.phase, target)) for result, proofs in found for target, level in proofs
    )
    return [
        f"{len(places)} proofs of level {level} fall away, of what changes "
        f"({over_phases(list(dict.fromkeys(places)), everything)})"
        for level, places in groups.items()
    ]


def point_json(point: Point) -> dict[str, str]:
    """A point of `change_points` as JSON values."""
    return {"what": point.name, "reason": " ".join(point.reasons)}


def _where(places: Iterable[tuple[str, str]], results: Sequence[PhaseResult]) -> str:
    everything = {each.facts.phase: [cell.request.target.name for cell in each.cells] for each in results}
    return over_phases(places, everything)
