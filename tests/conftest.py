"""Fixtures of the whole suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lockgen.cli.main import main

ROOT = Path(__file__).parent.parent
FROZEN = ROOT / "tests" / "frozen" / "2026-11-20.xz"
"""What PyPI said on that day to renders of all phases in all strategies; made by `lockgen freeze --strategy all`."""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Lockgen = Callable[..., Done]


@pytest.fixture
def lockgen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Lockgen:
    """The command line in this process, in an empty folder; the environment says nothing to lockgen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCKGEN_CACHE_DIR", str(tmp_path / "cache"))

    def run(*words: object) -> Done:
        monkeypatch.setattr("sys.argv", ["lockgen", *map(str, words)])
        with pytest.raises(SystemExit) as exit_:
            main()
        said = capsys.readouterr()
        return Done(int(exit_.value.code or 0), said.out, said.err)

    return run
