"""The most of some demands that hold together, earlier ones before later ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def most(items: Sequence[T], holds: Callable[[Sequence[T]], bool]) -> list[T]:
    """The items that hold together when each in turn is taken if it holds beside those taken before it.

    By halves: items that all hold cost one question.
    """
    kept: list[T] = []
    waiting = [list(items)] if items else []
    while waiting:
        block = waiting.pop()
        if holds([*kept, *block]):
            kept += block
        elif len(block) > 1:
            middle = len(block) // 2
            waiting += [block[middle:], block[:middle]]
    return kept
