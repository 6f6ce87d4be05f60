"""JSON for machines, on stdout."""

from __future__ import annotations

import json
import sys


def print_json(value: object) -> None:
    """The value as JSON with a line end, readable."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()
