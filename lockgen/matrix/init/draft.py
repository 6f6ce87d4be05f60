"""The text of a first matrix. A number that nobody said has a comment that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.init.cells import when_parts
from lockgen.matrix.init.rows import Start, next_major
from lockgen.model.matrix import BASE
from lockgen.model.requirements import UserRequirement
from lockgen.model.target import Target
from lockgen.text import moment
from lockgen.text.safe import printable

DraftSets = Mapping[str, Mapping[NormalizedName, Version]]
"""What each target gets: target -> package -> version."""

_HOST = re.compile(r"([a-z][a-z0-9+.-]*://)\S*?(?=/[^/\s]*(?:\s|$)|\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDraft:
    """A named set beside the base, which it extends."""

    name: str
    source: str
    """The extra or the group it is, in words."""
    rows: tuple[Start, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDraft:
    """What a phase's file is made of."""

    phase: str
    sources: str
    """Where the requirements come from, in words."""
    as_of: datetime
    rows: tuple[Start, ...]
    left_out: tuple[str, ...]
    targets: tuple[Target, ...]
    constraints: tuple[UserRequirement, ...] = ()
    """Of packages without a row."""
    overrides: tuple[UserRequirement, ...] = ()
    sets: tuple[SetDraft, ...] = ()

    def layers(self) -> Iterator[tuple[str, tuple[Start, ...]]]:
        """Each set's name and its rows, `base` first."""
        yield BASE, self.rows
        yield from ((each.name, each.rows) for each in self.sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """What is written where the requirements are silent."""

    sets: Mapping[str, DraftSets]
    """By the names of the sets."""
    minimums: Mapping[Start, Version] = field(default_factory=dict)
    """Row -> a release that is older than the newest one."""
    open_above: frozenset[Start] = frozenset()
    """Rows for which no upper bound is guessed."""
    unwanted: frozenset[Start] = frozenset()
    """Rows for which no recommended version is guessed: each target gets the newest it can."""
    accept: tuple[tuple[str, tuple[NormalizedName, ...]], ...] = ()
    """Findings of lint about what the requirements say: the rule and its packages."""


def draft_text(page: PhaseDraft) -> str:
    """The phase with every bound open that nobody said: what can be had within it is what there is to guess from.

    Pinned and installed versions come first: what is guessed for the other rows fits them.
    """
    layers = {
        name: [line for row in sorted(rows, key=_is_open) for line in _draft(row, page)] for name, rows in page.layers()
    }
    return "\n".join([*_head(page), *_layered(page, layers), *_beside(page)]) + "\n"


def _is_open(row: Start) -> bool:
    return row.wanted is None


def phase_text(page: PhaseDraft, guesses: Guesses) -> str:
    """The phase, its open numbers guessed from what the targets get today.

    What is recommended goes together: it is the set that keeps most of the pinned and installed versions, and of
    several such the most common one.
    """
    layers = {name: list(_rows_text(rows, guesses.sets.get(name, {}), page, guesses)) for name, rows in page.layers()}
    lines = [*_comments(page), *_head(page), *_layered(page, layers), *_beside(page), *_accepted(page, guesses)]
    return "\n".join(lines) + "\n"


def _rows_text(rows: Sequence[Start], sets: DraftSets, page: PhaseDraft, guesses: Guesses) -> Iterator[str]:
    every = list(sets.values())
    model = max(every, key=lambda each: (_kept(rows, each), every.count(each)), default={})
    for row in rows:
        had = versions_had(row, sets)
        best = model.get(row.name)
        yield from _filled(row, page, guesses, had, row.wanted or _guess(row, guesses, had, best))


def _guess(row: Start, guesses: Guesses, had: Sequence[Version], best: Version | None) -> Version | None:
    if row in guesses.unwanted:
        return None
    return best if best in had else max(had, default=None)


def _layered(page: PhaseDraft, layers: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The rows of the base, then those of the named sets."""
    yield from layers[BASE]
    if page.sets:
        yield "\nsets: # beside the base, each with its pins; rendered into sets/NAME"
    for each in page.sets:
        yield f"  {each.name}: # {each.source}"
        yield f"    extends: [{BASE}]"
        yield "    dependencies:"
        yield from (f"    {line}" for line in layers[each.name])


def versions_had(row: Start, sets: DraftSets) -> list[Version]:
    """The versions that the targets of a row get, oldest first."""
    on = (sets.get(target.name, {}) for target in row.targets)
    return sorted(each[row.name] for each in on if row.name in each)


def _kept(rows: Sequence[Start], pins: Mapping[NormalizedName, Version]) -> int:
    return sum(row.wanted is not None and pins.get(row.name) == row.wanted for row in rows)


def _comments(page: PhaseDraft) -> Iterator[str]:
    yield _comment(f"A starter written by `lockgen init` from {page.sources}.")
    yield "# A number nobody said is marked as guessed: decide about it, and take the comment away. `lockgen lint`"
    yield "# judges the table, `lockgen schema` says what may stand here."
    if page.left_out:
        yield "#"
        yield "# Left out:"
        yield from (_comment("  " + _HOST.sub(r"\1***", each)) for each in page.left_out)


def _head(page: PhaseDraft) -> list[str]:
    return [
        "schema: 1",
        f"phase: {quoted(page.phase)}",
        "title: Starter # say what this phase is",
        "revision: 1",
        f"as_of: {moment(page.as_of)} # nothing uploaded later is considered; `lockgen bump` moves it",
        "",
        "dependencies: # in the order of their priority: when recommended versions collide, the later row gives way",
    ]


def _draft(row: Start, page: PhaseDraft) -> Iterator[str]:
    yield from _named(row)
    if row.minimum is not None:
        yield f"    minimum: {quoted(row.minimum)}"
    if row.wanted is not None:
        yield f"    recommended: {quoted(row.wanted)}"
    if row.maximum:
        yield f"    maximum: {quoted(row.maximum)}"
    yield from _where(row, page)


def _filled(
    row: Start, page: PhaseDraft, guesses: Guesses, had: Sequence[Version], best: Version | None
) -> Iterator[str]:
    yield from (_comment(note, "  ") for note in row.notes)
    yield from _named(row)
    if row.minimum is not None:
        yield f"    minimum: {quoted(row.minimum)}"
    elif row in guesses.minimums:
        yield f"    minimum: {quoted(guesses.minimums[row])} # guessed: the oldest of the series that targets get"
    if best is not None:
        yield f"    recommended: {quoted(best)} # {row.because or 'guessed: the newest that goes with the others'}"
    known = [*had, *(each for each in (row.minimum, best) if each is not None)]
    if row.maximum:
        yield f"    maximum: {quoted(row.maximum)}"
    elif known and row not in guesses.open_above:
        yield f"    maximum: {quoted(next_major(max(known)))} # guessed: below the next major release"
    yield from _where(row, page)


def _named(row: Start) -> Iterator[str]:
    yield f"  - name: {row.name}"
    if row.extras:
        yield f"    extras: [{', '.join(sorted(row.extras))}]"


def _where(row: Start, page: PhaseDraft) -> Iterator[str]:
    if row.exclusions:
        yield f"    exclusions: [{', '.join(map(quoted, row.exclusions))}]"
    if parts := when_parts(row.targets, page.targets):
        yield f"    when: {{{', '.join(parts)}}}"


def _beside(page: PhaseDraft) -> Iterator[str]:
    """What is said of packages without a row of their own."""
    if page.constraints:
        yield "\nconstraints: # bounds on what the rows bring in; they bring in nothing themselves"
    for each in page.constraints:
        marker = f"; {each.marker}" if each.marker else ""
        yield f"  - {quoted(f'{each.name}{each.specifier}{marker}')}"
    if page.overrides:
        yield "\noverrides: # in place of what releases demand"
    for each in page.overrides:
        extras = f"[{','.join(sorted(each.extras))}]" if each.extras else ""
        requirement = quoted(f"{each.name}{extras}{each.specifier}")
        yield f"  - {{requirement: {requirement}, reason: {quoted(f'stands so in {each.where}')}}}"


def _accepted(page: PhaseDraft, guesses: Guesses) -> Iterator[str]:
    if guesses.accept:
        yield "\naccept: # what `lockgen lint` found when this was written: decide about each, and take it away"
    for rule, packages in guesses.accept:
        reason = quoted(f"follows from {page.sources}")
        yield f"  - {{rule: {rule}, packages: [{', '.join(packages)}], reason: {reason}}}"


def quoted(value: Version | str) -> str:
    """As YAML text in double quotes, on one line."""
    return json.dumps(printable(str(value)), ensure_ascii=False)


def _comment(text: str, indent: str = "") -> str:
    """One line, whatever the text holds."""
    return f"{indent}# " + printable(text)
