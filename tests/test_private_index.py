"""Two indexes on loopback, the second behind a password: every command follows the routes, and nothing leaves them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lockgen.cli.exits import COULD_NOT_ASK
from tests.conftest import Lockgen
from tests.index.loopback import Index, entry, send, send_part
from tests.interpreters import host
from tests.render.index import Files, wheel
from tests.verify.stand import PYTHON, bundled_pip

LOGIN, PASSWORD = "me", "s3cret"
PHASE = """schema: 1
phase: app
title: A service
revision: 1
# it names no server
as_of: 2026-11-20T00:00:00Z
indexes:
  my-team: {packages: ["acme_*"], undated: true, hashes: download}
dependencies:
  - {name: acme-tools, extras: [fast], minimum: "1.1", maximum: "<2"}
  - {name: web, minimum: "2.0", maximum: "<3"}
"""
PUBLIC = {
    **wheel("web", "2.0", "Requires-Dist: six"),
    **wheel("six", "1.0"),
    **wheel("speed", "1.0"),
    # What somebody else put on the public index under the name of the team's package.
    **wheel("acme_tools", "1.9"),
}
PRIVATE = {
    **wheel(
        "acme_tools", "1.1", "Requires-Dist: acme-core", "Provides-Extra: fast", "Requires-Dist: speed; extra == 'fast'"
    ),
    **wheel("acme_core", "1.0", "Requires-Dist: six"),
}
VARIABLE = "LOCKGEN_INDEX_MY_TEAM"
TARGET = f"py{PYTHON}-{host().name}"


def offer(index: Index, files: Files, *, hashes: Callable[[bytes], dict[str, str]], guard: bool = False) -> None:
    for name in {filename.partition("-")[0] for filename in files}:
        mine = {each: body for each, body in files.items() if each.startswith(f"{name}-")}
        listed = [entry(each, body, url=f"/files/{each}", hashes=hashes(body)) for each, body in mine.items()]
        if guard:
            listed = [{key: value for key, value in each.items() if key != "upload-time"} for each in listed]
        index.put(name.replace("_", "-"), *listed)
        index.pages |= {f"/files/{each}": body for each, body in mine.items()}
    if guard:
        index.pages |= {path: guarded(body) for path, body in index.pages.items() if isinstance(body, bytes)}


def guarded(body: bytes) -> Callable[[Any], None]:
    wanted = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()

    def answer(handler: Any) -> None:
        if handler.headers["Authorization"] != wanted:
            send(handler, 401, b"", WWW_Authenticate='Basic realm="team"')
            return
        kind = "application/vnd.pypi.simple.v1+json" if body.startswith(b"{") else "application/octet-stream"
        send_part(handler, body, kind, ranges=True)

    return answer


def sha256(body: bytes) -> dict[str, str]:
    return {"sha256": hashlib.sha256(body).hexdigest()}


def md5(body: bytes) -> dict[str, str]:
    return {"md5": hashlib.md5(body, usedforsecurity=False).hexdigest()}


@dataclass
class Two:
    public: Index
    private: Index

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PIP_INDEX_URL": self.public.address,
            "PIP_CONFIG_FILE": os.devnull,
            VARIABLE: f"http://{LOGIN}:{PASSWORD}@{self.private.host}/simple",
        }

    def check_routes(self) -> None:
        """No name was asked of an index that it is not routed to."""
        assert not [path for path in self.public.asked if "acme" in path]
        assert not [path for path in self.private.asked if "acme" not in path]


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    both = Two(Index(), Index())
    offer(both.public, PUBLIC | bundled_pip(), hashes=sha256)
    offer(both.private, PRIVATE, hashes=md5, guard=True)
    matrices = tmp_path / "matrices"
    matrices.mkdir()
    (matrices / "app.yaml").write_text(PHASE)
    platform = host()
    floor = ".".join(map(str, platform.version))
    (matrices / "targets.yaml").write_text(
        f"""schema: 1
pythons:
  - {{python: "{PYTHON}", from: "{PYTHON}.0"}}
platforms:
  - {{name: {platform.name}, os: {platform.os}, arch: {platform.arch}, {platform.libc}: "{floor}"}}
"""
    )
    for name, value in both.environ.items():
        monkeypatch.setenv(name, value)
    yield both
    both.public.close()
    both.private.close()


@pytest.fixture
def rendered(two: Two, cold_lockgen: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in two.environ.items():
        monkeypatch.setenv(name, value)
    done = cold_lockgen("render", "--cache-dir", str(Path("cache").absolute()))
    assert done.code == 0, done.err
    return tmp_path / "output" / "app"


def test_each_index_has_a_lock_and_a_run_of_its_own(rendered: Path, two: Two) -> None:
    texts = {file.name: file.read_text() for file in (rendered / TARGET).iterdir()}
    assert set(texts) == {"requirements.txt", "constraints.txt", "requirements.lock", "requirements.my-team.lock"}
    private = texts["requirements.my-team.lock"]
    assert f'# use: pip install --index-url "${VARIABLE}" --require-hashes --no-deps' in private
    assert "acme-tools==1.1" in private
    for body in PRIVATE.values():
        assert sha256(body)["sha256"] in private
    assert "acme" not in "".join(line for line in texts["requirements.lock"].splitlines() if "==" in line)
    assert "This is not the whole install" in texts["requirements.txt"]
    assert not [line for line in texts["requirements.txt"].splitlines() if line.startswith("acme")]
    assert "acme-tools==1.1" in texts["constraints.txt"]
    assert json.loads((rendered / "summary.json").read_text())["targets"][TARGET]["indexes"] == {
        "my-team": ["acme-core", "acme-tools"]
    }
    two.check_routes()


def test_no_committed_file_names_an_address_or_a_credential(rendered: Path, two: Two) -> None:
    found = [file.read_bytes() for file in (*rendered.rglob("*"), *Path("matrices").rglob("*")) if file.is_file()]
    for secret in (PASSWORD, two.private.host, two.public.host):
        assert not any(secret.encode() in content for content in found)


def test_the_image_takes_each_index_by_a_secret_of_its_alias(rendered: Path) -> None:
    text = (rendered / "Dockerfile").read_text()
    assert f"--mount=type=secret,id={VARIABLE}" in text
    assert "pip install --no-cache-dir --require-hashes --no-deps -r set/requirements.my-team.lock" in text
    assert "--extra-index-url" not in text


@pytest.mark.slow
def test_check_and_a_frozen_index_need_neither_address(
    rendered: Path, two: Two, cold_lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cold_lockgen("freeze", "index.xz", "--cache-dir", str(Path("cache").absolute())).code == 0
    two.check_routes()
    monkeypatch.delenv(VARIABLE, raising=False)
    two.public.asked.clear()
    for command in (["check", "--upgrade"], ["lint"], ["verify", "--level", "closed"]):
        done = cold_lockgen(*command, "--frozen", "index.xz")
        assert done.code == 0, done.err
    assert two.public.asked == []
    assert rendered.is_dir()


@pytest.mark.slow
def test_a_route_taken_away_leaves_no_lock_behind(two: Two, rendered: Path, cold_lockgen: Lockgen) -> None:
    matrix = Path("matrices/app.yaml")
    text = PHASE.replace("hashes: download}", "hashes: download}\n  default: {undated: true}")
    matrix.write_text(
        text.replace('acme-tools, extras: [fast], minimum: "1.1"', 'speed, minimum: "1.0"').replace(
            '"acme_*"', "speedy"
        )
    )
    done = cold_lockgen("render", "--cache-dir", str(Path("cache").absolute()))
    assert done.code == 0, done.err
    assert not list(rendered.rglob("requirements.*.lock"))


def test_without_the_word_of_the_matrix_nothing_is_hashed(
    two: Two, cold_lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in two.environ.items():
        monkeypatch.setenv(name, value)
    Path("matrices/app.yaml").write_text(PHASE.replace(", hashes: download", ""))
    done = cold_lockgen("render", "--cache-dir", str(Path("cache").absolute()))
    assert done.code == 1
    assert "hashes: download" in done.err + done.out
    two.check_routes()


def test_a_file_that_is_not_its_md5_is_not_locked(
    two: Two, cold_lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in two.environ.items():
        monkeypatch.setenv(name, value)
    (name,) = (name for name in PRIVATE if name.startswith("acme_core"))
    two.private.pages[f"/files/{name}"] = guarded(PRIVATE[name] + b"\0")
    done = cold_lockgen("render", "--cache-dir", str(Path("cache").absolute()))
    assert done.code == COULD_NOT_ASK
    assert "another md5" in done.err
    assert not Path("output").exists()


@pytest.mark.slow
def test_verify_pip_and_uv_install_it(two: Two, rendered: Path, cold_lockgen: Lockgen, tmp_path: Path) -> None:
    two.public.asked.clear()
    two.private.asked.clear()
    done = cold_lockgen(
        "verify",
        "--level",
        "installed",
        "--cache-dir",
        str(Path("cache").absolute()),
        "--python",
        f"{PYTHON}={sys.executable}",
    )
    assert done.code == 0, done.err
    assert " installed" in done.err
    two.check_routes()
    assert PASSWORD not in done.err + done.out + (rendered / "verified.json").read_text()
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    runs = ["requirements.lock", f'--index-url "${VARIABLE}" -r requirements.my-team.lock']
    for installer in (
        f"{python} -m pip install -q --force-reinstall",
        f"uv pip install -q --reinstall --no-cache --python {python}",
    ):
        for run in runs:
            command = f"{installer} --require-hashes --no-deps {run if run.startswith('--') else '-r ' + run}"
            environ = {
                **os.environ,
                **two.environ,
                "UV_INDEX_URL": two.public.address,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            }
            ended = subprocess.run(
                command, shell=True, cwd=rendered / TARGET, env=environ, capture_output=True, text=True, check=False
            )
            assert ended.returncode == 0, ended.stderr
        listed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
        assert "acme_tools" in listed.replace("-", "_")
    two.check_routes()


def test_the_workflows_take_the_addresses_from_secrets(two: Two, cold_lockgen: Lockgen) -> None:
    assert cold_lockgen("ci", "init", "github", "--install", "git+https://example.org/lockgen.git@v1").code == 0
    for name, count in (("compatibility.yml", 3), ("re-resolve.yml", 3)):
        text = Path(".github/workflows", name).read_text()
        assert text.count(f"{VARIABLE}: ${{{{ secrets.{VARIABLE} }}}}") == count
        assert "@indexes" not in text
    assert two.private.asked == []


def test_a_route_that_matches_nothing_is_found(two: Two, rendered: Path, cold_lockgen: Lockgen) -> None:
    assert cold_lockgen("lint", "--cache-dir", str(Path("cache").absolute())).code == 0
    Path("matrices/app.yaml").write_text(PHASE.replace('["acme_*"]', '["acme_*", "acmetools"]'))
    done = cold_lockgen("lint", "--cache-dir", str(Path("cache").absolute()))
    assert done.code == 1
    assert "app.yaml:8:34: warning [unused-route] no package of any set is acmetools" in done.flat
    assert rendered.is_dir()


@pytest.mark.slow
def test_drift_of_an_index_without_sha256(two: Two, rendered: Path, cold_lockgen: Lockgen) -> None:
    """Its files are downloaded to be compared: a lock names hashes, and the index has none of them."""
    cache = str(Path("cache").absolute())
    done = cold_lockgen("drift", "--cache-dir", cache)
    assert done.code == 0, done.flat
    assert "1 set, no drift" in done.flat
    core = wheel("acme_core", "1.0", "Requires-Dist: six>=1")
    offer(two.private, PRIVATE | core | wheel("acme_tools", "1.2"), hashes=md5, guard=True)
    done = cold_lockgen("drift", "--cache-dir", cache, "--refresh")
    assert done.code == 1
    (now,) = map(sha256, core.values())
    listed = f"acme_core-1.0-py3-none-any.whl is listed with sha256 {now['sha256'][:12]}...; the locked"
    assert f"tampered: acme-core 1.0 ({TARGET}) {listed}" in done.flat
    assert "moved: acme-tools 1.1 -> 1.2" in done.flat
    assert done.flat.count("tampered: ") == 1, "the file of acme-tools 1.1 is as it was locked"
    two.check_routes()
