"""Writes the golden files anew: `python -m tests.terminal.regolden`, then read the diff before you commit it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.terminal.commands import GOLDEN, WIDTHS
from tests.terminal.printing import print_all, shown


def main() -> None:
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for width in WIDTHS:
        (GOLDEN / str(width)).mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, done in print_all(Path(folder).resolve(), patch):
            for width in WIDTHS:
                (GOLDEN / str(width) / f"{name}.txt").write_text(shown(done, width), encoding="utf-8")


if __name__ == "__main__":
    main()
