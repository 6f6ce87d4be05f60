from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from lockgen.index.settings import read_settings
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.target import make_target
from lockgen.model.verify import Interpreter, Proof
from lockgen.verify.install import _differences, installed
from lockgen.verify.interpreters import choose, examine
from lockgen.verify.pip_environment import PipEnvironment, PipIndex, pip_environment, pip_netrc
from lockgen.verify.reading import read_locked
from lockgen.verify.venvs import Venv, opened, venv_python
from lockgen.verify.verdicts import OUT_OF_REACH
from tests.conftest import ROOT
from tests.index.loopback import send
from tests.interpreters import host, interpreters
from tests.render.index import sdist, wheel
from tests.render.test_clients import FILES
from tests.verify.stand import APP, HERE, LIB, PYTHON, TOP, Stand, processes_of, stand

pytestmark = pytest.mark.slow

resource = pytest.importorskip("resource", reason="not run: limits and scripts in place of interpreters need POSIX")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stand]:
    with stand(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stand, PipEnvironment]]:
    """One stand with one venv, which holds `app` 1.0: making one takes longer than most of what is tried on it."""
    with stand(tmp_path_factory.mktemp("shared")) as made:
        bench = made.bench()
        proof = prove(made, made.write("first", [APP, LIB]), bench)
        assert (proof.verdict, proof.reason, proof.level) == ("proved", "", "installed")
        assert (proof.python, proof.libc) == (HERE.version, HERE.libc)
        assert proof.installer.startswith("pip 2")
        assert holds(bench) == {"app": "1.0", "lib-one": "1.5"}
        yield made, bench


def prove(here: Stand, folder: Path, bench: PipEnvironment, interpreter: Interpreter = HERE) -> Proof:
    return installed(here.target, folder, interpreter, bench)


def holds(bench: PipEnvironment, interpreter: Interpreter = HERE) -> dict[str, str]:
    """What the venv holds, pip aside."""
    site = next((venv_python(interpreter, bench).parents[1] / "lib").glob("python*/site-packages"))
    found = {each.name.replace("_", "-"): each.version for each in distributions(path=[str(site)])}
    return {name: version for name, version in found.items() if name != "pip"}


def test_a_pin_that_only_other_patch_releases_need_is_right(here: Stand) -> None:
    here.offer(wheel("app", "3.0", 'Requires-Dist: lib_one (<2,>=1); python_full_version < "3.11.1"'))
    folder = here.write("split", ["app-3.0-py3-none-any.whl", LIB])
    bench = here.bench()
    without = prove(here, folder, bench)
    assert without.reason.endswith("does not come to this set: it takes no lib-one, the lock has 1.5")
    proof = installed(here.target, folder, HERE, bench, idle={canonicalize_name("lib-one")})
    assert (proof.verdict, proof.reason) == ("proved", "")
    assert "to exactly the set but for lib-one, which other patch releases need" in proof.notes[0]
    assert holds(bench) == {"app": "3.0", "lib-one": "1.5"}


@pytest.mark.long
def test_what_the_matrix_overrides_or_excludes_is_no_fault_and_the_rest_is(here: Stand) -> None:
    needs = "Requires-Dist: lib_one <2,>=1\nRequires-Dist: gone"
    here.offer(wheel("app", "4.0", needs), wheel("lib_one", "2.0", "Requires-Dist: other"))
    bench, pins = here.bench(), ["app-4.0-py3-none-any.whl", "lib_one-2.0-py3-none-any.whl"]
    names = [canonicalize_name(each) for each in ("lib-one", "gone", "other")]
    proof = installed(here.target, here.write("replaced", pins), HERE, bench, replaced=names)
    assert (proof.verdict, proof.reason) == ("proved", "")
    assert "not resolved by pip, which knows no overrides and no exclusions (of gone, lib-one, other)" in proof.notes[0]
    failed = installed(here.target, here.write("less", pins), HERE, bench, replaced=names[:2])
    assert failed.verdict == "failed"
    assert "lib-one 2.0 requires other, which is not installed" in failed.reason


def venvs(bench: PipEnvironment) -> list[str]:
    folder = bench.work / "venvs"
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def fake(path: Path, script: str) -> Interpreter:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return replace(HERE, path=str(path))


@pytest.mark.long
def test_one_venv_is_moved_from_set_to_set_and_made_anew_when_broken(shared: tuple[Stand, PipEnvironment]) -> None:
    here, bench = shared
    venv = venv_python(HERE, bench).parents[1]
    (venv / "witness").touch()
    assert prove(here, here.write("second", [TOP, LIB]), bench).verdict == "proved"
    assert holds(bench) == {"app": "2.0", "lib-one": "1.5"}
    assert (venv / "witness").exists()

    # As a crash in the middle of a move leaves it: no mark, and half of the files.
    (venv / "lockgen-at-rest.txt").unlink()
    venv_python(HERE, bench).unlink()
    made = opened(HERE, bench)
    assert isinstance(made, Venv)
    assert holds(bench) == {}
    assert not (venv / "witness").exists()
    assert opened(HERE, bench) == made


@pytest.mark.long
def test_a_wrong_hash_is_found_even_where_the_version_is_installed_already(
    shared: tuple[Stand, PipEnvironment],
) -> None:
    """pip-sync would leave that one alone."""
    here, bench = shared
    proof = prove(here, here.write("wrong", [APP, LIB], hashes={LIB: "0" * 64}), bench)
    assert proof.verdict == "failed"
    assert proof.reason.endswith("wrong hash: the lock has no hash of the file it takes for lib-one 1.5")


def test_a_pin_edited_by_hand_is_not_what_pip_comes_to(shared: tuple[Stand, PipEnvironment]) -> None:
    here, bench = shared
    folder = here.write("edited", [APP, LIB])
    text = (folder / "constraints.txt").read_text()
    (folder / "constraints.txt").write_text(text.replace("lib-one==1.5", "lib-one==1.6"))
    before = holds(bench)
    proof = prove(here, folder, bench)
    assert proof.verdict == "failed"
    assert proof.reason.endswith("does not come to this set: it takes lib-one 1.6, the lock has 1.5")
    assert proof.command.startswith("pip install --dry-run --ignore-installed ")
    assert holds(bench) == before, "the venv was not touched"


def test_a_set_that_is_too_large_and_one_that_is_too_small(shared: tuple[Stand, PipEnvironment]) -> None:
    here, bench = shared
    here.offer(wheel("lonely", "1.0"))
    large = prove(here, here.write("large", [APP, LIB, "lonely-1.0-py3-none-any.whl"]), bench)
    assert large.reason.endswith("set: it takes no lonely, the lock has 1.0")
    small = prove(here, here.write("small", [APP]), bench)
    assert small.reason.endswith("set: it takes lib-one 1.6, the lock has none")


def test_a_wheel_gone_from_the_index_and_an_index_that_refuses(shared: tuple[Stand, PipEnvironment]) -> None:
    here, bench = shared
    page = here.index.pages.pop("/simple/lib-one/")
    gone = prove(here, here.room / "first", bench)
    assert (gone.verdict, gone.reason) == (
        "failed",
        "the index has no file of lib_one<2 and >=1 with lib-one==1.5 that this target can use",
    )
    here.index.pages["/simple/lib-one/"] = lambda handler: send(handler, 401, b"no")
    away = prove(here, here.room / "first", bench)
    here.index.pages["/simple/lib-one/"] = page
    assert (away.verdict, away.reason.startswith(OUT_OF_REACH)) == ("not run", True)


def test_what_is_installed_beside_the_set_is_named(shared: tuple[Stand, PipEnvironment]) -> None:
    here, _ = shared
    listing = [{"name": "pip", "version": "1"}, {"name": "App", "version": "1.0.0"}, {"name": "stray", "version": "1"}]
    assert list(_differences(listing, read_locked(here.room / "first"))) == [
        "lib-one is missing, the lock has 1.5",
        "stray is 1, the lock has none",
    ]


def test_an_allowed_sdist_is_built_with_the_pinned_requirements(here: Stand) -> None:
    here.offer(FILES)
    build = ["tiny_backend-1.0-py3-none-any.whl", "helper-1.0-py3-none-any.whl"]
    folder = here.write("set", ["built-1.0.tar.gz"], rows=["built"], build=build)
    proof = prove(here, folder, here.bench())
    assert (proof.verdict, proof.reason, proof.tail) == ("proved", "", ())
    assert "compiled here: built 1.0" in proof.notes
    assert holds(here.bench()) == {"built": "1.0"}
    command = [str(venv_python(HERE, here.bench())), "-c", "import built; print(built.helper)"]
    assert subprocess.check_output(command, text=True) == "1.0\n"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("kill -SEGV $$", "crashed with SIGSEGV"),
        ("exit 3", "ended with exit code 3"),
    ],
)
def test_an_interpreter_that_crashes_is_reported_as_that(here: Stand, script: str, reason: str) -> None:
    bench = here.bench()
    proof = prove(here, here.write("set", [APP, LIB]), bench, fake(here.room / "python", script))
    assert proof.verdict == "failed"
    assert reason in proof.reason
    assert str(here.room) not in proof.command
    assert venvs(bench) == []


def test_an_interpreter_that_hangs_is_ended_with_all_it_started(here: Stand) -> None:
    bench = here.bench(timeout=0.5)
    proof = prove(here, here.write("set", [APP]), bench, fake(here.room / "python", "sleep 98771 & sleep 98771"))
    assert (proof.verdict, "time was over" in proof.reason) == ("not run", True)
    assert venvs(bench) == []
    assert not processes_of("sleep 98771")


@pytest.mark.long
def test_a_full_disk_is_said_and_leaves_nothing_half_written(shared: tuple[Stand, PipEnvironment]) -> None:
    """A limit on the size of files stands in for the disk; only the big wheel is larger than it."""
    here, bench = shared
    here.offer(wheel("big", "4.0", files={"big.py": "#" * 9_000_000}))
    folder = here.write("full", ["big-4.0-py3-none-any.whl"], rows=["big"])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, hard))
    try:
        proof = prove(here, folder, bench)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert proof.verdict == "not run"
    assert proof.reason.startswith("no space left on the device")
    assert not list(bench.wheels.root.rglob("big-*"))


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_whatever_happens_while_a_venv_is_moved_removes_it(here: Stand, error: type[BaseException]) -> None:
    folder = here.room / "venv"
    folder.mkdir()
    (folder / "lockgen-at-rest.txt").touch()
    (folder / "half").touch()
    with pytest.raises(error), Venv(folder=folder, python=folder, pip="1").moving():
        raise error
    assert not folder.exists()


def test_interrupted_in_the_middle_it_leaves_no_process_and_no_venv(here: Stand) -> None:
    """The backend of an sdist hangs, as a compiler might; ^C comes then."""
    backend = {
        "slow.py": f"import pathlib, time\npathlib.Path({str(here.room / 'began')!r}).touch()\ntime.sleep(98772)\n"
    }
    project = '[build-system]\nrequires = []\nbuild-backend = "slow"\nbackend-path = ["."]\n'
    here.offer(sdist("built", "1.0", {"pyproject.toml": project, **backend}))
    folder = here.write("set", ["built-1.0.tar.gz"], rows=["built"], build=[APP])
    bench = here.bench()
    program = here.room / "program.py"
    program.write_text(
        textwrap.dedent(f"""
            import signal
            from pathlib import Path
            from lockgen.model.verify import Interpreter
            from lockgen.model.target import Platform, make_target
            from lockgen.verify.install import installed
            from lockgen.verify.pip_environment import PipEnvironment
            from lockgen.verify.wheels import WheelFolder
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell hands it on ignored
            platform = Platform(name="here", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
            bench = PipEnvironment(python={sys.executable!r}, pip_version="1", environ={dict(bench.environ)!r},
                          wheels=WheelFolder(Path("wheels")), work=Path({str(bench.work)!r}))
            installed(make_target({PYTHON!r}, platform), Path({str(folder)!r}), {HERE!r}, bench)
        """)
    )
    child = subprocess.Popen([sys.executable, program], cwd=here.room, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 40
    while not (here.room / "began").exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    assert "KeyboardInterrupt" in child.communicate(timeout=30)[1]
    assert venvs(bench) == []
    assert not processes_of(str(bench.work))


@pytest.mark.long
def test_another_interpreter_with_the_pip_it_can_have(here: Stand) -> None:
    path = interpreters().get("3.8", "absent")
    found = examine(path, os.environ, [host()])
    if found is None:
        pytest.skip("not run: no CPython 3.8 on this machine")
    target = make_target("3.8", host())
    proof = installed(target, here.write("set", [APP, LIB]), found, here.bench())
    assert (proof.verdict, proof.reason, proof.python) == ("proved", "", found.version)


@pytest.mark.network
def test_a_real_native_cell_is_installed(tmp_path: Path) -> None:
    settings = read_settings(os.environ)
    index = PipIndex(address=settings.address, login=settings.login, cert=settings.cert, timeout=settings.timeout)
    platform = host()
    (phase,) = select(load_matrices(read_directory(ROOT / "matrices")), ("1",), (f"py*-{platform.name}",))
    targets = [(target, choose(target, [HERE])) for target in phase.targets]
    usable = [target for target, found in targets if found]
    if not usable:
        pytest.skip("not run: phase 1 has no cell for the running interpreter")
    with stand(tmp_path) as here:
        environ = pip_environment(os.environ, index, cache=tmp_path / "pip-cache")
        bench = here.bench(environ=environ, netrc=pip_netrc(os.environ, index), timeout=600.0)
        proof = installed(usable[0], ROOT / "output" / "phase-1" / usable[0].name, HERE, bench)
    assert (proof.verdict, proof.reason, proof.tail) == ("proved", "", ())
