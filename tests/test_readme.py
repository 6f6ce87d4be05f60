"""The README opens with two commands; CI runs the second as it stands there, and a stranger can run both."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from textwrap import indent

import pytest

from tests.conftest import FROZEN, ROOT, Lockgen

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console[^\n]*\n(.*?)```", README, re.DOTALL)


def test_it_opens_with_exactly_two_commands() -> None:
    set_up = README[README.index("## Set up") : README.index("## ", README.index("## Set up") + 3)]
    commands = [line for line in set_up.splitlines() if line.startswith(("pip ", "    pip "))]
    assert commands == ["pip install . && lockgen render --phase 1", "pip install '.[test]' && pytest"]


def test_ci_runs_the_readmes_test_command() -> None:
    assert "pip install '.[test]' && pytest\n" in (ROOT / ".ci" / "run").read_text()


def test_every_command_exists(lockgen: Lockgen) -> None:
    said = set(re.findall(r"\blockgen ([a-z]+)\b", "\n".join(BLOCKS)))
    helped = lockgen("--help").out
    assert {word for word in said if f"│ {word} " not in helped} == set()


@pytest.mark.slow
def test_the_finding_shown_is_the_real_one(lockgen: Lockgen, tmp_path: Path) -> None:
    shown = next(block for block in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if "[recommended-" in block)
    shown = indent(shown, "  ")
    shutil.copytree(ROOT / "matrices", tmp_path / "matrices")
    file = tmp_path / "matrices" / "phase-1.yaml"
    file.write_text(file.read_text().partition("\naccept:")[0])
    assert shown in lockgen("lint", "--phase", "1", "--frozen", FROZEN).out


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt", "requirements.lock"])
def test_files_shown_are_the_committed_ones(name: str) -> None:
    """A block that starts with a file's header is a verbatim piece of it."""
    committed = (ROOT / "output/phase-1/py3.11-linux-x86_64" / name).read_text()
    pieces = [block for block in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if block.startswith(f"# {name}")]
    assert all(piece in committed for piece in pieces)


def test_proofs_shown_are_committed_ones() -> None:
    piece = next(block for block in re.findall(r"```text\n(.*?)```", README, re.DOTALL) if block.startswith("| Python"))
    assert piece in (ROOT / "output/phase-1/COMPATIBILITY.md").read_text()


def test_links_inside_the_repository_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)
    assert not [link for link in links if not (ROOT / Path(link)).exists()]
