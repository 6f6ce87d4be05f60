"""A Python of the support table written anew, where Requires-Python keeps its targets without a set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from lockgen.errors import FrozenIndexError
from lockgen.lint.table import LintTable
from lockgen.model.implementation import parse_python
from lockgen.model.lint import Repair
from lockgen.model.pythons import NEWEST
from lockgen.model.result import Unsolved
from lockgen.model.target import Target, make_target, patches_around


def python_repairs(table: LintTable, targets: Sequence[Target], outcome: Unsolved) -> Iterator[Repair]:
    """The next floor with which there is a set, else one exact Python; where every patch must be served, that too.

    `targets` are all of the row's Python that have a set or have none for this reason: each must have one then. Nothing
    where they are of several Pythons, or of an exact one, or where none of its patch releases would do.
    """
    first = targets[0]
    if first.is_exact or len({target.python for target in targets}) > 1:
        return
    patches = _named_patches(first, outcome)
    if not patches:
        return  # the minor as a whole is in the way
    where = next(row.where for row in table.matrices.pythons if row.python == first.python)
    oldest = int(first.floor.rpartition(".")[2])
    later = (f"{first.version}.{patch}" for patch in patches if patch > oldest)
    floor = next((each for each in later if _holds(table, targets, first.python, floor=each)), "")
    if floor:
        yield Repair(text=f'from: "{floor}" for Python {first.python} ({where})')
    if not floor or first.every_patch:
        exact = (first.python.replace(first.version, each) for each in _newest_first(first, patches))
        for python in exact:
            if parse_python(python) is not None and _holds(table, targets, python):
                yield Repair(text=f'python: "{python}" instead of "{first.python}" ({where})')
                break


def _named_patches(target: Target, outcome: Unsolved) -> list[int]:
    """The patch releases between which the Requires-Python of a release in the way can change its value."""
    reasons = " ".join(refusal.reason for refusal in outcome.refusals if refusal.kind == "python")
    return sorted(patch for patch in patches_around(target, reasons) if patch >= 0)


def _newest_first(target: Target, patches: Sequence[int]) -> list[str]:
    """The newest patch release known where there is one, then these, of those that exist as far as is known."""
    newest = NEWEST.get(target.version, "") if target.build.kind != "pypy" else ""
    last = int(newest.rpartition(".")[2]) if newest else None
    known = [patch for patch in patches if last is None or patch <= last]
    return [f"{target.version}.{patch}" for patch in sorted({*known, *(() if last is None else (last,))}, reverse=True)]


def _holds(table: LintTable, targets: Sequence[Target], python: str, *, floor: str = "") -> bool:
    """Whether each of the targets has a set as one of that Python; not where a frozen index cannot answer."""
    asked = [
        replace(
            table.request(target),
            target=make_target(python, target.platform, floor=floor, every_patch=bool(floor) and target.every_patch),
        )
        for target in targets
    ]
    try:
        return all(map(table.resolver.holds, asked))
    except FrozenIndexError:
        return False
