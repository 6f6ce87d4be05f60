"""What every command prints at 80 and at 120 columns, byte for byte: `python -m tests.terminal.regolden` writes it."""

from __future__ import annotations

import pytest

from tests.conftest import Done
from tests.terminal.commands import COMMANDS, GOLDEN, WIDTHS
from tests.terminal.printing import print_all, shown

pytestmark = pytest.mark.slow  # all commands


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Everything, printed once: a command leaves the project as it was."""
    with pytest.MonkeyPatch.context() as patch:
        return dict(print_all(tmp_path_factory.mktemp("project"), patch))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_what_the_golden_file_says(printed: dict[str, Done], name: str, width: int) -> None:
    assert shown(printed[name], width) == (GOLDEN / str(width) / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_longer_than_the_terminal(printed: dict[str, Done], width: int) -> None:
    """But one without a space to fold it at, and JSON."""
    for name, done in printed.items():
        long = [line for line in shown(done, width).splitlines() if len(line) > width and " " in line.strip()]
        assert not long or name in {"ci-matrix", "check-stale", "verify-merge"}, long


def test_the_golden_files_are_those_of_the_commands() -> None:
    for width in WIDTHS:
        assert {path.stem for path in (GOLDEN / str(width)).iterdir()} == set(COMMANDS)
