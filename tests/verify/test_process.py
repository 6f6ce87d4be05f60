from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from lockgen.verify.done import CANNOT_START, Done, masked
from lockgen.verify.pipes import KEPT
from lockgen.verify.process import run
from tests.verify.stand import processes_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups as POSIX has them")

ENVIRON = {"PATH": os.environ["PATH"]}


def sh(script: str, *, timeout: float = 20.0, **fields) -> Done:
    return run(["sh", "-c", script], environ=ENVIRON, timeout=timeout, **fields)


def nap(number: int) -> str:
    """A command line that no other process of this machine has."""
    return f"sleep 9876{number}.{os.getpid()}"


def gone(mark: str) -> bool:
    """Whether no process with the mark is left, a moment for the system to reap it granted."""
    for _ in range(100):
        if not processes_of(mark):
            return True
        time.sleep(0.02)
    return False


def test_what_it_said_and_how_it_ended() -> None:
    done = sh("echo out; echo err >&2; exit 3")
    assert (done.returncode, done.stdout, done.stderr, done.ok) == (3, "out\n", "err\n", False)
    assert done.tail == ("out", "err")
    assert done.ending == "ended with exit code 3"


def test_it_gets_exactly_the_environment_and_the_input() -> None:
    assert sh("echo $HOME").stdout == "\n"
    assert sh("wc -c", stdin=b"x" * 1_000_000).stdout.strip() == "1000000"
    assert sh("exit 0", stdin=b"x" * 1_000_000).ok, "what reads nothing is no error"


def test_a_crash_has_the_name_of_its_signal() -> None:
    done = sh("kill -SEGV $$")
    assert (done.returncode, done.signal, done.ending) == (-signal.SIGSEGV, "SIGSEGV", "crashed with SIGSEGV")


def test_what_cannot_be_started_says_so() -> None:
    done = run(["no-such-program"], environ=ENVIRON, timeout=1.0)
    assert done.returncode == CANNOT_START
    assert done.tail == ("no-such-program cannot be started: No such file or directory",)


@pytest.mark.slow
def test_time_out_ends_the_whole_group_even_if_it_will_not() -> None:
    start = time.monotonic()
    done = sh(f"trap '' TERM; {nap(1)} & echo began; {nap(1)}", timeout=0.3)
    assert done.timed_out
    assert not done.ok
    assert done.stdout == "began\n"
    assert time.monotonic() - start < 10
    assert gone(nap(1))


def test_an_orphan_that_holds_the_output_is_ended_too() -> None:
    start = time.monotonic()
    done = sh(f"{nap(2)} & echo ready")
    assert (done.ok, done.stdout) == (True, "ready\n")
    assert time.monotonic() - start < 10
    assert gone(nap(2))


def test_output_is_bounded_and_the_last_of_it_is_kept() -> None:
    done = sh(f"yes {'y' * 999} | head -c {KEPT + KEPT // 2}; echo; echo end")  # few lines, for reading each costs
    assert KEPT <= len(done.stdout) < KEPT + 2**17
    assert done.tail[-1] == "end"


def test_the_tail_is_what_a_terminal_shows_without_secrets() -> None:
    done = sh(
        r"printf '10%%\r90%%\rdone\n\033[31mred\033[0m\n'; for i in $(seq 30); do echo $i; done; echo a://u:p@h/s"
    )
    assert len(done.tail) == 15
    assert done.tail[-1] == "a://****@h/s"
    assert sh(r"printf '10%%\r90%%\rdone\n\033[31mred\033[0m\n'").tail == ("done", "red")
    assert masked("see a://u:p@ss@h/x and b://h/@x") == "see a://****@h/x and b://h/@x"


def test_stop_ends_it_from_another_thread() -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(KeyboardInterrupt):
        sh(f"{nap(3)} & {nap(3)}", stop=stop)
    assert gone(nap(3))


def test_interrupted_it_leaves_nothing(tmp_path: Path) -> None:
    """^C reaches lockgen alone, for what it started is in a group of its own."""
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
            import signal
            from lockgen.verify.process import run
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell hands it on ignored
            try:
                run(["sh", "-c", "NAP & echo x > began; NAP"], environ={"PATH": "/bin:/usr/bin"}, timeout=60)
            except KeyboardInterrupt:
                print("interrupted")
        """).replace("NAP", nap(4))
    )
    child = subprocess.Popen([sys.executable, program], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    # As soon as the process has begun: its starter may not even have returned from starting it.
    while not (tmp_path / "began").exists():
        time.sleep(0.001)
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=20)[0] == "interrupted\n"
    assert gone(nap(4))


def test_unknown_signals_have_a_name_too() -> None:
    assert Done(command=(), returncode=-99, stdout="", stderr="").ending == "crashed with signal 99"
    assert masked("") == ""


LEAVES = (
    "import os, sys, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        os.execvp('sleep', ['sleep', sys.argv[1]])\n"
    "    os._exit(0)\n"
    "print('left', flush=True)\n"
)
"""A process that leaves group, session and parent, as a daemon does."""

supervised = pytest.mark.skipif(sys.platform != "linux", reason="a subreaper is Linux's")


@supervised
def test_what_left_its_group_and_session_is_ended_too() -> None:
    done = run([sys.executable, "-c", LEAVES, nap(5).split()[1]], environ=ENVIRON, timeout=20.0)
    assert (done.returncode, done.stdout) == (0, "left\n")
    assert not processes_of(nap(5)), "before run returns"


@supervised
def test_the_environment_is_the_one_given_to_the_last_variable() -> None:
    """Python itself sets LC_CTYPE where the locale is C; the supervisor does not hand that on."""
    assert sh("env | grep -v '^PWD=' | cut -d= -f1 | grep -v _ | tr '\\n' ' '").stdout == "PATH "
    assert "LC_CTYPE" not in sh("env").stdout


@supervised
@pytest.mark.parametrize("number", ["TERM", "KILL"])
def test_what_ends_its_supervisor_is_ended_itself(number: str) -> None:
    start = time.monotonic()
    done = sh(f"kill -{number} $PPID; {nap(6)} & {nap(6)}", timeout=1.0)
    assert not done.ok
    assert time.monotonic() - start < 10
    assert gone(nap(6))


@supervised
def test_killed_lockgen_leaves_nothing(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        textwrap.dedent("""
            from lockgen.verify.process import run
            run(["sh", "-c", "setsid NAP & echo x > began; NAP"], environ={"PATH": "/bin:/usr/bin"}, timeout=60)
        """).replace("NAP", nap(7))
    )
    child = subprocess.Popen([sys.executable, program], cwd=tmp_path)
    while not (tmp_path / "began").exists():
        time.sleep(0.001)
    child.kill()
    child.wait()
    assert gone(nap(7))
