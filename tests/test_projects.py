"""Three projects that are not ours go through the commands as their owners would, each on the frozen index of its day."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import Done
from tests.index.loopback import Index
from tests.interpreters import host
from tests.projects.walks import FOLDER, PRIVATE, WALKS, WHY_YANKED, Site
from tests.test_private_index import LOGIN, PASSWORD, offer, sha256

PYTHON = "{}.{}".format(*sys.version_info[:2])
TARGET = f"py{PYTHON}-{host().name}"
UV_PLATFORM = {"x86_64": "x86_64-manylinux_2_28", "aarch64": "aarch64-manylinux_2_28"}
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
    return done


def test_a_service_with_a_private_index_and_a_source_only_package(tmp_path: Path) -> None:
    done = _walk("isso", tmp_path, "py3.11-linux-x86_64")
    left_out = [line for line in done["init"].err.splitlines() if line.startswith("left out: ")]
    assert [line.split(": ")[2] for line in left_out] == ["acme-captcha", "misaka"]
    assert "`lockgen metadata misaka==2.1.1`" in left_out[1]
    base = tmp_path / "output" / "phase-1" / "py3.11-linux-x86_64"
    assert "acme-captcha==1.2" in (base / "requirements.my-site.lock").read_text()
    assert "acme-captcha==" not in (base / "requirements.lock").read_text()
    assert "cffi==" in (base / "build-constraints.txt").read_text()


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
@pytest.mark.parametrize("name", ["isso"])
def test_its_set_installs_here(name: str, tmp_path: Path, own_index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGEN_INDEX_MY_SITE", own_index)
    site = _site(name, tmp_path)
    for step, done in site.walk():
        assert done.code == 0, done.err
        if step == "render":
            break
    if not (tmp_path / "output" / "phase-1" / TARGET).is_dir():
        pytest.skip(f"the project has no set for {TARGET}")
    interpreter = f"{PYTHON}={sys.executable}"
    done = site.run("verify", "--level", "installed", "--set", "base", "--target", TARGET, "--python", interpreter)
    assert done.code == 0, done.err
    assert re.search(rf"^phase-1 {TARGET} +proved +proved +proved", done.err, re.MULTILINE), done.err
    assert PASSWORD not in (tmp_path / "output" / "phase-1" / "verified.json").read_text()
