"""Why committed files are not as they should be, as text: one line for each cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lockgen.text import grouped_pairs

_SHOWN = 2


def cause_lines(stale: Iterable[tuple[Path, str]]) -> list[str]:
    """Each cause once, the one with most files first, with its first files."""
    causes = grouped_pairs((why, path) for path, why in stale)
    return [f"  {why}: {_files(paths)}" for why, paths in sorted(causes.items(), key=lambda each: -len(each[1]))]


def _files(paths: Sequence[Path]) -> str:
    shown = ", ".join(map(str, paths[:_SHOWN]))
    return shown if len(paths) <= _SHOWN else f"{shown} and {len(paths) - _SHOWN} more"
