"""Output of commands: messages on stderr, JSON on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from lockgen.model.result import Unsupported


def say(text: str) -> None:
    """Print a message on stderr."""
    sys.stderr.write(f"{text}\n")


def say_refused(cells: Iterable[Unsupported]) -> None:
    """Print why the matrices do not support these targets, and what to do."""
    for cell in cells:
        say(f"{cell.target.name} is unsupported: {cell.reason}. {cell.remedy}".rstrip())


def print_json(value: object) -> None:
    """The value as JSON with a line end, readable."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    print()
