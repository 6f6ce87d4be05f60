"""At every change to the disk of every command that makes any: killed, a full disk, one that became read-only, ^C.

Whatever happens, each folder of output is wholly the old or wholly the new one, a message says which and what to do,
and the same command without the fault then makes what it would have made. Where nothing is left to be seen afterwards
is checked too.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import lockgen
from lockgen.cli.main import main
from tests.examples import examples
from tests.faults import HOWS, Ended, Faults, How, run_with
from tests.index.loopback import Index, core_metadata, wheel

pytestmark = [
    pytest.mark.slow,  # a process for each change and fault
    pytest.mark.skipif(sys.platform != "linux", reason="fork, and the names of open files"),
]
TARGETS = """schema: 1
pythons: [{python: "3.11"}]
platforms: [{name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}]
"""
PHASE = """schema: 1
phase: {name}
title: A service
revision: 1
as_of: {as_of}
dependencies:
  - {{name: demo, minimum: "1.0", recommended: "{demo}"}}
  - {{name: more, minimum: "1.0"}}
"""


def matrices(folder: Path, demo: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "targets.yaml").write_text(TARGETS)
    (folder / "one.yaml").write_text(PHASE.format(name="one", demo=demo, as_of="2026-01-01T00:00:00Z"))
    (folder / "two.yaml").write_text(PHASE.format(name="two", demo=demo, as_of="2026-01-01T00:00:00Z"))


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    server = Index()
    for name in ("demo", "more"):
        files = []
        for version, uploaded in (("1.0", "2025-01-01"), ("2.0", "2025-06-01"), ("3.0", "2026-02-01")):
            metadata = core_metadata(name, version)
            filename = f"{name}-{version}-py3-none-any.whl"
            files.append(
                server.put_file(filename, wheel(metadata, name, version), **{"upload-time": f"{uploaded}T00:00:00Z"})
            )
            server.pages[f"/files/{filename}.metadata"] = metadata
        server.put(name, *files)
    yield server
    server.close()


@pytest.fixture(scope="module")
def environment(index: Index) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PIP_", "LOCKGEN_"))]:
            patch.delenv(name)
        patch.setenv("PIP_INDEX_URL", index.address)
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        # A folder without certificates: the system's take longer to read than the rest of such a command.
        patch.setenv("PIP_CERT", str(Path(__file__).parent))
        # Once, here: each process forked from this one would import them anew.
        for module in walk_packages(lockgen.__path__, "lockgen."):
            if not module.name.startswith(("lockgen.preflight", "lockgen.__main__", "lockgen.verify.importing")):
                import_module(module.name)
        yield


@pytest.fixture(scope="module")
def prepared(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a rendered output, whose matrices then want other versions; a cache that is out of date."""
    folder = tmp_path_factory.mktemp("prepared") / "project"
    folder.mkdir()
    matrices(folder / "matrices", "1.0")
    assert command(folder, "render", "--quiet").code == 0
    matrices(folder / "matrices", "2.0")
    return folder


def command(folder: Path, *words: str, at: int = 0, how: How = "count") -> Ended:
    def run() -> None:
        os.chdir(folder)
        os.environ["LOCKGEN_CACHE_DIR"] = str(folder / "cache")
        sys.argv = ["lockgen", *words]
        main()

    return run_with(Faults(folder, at, how), run, folder.with_name("log"))


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but those of the cache; also those that a run leaves behind."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "cache" not in path.relative_to(folder).parts
    }


def parts(files: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The files by what is written all or nothing: a phase's folder, or a file by itself."""
    found: dict[str, dict[str, bytes]] = {}
    for path, content in files.items():
        if not any(part.startswith(".") and ".lockgen-" in part for part in path.split("/")):
            key = "/".join(path.split("/")[:2]) if path.startswith("output/") else path
            found.setdefault(key, {})[path] = content
    return found


COMMANDS: Mapping[str, tuple[str, ...]] = {
    "render": ("render", "--refresh"),
    "freeze": ("freeze", "index.xz"),
    "cache-clear": ("cache", "clear"),
    "first-render": ("render",),
    "one-by-one": ("render", "--refresh"),
    "prune": ("render", "--upgrade", "--prune"),
    "bump": ("bump", "--as-of", "2026-06-01T00:00:00Z"),
    "report": ("report", "report.html"),
    "ci": ("ci", "init", "github", "--install", "."),
}
SHORT = ("render", "freeze", "cache-clear")


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize(
    "name", [name if name in SHORT else pytest.param(name, marks=pytest.mark.long) for name in COMMANDS]
)
def test_a_fault_at_any_change_loses_nothing(
    name: str, how: How, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = COMMANDS[name]
    if name == "one-by-one":
        monkeypatch.setattr("lockgen.render.swap._exchange", lambda *_: False)

    def fresh() -> Path:
        folder = tmp_path / "project"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(prepared, folder)
        if name == "first-render":
            shutil.rmtree(folder / "output")
            shutil.rmtree(folder / "cache")
        return folder

    whole = fresh()
    old, done = parts(tree(whole)), command(whole, *words)
    assert done.code in (0, 1), done.said
    new, end = parts(tree(whole)), tree(whole)
    count = len(done.changes)
    assert count > 3
    # Other places for each fault; all of them weekly.
    stride = 1 if examples(4) == 4 else max(1, count // 4)
    for at in range(HOWS.index(how) * stride // 4, count, stride):
        folder = fresh()
        found = command(folder, *words, at=at, how=how)
        where = f"{how} at {at}: {done.changes[at]}\n{found.said}"
        check(found, how, where)
        after = parts(tree(folder))
        if name != "one-by-one" or how != "kill":
            for key in {*old, *new}:
                assert after.get(key) in (old.get(key), new.get(key)), (key, where)
            assert not {*after} - {*old, *new}, where
        if found.code == 2 and "untouched" in found.said:
            assert after == old, where
        again = command(folder, *words)
        assert again.code == done.code, (again.said, where)
        if name == "bump":
            # Killed between matrices and output it has left an edited matrix, which a render is for.
            assert command(folder, "render", "--quiet").code == 0, where
        assert same(tree(folder), end), where


def same(found: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> bool:
    """Whether the files are equal, and nothing of a run that died is left."""
    assert found.keys() == wanted.keys()
    assert [path for path in found if found[path] != wanted[path]] == []
    return True


def check(found: Ended, how: How, where: str) -> None:
    assert "has a bug" not in found.said, where
    assert "UNCAUGHT" not in found.said, where
    if how == "kill":
        assert found.code == -9, where
    elif how == "interrupt":
        assert found.code in (130, 0, 1), where
    else:
        assert found.code in (0, 1, 2), where
        if found.code == 2:
            assert "error: " in found.said, where
