"""Which phases, sets and targets a command is about: names and patterns in, cells out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from lockgen.errors import UsageError
from lockgen.matrix.request import cells, extra_target
from lockgen.model.matrix import BASE, Matrices, Phase
from lockgen.model.phase import Selection
from lockgen.model.result import Unsupported
from lockgen.model.target import Target


def select(
    matrices: Matrices, phases: Sequence[str], patterns: Sequence[str], sets: Sequence[str] = ()
) -> tuple[Selection, ...]:
    """The cells the names and patterns mean; no phase means all phases, no pattern all targets, or all sets.

    A pattern may also be the full name of a target with a full Python version. UsageError for an unknown phase, and
    for a pattern that matches nothing in any of the phases.
    """
    found = [select_phase(matrices, phase, patterns) for phase in chosen_phases(matrices, phases, sets)]
    for pattern in patterns:
        if not any(_matches(cell, pattern) for selection in found for cell in _cells(selection)):
            raise _nothing(pattern, found)
    return tuple(found)


def chosen_phases(matrices: Matrices, phases: Sequence[str], sets: Sequence[str] = ()) -> tuple[Phase, ...]:
    """The phases of these names, each with its sets; `1/test` is one of them alone, and so is `1/base`.

    Without names all of them. `sets` leaves only those that match one of the patterns. UsageError for a name there is
    none of, and for a pattern that matches none.
    """
    named = {phase.phase: phase for name in phases or matrices.phases for phase in _named(matrices, name)}
    # A set stands behind those it extends, whatever the order of the names.
    places = {name: place for place, name in enumerate(dict.fromkeys(phase.table for phase in named.values()))}
    order = {name: place for place, name in enumerate(matrices.phases)}
    named = dict(sorted(named.items(), key=lambda each: (places[each[1].table], order[each[0]])))
    for pattern in sets:
        if not any(fnmatchcase(phase.set, pattern) for phase in named.values()):
            known = ", ".join(dict.fromkeys(phase.set for phase in named.values()))
            raise UsageError(f"--set {pattern!r} matches no set", hint=f"The sets of these phases: {known}.")
    return tuple(
        phase for phase in named.values() if not sets or any(fnmatchcase(phase.set, pattern) for pattern in sets)
    )


def exact_name(phase: str) -> str:
    """What names one set of a phase and no other: `1/base` for the phase `1`, and `1/test`."""
    return phase if "/" in phase else f"{phase}/{BASE}"


def _named(matrices: Matrices, name: str) -> tuple[Phase, ...]:
    table, _, one = name.partition("/")
    if one:
        return (matrices.phase(table if one == BASE else name),)
    found = matrices.phase(name)
    return tuple(phase for phase in matrices.phases.values() if phase.table == found.table)


def select_phase(matrices: Matrices, phase: Phase, patterns: Sequence[str] = ()) -> Selection:
    """The cells of one set of a phase that the patterns mean: see `select`."""
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
