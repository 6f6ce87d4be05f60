"""`lockgen render`, `verify` and `check` together on a loopback index of tiny wheels: one user's whole round."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import Done, Lockgen
from tests.interpreters import host
from tests.verify.stand import APP, PYTHON, Stand, stand

pytestmark = pytest.mark.slow

NAME = f"py{PYTHON}-{host().name}"
LIBC = {"linux": 'glibc: "2.28"', "macos": 'macos: "13.0"', "windows": "note: no libc"}[host().os]
TARGETS = f"""schema: 1
pythons:
  - {{python: "{PYTHON}"}}
platforms:
  - {{name: {host().name}, os: {host().os}, arch: {host().arch}, {LIBC}}}
  - {{name: windows-x86_64, os: windows, arch: x86_64}}
"""
PHASE = """schema: 1
phase: "1"
title: Tiny
revision: 1
# it names no server
as_of: 2026-01-01T00:00:00Z
dependencies:
  - {name: app, minimum: "1.0", maximum: "<2.0"}
indexes:
  default: {undated: true}
"""
SMOKE = 'import app\nprint("ok app", app.version)\n'


@pytest.fixture
def room(lockgen: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """Matrices of one package, rendered from the loopback index; no setting of this machine's pip takes part."""
    (tmp_path / "matrices").mkdir()
    for file, text in {"targets.yaml": TARGETS, "phase-1.yaml": PHASE, "smoke.py": SMOKE}.items():
        (tmp_path / "matrices" / file).write_text(text)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    (tmp_path / "stand").mkdir()
    (tmp_path / "temp").mkdir()
    # A folder of its own, for other tests work below the machine's at the same time.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    with stand(tmp_path / "stand") as made:
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{made.index.root}/simple/")
        monkeypatch.setenv("PIP_RETRIES", "0")
        done = lockgen("render")
        assert done.code == 0, done.err
        yield made


def _verify(lockgen: Lockgen, *words: str) -> Done:
    return lockgen("verify", "--python", f"{PYTHON}={sys.executable}", "--jobs", "1", *words)


def _leftovers() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("lockgen-verify-*"))


def test_everything_is_proved_recorded_and_checked(lockgen: Lockgen, room: Stand) -> None:
    done = _verify(lockgen, "--junit", "junit.xml", "--format", "json")
    assert done.code == 0, done.err
    assert done.err == ""
    proofs = {
        label: [(p["level"], p["verdict"]) for p in found]
        for label, found in json.loads(done.out)["result"]["sets"].items()
    }
    assert proofs[f"phase-1 {NAME}"] == [(each, "proved") for each in ("closed", "fetched", "installed", "smoked")]
    assert "app 1.0" in json.dumps(json.loads(done.out)["result"]["sets"][f"phase-1 {NAME}"])
    assert f"| {PYTHON} | smoked (" in Path("output/phase-1/COMPATIBILITY.md").read_text()
    assert len(json.loads(Path("output/phase-1/verified.json").read_text())["proofs"]) == 4
    assert len(ET.parse("junit.xml").getroot().findall("testsuite/testcase")) == 8
    assert lockgen("check").code == 0
    assert lockgen("render").code == 0
    assert f"| {PYTHON} | smoked (" in Path("output/phase-1/COMPATIBILITY.md").read_text()
    assert _leftovers() == []


def _pythons(file: str = "output/phase-1/verified.json") -> list[tuple[str, str, str]]:
    found = json.loads(Path(file).read_text())["proofs"]
    return [
        (each["level"], each.get("python", ""), each.get("machine", "")) for each in found if each["target"] == NAME
    ]


def test_what_was_proved_is_not_proved_again_unless_all_shall_be(lockgen: Lockgen, room: Stand) -> None:
    assert _verify(lockgen).code == 0
    before = Path("output/phase-1/verified.json").read_bytes()
    asked = len(room.index.asked)
    done = _verify(lockgen, "--proofs", "proofs")
    assert done.code == 0
    assert "2 sets were proved before and did not change; --all proves them again" in done.err
    assert "proved\n" not in done.err.partition("2 sets:")[0]
    assert Path("output/phase-1/verified.json").read_bytes() == before
    assert not Path("proofs").exists()
    assert not [path for path in room.index.asked[asked:] if path.startswith("/files/")]
    Path("matrices/smoke.py").write_text(SMOKE + "\n")
    done = _verify(lockgen, "--target", NAME)
    assert f"phase-1 {NAME}: smoked proved" in done.err
    done = _verify(lockgen, "--target", NAME, "--all", "--proofs", "proofs")
    assert f"phase-1 {NAME}: smoked proved" in done.err
    own = json.loads(Path("proofs/phase-1/verified.json").read_text())
    assert own["own"] is True
    assert {each["target"] for each in own["proofs"]} == {NAME}


@pytest.mark.skipif(os.name == "nt", reason="not run: a prefix needs POSIX")
def test_a_prefix_from_the_environment_proves_and_is_recorded(
    lockgen: Lockgen, room: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGEN_VIA", f"\n{NAME}=env LOCKGEN_TEST=a\\ b {sys.executable}\n")
    done = lockgen("verify", "--target", NAME)
    assert done.code == 0, done.err
    assert f"phase-1 {NAME}: smoked proved" in done.err
    assert [level for level, _python, machine in _pythons() if machine == platform.machine()] == [
        "fetched", "installed", "smoked"
    ]  # fmt: skip
    assert _leftovers() == []


@pytest.mark.skipif(os.name == "nt", reason="not run: a prefix needs POSIX")
@pytest.mark.parametrize(("words", "said"), [
    (("--via", "py2*=env python3"), "--via py2* matches no target"),
    (("--via", f"{NAME}=env python3", "--via", "*=env python3"), f"two --via match {NAME}"),
    (("--via", "python3"), "is not GLOB=COMMAND"),
    (("--via", f"{NAME}=false python3"), "the Python behind it: it cannot be examined: it ended with exit code 1"),
    (("--via", f"{NAME}=/no/such/prefix python3"), "it cannot be examined: it ended with exit code 127"),
    (("--via", f"windows-*={NAME}=x"), "is not GLOB=COMMAND with a Python behind a prefix"),
    (("--engine", "lxc"), "--engine lxc: it is none of docker, podman"),
])  # fmt: skip
def test_ways_that_lead_nowhere_are_refused_before_anything_is_proved(
    lockgen: Lockgen, room: Stand, words: tuple[str, ...], said: str
) -> None:
    done = lockgen("verify", "--target", NAME, *words)
    assert done.code == 2, done.err
    assert said in done.err
    assert not Path("output/phase-1/verified.json").exists()
    assert _leftovers() == []


def test_two_pythons_of_a_version_are_both_kept(lockgen: Lockgen, room: Stand) -> None:
    """The newest and the floor, where both are here."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    others = [each for each in root.glob(f"versions/{PYTHON}.*/bin/python") if not each.samefile(sys.executable)]
    others += [Path(each) for each in (f"/usr/bin/python{PYTHON}",) if Path(each).exists()]
    others = [each for each in others if os.path.realpath(each) != os.path.realpath(sys.executable)]
    if not others:
        pytest.skip(f"not run: there is one Python {PYTHON} here")
    done = _verify(lockgen, "--target", NAME, "--python", f"{PYTHON}={others[0]}", "--level", "installed")
    assert done.code == 0, done.err
    assert len({python for _level, python, _machine in _pythons()}) == 2
    assert "1 of 1" in done.err


@pytest.mark.long
def test_other_strategies_are_proved_without_leaving_a_mark(lockgen: Lockgen, room: Stand) -> None:
    before = {path: path.read_bytes() for path in Path("output").rglob("*") if path.is_file()}
    done = _verify(lockgen, "--strategy", "minimum", "--target", NAME)
    assert done.code == 0, done.err
    assert f"phase-1/minimum {NAME}: smoked proved" in done.err
    assert {path: path.read_bytes() for path in Path("output").rglob("*") if path.is_file()} == before


def test_a_pin_edited_by_hand_is_not_proved_and_nothing_is_recorded(lockgen: Lockgen, room: Stand) -> None:
    file = Path("output/phase-1") / NAME / "constraints.txt"
    file.write_text(file.read_text().replace("lib-one==1.6", "lib-one==1.5"))
    done = _verify(lockgen, "--target", NAME)
    assert done.code == 1
    assert f"phase-1 {NAME}: closed FAILED" in done.err
    assert not Path("output/phase-1/verified.json").exists()


def test_a_set_that_does_not_run_is_said_and_recorded_as_failed(lockgen: Lockgen, room: Stand) -> None:
    Path("matrices/smoke.py").write_text('print("failed TestClient: no such thing"); raise SystemExit(1)\n')
    done = _verify(lockgen, "--target", NAME)
    assert done.code == 1
    assert f"phase-1 {NAME}: smoked FAILED\n      TestClient: no such thing\n" in done.err
    assert "**failed**" in Path("output/phase-1/COMPATIBILITY.md").read_text()


@pytest.mark.long
def test_a_wheel_that_left_the_index_is_a_failure_and_a_dead_index_no_answer(lockgen: Lockgen, room: Stand) -> None:
    page = room.index.pages.pop(f"/files/{APP}")
    done = _verify(lockgen, "--target", NAME)
    assert done.code == 1, done.err
    room.index.pages[f"/files/{APP}"] = page
    room.index.pages["/simple/app/"] = lambda handler: handler.send_error(503)
    done = _verify(lockgen, "--target", NAME)
    assert done.code == 2, done.err


def test_a_wheel_s_own_metadata_has_the_last_word(lockgen: Lockgen, room: Stand) -> None:
    """The index told METADATA of app without its requirement, and advertised no hash of it."""
    lie = b"Metadata-Version: 2.1\nName: app\nVersion: 1.0\n\n"
    room.index.pages[f"/files/{APP}.metadata"] = lie
    assert lockgen("cache", "clear").code == 0
    assert lockgen("render", "--upgrade").code == 0
    assert "lib-one" not in (Path("output/phase-1") / NAME / "constraints.txt").read_text()
    done = _verify(lockgen, "--level", "fetched")
    assert done.code == 1, done.err
    assert "the METADATA inside the wheel of app 1.0 is not what the index told: it requires lib-one<2,>=1" in done.err


def test_a_level_below_is_enough_when_asked_for(lockgen: Lockgen, room: Stand) -> None:
    done = _verify(lockgen, "--level", "closed")
    assert done.code == 0
    assert "2 closed" in done.err
    assert not Path("output/phase-1/verified.json").exists()


@pytest.mark.long
def test_kept_venvs_are_used_again(lockgen: Lockgen, room: Stand, tmp_path: Path) -> None:
    assert _verify(lockgen, "--target", NAME, "--keep").code == 0
    (venv,) = (tmp_path / "cache" / "verify" / "venvs").iterdir()
    made = venv.stat().st_ino
    assert _verify(lockgen, "--target", NAME, "--keep", "--all").code == 0
    assert venv.stat().st_ino == made


@pytest.mark.long
def test_two_machines_results_join_into_what_one_would_have_recorded(
    lockgen: Lockgen, room: Stand, tmp_path: Path
) -> None:
    """One machine proves this platform, another the foreign one, a third joins what both wrote."""
    fresh = tmp_path / "fresh"
    shutil.copytree("output", fresh)
    for machine, words in (("one", ("--target", NAME)), ("two", ("--target", "*-windows-*", "--level", "fetched"))):
        shutil.copytree(fresh, machine)
        assert _verify(lockgen, "--output", machine, *words).code == 0
    assert lockgen("verify", "--merge", "one/phase-1/verified.json", "two/phase-1/verified.json").code == 0
    assert _verify(lockgen, "--output", str(fresh)).code == 0
    for name in ("verified.json", "COMPATIBILITY.md"):
        assert Path("output/phase-1", name).read_bytes() == (fresh / "phase-1" / name).read_bytes()
    assert lockgen("check").code == 0
