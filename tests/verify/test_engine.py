"""Proofs in containers: with a stand-in for an engine that notes what it is started with, and with a real one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockgen.errors import UsageError
from lockgen.model.verify import Proof
from lockgen.verify.engine import opened_engine
from lockgen.verify.levels import ProofTools, prove
from lockgen.verify.proof_target import ProofTarget
from lockgen.verify.via import opened_via
from tests.interpreters import host
from tests.verify.stand import APP, LIB, PYTHON, Stand, stand

pytestmark = pytest.mark.skipif(os.name == "nt", reason="not run: containers are reached from POSIX systems alone")
ID = "a" * 64
IMAGE = f"python:{PYTHON}-slim-bookworm"
PODMAN = shutil.which("podman")
_ENGINE = f"""#!/bin/sh
echo "$@" >> {{log}}
case $1 in
version) {{version}} ;;
image) [ "$3" = {IMAGE} ] || exit 125; echo '[{{{{"Id": "{ID}", "RepoDigests": ["somewhere/python@sha256:d"]}}}}]' ;;
ps) echo 123 ;;
run) while [ "$1" != {ID} ]; do shift; done; shift; [ "$1" != python3 ] || {{{{ shift; set -- {sys.executable} "$@"; }}}}
    exec "$@" ;;
esac
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stand]:
    with stand(tmp_path) as made:
        yield made


def _engine(folder: Path, version: str = "true") -> dict[str, str]:
    """The environment with a podman in it that only notes its arguments, and starts what it is to start right here."""
    file = folder / "bin" / "podman"
    file.parent.mkdir()
    file.write_text(_ENGINE.format(log=folder / "log", version=version))
    file.chmod(0o755)
    return {**os.environ, "PATH": f"{file.parent}{os.pathsep}{os.environ['PATH']}"}


def _proved(here: Stand, environ: dict[str, str], image: str = IMAGE) -> dict[str, Proof]:
    smoke = here.room / "smoke.py"
    smoke.write_text('import app\nprint("ok app")\n')
    name = here.target.name
    subject = ProofTarget(
        label=f"phase-1 {name}",
        target=here.target,
        folder=here.write(name, [APP, LIB]),
        complaints=(),
        names=frozenset(),
    )
    env = here.bench()
    with opened_engine("podman", environ) as engine:
        ways = opened_via({name: engine.way(name, image, host(), env.work)}, [here.target], env)
        tools = ProofTools(
            env=env, choose=lambda target: (ways[target.name],), script=smoke, jobs=1, sweep=engine.sweep
        )
        (proofs,) = prove([subject], "smoked", tools, lambda *_: None).values()
    return {proof.level: proof for proof in proofs}


@pytest.mark.slow
def test_every_start_is_a_container_with_one_folder_and_no_network_but_for_the_index(here: Stand) -> None:
    found = _proved(here, _engine(here.room))
    assert {proof.verdict for proof in found.values()} == {"proved"}
    assert found["smoked"].image == f"sha256:{ID} (sha256:d)"
    runs = [line.split(" ") for line in (here.room / "log").read_text().splitlines() if line.startswith("run ")]
    work = here.room / "work"
    for words in runs:
        assert {"--rm", "--init", "--pull=never", f"--volume={work}:{work}"} <= set(words)
        assert [word for word in words if word.startswith("--platform=linux/")]
        values = [word for word in words if word.startswith("--env=") and "=" in word.removeprefix("--env=")]
        assert {word.split("=")[1] for word in values} == {"HOME", "TMPDIR"}
        assert here.index.root not in " ".join(words)
    online = [words for words in runs if "--network=host" in words]
    assert all("--network=none" in words for words in runs if words not in online)
    assert online
    assert all("--dry-run" in words for words in online)
    names = [word for words in runs for word in words if word.startswith("--name=")]
    assert len(set(names)) == len(names)


@pytest.mark.slow
def test_an_image_that_is_not_here_is_refused_and_none_is_pulled(here: Stand) -> None:
    with pytest.raises(UsageError, match=r"the image python:2\.0 for .* is not on this machine") as error:
        _proved(here, _engine(here.room), "python:2.0")
    assert "podman pull --platform linux/" in error.value.hint
    assert "pull" not in (here.room / "log").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("image", ["--privileged", "", "a b"])
def test_an_image_that_looks_like_an_option_is_refused(here: Stand, image: str) -> None:
    with pytest.raises(UsageError, match="is no name of an image"):
        _proved(here, _engine(here.room), image)


@pytest.mark.slow
def test_an_engine_that_does_not_answer_is_not_started(tmp_path: Path) -> None:
    environ = _engine(tmp_path, "echo no daemon >&2; exit 1")
    with pytest.raises(UsageError, match="--engine podman: it ended with exit code 1: no daemon") as error:
        opened_engine("podman", environ).__enter__()
    assert error.value.hint == "lockgen starts no daemon."


def test_an_engine_that_is_not_here(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--engine docker: it is not on this machine"):
        opened_engine("docker", {"PATH": str(tmp_path)}).__enter__()
    with pytest.raises(UsageError, match="--engine lxc: it is none of docker, podman"):
        opened_engine("lxc", os.environ).__enter__()


@pytest.mark.slow
def test_what_a_killed_lockgen_left_is_removed(tmp_path: Path) -> None:
    environ = _engine(tmp_path)
    program = (
        "import os, time\nfrom lockgen.verify.engine import opened_engine\n"
        "with opened_engine('podman', os.environ):\n    print('open', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert "ps" not in (tmp_path / "log").read_text()
        process.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while "rm --force 123" not in (tmp_path / "log").read_text() and time.monotonic() < until:
        time.sleep(0.05)
    assert "rm --force 123" in (tmp_path / "log").read_text()


def _present() -> str:
    """Why no real container can be made here; empty where one can."""
    if PODMAN is None:
        return "there is no podman"
    done = subprocess.run([PODMAN, "image", "inspect", IMAGE], capture_output=True, check=False)
    if done.returncode:
        return f"podman has no image {IMAGE} (docs/howto/elsewhere.md says how one is made)"
    tried = subprocess.run([PODMAN, "run", "--rm", "--pull=never", IMAGE, "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else f"podman runs no container: {tried.stderr.decode()[-200:]}"


@pytest.mark.slow
@pytest.mark.long
def test_a_real_container_proves_and_leaves_nothing(here: Stand) -> None:
    if why := _present():
        pytest.skip(f"not run: {why}")
    found = _proved(here, dict(os.environ))
    assert {level: (proof.verdict, proof.reason) for level, proof in found.items()} == dict.fromkeys(
        ("closed", "fetched", "installed", "smoked"), ("proved", "")
    )
    assert found["smoked"].image.startswith("sha256:")
    left = subprocess.run(
        [PODMAN or "", "ps", "--all", "--format", "json", "--filter", "label=lockgen-run"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(left.stdout or "[]") in ([], None)
