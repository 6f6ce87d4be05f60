"""A conflict in words: which demands cannot hold together, and the steps that lead from them to where they meet."""

from __future__ import annotations

from collections.abc import Iterator

from lockgen.records import Unsolved

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
