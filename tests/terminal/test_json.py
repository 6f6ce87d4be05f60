"""`--format json`: one envelope for all, as the published schemas say, and a quiet stderr."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from jsonschema import Draft202012Validator
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.cli.metadata_statements import check_stated, state_built
from lockgen.cli.options import Format
from lockgen.matrix.files import read_directory
from lockgen.model.request import StatedMetadata
from lockgen.model.target import make_target
from lockgen.report.schema_of_results import RESULTS, result_schema
from lockgen.workflow.metadata import MetadataBuilder
from tests.conftest import ROOT, Done, Lockgen, run_here
from tests.remembered import remember
from tests.render.cells import LINUX
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
"""It builds, which takes an index with files; its JSON is made below of a build that is given."""


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


@pytest.mark.slow
@pytest.mark.parametrize(("command", "name"), [(command, name) for command, names in ASKED.items() for name in names])
def test_the_json_is_as_its_schema_says(printed: dict[str, Done], command: str, name: str) -> None:
    done = printed[name]
    assert done.err == ""
    told = json.loads(done.out)
    assert (told["command"], told["ok"]) == (command, done.code == 0)
    Draft202012Validator(result_schema(command)).validate(told)


MATRICES = ROOT / "tests" / "drift" / "matrices"
STATED = StatedMetadata(
    name=canonicalize_name("old"),
    version=Version("1.0"),
    requires_dist=("lib_one<1.6; python_version < '3.12'",),
    requires_python=">=3.8",
    provides_extra=(canonicalize_name("fast"),),
    build_requires=("helper>=1",),
    read_from="a build of old 1.0",
    where="",
)


@pytest.mark.parametrize(
    ("built", "count"), [(STATED, 1), (replace(STATED, version=None, requires_python=None), 1), ("no pg_config", 0)]
)
def test_the_json_of_metadata_is_as_its_schema_says(
    capsys: pytest.CaptureFixture[str], built: StatedMetadata | str, count: int
) -> None:
    release = (canonicalize_name("old"), Version("1.0"))
    words = {"dry_run": True, "is_offline": True, "quiet": True}
    code = state_built({release: built}, MATRICES, read_directory(MATRICES), Format.json, **words)
    _check_metadata(capsys, code, count)


class _Builder:
    """What three builds gave, on a target."""

    def __init__(self) -> None:
        self.target = make_target("3.11", LINUX)
        self.built: dict[str, StatedMetadata | str] = {
            "1.0": STATED,
            "2.0": replace(STATED, requires_dist=()),
            "3.0": "no pg_config",
        }

    def build(self, _name: str, version: Version) -> StatedMetadata | str:
        return self.built[str(version)]


def test_the_json_of_metadata_check_is_as_its_schema_says(capsys: pytest.CaptureFixture[str]) -> None:
    """A statement that its build agrees with, one that it does not, and one whose build failed."""
    builder = _Builder()
    stated = [replace(STATED, version=Version(each)) for each in builder.built]
    code = check_stated(stated, cast("MetadataBuilder", builder), Format.json, quiet=True)
    _check_metadata(capsys, code, 3)


def _check_metadata(capsys: pytest.CaptureFixture[str], code: int, count: int) -> None:
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert (err, told["command"], told["ok"], len(told["result"]["statements"])) == ("", "metadata", code == 0, count)
    Draft202012Validator(result_schema("metadata")).validate(told)


def test_every_command_with_json_has_a_schema() -> None:
    assert set(RESULTS) == set(ASKED) | ELSEWHERE
    for command in RESULTS:
        Draft202012Validator.check_schema(result_schema(command))


def test_a_schema_is_printed_by_its_command(lockgen: Lockgen) -> None:
    assert json.loads(lockgen("schema", "--command", "drift").out) == result_schema("drift")
    assert "Did you mean drift?" in lockgen("schema", "--command", "drif").err
    assert "'issues' is in the way" in lockgen("schema", "issues", "--command", "drift").err
