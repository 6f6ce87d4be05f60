"""Three projects that are not ours go through the commands as their owners would, each on the frozen index of its day."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from lockgen.index.frozen import FrozenIndex
from lockgen.model.pythons import floor_of
from lockgen.model.verify import LEVELS
from tests.conftest import ROOT, Done
from tests.docs.blocks import is_shown, read_page
from tests.index.loopback import Index
from tests.interpreters import host
from tests.projects.walks import FOLDER, PRIVATE, WALKS, WHY_YANKED, Site
from tests.served import served
from tests.test_private_index import LOGIN, PASSWORD, offer, sha256
from tests.test_uv_oracle import UV_PLATFORMS, _pins

PYTHON = "{}.{}".format(*sys.version_info[:2])
TARGET = f"py{PYTHON}-{host().name}"
PAGE = ROOT / "docs" / "howto" / "projects.md"
YES = ("init", "lint", "render", "check", "verify", "fits", "remedy", "drift")
_CHANGE = re.compile(r"argument \d+: (\S+) (\S+) ")


def _site(name: str, folder: Path) -> Site:
    (walk,) = (each for each in WALKS if each.name == name)
    return Site(walk, folder, (FOLDER / name / "index.xz").read_bytes())


def _walk(name: str, folder: Path, *targets: str) -> dict[str, Done]:
    """The whole walk, on these targets or on all; every step gave the answer that its owner needs."""
    site = _site(name, folder)
    done = dict(site.walk(*targets))
    for step in YES:
        assert done[step].code == 0, f"{step}\n{done[step].err}"
    assert done["clashes"].code == 1
    # The remedy is what `try` names for the clash, and was tried in its turn.
    named = dict(_CHANGE.findall(done["clashes"].out + done["clashes"].err))
    wanted = {str(Requirement(each).name): str(Requirement(each).specifier)[2:] for each in site.project.remedy}
    assert named.items() <= wanted.items(), done["clashes"].err
    assert named
    assert done["yanked"].code == 1
    assert f"{site.project.yanked} " in done["yanked"].out
    assert WHY_YANKED in done["yanked"].out
    sets = list((folder / "output").glob("**/requirements.lock"))
    assert f"{len(sets)} sets: {len(sets)} closed" in done["verify"].err
    if not targets:
        _compare_with_the_page(site)
    return done


def _compare_with_the_page(site: Site) -> None:
    """The how-to shows what came."""
    reason = f"tests/test_projects.py walks it: {site.project.name}"
    blocks = [each for each in read_page(PAGE).blocks if each.attributes.get("not-run") == reason]
    assert blocks
    for shown in (each for block in blocks for each in block.commands):
        done = site.ran[shown.command]
        # A command that takes long on this machine says so in between.
        said = re.sub(r"^after \d+ s: .*\n", "", done.out + done.err, flags=re.MULTILINE)
        assert is_shown(shown.output, said), f"{shown.command}\n{said}"


@pytest.mark.slow
def test_a_service_with_a_private_index_and_a_source_only_package(tmp_path: Path) -> None:
    done = _walk("isso", tmp_path, "py3.11-linux-x86_64")
    unknown, source_only = (line for line in done["init"].err.splitlines() if line.strip().startswith(("site", "pypr")))
    assert "site.txt:2: acme-captcha: the index does not know it" in unknown
    assert "`lockgen metadata misaka==2.1.1`" in source_only
    base = tmp_path / "output" / "phase-1" / "py3.11-linux-x86_64"
    assert "acme-captcha==1.2" in (base / "requirements.my-site.lock").read_text()
    assert "acme-captcha==" not in (base / "requirements.lock").read_text()
    assert "cffi==" in (base / "build-constraints.txt").read_text()


def _render(name: str, folder: Path) -> Site:
    """The first steps."""
    site = _site(name, folder)
    for step, done in site.walk():
        assert done.code == 0, done.err
        if step == "render":
            break
    return site


@pytest.mark.slow
def test_a_django_service(tmp_path: Path) -> None:
    done = _walk("squad", tmp_path)
    assert ", 0 left out" in done["init"].err
    assert "16 of 16 targets have a set" in done["render"].err
    # Its one pin that is behind, by its own word.
    assert "pins that would move: jinja2 3.0.3 -> 3.1.4" in done["remedy"].out
    # celery 5.7.0 keeps python-dateutil at 2.9.0.post0. celery is the earlier line, so lockgen has it new; uv has the other.
    _compare_with_uv("squad", tmp_path, {"celery", "python-dateutil", "six", "tzdata"}, newer="celery")


@pytest.mark.slow
def test_a_data_science_service(tmp_path: Path) -> None:
    done = _walk("mlserver", tmp_path)
    assert ", 0 left out" in done["init"].err
    targets = {each.name for each in (tmp_path / "output" / "phase-1").glob("py*")}
    # Its classifiers name these Pythons, and no Windows.
    assert targets == {
        f"py3.{minor}-{platform}"
        for minor in (9, 10, 11, 12)
        for platform in ("linux-x86_64", "linux-aarch64", "macos-arm64")
    }
    assert "numpy 2.5.5 has no usable file" in done["render"].err
    _compare_with_uv("mlserver", tmp_path)


@pytest.mark.slow
@pytest.mark.long
def test_the_service_on_every_target(tmp_path: Path) -> None:
    _walk("isso", tmp_path)
    _compare_with_uv("isso", tmp_path)


_MISAKA = """[[dependency-metadata]]
name = "misaka"
version = "2.1.1"
requires-dist = ["cffi>=1.0.0"]
"""


def _compare_with_uv(name: str, folder: Path, apart: AbstractSet[str] = frozenset(), newer: str = "") -> None:
    """uv locks the same from the project's own files: on each Python, and on each platform of one.

    But for the packages `apart`, where lockgen has the line `newer` newer than uv has it.
    """
    (walk,) = (each for each in WALKS if each.name == name)
    frozen = FrozenIndex(walk.offers((FOLDER / name / "index.xz").read_bytes()))
    (folder / "uv.toml").write_text(_MISAKA)
    places = [each for each in (folder / "output" / "phase-1").glob("py*") if re.search("linux-x86|py3.12", each.name)]
    assert len(places) > 4
    with served(frozen) as index:
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
        environ |= {"UV_DEFAULT_INDEX": index.address, "UV_CACHE_DIR": str(folder / "uv"), "NO_COLOR": "1"}
        for place in places:
            python, _, platform = place.name.removeprefix("py").partition("-")
            command = [
                "uv", "pip", "compile", *walk.sources, "--config-file", "uv.toml", "--python", sys.executable,
                "--python-version", floor_of(python), "--python-platform", UV_PLATFORMS[platform],
                "--only-binary", ":all:", "--no-binary", "misaka", "--no-header", "--no-annotate", "--quiet",
            ]  # fmt: skip
            done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{place.name}: {done.stderr}"
            ours, theirs = _pins((place / "constraints.txt").read_text()), _pins(done.stdout)
            assert {each for each in ours | theirs if ours.get(each) != theirs.get(each)} <= apart, place.name
            assert not newer or Version(ours[newer]) > Version(theirs[newer])


@pytest.fixture
def own_index() -> Iterator[str]:
    """The address of the site's own index, with a login."""
    index = Index()
    offer(index, PRIVATE, hashes=sha256, guard=True)
    try:
        yield f"http://{LOGIN}:{PASSWORD}@{index.host}/simple"
    finally:
        index.close()


@pytest.mark.network
@pytest.mark.parametrize("name", ["isso", "squad", "mlserver"])
def test_its_set_installs_here(name: str, tmp_path: Path, own_index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGEN_INDEX_MY_SITE", own_index)
    site = _render(name, tmp_path)
    if not (tmp_path / "output" / "phase-1" / TARGET).is_dir():
        pytest.skip(f"the project has no set for {TARGET}")
    where = "--set", "base", "--target", TARGET, "--python", f"{PYTHON}={sys.executable}"
    done = site.run("verify", "--level", "installed", *where, "--format", "json")
    assert done.code == 0, done.err
    (proofs,) = json.loads(done.out)["result"]["sets"].values()
    assert {proof["level"]: proof["verdict"] for proof in proofs} == dict.fromkeys(LEVELS[:3], "proved")
    assert PASSWORD not in (tmp_path / "output" / "phase-1" / "verified.json").read_text()
