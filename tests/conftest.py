"""Fixtures of the whole suite."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
# For `tests.*`, and last: an installed lockgen is tested, not the one that lies beside the tests.
sys.path.append(str(ROOT))

from lockgen.cli.environment import project_root  # noqa: E402
from lockgen.cli.main import main  # noqa: E402
from tests.examples import examples  # noqa: E402
from tests.remembered import remember  # noqa: E402

FROZEN = ROOT / "tests" / "frozen" / "2026-11-20.xz"
"""What PyPI said on that day to renders of all phases in all strategies; made by `lockgen freeze --strategy all`."""

# A deadline is measured by the clock, and says on a busy machine what else runs there.
settings.register_profile("suite", deadline=None, max_examples=examples(100))
settings.load_profile("suite")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def flat(self) -> str:
        """What was printed on both, without indents and line ends."""
        return " ".join(f"{self.out} {self.err}".split())

    @property
    def result(self) -> Any:
        """What stands in the JSON's envelope, of which the rest is as it should be."""
        envelope = json.loads(self.out)
        assert list(envelope) == ["schema", "command", "lockgen", "ok", "result"]
        assert (envelope["schema"], envelope["ok"]) == (1, self.code == 0)
        return envelope["result"]


Lockgen = Callable[..., Done]


LONGEST = (
    "test_every_day_is_what_a_solve_of_that_day_gives",
    "test_after_a_hundred_questions_the_answers_are_those_of_a_fresh_solver",
    "test_the_360_sets_are_pin_for_pin_as_before",
    "test_every_repair_mends_what_was_found",
    "test_what_the_suite_remembers_changes_no_byte",
    "test_shared_answers_are_the_answers",
    "test_each_package_has_the_best_version_that_keeps_the_rest_solvable",
    "test_a_mask_holds_what_contains_holds",
)
"""Tests of five seconds and more: begun last, one of them would keep one process busy while the others wait."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""
    items.sort(key=lambda item: item.name.partition("[")[0] not in LONGEST)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end; looking through it again and again took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def lockgen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Lockgen:
    """The command line in this process, in an empty folder; the environment says nothing to lockgen.

    What it makes of equal input is made once per process.
    """
    remember(monkeypatch)
    return run_here(monkeypatch, capsys, tmp_path)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Lockgen:
    """The same for somebody who has no matrices but those of the project around the working directory."""
    remember(monkeypatch)
    return run_here(monkeypatch, capsys, tmp_path, has_example=False)


@pytest.fixture
def cold_lockgen(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Lockgen:
    """The same where it matters what a command costs: it finds nothing prepared by the commands before it."""
    return run_here(monkeypatch, capsys, tmp_path)


def run_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *, has_example: bool = True
) -> Lockgen:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LOCKGEN_CACHE_DIR", str(folder / "cache"))
    # pytest-xdist sets it for its workers; without it a pipe has no width, and no line is folded.
    monkeypatch.delenv("COLUMNS", raising=False)
    # How fast the machine is would show.
    monkeypatch.setattr("lockgen.cli.progress._SLOW", 3600.0)

    def run(*words: object) -> Done:
        monkeypatch.setattr("sys.argv", ["lockgen", *map(str, words)])
        # Where a test has no matrices of its own, the repository's are meant.
        if has_example and project_root() is None and "init" not in words:
            monkeypatch.setenv("LOCKGEN_MATRICES", str(ROOT / "matrices"))
        else:
            monkeypatch.delenv("LOCKGEN_MATRICES", raising=False)
        with pytest.raises(SystemExit) as exit_:
            main()
        said = capsys.readouterr()
        return Done(int(exit_.value.code or 0), said.out, said.err)

    return run
