"""Proofs through a prefix: what is refused before anything is proved, what a prefix that fails means, what it leaves."""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from lockgen.errors import UsageError
from lockgen.model.target import make_target
from lockgen.model.verify import Interpreter, Proof
from lockgen.verify.behind import GONE
from lockgen.verify.levels import ProofTools, prove
from lockgen.verify.proof_target import ProofTarget
from lockgen.verify.via import Via, matched, opened_via, parse_via
from tests.interpreters import host
from tests.verify.stand import APP, LIB, PYTHON, Stand, processes_of, stand

needs_posix = pytest.mark.skipif(os.name == "nt", reason="not run: the script in front of Python needs POSIX")
NAME = make_target(PYTHON, host()).name


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stand]:
    with stand(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("text", "said"), [
    ("py3.11-linux-aarch64", "is not GLOB=COMMAND"),
    ("py3.11-linux-aarch64=", "is not GLOB=COMMAND"),
    ("py3.11-linux-aarch64=python3", "with a Python behind a prefix"),
    ("=qemu python3", "is not GLOB=COMMAND"),
    ("py3.11-*=qemu 'python3", "cannot be split into words: No closing quotation"),
])  # fmt: skip
def test_what_is_no_way(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"--via .*") as error:
        parse_via(text)
    assert said in error.value.message


def test_words_are_split_like_a_shell_and_run_by_none(tmp_path: Path) -> None:
    via = parse_via("py3.11-*=podman run -v '{work}:{work}' \"a b\" $(rm) python3")
    assert (via.pattern, via.python) == ("py3.11-*", "python3")
    assert via.behind(tmp_path) == f"exec podman run -v {tmp_path}:{tmp_path} 'a b' '$(rm)'"


@pytest.mark.parametrize(("patterns", "said"), [
    (("py3.11-*", "py2*"), "--via py2* matches no target"),
    (("py3.11-*", "*-aarch64"), "two --via match py3.11-linux-aarch64: 'py3.11-*' and '*-aarch64'"),
])  # fmt: skip
def test_globs_that_fit_none_or_both(patterns: tuple[str, ...], said: str) -> None:
    several = [Via(pattern=each, words=("x",), python="python3") for each in patterns]
    with pytest.raises(UsageError) as error:
        matched(several, ["py3.11-linux-x86_64", "py3.11-linux-aarch64"])
    assert error.value.message == said


def _prefix(folder: Path, body: str) -> str:
    file = folder / "prefix"
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return str(file)


def _opened(here: Stand, body: str, *, python: str = PYTHON, **bench: Any) -> dict[str, Interpreter]:
    via = parse_via(f"*={_prefix(here.room, body)} {sys.executable}")
    target = make_target(python, host())
    return opened_via({target.name: via}, [target], here.bench(**bench))


def _lie(key: str, value: str) -> str:
    """A prefix whose Python says this of itself, and is another."""
    return f"""exec "$@" | sed 's/"{key}": [^,]*/"{key}": "{value}"/'"""


@needs_posix
@pytest.mark.slow
@pytest.mark.parametrize(("body", "said"), [
    (_lie("version", "3.99.1"), "the Python behind it is CPython 3.99.1 on "),
    (_lie("machine", "pdp11"), "but loads extension modules for "),
    ("""exec "$@" | sed 's/"libc": [^]]*]/"libc": ["musl", "1.2"]/'""", "with musl 1.2; "),
    ("""exec "$@" | sed 's/"libc": [^]]*]/"libc": ["glibc", "2.5"]/'""", "with glibc 2.5; "),
    (_lie("implementation", "PyPy"), "the Python behind it is PyPy "),
    ("exit 7", "it cannot be examined: it ended with exit code 7: it said nothing"),
    ("echo no route >&2; exit 255", "it ended with exit code 255: no route"),
    ("kill -9 $$", "it crashed with SIGKILL"),
    ("echo '{}'", "it cannot be examined"),
    ("""echo "exec /bin/x: Exec format error" >&2; exit 1""", "Exec format error"),
])  # fmt: skip
def test_what_is_not_the_target_s_python_is_refused_before_anything_is_proved(
    here: Stand, body: str, said: str
) -> None:
    with pytest.raises(UsageError) as error:
        _opened(here, body)
    assert said in error.value.message
    assert error.value.message.startswith("--via *: the Python behind it")
    assert error.value.hint


@needs_posix
@pytest.mark.slow
def test_a_prefix_that_hangs_is_ended_with_all_it_started(here: Stand) -> None:
    with pytest.raises(UsageError, match="it was still running when its time was over"):
        _opened(here, "setsid sleep 9871 & sleep 9872", timeout=1.0)
    assert processes_of("sleep 9871") == processes_of("sleep 9872") == []


@needs_posix
@pytest.mark.slow
def test_what_it_says_of_itself(here: Stand) -> None:
    (found,) = _opened(here, 'echo motd; setsid sleep 9873 & exec "$@"').values()
    assert (found.version, found.machine) == (platform.python_version(), platform.machine())
    assert (found.platform, found.emulated, found.image) == (host().name, "", "")
    assert found.libc == " ".join(platform.libc_ver())
    assert processes_of("sleep 9873") == []


def _proved(here: Stand, body: str, script: str, **bench: Any) -> dict[str, Proof]:
    smoke = here.room / "smoke.py"
    smoke.write_text(script)
    subject = ProofTarget(
        label=f"phase-1 {NAME}",
        target=here.target,
        folder=here.write(NAME, [APP, LIB]),
        complaints=(),
        names=frozenset(map(canonicalize_name, ("app", "lib-one"))),
    )
    env = here.bench(**bench)
    via = parse_via(f"{NAME}={_prefix(here.room, body)} {{work}} {sys.executable}")
    ways = opened_via({NAME: via}, [here.target], env)
    tools = ProofTools(env=env, choose=lambda target: (ways[target.name],), script=smoke, jobs=1)
    (proofs,) = prove([subject], "smoked", tools, lambda *_: None).values()
    return {proof.level: proof for proof in proofs}


@needs_posix
@pytest.mark.slow
def test_a_set_is_installed_and_smoked_behind_a_prefix_that_shares_the_work_folder(here: Stand) -> None:
    """The prefix notes what it ran: all of it lies in the work folder, given as {work}."""
    log = here.room / "log"
    body = f"""work=$1; shift; [ "$work" = {here.room / "work"} ] || exit 9; echo "$@" >> {log}; exec "$@" """
    found = _proved(here, body, 'import app\nprint("ok app")\n')
    assert {level: (proof.verdict, proof.reason) for level, proof in found.items()} == dict.fromkeys(
        ("closed", "fetched", "installed", "smoked"), ("proved", "")
    )
    assert found["smoked"].machine == platform.machine()
    assert found["installed"].checks == ("hashes", "imports", "pip check", "RECORD")
    words = [word for line in log.read_text().splitlines() for word in line.split() if word.startswith("/")]
    elsewhere = {word for word in words if not word.startswith(str(here.room / "work"))}
    assert elsewhere == {sys.executable}


@needs_posix
@pytest.mark.slow
@pytest.mark.parametrize(("body", "said"), [
    ('case "$*" in *smoke.py*) touch {gone}; esac; [ ! -e {gone} ] || {{ echo lost >&2; exit 255; }}; exec "$@"', "lost"),
    ('case "$*" in */venvs/*) exit 3; esac; exec "$@"', "exit code 3"),
])  # fmt: skip
def test_a_prefix_that_dies_meanwhile_is_no_failure_of_the_set(here: Stand, body: str, said: str) -> None:
    found = _proved(here, "shift; " + body.format(gone=here.room / "gone"), 'print("ok")\n')
    reasons = {proof.reason for level, proof in found.items() if level != "closed"}
    assert {proof.verdict for level, proof in found.items() if level != "closed"} == {"not run"}
    assert any(reason.startswith(GONE) and said in reason for reason in reasons)


@needs_posix
@pytest.mark.slow
def test_a_prefix_that_leads_elsewhere_later_proves_nothing(here: Stand) -> None:
    body = """shift; case "$1" in */venvs/*) exec "$@" | sed 's/"version": "3/"version": "4/';; *) exec "$@";; esac"""
    found = _proved(here, body, 'print("ok")\n')
    assert found["installed"].verdict == "not run"
    assert "it was CPython" in found["installed"].reason


@needs_posix
@pytest.mark.slow
def test_an_interrupted_proof_leaves_no_process_of_the_prefix(here: Stand) -> None:
    stop = threading.Event()
    script = "import time; time.sleep(9874)\n"

    def interrupt() -> None:
        while not processes_of(str(here.room / "work/seen/smoke.py")):
            time.sleep(0.05)
        stop.set()

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        _proved(here, 'shift; setsid sleep 9875 > /dev/null 2>&1 & "$@"', script, stop=stop)
    assert processes_of("sleep 9875") == processes_of(str(here.room / "work/seen")) == []
