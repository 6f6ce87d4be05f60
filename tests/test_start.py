"""What a command imports before it runs."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import pytest
import typer.main

from lockgen.cli.app import app, commands

DEAR = ("httpx2", "jinja2", "lockgen.cli.options", "lockgen.model", "lockgen.workflow", "packaging", "ruamel")
"""Libraries and packages of lockgen that take a while to import. Typer itself imports pydantic for some."""


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["ci", "--help"], ["rendr"]], ids=" ".join)
def test_help_and_usage_errors_import_no_command(words: list[str]) -> None:
    program = (
        "import json, sys\n"
        "sys.argv = ['lockgen', *json.loads(sys.argv[1])]\n"
        "from lockgen.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(words)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stderr.splitlines()[-1])
    assert not [name for name in found if name.startswith(DEAR)]


def test_the_help_of_the_groups_shows_the_first_sentence_of_each_command() -> None:
    root: Any = typer.main.get_command(app)
    listed = {
        **root.commands,
        **{
            f"{group} {name}": each for group in ("cache", "ci") for name, each in root.commands[group].commands.items()
        },
    }
    found = dict(commands())
    assert found.keys() == listed.keys() - {"cache", "ci"}
    for words, command in found.items():
        paragraph, _, _ = inspect.cleandoc(command.help).partition("\n\n")
        assert listed[words].help == paragraph.replace("\n", " "), words
