"""The smoke script of level smoked: what it says and how it ends decide together, and nothing of it is left."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from lockgen.model.verify import Proof
from lockgen.verify.apart import child_environment
from lockgen.verify.smoke import Patience, smoke, smoke_digest
from tests.interpreters import interpreters
from tests.verify.planted import HANG, SEGFAULT, Planted, make_script, make_venv

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    planted = make_venv(tmp_path_factory.mktemp("planted") / "venv")
    planted.plant("good", {"good.py": ""})
    return planted


def prove(planted: Planted, tmp_path: Path, text: str, *, seconds: float = 20) -> Proof:
    return smoke(planted.venv(), make_script(tmp_path, text), target="t", patience=Patience(script=seconds))


def test_a_failed_step_is_the_reason_and_what_went_well_is_told(planted: Planted, tmp_path: Path) -> None:
    script = """
        print("ok a: b")
        print("failed TestClient: TypeError: no app")
        print("failed c: d")
        raise SystemExit(1)
    """
    proof = prove(planted, tmp_path, script)
    assert (proof.verdict, proof.reason) == ("failed", "TestClient: TypeError: no app (and 1 more)")
    assert proof.notes == ("imported 1 modules of 1 distributions", "ok a: b")
    assert "failed c: d" in proof.tail
    assert shlex.split(proof.command)[-1] == str(tmp_path / "smoke.py")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the smoke script ended with exit code 0 and did not say that anything was ok"),
        ("import os; os._exit(0)", "the smoke script ended with exit code 0 and did not say that anything was ok"),
        ("print('okay dokey')", "the smoke script ended with exit code 0 and did not say that anything was ok"),
        ("print('not run: no a')", "the smoke script ended with exit code 0 after 'not run: no a'"),
        ("print('ok a: b')\nraise KeyError", "the smoke script ended with exit code 1 after 'ok a: b'"),
        ("print('ok a: b')\nprint('failed c: d')", "c: d"),
        (f"print('ok a: b', flush=True)\n{SEGFAULT}", "the smoke script crashed with SIGSEGV after 'ok a: b'"),
    ],
)
def test_a_script_that_did_not_prove_anything_has_failed(
    planted: Planted, tmp_path: Path, text: str, reason: str
) -> None:
    proof = prove(planted, tmp_path, text)
    assert (proof.verdict, proof.reason) == ("failed", reason)


def test_a_script_that_hangs_is_ended_with_its_children(planted: Planted, tmp_path: Path) -> None:
    child = tmp_path / "child"
    script = f"""
        import pathlib, signal, subprocess, sys
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        hang = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {HANG}"
        process = subprocess.Popen([sys.executable, "-c", hang])
        pathlib.Path({str(child)!r}).write_text(str(process.pid))
        print("ok a: b", flush=True)
        {HANG}
    """
    proof = prove(planted, tmp_path, script, seconds=1.5)
    assert proof.reason == "the smoke script was still running when its time was over after 'ok a: b'"
    assert is_gone(int(child.read_text()))


def is_gone(pid: int) -> bool:
    """Whether no process has the id, or only one that waits to be reaped; asked for a second."""
    for _ in range(20):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[-1].split()[0]
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_the_machine_does_not_leak_into_what_is_examined(planted: Planted, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("raise ImportError('the current folder')")
    venv = planted.venv()
    leaking = {
        **venv.environ,
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": "x",
        "PIP_INDEX_URL": "x",
        "HTTP_PROXY": "x",
        "all_proxy": "x",
        "SSL_CERT_FILE": "x",
    }
    script = make_script(
        tmp_path,
        """
        import os, sys
        names = sorted(n for n in os.environ if n.upper().startswith(("PYTHON", "PIP_", "HTTP", "ALL_", "SSL")))
        print("ok environment:", names, os.environ["no_proxy"], sys.flags.isolated, sys.flags.utf8_mode)
        """,
    )
    proof = smoke(type(venv)(python=venv.python, interpreter=venv.interpreter, environ=leaking), script, target="t")
    assert proof.notes[-1] == "ok environment: [] 127.0.0.1,localhost 1 1"


def test_the_environment_is_a_short_list() -> None:
    passed = child_environment(
        {"PATH": "/bin", "HOME": "/h", "SystemRoot": "w", "LOCKGEN_X": "y", "PYTHONHOME": "z"}, "/empty"
    )
    homes = {"HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP"}
    assert set(passed) == {"PATH", *homes, "SystemRoot", "NO_PROXY", "no_proxy"}
    assert {passed[name] for name in homes} == {"/empty"}, "the user's home is none of its business"


def test_the_digest_is_of_the_text_whatever_its_line_ends() -> None:
    assert smoke_digest(b"a\r\nb\n") == smoke_digest(b"a\nb\n") != smoke_digest(b"a\nb")


def test_addresses_lose_their_logins(planted: Planted, tmp_path: Path) -> None:
    proof = prove(planted, tmp_path, "print('ok a: b')\nprint('failed c: at https://me:secret@example.test/x')")
    assert "secret" not in repr(proof)


@pytest.mark.parametrize("python", sorted(set(interpreters()) - {"3.6", "3.7"}))
def test_the_committed_script_runs_on_every_python_and_misses_what_it_needs(python: str) -> None:
    script = Path(__file__).parents[2] / "matrices" / "smoke.py"
    bare = [interpreters()[python], "-I", "-S", str(script)]  # -S: without site-packages nothing is in the set
    done = subprocess.run(bare, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "failed set: no fastapi, uvicorn, httpx, pydantic in the set\n"
