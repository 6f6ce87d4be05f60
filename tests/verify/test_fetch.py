from __future__ import annotations

import netrc
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from lockgen.errors import UsageError
from lockgen.index.settings import read_settings
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.platform import Platform
from lockgen.model.target import make_target
from lockgen.verify.fetch import fetched, target_options
from lockgen.verify.pip_environment import PipIndex, pip_environment, pip_netrc
from lockgen.verify.verdicts import OUT_OF_REACH
from tests.conftest import ROOT
from tests.index.loopback import send
from tests.render.index import sdist
from tests.verify.stand import APP, LIB, SMALL, TOP, Stand, sha, stand

pytestmark = pytest.mark.slow

MUSL = make_target("3.9", Platform(name="alpine", os="linux", arch="x86_64", libc="musl", version=(1, 2)))
MAC = make_target("3.12", Platform(name="mac", os="macos", arch="arm64", version=(13, 0)))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stand]:
    with stand(tmp_path) as made:
        yield made


def tagged(filename: str, content: bytes, *tags: str) -> dict[str, bytes]:
    """The same wheel under the names of other tags, each a file of its own."""
    return {filename.replace("py3-none-any", tag): content + b"\0" * (number + 1) for number, tag in enumerate(tags)}


def left(folder: Path) -> list[str]:
    """Files below a bench's work folder."""
    return [each.name for each in folder.rglob("*") if each.is_file()]


def test_every_wheel_is_taken_and_only_once(here: Stand) -> None:
    told: list[tuple[int, int]] = []
    folder, bench = here.write("set", [APP, LIB]), here.bench()
    proof = fetched(MUSL, folder, bench, lambda files, size: told.append((files, size)))
    assert (proof.verdict, proof.reason, proof.level, proof.target) == ("proved", "", "fetched", MUSL.name)
    assert proof.installer == f"pip {version('pip')}"
    assert told == [(2, len(SMALL[APP]) + len(SMALL[LIB]))]
    assert len(here.asked("/files/")) == 2
    other = fetched(MAC, folder, bench)
    assert (other.verdict, other.notes) == ("proved", ("2 of 2 wheels were in the wheel folder already",))
    assert here.asked("/") == []
    assert left(bench.work) == []


def test_all_files_of_a_pin_are_proved_not_only_the_best(here: Stand) -> None:
    (native,) = here_files = tagged(LIB, SMALL[LIB], "cp39-cp39-musllinux_1_1_x86_64")
    here.offer(here_files)
    bench = here.bench()
    assert fetched(MUSL, here.write("set", [APP, native, LIB]), bench).verdict == "proved"
    assert bench.wheels.missing(sha(here.files[each]) for each in (APP, native, LIB)) == frozenset()


def test_a_wheel_for_another_platform_is_refused_from_the_index_and_from_the_folder(here: Stand) -> None:
    (native,) = files = tagged(LIB, SMALL[LIB], "cp39-cp39-musllinux_1_1_x86_64")
    here.offer(files)
    folder, bench = here.write("set", [APP, native]), here.bench()
    for _ in range(2):
        proof = fetched(MAC, folder, bench)
        assert proof.verdict == "failed"
        assert "lib-one==1.5" in proof.reason
        assert fetched(MUSL, folder, bench).verdict == "proved"


def test_a_damaged_wheel_in_the_folder_is_taken_again(here: Stand) -> None:
    folder, bench = here.write("set", [APP, LIB]), here.bench()
    fetched(MUSL, folder, bench)
    path = bench.wheels.path(sha(SMALL[APP]))
    assert path is not None
    path.write_bytes(b"half of it")
    assert "1 of 2 wheels" in fetched(MUSL, folder, bench).notes[0]


def test_a_wrong_hash_is_a_failure_that_says_so(here: Stand) -> None:
    proof = fetched(MUSL, here.write("set", [APP, LIB], hashes={LIB: "0" * 64}), here.bench())
    assert proof.verdict == "failed"
    assert proof.reason == "wrong hash: lib-one==1.5 is not the file of the lock"
    assert any("Expected sha256" in line for line in proof.tail)
    assert proof.command.startswith("pip download --no-deps ")
    assert "127.0.0.1" not in "".join([proof.command, *proof.tail])


def test_a_wheel_that_is_gone_from_the_index_is_a_failure(here: Stand) -> None:
    folder = here.write("set", [APP, LIB])
    here.index.pages.pop("/simple/lib-one/")
    proof = fetched(MUSL, folder, here.bench())
    assert (proof.verdict, proof.reason) == (
        "failed",
        "the index has no file of lib-one==1.5 that this target can use",
    )


@pytest.mark.parametrize("status", [401, 503])
def test_an_index_that_refuses_is_not_a_missing_wheel(here: Stand, status: int) -> None:
    folder = here.write("set", [APP, LIB])
    here.index.pages["/simple/lib-one/"] = lambda handler: send(handler, status, b"no")
    proof = fetched(MUSL, folder, here.bench())
    assert proof.verdict == "not run"
    assert proof.reason.startswith(f"{OUT_OF_REACH}: ")
    assert "127.0.0.1" not in "".join([proof.reason, *proof.tail])


def test_an_index_out_of_reach_is_not_a_missing_wheel(here: Stand) -> None:
    folder, bench = here.write("set", [APP, LIB]), here.bench()
    here.index.close()
    proof = fetched(MUSL, folder, bench)
    assert proof.verdict == "not run"
    assert proof.reason.startswith(OUT_OF_REACH)


def test_an_sdist_is_not_proved_and_none_of_its_code_runs(here: Stand) -> None:
    ran = here.room / "ran"
    here.offer(sdist("built", "1.0", {"setup.py": f"open({str(ran)!r}, 'w')"}))
    proof = fetched(MUSL, here.write("set", [APP, LIB, "built-1.0.tar.gz"]), here.bench())
    assert proof.verdict == "proved"
    assert "not proved: built 1.0 is an sdist" in proof.notes[1]
    assert here.asked("built") == []
    assert not ran.exists()


def test_several_targets_at_once_share_the_taking(here: Stand) -> None:
    folder, bench = here.write("set", [APP, LIB]), here.bench()
    targets = [make_target(f"3.{minor}", MUSL.platform) for minor in (9, 10)]
    with ThreadPoolExecutor(2) as pool:
        proofs = list(pool.map(lambda target: fetched(target, folder, bench), targets))
    assert {proof.verdict for proof in proofs} == {"proved"}
    assert len(here.asked("/files/")) == 2


def test_a_lock_that_cannot_be_read_is_no_proof(here: Stand) -> None:
    folder = here.write("set", [APP])
    (folder / "requirements.lock").unlink()
    with pytest.raises(UsageError, match="lock cannot be read"):
        fetched(MUSL, folder, here.bench())


@pytest.mark.parametrize(
    ("python", "platform"),
    [
        ("3.7", Platform(name="glibc", os="linux", arch="x86_64", libc="glibc", version=(2, 28))),
        ("3.8", Platform(name="arm", os="linux", arch="aarch64", libc="glibc", version=(2, 28))),
        ("3.9", MUSL.platform),
        ("3.11", Platform(name="windows", os="windows", arch="x86_64")),
        ("3.12", MAC.platform),
    ],
    ids=str,
)
def test_pip_knows_every_tag_of_the_target(python: str, platform: Platform) -> None:
    target = make_target(python, platform)
    command = [sys.executable, "-m", "pip", "debug", "--verbose", *target_options(target)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    tags = {line.strip() for line in said.partition("Compatible tags:")[2].splitlines()}
    assert {str(tag) for tag in target.tags} <= tags


def test_nothing_of_the_machine_leaks_in(here: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A constraint, a folder of wheels, a proxy, a configuration file and a module path, each of which would break it."""
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "pip.py").write_text("raise SystemExit('this is no pip')")
    (bad / "pip.conf").write_text("[global]\nno-index = true\n")
    (bad / "constraints.txt").write_text("app==9\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(bad / "constraints.txt"))
    monkeypatch.setenv("PIP_FIND_LINKS", str(bad))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(bad / "pip.conf"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PYTHONPATH", str(bad))
    monkeypatch.setenv("VIRTUAL_ENV", str(bad))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    bench = here.bench()
    assert fetched(MUSL, here.write("set", [APP, LIB]), bench).verdict == "proved"
    said = bench.pip("config", "debug").stdout + bench.pip("config", "list").stdout
    assert str(bad) not in said
    assert not [
        each for each in ("find-links", "FIND_LINKS", "extra-index", "EXTRA_INDEX", "constraint") if each in said
    ]


def test_the_environment_is_built_from_nothing(tmp_path: Path) -> None:
    index = PipIndex(
        address="https://example.invalid/simple/",
        login=("me", "p@ss/word"),
        cert="/ca.pem",
        trusted_hosts=("a", "b"),
        proxy="http://proxy.invalid",
    )
    base = {"PATH": "/bin", "HOME": "/me", "PIP_TARGET": "/x", "PYTHONHOME": "/x", "HTTPS_PROXY": "p", "SECRET": "s"}
    made = pip_environment(base, index, cache=tmp_path)
    assert not {"PIP_TARGET", "PYTHONHOME", "SECRET"} & made.keys()
    assert made["HTTPS_PROXY"] == "p"
    assert made["PIP_INDEX_URL"] == "https://example.invalid/simple/", "without the login"
    assert not any("p@ss" in value or "p%40ss" in value for value in made.values())
    assert (made["PIP_CERT"], made["PIP_TRUSTED_HOST"]) == ("/ca.pem", "a b")
    assert made["PIP_CONFIG_FILE"] == os.devnull
    assert "HTTPS_PROXY" not in pip_environment(base, replace(index, trust_env=False), cache=tmp_path)
    assert "p@ss" not in repr(index)
    assert "example" not in repr(index)


@pytest.mark.parametrize("login", [("me", "p@ss/word#1"), ("", "t0ken"), ('"q', 'b\\ack "sl ash'), ("me", "")])
def test_a_login_is_what_pip_reads_in_its_netrc(tmp_path: Path, login: tuple[str, str]) -> None:
    own = tmp_path / "own"
    own.write_text("machine other.invalid login you password yours\nmachine example.invalid login old password old\n")
    index = PipIndex(address="https://example.invalid:8443/simple/", login=login)
    file = tmp_path / "netrc"
    file.write_text(pip_netrc({"NETRC": str(own)}, index))
    read = netrc.netrc(file)
    assert read.authenticators("example.invalid") == (login[0], "", login[1])
    assert read.authenticators("other.invalid") == ("you", "", "yours"), "the user's own file counts too"
    assert pip_netrc({"NETRC": str(own)}, replace(index, login=None)) == ""


def test_a_login_reaches_the_index_and_no_report(here: Stand) -> None:
    folder = here.write("set", [TOP, LIB], hashes={LIB: "0" * 64})
    index = PipIndex(address=f"{here.index.root}/simple/", login=("me", "geheim"), retries=0, trust_env=False)
    environ = pip_environment(os.environ, index, cache=here.room / "other-cache")
    bench = here.bench(environ=environ, netrc=pip_netrc(os.environ, index))
    proof = fetched(MUSL, folder, bench)
    assert proof.verdict == "failed"
    assert "geheim" not in repr(proof)
    assert "geheim" not in repr(bench)
    assert any("authorization" in headers for headers in here.index.headers)


@pytest.mark.network
def test_a_real_foreign_cell_is_fetched(tmp_path: Path) -> None:
    (phase,) = select(load_matrices(read_directory(ROOT / "matrices")), ("1",), ("py3.12-windows-x86_64",))
    settings = read_settings(os.environ)
    index = PipIndex(address=settings.address, login=settings.login, cert=settings.cert, timeout=settings.timeout)
    with stand(tmp_path) as here:
        environ = pip_environment(os.environ, index, cache=tmp_path / "pip-cache")
        bench = here.bench(environ=environ, netrc=pip_netrc(os.environ, index), timeout=600.0)
        (target,) = phase.targets
        proof = fetched(target, ROOT / "output" / "phase-1" / target.name, bench)
    assert (proof.verdict, proof.reason) == ("proved", "")
