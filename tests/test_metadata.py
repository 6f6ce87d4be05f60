"""`lockgen metadata` and `try --build` on a loopback index: real builds of an sdist that is silent about its needs."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from lockgen.report.schema_of_results import result_schema
from tests.conftest import Done, Lockgen
from tests.interpreters import host
from tests.render.index import Files, sdist, wheel
from tests.test_verify import TARGETS
from tests.verify.stand import PYTHON, Stand, stand

pytestmark = pytest.mark.slow

NAME = f"py{PYTHON}-{host().name}"
PHASE = """schema: 1
phase: "1"
title: Tiny
revision: 1
# it names no server
as_of: 2026-01-01T00:00:00Z
dependencies:
  - {name: old, minimum: "1.0", maximum: "<2.0"}
indexes:
  default: {undated: true}
"""
ISSUES = """schema: 1
sdists:
  - {package: old, reason: no wheel, when: {python: ">=3", platforms: ["*"]}}
"""
HOOKS = """
import os, pathlib, zipfile

METADATA = "Metadata-Version: 2.1\\nName: old\\nVersion: 1.0\\nRequires-Dist: lib_one<1.6\\n"

def get_requires_for_build_wheel(config_settings=None):
    return ["helper>=1"]

def build_wheel(directory, config_settings=None, metadata_directory=None):
    import helper
    name = "old-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        archive.writestr("old.py", "")
        for file, text in {"METADATA": METADATA, "RECORD": "", "WHEEL": "Wheel-Version: 1.0\\nTag: py3-none-any\\n"
                           "Root-Is-Purelib: true\\n"}.items():
            archive.writestr(f"old-1.0.dist-info/{file}", text)
    return name
"""
PREPARE = """
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    import helper
    folder = pathlib.Path(directory, "old-1.0.dist-info")
    folder.mkdir()
    (folder / "METADATA").write_text(METADATA)
    return folder.name
"""
PROJECT = '[build-system]\nrequires = ["hooks"]\nbuild-backend = "hooks"\n'


def files(hooks: str = HOOKS + PREPARE) -> Files:
    return {
        **sdist("old", "1.0", {"pyproject.toml": PROJECT}),
        **wheel("hooks", "1.0", files={"hooks.py": hooks}),
        **wheel("helper", "1.0"),
    }


@pytest.fixture
def room(lockgen: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """Matrices of one package that is an sdist; no setting of this machine's pip takes part."""
    (tmp_path / "matrices").mkdir()
    for file, text in {"targets.yaml": TARGETS, "phase-1.yaml": PHASE, "issues.yaml": ISSUES}.items():
        (tmp_path / "matrices" / file).write_text(text)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for folder in ("stand", "temp"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setenv("LOCKGEN_PYTHON", f"{PYTHON}={sys.executable}")
    with stand(tmp_path / "stand") as made:
        made.offer(files())
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{made.index.root}/simple/")
        monkeypatch.setenv("PIP_RETRIES", "0")
        yield made


def stated(done: Done) -> str:
    assert done.code == 0, done.err
    return Path("matrices/issues.yaml").read_text()


def test_what_an_sdist_requires_is_built_once_stated_and_proved(lockgen: Lockgen, room: Stand) -> None:
    before = lockgen("render")
    assert before.code == 1
    assert "old 1.0: its metadata needs a build: its PKG-INFO is older than metadata 2.2" in before.err
    assert "state what old 1.0 requires (lockgen metadata old==1.0)" in before.err

    Path("r.txt").write_text("old==1.0\n")
    tried = lockgen("try", "-r", "r.txt")
    assert (tried.code, "unknown" in tried.out, "--build builds the metadata" in tried.out + tried.err) == (
        1,
        True,
        True,
    )

    text = stated(lockgen("metadata", "old==1.0"))
    assert text.startswith(ISSUES)
    assert f"on CPython {sys.version.split()[0]}, {host().name}, with helper 1.0, hooks 1.0" in text
    assert '- "lib_one<1.6"' in text
    assert 'build_requires: ["helper>=1"]' in text
    assert lockgen("render").code == 0
    lock = Path("output/phase-1", NAME, "requirements.lock").read_text()
    assert "lib-one==1.5" in lock
    assert "#   what it requires is read from issues.yaml, which states it: a build of" in lock
    assert lockgen("try", "-r", "r.txt").code == 0

    tools = Path("output/phase-1", NAME, "build-constraints.txt").read_text()
    assert all(f"\n{tool}==1.0 " in tools for tool in ("helper", "hooks"))

    agreed = lockgen("metadata", "--check")
    assert (agreed.code, "old==1.0: as stated" in agreed.err) == (0, True)
    done = lockgen("verify", "--level", "installed", "--target", NAME, "--jobs", "1", "--format", "json")
    assert done.code == 0, done.err
    assert "old as built here requires what the set says" in done.out


@pytest.mark.long
def test_a_statement_that_is_not_what_the_build_gives(lockgen: Lockgen, room: Stand) -> None:
    text = stated(lockgen("metadata", "old==1.0")).replace("lib_one<1.6", "lib_one<1.5.1")
    Path("matrices/issues.yaml").write_text(text)
    done = lockgen("metadata", "--check", "old==1.0")
    assert done.code == 1
    assert "it requires lib-one<1.6 and not lib-one<1.5.1" in done.err
    assert lockgen("render").code == 0
    proved = lockgen("verify", "--level", "installed", "--target", NAME, "--jobs", "1")
    assert proved.code == 1
    assert "installed FAILED: old 1.0 as built here is not what issues.yaml, which states it: a build" in proved.flat
    assert "says: it requires lib-one<1.6 and not lib-one<1.5.1" in proved.err
    again = lockgen("metadata", "old==1.0", "--dry-run")
    assert Path("matrices/issues.yaml").read_text() == text
    assert "lib_one<1.6" in again.out
    assert "lib_one<1.6" in stated(lockgen("metadata", "old==1.0", "--quiet"))


def test_a_build_gets_no_setting_and_no_credential_of_the_machine(
    lockgen: Lockgen, room: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETRC", "/somewhere")
    leak = 'raise SystemExit("got " + " ".join(sorted(os.environ)) + " home=" + os.path.expanduser("~"))\n'
    room.offer(files(HOOKS + f"\ndef prepare_metadata_for_build_wheel(*_):\n    {leak}"))
    (got,) = [line for line in lockgen("metadata", "old==1.0").err.splitlines() if "got " in line]
    assert not [word for word in got.split() if word.startswith("PIP_") or word in ("NETRC", "LOCKGEN_PYTHON")]
    assert "lockgen-verify-" in got.partition("home=")[2]


@pytest.mark.long
def test_a_backend_without_the_hook_builds_its_wheel(lockgen: Lockgen, room: Stand) -> None:
    room.offer(files(HOOKS))
    done = lockgen("metadata", "old==1.0", "--format", "json", "--dry-run")
    assert [each["requires_dist"] for each in done.result["statements"]] == [["lib_one<1.6"]]
    Draft202012Validator(result_schema("metadata")).validate(json.loads(done.out))


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ("def build_wheel(*_): raise SystemExit('no pg_config')\n", "no pg_config"),
        pytest.param("import nothing_like_it\n", "nothing_like_it", marks=pytest.mark.long),
        pytest.param(
            "def get_requires_for_build_wheel(*_): return ['nowhere']\n",
            "what builds it cannot be had: ",
            marks=pytest.mark.long,
        ),
        pytest.param(
            HOOKS.replace("Name: old", "Name: other"),
            "its metadata names another project, 'other'",
            marks=pytest.mark.long,
        ),
        (HOOKS.replace("lib_one<1.6", "lib_one @ https://example.org/x"), "requires lib_one by address"),
    ],
)
def test_a_build_that_fails_is_a_no_and_writes_nothing(lockgen: Lockgen, room: Stand, hooks: str, said: str) -> None:
    room.offer(files(hooks))
    done = lockgen("metadata", "old==1.0")
    assert done.code == 1, done.err
    assert said in done.err
    assert 'Traceback (most recent call last):\n  File "/work' not in done.err
    assert Path("matrices/issues.yaml").read_text() == ISSUES


@pytest.mark.long
def test_try_names_what_it_could_not_build(lockgen: Lockgen, room: Stand) -> None:
    room.offer(files("def build_wheel(*_): raise SystemExit('no pg_config')\n"))
    Path("r.txt").write_text("old==1.0\n")
    tried = lockgen("try", "-r", "r.txt", "--build")
    assert (tried.code, tried.err.count("no pg_config"), "unknown" in tried.out) == (1, 1, True)


@pytest.mark.long
def test_try_builds_what_it_cannot_read(lockgen: Lockgen, room: Stand) -> None:
    Path("matrices/issues.yaml").write_text("schema: 1\n")
    Path("matrices/phase-1.yaml").write_text(PHASE.replace("old", "lib-one"))
    Path("r.txt").write_text("old==1.0\n")
    done = lockgen("try", "-r", "r.txt", "--build")
    assert done.code == 0, done.err
    assert "what old 1.0 requires is read from a build of old-1.0.tar.gz" in done.out
    assert "needs a build: old 1.0" in done.out
    Path("matrices/phase-1.yaml").write_text(PHASE.replace("old", "lib-one").replace('"1.0"', '"1.6"'))
    done = lockgen("try", "-r", "r.txt", "--build")
    assert (done.code, "old 1.0 needs lib-one<1.6" in done.out) == (1, True)


def test_what_an_sdist_states_itself_is_not_stated_again(lockgen: Lockgen, room: Stand) -> None:
    room.offer(sdist("old", "1.0", {"PKG-INFO": "Metadata-Version: 2.2\nName: old\nVersion: 1.0\n"}))
    done = lockgen("metadata", "old==1.0")
    assert (done.code, "its sdist states itself what it requires" in done.err) == (1, True)
    assert lockgen("metadata", "--check").code == 0
    assert lockgen("metadata", "--check", "old==1.0").code == 2


def test_a_file_that_is_not_the_one_listed_is_not_built(lockgen: Lockgen, room: Stand) -> None:
    (other,) = sdist("old", "1.0", {"setup.py": "raise SystemExit('ran')\n"}).values()
    assert lockgen("render").code == 1, "what it is listed as is in the cache now"
    room.index.pages["/files/old-1.0.tar.gz"] = other
    done = lockgen("metadata", "old==1.0")
    assert (done.code, "old-1.0.tar.gz has another hash than the index lists" in done.err) == (2, True)
    assert "ran" not in done.err


@pytest.mark.network
def test_the_source_only_releases_that_people_have(lockgen: Lockgen, tmp_path: Path) -> None:
    """hydra-core needs antlr4-python3-runtime 4.9, which has no wheel; psycopg2 has wheels for Windows alone."""
    (tmp_path / "matrices").mkdir()
    rows = '{name: hydra-core, minimum: "1.3.2", maximum: "<2"}\n  - {name: psycopg2, minimum: "2.9.0", maximum: "<3"}'
    phase = PHASE.replace('{name: old, minimum: "1.0", maximum: "<2.0"}', rows).partition("indexes:")[0]
    allowed = ISSUES.replace("package: old", "package: psycopg2") + ISSUES.partition("sdists:\n")[2].replace(
        "package: old", "package: antlr4-python3-runtime"
    )
    for file, text in {"targets.yaml": TARGETS, "phase-1.yaml": phase, "issues.yaml": allowed}.items():
        (tmp_path / "matrices" / file).write_text(text)
    before = lockgen("render")
    assert (before.code, "lockgen metadata antlr4-python3-runtime==4.9.3" in before.err) == (1, True)
    done = lockgen("metadata", "antlr4-python3-runtime==4.9.3", "--python", f"{PYTHON}={sys.executable}")
    assert "'typing; python_version < \"3.5\"'" in stated(done)
    assert lockgen("render").code == 0
    lock = Path("output/phase-1", NAME, "requirements.lock").read_text()
    assert (
        "#   what it requires is read from its wheels for other targets, which agree for this one\npsycopg2==" in lock
    )
    Path("r.txt").write_text("hydra-core==1.3.2\n")
    assert lockgen("try", "-r", "r.txt").code == 0
