"""Which phases and targets a command is about: names and patterns in, cells out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from lockgen.errors import UsageError
from lockgen.matrix.request import cells, extra_target
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.phase import Selection
from lockgen.model.result import Unsupported
from lockgen.model.target import Target


def select(matrices: Matrices, phases: Sequence[str], patterns: Sequence[str]) -> tuple[Selection, ...]:
    """The cells the names and patterns mean; no phase means all phases, no pattern all targets.

    A pattern may also be the full name of a target with a full Python version. UsageError for an unknown phase, and
    for a pattern that matches nothing in any of the phases.
    """
    chosen = [matrices.phase(name) for name in dict.fromkeys(phases or matrices.phases)]
    found = [_select(matrices, phase, patterns) for phase in chosen]
    for pattern in patterns:
        if not any(_matches(cell, pattern) for selection in found for cell in _cells(selection)):
            raise _nothing(pattern, found)
    return tuple(found)


def _select(matrices: Matrices, phase: Phase, patterns: Sequence[str]) -> Selection:
    table = cells(matrices, phase)
    names = tuple(_target(cell).name for cell in table)
    extra = (extra_target(matrices, phase, pattern) for pattern in dict.fromkeys(patterns) if pattern not in names)
    asked = [cell for cell in table if not patterns or any(_matches(cell, pattern) for pattern in patterns)]
    asked += filter(None, extra)
    return Selection(
        phase=phase,
        targets=tuple(cell for cell in asked if isinstance(cell, Target)),
        unsupported=tuple(cell for cell in asked if isinstance(cell, Unsupported)),
        refused=tuple(_refused(asked, patterns)),
        everything=names,
        is_whole=not patterns,
    )


def _refused(asked: Sequence[Target | Unsupported], patterns: Sequence[str]) -> Iterable[Unsupported]:
    for pattern in patterns:
        meant = [cell for cell in asked if _matches(cell, pattern)]
        if all(isinstance(cell, Unsupported) for cell in meant):
            yield from (cell for cell in meant if isinstance(cell, Unsupported))


def _nothing(pattern: str, found: Sequence[Selection]) -> UsageError:
    names = found[0].everything
    pythons = ", ".join(dict.fromkeys(name.split("-", 1)[0] for name in names))
    platforms = ", ".join(dict.fromkeys(name.split("-", 1)[1] for name in names))
    return UsageError(
        f"--target {pattern!r} matches no target",
        hint=f"Targets are PYTHON-PLATFORM, of {pythons} and {platforms}; `lockgen targets` lists them.",
    )


def _cells(selection: Selection) -> tuple[Target | Unsupported, ...]:
    return (*selection.targets, *selection.unsupported)


def _target(cell: Target | Unsupported) -> Target:
    return cell.target if isinstance(cell, Unsupported) else cell


def _matches(cell: Target | Unsupported, pattern: str) -> bool:
    return fnmatchcase(_target(cell).name, pattern)
