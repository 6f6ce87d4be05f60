"""The hooks of this repository and those it offers to others."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.conftest import ROOT, Lockgen


def _read(name: str) -> Any:
    return YAML(typ="safe").load((ROOT / name).read_text("utf-8"))


OFFERED: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in _read(".pre-commit-hooks.yaml")}
(_LOCAL,) = _read(".pre-commit-config.yaml")["repos"]
OWN: dict[str, dict[str, Any]] = {hook["id"]: hook for hook in _LOCAL["hooks"]}


def test_nothing_is_fetched_and_no_version_pinned_twice() -> None:
    assert _LOCAL["repo"] == "local"
    assert {hook["language"] for hook in OWN.values()} == {"system"}


@pytest.mark.parametrize("hook", OWN)
def test_the_command_comes_with_the_test_extra(hook: str) -> None:
    command = shlex.split(OWN[hook]["entry"])[0]
    assert shutil.which(command, path=str(Path(sys.executable).parent)) or shutil.which(command)


@pytest.mark.parametrize("hook", OFFERED)
def test_what_is_offered_is_used_here_against_the_committed_index(lockgen: Lockgen, hook: str) -> None:
    offered, own = OFFERED[hook], OWN[hook]
    assert own["entry"].startswith(f"{offered['entry']} --frozen ")
    assert (ROOT / own["entry"].rpartition(" ")[2]).is_file()
    for key in ("files", "pass_filenames", "require_serial", "name"):
        assert own[key] == offered[key]
    assert lockgen(*offered["entry"].split()[1:], "--help").code == 0


def test_ci_runs_each_of_these_commands() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert not [hook["entry"] for hook in OWN.values() if hook["entry"].replace(" --force-exclude", "") not in script]
