"""Runs the blocks of one page in a folder of its own, in their order: `python -m tests.docs.run PAGE`.

It prints what each command printed as JSON. One process runs a page: what starts with `lockgen` and needs no shell runs
in it, and finds what the commands before it have imported, unpacked and worked out; anything else runs in bash.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from lockgen.cli.main import main
from tests.conftest import FROZEN, ROOT
from tests.docs.blocks import Block, read_page
from tests.remembered import remember

_WIDTH = 120
_SHELL = re.compile(r"[|&;<>$`*?(){}\[\]~#]")
_OWN = re.compile(r"^note: pip's .* are not followed; .*\n", re.MULTILINE)
"""What the settings of this machine alone bring about."""
_FROZEN = {"seed": FROZEN, "docs": ROOT / "tests" / "frozen" / "docs-2026-11-20.xz"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command of a block (its line in the page), its exit code and what it printed."""

    line: int
    command: str
    code: int
    output: str


def run_page(path: Path, folder: Path, *, network: bool = False) -> list[Ran]:
    """Every command that can run here; `network` are those that ask PyPI, with what stands before them."""
    page = read_page(path)
    home = folder / "shop"
    _prepare(page.preface.get("in", "empty"), home)
    environ = _environ(folder, page.preface.get("frozen"))
    found = []
    for block in page.blocks:
        if "file" in block.attributes:
            place = home / block.attributes["file"]
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text, encoding="utf-8")
        elif block.language == "setup":
            subprocess.run(["bash", "-e", "-c", block.text], cwd=home, env=environ, check=True, capture_output=True)
        elif block.is_run and (network or "network" not in block.attributes):
            found += list(_run_block(block, home, environ))
    return found


def _prepare(what: str, home: Path) -> None:
    home.mkdir(parents=True)
    if what == "example":
        for name in ("matrices", "output"):
            shutil.copytree(ROOT / name, home / name)
    elif what != "empty":
        raise ValueError(f"no page begins in {what!r}")


def _environ(folder: Path, frozen: str | None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCKGEN_", "GIT_"))}
    shim = folder / "bin" / "lockgen"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lockgen "$@"\n')
    shim.chmod(0o755)
    index = {"LOCKGEN_FROZEN": str(_FROZEN[frozen])} if frozen else {}
    return kept | index | {
        "PATH": f"{shim.parent}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path[1:] if not sys.path[0] else sys.path),
        "LOCKGEN_CACHE_DIR": str(folder / "cache"),
        "COLUMNS": str(_WIDTH),
        "NO_COLOR": "1",
        "TERM": "dumb",
    }  # fmt: skip


def _run_block(block: Block, home: Path, environ: dict[str, str]) -> Iterator[Ran]:
    if "network" in block.attributes:
        environ = {name: value for name, value in environ.items() if name != "LOCKGEN_FROZEN"}
    for shown in block.commands:
        if exported := re.fullmatch(r"export (\w+)=(\S*)", shown.command):
            environ[exported[1]] = shlex.split(exported[2])[0]
            continue
        code, output = _run(shown.command, home, environ)
        output = _OWN.sub("", output.replace(str(home), "~/shop"))
        yield Ran(line=block.line, command=shown.command, code=code, output=output)


def _run(command: str, home: Path, environ: Mapping[str, str]) -> tuple[int, str]:
    with tempfile.TemporaryFile() as file:
        if command.startswith("lockgen ") and not _SHELL.search(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", command)):
            code = _call(shlex.split(command)[1:], file.fileno(), home, environ)
        else:
            words = ["bash", "-c", command]
            code = subprocess.run(
                words, cwd=home, env=environ, stdout=file, stderr=file, stdin=subprocess.DEVNULL, check=False
            ).returncode
        file.seek(0)
        return code, file.read().decode()


def _call(words: list[str], out: int, home: Path, environ: Mapping[str, str]) -> int:
    """The program in this process, its output into the file."""
    kept, before = [os.dup(1), os.dup(2)], dict(os.environ)
    try:
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(home)
        sys.argv = ["lockgen", *words]
        main()
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, one in enumerate(kept, 1):
            os.dup2(one, number)
            os.close(one)
        os.environ.clear()
        os.environ.update(before)
    return 0


def run_apart(path: Path, *, network: bool = False) -> list[Ran]:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "tests.docs.run", str(path), folder, *(["network"] if network else [])]
        environ = os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, str(ROOT)])}
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder, env=environ)
        if done.returncode:
            raise RuntimeError(f"{path}: {done.stderr}")
        return [Ran(**each) for each in json.loads(done.stdout)]


if __name__ == "__main__":
    _page, _folder, *_words = sys.argv[1:]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.modules["__main__"].__package__ = None  # else the program calls itself `python -m tests.docs.lockgen`
    remember(pytest.MonkeyPatch())
    found = run_page(Path(_page), Path(_folder), network="network" in _words)
    json.dump([asdict(each) for each in found], sys.stdout)
