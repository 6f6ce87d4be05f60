"""Targets as a matrix can name them: a range of Pythons on some platforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockgen.model.target import Target
from lockgen.text import grouped


def rectangles(cells: Sequence[Target], targets: Sequence[Target]) -> Iterator[tuple[Target, ...]]:
    """The cells in as few groups as are easily found, each a run of neighbouring Pythons on some platforms.

    `targets` are all there are, Python by Python, each with every platform.
    """
    pythons = _pythons(targets)
    mine = grouped(cells, lambda target: target.platform.name)
    columns = grouped(mine, lambda name: tuple(target.python for target in mine[name]))
    for names in columns.values():
        inside = {target.python for target in mine[names[0]]}
        for run in _runs(pythons, inside):
            yield tuple(target for target in cells if target.platform.name in names and target.python in run)


def _runs(pythons: Sequence[str], inside: set[str]) -> Iterator[list[str]]:
    run: list[str] = []
    for python in pythons:
        if python in inside:
            run.append(python)
        elif run:
            yield run
            run = []
    if run:
        yield run


def when_parts(cells: Sequence[Target], targets: Sequence[Target], *, is_whole: bool = False) -> list[str]:
    """`python: ">=3.12"` and `platforms: [...]` for such a group; none of the two where it holds everywhere.

    With `is_whole` both are always there.
    """
    pythons, platforms = _pythons(targets), tuple(dict.fromkeys(target.platform.name for target in targets))
    mine, on = _pythons(cells), [name for name in platforms if any(each.platform.name == name for each in cells)]
    first, last = pythons.index(mine[0]), pythons.index(mine[-1])
    clauses = [f">={mine[0]}"] if first or is_whole else []
    clauses += [f"<{pythons[last + 1]}"] if last + 1 < len(pythons) else []
    parts = [f'python: "{",".join(clauses)}"'] if clauses else []
    return parts + ([f"platforms: [{', '.join(on)}]"] if is_whole or len(on) < len(platforms) else [])


def _pythons(targets: Sequence[Target]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(target.python for target in targets))
