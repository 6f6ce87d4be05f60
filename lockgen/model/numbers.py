"""The numbers of a phase's rows, as a revision stands for them, and what changed in them since they were rendered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.model.issues import When
from lockgen.model.matrix import BASE, Dependency, Phase
from lockgen.text import grouped, requirement

RowNumbers = Mapping[str, Mapping[str, Sequence[str]]]
"""Set -> package -> what each row, constraint, override and exclusion says of it: `web>=1.0,<2, recommended 1.1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedNumbers:
    """What a committed summary says of the rows it was rendered from."""

    revision: int
    rows: RowNumbers
    where: str
    """The summary: output/phase-1/summary.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberChange:
    """The rows of one package, changed while the revision stayed."""

    name: NormalizedName
    set: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    where: str
    """Place of the row; of the matrix where the row has gone."""
    record: str
    """The summary that has the numbers before."""

    def __str__(self) -> str:
        before, after = (" and ".join(each) or f"no {self.name}" for each in (self.before, self.after))
        return f"{self.where} has {after}, {self.record} has {before}"


def row_numbers(phase: Phase) -> dict[str, dict[str, list[str]]]:
    """The numbers of a set and of those below it: what its revision has to be raised for when they change."""
    found = grouped(phase.dependencies, lambda row: (row.set, row.name))
    numbers: dict[str, dict[str, list[str]]] = {}
    for (name_of_set, name), rows in sorted(found.items()):
        numbers.setdefault(name_of_set, {})[name] = [_numbers(row) for row in rows]
    # What is said of packages beside the rows holds for all sets alike.
    for name, said in _beside_rows(phase):
        numbers.setdefault(BASE, {}).setdefault(name, []).append(said)
    return numbers


def changed_numbers(phase: Phase, rendered: RenderedNumbers | None) -> tuple[NumberChange, ...]:
    """The packages whose rows are not those the summary was rendered from under the same revision, by set and name."""
    if rendered is None or rendered.revision != phase.revision:
        return ()
    now = row_numbers(phase)
    return tuple(
        change
        for name_of_set in sorted({*now, *rendered.rows})
        for change in _changes(phase, name_of_set, now.get(name_of_set, {}), rendered)
    )


def _changes(
    phase: Phase, name_of_set: str, now: Mapping[str, Sequence[str]], rendered: RenderedNumbers
) -> Iterator[NumberChange]:
    before = rendered.rows.get(name_of_set, {})
    places = {row.name: row.where for row in reversed(phase.dependencies) if row.set == name_of_set}
    for name in sorted({*now, *before}):
        if list(before.get(name, ())) != list(now.get(name, ())):
            yield NumberChange(
                name=canonicalize_name(name),
                set=name_of_set,
                before=tuple(before.get(name, ())),
                after=tuple(now.get(name, ())),
                where=places.get(canonicalize_name(name), phase.file),
                record=rendered.where,
            )


def _beside_rows(phase: Phase) -> Iterator[tuple[NormalizedName, str]]:
    for line in phase.constraints:
        marker = "" if line.marker is None else f"; {line.marker}"
        yield line.name, f"constraint {requirement(line.name, (), line.specifier)}{marker}"
    for rule in phase.overrides:
        yield rule.name, f"override {requirement(rule.name, rule.extras, rule.specifier)}{_for(rule.when)}"
    for excluded in phase.excludes:
        yield excluded.name, f"exclude {excluded.name}{_for(excluded.when)}"


def _for(when: When) -> str:
    return f", for {when.words}" if when.words else ""


def _numbers(row: Dependency) -> str:
    parts = [requirement(row.name, row.extras, row.specifier)]
    if row.recommended is not None:
        parts.append(f"recommended {row.recommended}")
    if row.prereleases is not None:
        parts.append("pre-releases" if row.prereleases else "no pre-releases")
    if row.when.python is not None:
        parts.append(f"for python {row.when.python}")
    if row.when.platforms is not None:
        parts.append(f"for {' '.join(row.when.platforms)}")
    return ", ".join(parts)
