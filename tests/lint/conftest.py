"""The committed matrices beside the frozen index, read once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.lint.table import LintTable
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.lint import Edit, Finding, Repair
from tests.conftest import FROZEN, ROOT
from tests.lint.stand import tables


@pytest.fixture(scope="session")
def real() -> FrozenIndex:
    """What PyPI said on a day."""
    return FrozenIndex(FROZEN)


@pytest.fixture(scope="session")
def committed() -> Mapping[str, bytes]:
    """The repository's own matrices."""
    return read_directory(ROOT / "matrices")


@pytest.fixture(scope="session")
def phases(committed: Mapping[str, bytes], real: FrozenIndex) -> Mapping[str, LintTable]:
    """Every phase with all its targets."""
    return {table.phase.phase: table for table in tables(load_matrices(committed), real)}


@pytest.fixture(scope="session")
def live(committed: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveIndex]:
    """The index pip is configured with."""
    as_of = max(phase.as_of for phase in load_matrices(committed).phases.values())
    place = Path(os.environ.get("LOCKGEN_TEST_CACHE") or tmp_path_factory.mktemp("cache")) / "index.sqlite3"
    policy = Policy(now=datetime.now(UTC), as_of=as_of)
    with Cache(place) as cache, LiveIndex(read_settings(os.environ), cache, policy) as index:
        yield index


@dataclass(frozen=True)
class Whole:
    """`lockgen lint` of the repository's own matrices: 20 seconds, so it runs once and for slow tests only."""

    code: int
    err: str
    findings: tuple[Finding, ...]


@pytest.fixture(scope="session")
def whole() -> Whole:
    words = [sys.executable, "-m", "lockgen", "lint", "--frozen", str(FROZEN), "--format", "json"]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("LOCKGEN_")}
    done = subprocess.run(words, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    return Whole(done.returncode, done.stderr, tuple(map(_finding, json.loads(done.stdout)["result"]["findings"])))


def _finding(data: dict[str, Any]) -> Finding:
    repairs = [
        Repair(text=each["text"], edits=tuple(Edit(**edit) for edit in each["edits"])) for each in data["repairs"]
    ]
    lists = {key: tuple(data[key]) for key in ("packages", "targets", "steps")}
    return Finding(**{**data, **lists, "repairs": tuple(repairs)})
