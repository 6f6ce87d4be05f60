"""Words from a matrix made safe to stand in a shell command of a rendered file."""

from __future__ import annotations

import shlex

from lockgen.render.comments import clean


def word(value: object) -> str:
    """The value as one word of a POSIX shell, on one line; nothing in it is expanded (POSIX.1-2024, XCU 2.2.2)."""
    return shlex.quote(clean(value))
