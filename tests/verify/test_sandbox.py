"""Builds are kept from the network where a podman works; this is about a podman that is not there, and a real one."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lockgen.verify.sandbox import open_sandbox


@pytest.mark.skipif(os.name == "nt", reason="not run: a script in place of podman needs POSIX")
def test_without_a_podman_that_works_there_is_no_sandbox(tmp_path: Path) -> None:
    assert open_sandbox({"PATH": str(tmp_path)}, tmp_path) is None
    podman = tmp_path / "podman"
    podman.write_text("#!/bin/sh\nexit 126\n")
    podman.chmod(0o755)
    assert open_sandbox({"PATH": str(tmp_path)}, tmp_path) is None


@pytest.mark.slow
def test_what_runs_in_it_reaches_no_network_and_writes_only_where_it_may(tmp_path: Path) -> None:
    work, elsewhere = tmp_path / "work", tmp_path / "elsewhere"
    work.mkdir()
    elsewhere.mkdir()
    sandbox = open_sandbox(os.environ, work)
    if sandbox is None:
        pytest.skip("not run: no podman works on this machine")
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = (
            f"import os, pathlib, socket; pathlib.Path('there').write_text(os.environ['WORD'] + os.getcwd());"
            f"pathlib.Path({str(elsewhere / 'no')!r}).write_text('');"
            f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)"
        )
        done = sandbox.run(["python3", "-c", script], environ={"WORD": "here ", **os.environ}, cwd=work, timeout=60)
    assert "ConnectionRefusedError" in done.stderr
    assert (work / "there").read_text() == f"here {work}"
    assert not list(elsewhere.iterdir())
