"""`--format json`: one envelope for all, as the published schemas say, and a quiet stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from lockgen.report.schema_of_results import RESULTS, result_schema
from tests.conftest import Done, Lockgen, run_here
from tests.remembered import remember
from tests.terminal.commands import COMMANDS, prepare
from tests.terminal.printing import Streams

ASKED = {
    "render": ("render-dry-run", "render-no"),
    "check": ("check", "check-stale"),
    "verify": ("verify",),
    "lint": ("lint",),
    "try": ("try", "try-no"),
    "compare": ("compare",),
    "explain": ("explain", "explain-absent", "explain-rule"),
    "drift": ("drift",),
    "bump": ("bump-dry-run",),
    "history": ("history-name", "history-bisect"),
    "preflight": ("preflight",),
    "targets": ("targets",),
    "cache info": ("cache-info",),
    "cache clear": ("cache-clear",),
}
ELSEWHERE = {"metadata"}
"""It builds; tests/test_metadata.py reads its JSON."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    with pytest.MonkeyPatch.context() as patch:
        return dict(_print(tmp_path_factory.mktemp("project"), patch))


def _print(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[tuple[str, Done]]:
    remember(patch)
    run = run_here(patch, Streams(patch), folder)  # type: ignore[arg-type]
    prepare(folder, run)
    for names in ASKED.values():
        for name in names:
            yield name, run(*COMMANDS[name], "--format", "json")


@pytest.mark.parametrize(("command", "name"), [(command, name) for command, names in ASKED.items() for name in names])
def test_the_json_is_as_its_schema_says(printed: dict[str, Done], command: str, name: str) -> None:
    done = printed[name]
    assert done.err == ""
    told = json.loads(done.out)
    assert (told["command"], told["ok"]) == (command, done.code == 0)
    Draft202012Validator(result_schema(command)).validate(told)


def test_every_command_with_json_has_a_schema() -> None:
    assert set(RESULTS) == set(ASKED) | ELSEWHERE
    for command in RESULTS:
        Draft202012Validator.check_schema(result_schema(command))


def test_a_schema_is_printed_by_its_command(lockgen: Lockgen) -> None:
    assert json.loads(lockgen("schema", "--command", "drift").out) == result_schema("drift")
    assert "Did you mean drift?" in lockgen("schema", "--command", "drif").err
    assert "'issues' is in the way" in lockgen("schema", "issues", "--command", "drift").err
