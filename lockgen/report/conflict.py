"""A conflict in words: which demands cannot hold together, and the steps that lead from them to where they meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lockgen.model.refusal import Refusal, together
from lockgen.model.result import Unsolved
from lockgen.text import grouped

Nearest = Mapping[str, Sequence[str]]
"""A name the index does not know -> the known names most like it, nearest first."""

_MOST_STEPS = 8
"""A long proof has many; the first ones tell the story."""


def core_text(outcome: Unsolved) -> str:
    """`these demands cannot hold together: phase-1.yaml:31 needs a<1; phase-1.yaml:35 needs b>=2`."""
    together = "cannot be had" if len(outcome.core) == 1 else "cannot hold together"
    return f"these demands {together}: {'; '.join(map(str, outcome.core))}"


def step_lines(outcome: Unsolved) -> Iterator[str]:
    """One line for each step from the core to where its demands meet."""
    steps = outcome.collisions
    yield from steps[:_MOST_STEPS]
    if len(steps) > _MOST_STEPS:
        yield f"and {len(steps) - _MOST_STEPS} more steps like these"


def refusal_lines(refusals: Iterable[Refusal], near: Nearest) -> Iterator[str]:
    """One line for each package and kind of reason."""
    for group in grouped(refusals, lambda refusal: (refusal.name, refusal.kind)).values():
        yield refusal_text(group[0], near) if len(group) == 1 else together(group)


def refusal_text(refusal: Refusal, near: Nearest) -> str:
    """One refusal; of a name the index does not know, with what it may have been meant for."""
    names = near.get(refusal.name, ()) if refusal.kind == "absent" and refusal.version is None else ()
    return f"{refusal}: did you mean {' or '.join(names)}?" if names else str(refusal)
