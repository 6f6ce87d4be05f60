"""How many examples a property test draws."""

from __future__ import annotations

import os

_SHARE = 1.0 if os.environ.get("TEST_EXAMPLES") == "all" else 0.25
"""The weekly job asks for all; between a change and its landing a quarter of them has to do."""


def examples(count: int) -> int:
    """Of `count` examples those of this run, one at the least."""
    return max(1, round(count * _SHARE))
