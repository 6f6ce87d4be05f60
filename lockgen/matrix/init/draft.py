"""The text of a first matrix. A number that nobody said has a comment that says so."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.init.rows import Start, next_major
from lockgen.model.target import Target
from lockgen.text import moment
from lockgen.text.safe import printable

DraftSets = Sequence[Mapping[NormalizedName, Version]]
"""What each target gets: package -> version."""

_OPEN = "<1000000"
ISSUES = """\
# A starter written by `lockgen init`: what is known to break beside the tables, and what may be built from source.
# `lockgen schema issues` says what may stand here.
schema: 1
issues: []
"""


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


def draft_text(page: PhaseDraft) -> str:
    """The phase with every bound open that nobody said: what can be had within it is what there is to guess from.

    Pinned and installed versions come first: what is guessed for the other rows fits them.
    """
    rows = sorted(page.rows, key=lambda row: row.wanted is None)
    return "\n".join([*_head(page), *(line for row in rows for line in _draft(row, page))]) + "\n"


def phase_text(page: PhaseDraft, sets: DraftSets) -> str:
    """The phase, its open numbers guessed from what the targets get today.

    What is recommended goes together: it is the set that keeps most of the pinned and installed versions, and of
    several such the most common one.
    """
    model = sorted(sets, key=lambda each: (_kept(page, each), sets.count(each)), reverse=True)[:1]
    lines = [*_comments(page), *_head(page)]
    for row in page.rows:
        had = sorted(each[row.name] for each in sets if row.name in each)
        best = next((each[row.name] for each in model if row.name in each), None) or max(had, default=None)
        lines += _filled(row, page, had, row.wanted or best)
    return "\n".join(lines) + "\n"


def _kept(page: PhaseDraft, pins: Mapping[NormalizedName, Version]) -> int:
    return sum(row.wanted is not None and pins.get(row.name) == row.wanted for row in page.rows)


def _comments(page: PhaseDraft) -> Iterator[str]:
    yield _comment(f"A starter written by `lockgen init` from {page.sources}.")
    yield "# A number nobody said is marked as guessed: decide about it, and take the comment away. `lockgen lint`"
    yield "# judges the table, `lockgen schema` says what may stand here."
    if page.left_out:
        yield "#"
        yield "# Left out:"
        yield from (_comment(f"  {each}") for each in page.left_out)


def _head(page: PhaseDraft) -> list[str]:
    return [
        "schema: 1",
        f"phase: {_quoted(page.phase)}",
        "title: Starter # say what this phase is",
        "revision: 1",
        f"as_of: {moment(page.as_of)} # nothing uploaded later is considered; `lockgen bump` moves it",
        "",
        "dependencies: # in the order of their priority: when recommended versions collide, the later row gives way",
    ]


def _draft(row: Start, page: PhaseDraft) -> Iterator[str]:
    yield f"  - name: {row.name}"
    yield from _extras(row)
    yield f"    minimum: {_quoted(row.minimum or Version('0'))}"
    if row.wanted is not None:
        yield f"    recommended: {_quoted(row.wanted)}"
    yield f"    maximum: {_quoted(row.maximum or _open(row))}"
    yield from _when(row, page)


def _open(row: Start) -> str:
    epochs = [each.epoch for each in (row.minimum, row.wanted) if each is not None]
    return _OPEN if not any(epochs) else f"<{max(epochs) + 1}!0"


def _filled(row: Start, page: PhaseDraft, had: Sequence[Version], best: Version | None) -> Iterator[str]:
    """`had` are the versions the targets get, `best` the one to recommend."""
    known = [*had, *([best] if best else [])]
    least = row.minimum or min(known, default=Version("0"))
    why = "the oldest that a target gets today" if known else "no target has a set"
    yield from (_comment(note, "  ") for note in row.notes)
    yield f"  - name: {row.name}"
    yield from _extras(row)
    yield f"    minimum: {_quoted(least)}" + ("" if row.minimum else f" # guessed: {why}")
    if best is not None:
        yield f"    recommended: {_quoted(best)} # {row.because or 'guessed: the newest that goes with the others'}"
    maximum = row.maximum or next_major(max((least, *known)))
    yield f"    maximum: {_quoted(maximum)}" + ("" if row.maximum else " # guessed: below the next major release")
    yield from _when(row, page)


def _extras(row: Start) -> Iterator[str]:
    if row.extras:
        yield f"    extras: [{', '.join(sorted(row.extras))}]"


def _when(row: Start, page: PhaseDraft) -> Iterator[str]:
    """The targets it is for, as Pythons and platforms; where they are no rectangle, the smallest one around them."""
    pythons = tuple(dict.fromkeys(target.python for target in page.targets))
    platforms = tuple(dict.fromkeys(target.platform.name for target in page.targets))
    mine = [python for python in pythons if any(target.python == python for target in row.targets)]
    on = [name for name in platforms if any(target.platform.name == name for target in row.targets)]
    first, last = pythons.index(mine[0]), pythons.index(mine[-1])
    clauses = [f">={mine[0]}"] if first else []
    clauses += [f"<{pythons[last + 1]}"] if last + 1 < len(pythons) else []
    parts = [f'python: "{",".join(clauses)}"'] if clauses else []
    parts += [f"platforms: [{', '.join(on)}]"] if len(on) < len(platforms) else []
    if parts:
        exact = len(row.targets) == (last - first + 1) * len(on)
        yield f"    when: {{{', '.join(parts)}}}" + (
            "" if exact else " # wider than the marker, which no `when` can say"
        )


def _quoted(value: Version | str) -> str:
    return json.dumps(str(value))


def _comment(text: str, indent: str = "") -> str:
    """One line, whatever the text holds."""
    return f"{indent}# " + printable(text)
