"""Whether the committed files are as they should be: each cause once, with its files; the same as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.report.layout import listed
from lockgen.report.locked import outdated_points, point_json
from lockgen.text import grouped_pairs

_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFindings:
    """Everything `check` found out."""

    files: int
    """How many a render makes."""
    counts: str
    """`kept 120, resolved 0`."""
    unrendered: tuple[Path, ...]
    """Folders of phases in which nothing was rendered yet."""
    stale: tuple[tuple[Path, str], ...]
    """Each file that is not what a render gives, and why."""
    moves: tuple[Section, ...]
    left: tuple[tuple[Path, str], ...]
    """Folders that no matrix makes any more, and why."""
    outdated: Mapping[Path, Sequence[str]]
    warnings: tuple[Point, ...]
    """What the index has changed about locked releases."""
    incidents: tuple[Point, ...]
    """The same, where nothing can be rendered before somebody has looked."""
    notes: tuple[str, ...] = ()

    @property
    def is_yes(self) -> bool:
        """Whether all is as it should be; warnings are no failure."""
        return not (self.unrendered or self.stale or self.left or self.outdated or self.incidents)


def check_answer(found: CheckFindings) -> Answer:
    """The verdict, then each cause, the one with most files first."""
    state: State = "bad" if not found.is_yes else "notable" if found.warnings else "good"
    points = [
        *(Point(name=f"not rendered: {folder}", state="bad") for folder in found.unrendered),
        *_causes(found.stale),
        *found.incidents,
        *(Point(name=str(path), reasons=(why,), state="bad") for path, why in found.left),
        *outdated_points(found.outdated),
        *found.warnings,
    ]
    sections = (Section(points=tuple(points)), *(found.moves if found.stale else ()))
    return Answer(state=state, verdict=_verdict(found), sections=sections, notes=found.notes, help=_help(found))


def check_json(found: CheckFindings) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "files": found.files,
        "not_rendered": [path.as_posix() for path in found.unrendered],
        "stale_files": [{"path": path.as_posix(), "reason": why} for path, why in found.stale],
        "stale_folders": [{"path": path.as_posix(), "reason": why} for path, why in found.left],
        "out_of_date": {path.as_posix(): list(names) for path, names in found.outdated.items()},
        "moves": [
            {"cause": each.title, "package": name, "versions": versions, "where": where}
            for each in found.moves
            for name, versions, where in each.rows
        ],
        "incidents": [point_json(each) for each in found.incidents],
        "warnings": [point_json(each) for each in found.warnings],
    }


def _verdict(found: CheckFindings) -> str:
    if found.is_yes:
        warned = f"; {len(found.warnings)} {_plural('change', found.warnings)} on the index" if found.warnings else ""
        return f"{found.files} files are up to date: {found.counts}{warned}"
    parts = [
        *([f"{len(found.unrendered)} {_plural('phase', found.unrendered)} not rendered"] if found.unrendered else []),
        *([f"{len(found.stale)} of {found.files} files are not what a render gives"] if found.stale else []),
        *([f"{len(found.incidents)} {_plural('incident', found.incidents)} on the index"] if found.incidents else []),
        *([f"{len(found.left)} stale {_plural('folder', found.left)}"] if found.left else []),
        *(["sets out of date"] if found.outdated else []),
    ]
    return ", ".join(parts)


def _help(found: CheckFindings) -> str:
    if found.unrendered and not found.stale:
        return "run lockgen render"
    if found.incidents:
        return "find out why; lockgen render --upgrade takes what the index lists now"
    if found.stale:
        return "lockgen render writes them again; lockgen check --diff shows how they differ"
    if found.outdated:
        return "lockgen render says what keeps the sets away"
    return "lockgen render --prune removes stale folders" if found.left else ""


def _plural(word: str, items: Sequence[object]) -> str:
    return word if len(items) == 1 else f"{word}s"


def _causes(stale: Iterable[tuple[Path, str]]) -> list[Point]:
    causes = grouped_pairs((why, path) for path, why in stale)
    return [
        Point(name=why, reasons=(listed(map(str, paths), _SHOWN),), state="bad")
        for why, paths in sorted(causes.items(), key=lambda each: -len(each[1]))
    ]
