"""Real clients read the files: pip and uv, against a loopback index of tiny wheels, with a clean environment."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.request import SdistPermission
from lockgen.model.target import make_target
from lockgen.render.documents import documents
from lockgen.render.environment import templates
from lockgen.render.pylock import pylock
from lockgen.verify.closure import complaints
from tests.interpreters import host
from tests.render.cells import FACTS, cell, default_texts, dist, pin, row, set_of
from tests.render.index import sdist, served, wheel

uv = pytest.importorskip("uv")

SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SET = {"app": "1.0", "lib-one": "1.5", "shiny": "2.0"}
WHEELS = {
    **wheel(
        "app",
        "1.0",
        "Requires-Dist: lib_one (<2,>=1)",
        "Provides-Extra: fancy",
        'Requires-Dist: shiny; extra == "fancy"',
        'Requires-Dist: old; python_version < "3"',
    ),
    **wheel("app", "1.1"),
    **wheel("lib_one", "1.5"),
    **wheel("lib_one", "1.6"),
    **wheel("shiny", "2.0"),
    **wheel("old", "1.0"),
    **wheel(
        "tiny_backend",
        "1.0",
        files={
            "tiny_backend.py": """
import pathlib, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    import helper
    name = "built-1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        archive.writestr("built.py", f"helper = {helper.version!r}")
        archive.writestr("built-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: built\\nVersion: 1.0\\n")
        archive.writestr("built-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("built-1.0.dist-info/RECORD", "")
    return name
"""
        },
    ),
    **wheel("helper", "1.0"),
    **wheel("helper", "2.0"),
}
PROJECT = '[build-system]\nrequires = ["tiny_backend", "helper"]\nbuild-backend = "tiny_backend"\n'
FILES = WHEELS | sdist("built", "1.0", {"pyproject.toml": PROJECT})


def real(filename, **fields):
    """A pin of a file that the index serves."""
    made = pin(filename, **fields)
    content = FILES[filename]
    file = dist(filename, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    return type(made)(**{name: getattr(made, name) for name in made.__slots__} | {"files": (file,)})


APP = real(
    "app-1.0-py3-none-any.whl",
    requires=["lib_one (<2,>=1)", 'shiny; extra == "fancy"', 'old; python_version < "3"'],
    extras=["fancy"],
)
CELL = cell(
    make_target(PYTHON, host()),
    [row("app", ">=0.5,<1.1", extras=["fancy"])],
    [APP, real("lib_one-1.5-py3-none-any.whl", by=("app 1.0",)), real("shiny-2.0-py3-none-any.whl", by=("app 1.0",))],
)
ALLOWED = SdistPermission(name=canonicalize_name("built"), reason="no wheel", build_packages=("gcc",))
BUILT = cell(
    make_target(PYTHON, host()),
    [row("built", ">=1")],
    [real("built-1.0.tar.gz", permission=ALLOWED)],
    sdists=(ALLOWED,),
    build=(real("helper-1.0-py3-none-any.whl"), real("tiny_backend-1.0-py3-none-any.whl")),
)


@pytest.fixture(scope="module")
def index():
    with served(FILES) as address:
        yield address


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter of a bare virtual environment; pip and uv work on it from outside."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture
def texts(tmp_path, index):
    """The rendered files, on disk as an image would have them."""
    found = documents(FACTS, CELL, templates(default_texts()))
    assert complaints(CELL.request, found, set_of(CELL).pins) == ()
    found["pylock.toml"] = pylock(FACTS, CELL, lambda file: f"{index}/files/{file.filename}")
    for name, text in found.items():
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


@dataclass(frozen=True)
class Clients:
    """Runs pip or uv in a clean environment; gives (exit code, stdout, stderr)."""

    python: Path
    index: str
    environ: dict[str, str]
    site: Path

    def __call__(self, client, *arguments, folder):
        where = ["--no-cache-dir" if client == "pip" else "--no-cache", "--index-url", f"{self.index}/simple/"]
        if client == "pip":
            pip = [
                sys.executable,
                "-m",
                "pip",
                "--isolated",
                "--disable-pip-version-check",
                "--python",
                str(self.python),
            ]
            command = [*pip, *arguments, *(where if arguments[0] == "install" else [])]
        else:
            command = [uv.find_uv_bin(), "pip", *arguments, "--python", str(self.python), *where]
        return subprocess.run(command, cwd=folder, env=self.environ, check=False, capture_output=True, text=True)

    def installed(self) -> dict[str, str]:
        return {each.name.replace("_", "-"): each.version for each in distributions(path=[str(self.site)])}


@pytest.fixture
def run(tmp_path_factory, python, index):
    home = tmp_path_factory.mktemp("home")
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    clean = kept | {"HOME": str(home), "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1", "LC_ALL": "C"}
    site = Path(subprocess.check_output([python, "-c", SITE], text=True).strip())
    yield Clients(python, index, clean, site)
    shutil.rmtree(site)
    site.mkdir()


@pytest.mark.slow
def test_pip_resolves_the_requirements_to_exactly_the_set(run, texts):
    done = run(
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--quiet",
        "--report",
        "-",
        "-r",
        "requirements.txt",
        folder=texts,
    )
    assert done.returncode == 0, done.stderr
    found = [each["metadata"] for each in json.loads(done.stdout)["install"]]
    assert {each["name"].replace("_", "-"): each["version"] for each in found} == SET


@pytest.mark.slow
def test_pip_installs_the_lock_and_finds_it_consistent(run, texts):
    done = run("pip", "install", "--require-hashes", "--no-deps", "-r", "requirements.lock", folder=texts)
    assert done.returncode == 0, done.stderr
    assert run.installed() == SET
    assert run("pip", "check", folder=texts).returncode == 0


@pytest.mark.slow
def test_a_corrupted_hash_makes_pip_and_uv_fail(run, texts):
    good = APP.files[0].sha256
    lock = (texts / "requirements.lock").read_text()
    (texts / "requirements.lock").write_text(lock.replace(good, good[::-1]))
    for client in ("pip", "uv"):
        done = run(client, "install", "--require-hashes", "--no-deps", "-r", "requirements.lock", folder=texts)
        assert done.returncode != 0
        assert "hash" in done.stderr.lower()
    assert run.installed() == {}


@pytest.mark.parametrize(
    "arguments",
    [["-r", "requirements.txt"], ["--require-hashes", "--no-deps", "-r", "requirements.lock"], ["-r", "pylock.toml"]],
    ids=lambda arguments: arguments[-1],
)
def test_uv_installs_exactly_the_set(run, texts, arguments):
    done = run("uv", "install", *arguments, folder=texts)
    assert done.returncode == 0, done.stderr
    assert run.installed() == SET


@pytest.mark.parametrize("name", ["requirements.lock", "pylock.toml"])
def test_uv_syncs_exactly_the_set(run, texts, name):
    done = run("uv", "sync", name, folder=texts)
    assert done.returncode == 0, done.stderr
    assert run.installed() == SET


def test_uv_compiles_within_the_constraints(run, texts):
    (texts / "mine.in").write_text("app[fancy]\n")
    done = run(
        "uv", "compile", "--quiet", "--no-annotate", "--no-header", "-c", "constraints.txt", "mine.in", folder=texts
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["app==1.0", "lib-one==1.5", "shiny==2.0"]


@pytest.mark.slow
def test_pip_takes_the_constraints_for_other_requirements(run, texts):
    done = run("pip", "install", "-c", "constraints.txt", "lib_one", folder=texts)
    assert done.returncode == 0, done.stderr
    assert run.installed() == {"lib-one": "1.5"}


@pytest.mark.slow
@pytest.mark.skipif(Version(version("pip")) < Version("26.1"), reason="this pip reads no pylock.toml")
def test_pip_installs_pylock(run, texts):
    done = run("pip", "install", "-r", "pylock.toml", folder=texts)
    assert done.returncode == 0, done.stderr
    assert run.installed() == SET


@pytest.fixture
def built_texts(tmp_path):
    for name, text in documents(FACTS, BUILT, templates(default_texts())).items():
        (tmp_path / name).write_bytes(text.encode())
    return tmp_path


LOCK = ["--require-hashes", "--no-deps", "-r", "requirements.lock"]
WAYS = {
    "pip, lock": [["pip", "install", "--build-constraint", "build-constraints.txt", *LOCK]],
    "pip, requirements": [["pip", "install", "--build-constraint", "build-constraints.txt", "-r", "requirements.txt"]],
    "pip before 26.1": [
        ["pip", "install", "--require-hashes", "--no-deps", "-r", "build-constraints.txt"],
        ["pip", "install", "--no-build-isolation", *LOCK],
    ],
    "uv": [["uv", "install", "--build-constraints", "build-constraints.txt", *LOCK]],
}


# Each pip builds for seconds; uv, which takes the same two files, does so in the fast suite.
@pytest.mark.parametrize("way", [way if way == "uv" else pytest.param(way, marks=pytest.mark.slow) for way in WAYS])
def test_an_allowed_sdist_is_built_with_the_pinned_requirements(run, built_texts, python, way):
    for arguments in WAYS[way]:
        done = run(*arguments, folder=built_texts)
        assert done.returncode == 0, done.stderr
    told = subprocess.run(
        [python, "-c", "import built; print(built.helper)"], check=True, capture_output=True, text=True
    )
    assert told.stdout == "1.0\n"


@pytest.mark.slow
def test_a_platform_without_a_wheel_is_told_so_and_builds_nothing(run, tmp_path):
    """The lock of a set whose file is gone from this platform: no compiler starts."""
    text = documents(FACTS, BUILT, templates(default_texts()))["requirements.lock"]
    (tmp_path / "requirements.lock").write_text(text.replace("--no-binary built\n", ""))
    done = run("pip", "install", *LOCK, folder=tmp_path)
    assert done.returncode != 0
    assert "No matching distribution found for built==1.0" in done.stderr
