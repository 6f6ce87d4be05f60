"""uv as the oracle: the maximum sets of phases 1 and 2 on all 60 cells, pin for pin. Also pip-compile on the host's.

On the frozen index for every landing, on PyPI itself once a week.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lockgen.index.cache import Cache
from lockgen.index.frozen import FrozenIndex
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseResult, Scope
from lockgen.model.request import Request
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import solve_phases
from tests.served import served

ROOT = Path(__file__).parent.parent
FROZEN = ROOT / "tests" / "frozen" / "2026-11-20.xz"
ORACLE = Scope(phases=("1", "2"), strategies=("maximum",), known_issues=False)
UV_PLATFORMS = {
    "linux-x86_64": "x86_64-manylinux_2_28",
    "linux-aarch64": "aarch64-manylinux_2_28",
    "macos-x86_64": "x86_64-apple-darwin",
    "macos-arm64": "aarch64-apple-darwin",
    "windows-x86_64": "x86_64-pc-windows-msvc",
    "alpine-x86_64": "x86_64-unknown-linux-musl",
}


def _matrices() -> Matrices:
    return load_matrices(read_directory(ROOT / "matrices"))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PhaseResult, ...]]:
    matrices = _matrices()
    as_of = max(phase.as_of for phase in matrices.phases.values())
    policy = Policy(now=datetime.now(UTC), as_of=as_of)
    place = Path(os.environ.get("LOCKGEN_TEST_CACHE") or tmp_path_factory.mktemp("cache")) / "index.sqlite3"
    with Cache(place) as cache, LiveIndex(read_settings(os.environ), cache, policy) as index:
        yield solve_phases(matrices, ORACLE, Resolver(index), lambda _done, _total: None)


@pytest.fixture(scope="module")
def clean_environment() -> dict[str, str]:
    """No setting of the user's pip or uv takes part; the index is the one lockgen asks."""
    settings = read_settings(os.environ)
    return {
        **_without_settings(),
        "UV_DEFAULT_INDEX": settings.address,
        "UV_NO_CONFIG": "1",
        "PIP_INDEX_URL": settings.address,
        "PIP_CONFIG_FILE": os.devnull,
        **({"PIP_CERT": settings.cert} if settings.cert else {}),
    }


def _without_settings() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}


def _lines(request: Request) -> str:
    extras = {row.name: f"[{','.join(sorted(row.extras))}]" if row.extras else "" for row in request.rows}
    return "".join(f"{row.name}{extras[row.name]}{row.specifier}\n" for row in request.rows)


def _pins(text: str) -> dict[str, str]:
    found = (re.match(r"([\w.-]+)==(\S+)", line) for line in text.splitlines())
    return {canonicalize_name(match[1]): match[2].rstrip("\\").strip() for match in found if match}


def _uv(request: Request, folder: Path, environment: dict[str, str]) -> dict[str, str]:
    file = folder / f"{request.target.name}.in"
    file.write_text(_lines(request))
    builds = [option for sdist in request.sdists for option in ("--no-binary", sdist.name)]
    command = [
        "uv", "pip", "compile", str(file), "--python", sys.executable, "--python-version", request.target.floor,
        "--python-platform", UV_PLATFORMS[request.target.platform.name],
        "--exclude-newer", request.as_of.isoformat(), "--only-binary", ":all:", *builds, "--no-header", "--no-annotate",
        "--generate-hashes", "--quiet", "--color", "never",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"{request.target.name}: {done.stderr}"
    return _pins(done.stdout)


def _differences(results: tuple[PhaseResult, ...], environment: dict[str, str], folder: Path) -> dict[str, Any]:
    """Where uv has other pins, and which."""
    cells = [cell for each in results for cell in each.cells]
    assert len(cells) == 60
    with ThreadPoolExecutor(2) as pool:
        theirs = list(pool.map(lambda cell: _uv(cell.request, folder, environment), cells))
    different = {}
    for cell, expected in zip(cells, theirs, strict=True):
        assert isinstance(cell.outcome, Solved), cell.outcome
        ours = {pin.name: str(pin.version) for pin in cell.outcome.pins}
        if ours != expected:
            where = f"{cell.request.rows[0].specifier} {cell.request.target.name}"
            different[where] = dict(sorted(set(ours.items()) ^ set(expected.items())))
    return different


@pytest.mark.slow
def test_maximum_sets_are_uvs_in_all_cells(tmp_path: Path) -> None:
    frozen = FrozenIndex(FROZEN)
    results = solve_phases(_matrices(), ORACLE, Resolver(frozen), lambda _done, _total: None)
    with served(frozen) as index:
        own = {"UV_DEFAULT_INDEX": index.address, "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}
        assert not _differences(results, {**_without_settings(), **own}, tmp_path)


@pytest.mark.network
@pytest.mark.long
def test_maximum_sets_are_uvs_in_all_cells_on_the_live_index(
    results: tuple[PhaseResult, ...], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    assert not _differences(results, clean_environment, tmp_path)


@pytest.mark.network
def test_pip_compile_agrees_on_the_hosts_own_cell(
    results: tuple[PhaseResult, ...], clean_environment: dict[str, str], tmp_path: Path
) -> None:
    python = "{}.{}".format(*sys.version_info[:2])
    for each in results:
        cell = next((c for c in each.cells if c.request.target.name == f"py{python}-linux-x86_64"), None)
        if cell is None or sys.platform != "linux":
            pytest.skip(f"no cell for the host, Python {python} on {sys.platform}")
        file = tmp_path / f"{each.facts.phase}.in"
        file.write_text(_lines(cell.request))
        command = [sys.executable, "-m", "piptools", "compile", "--no-header", "--no-annotate", "--quiet", "--strip-extras",
                   "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-options", "--output-file", "-", str(file)]  # fmt: skip
        pip_options = ["--pip-args", f"--only-binary :all: --uploaded-prior-to {cell.request.as_of.isoformat()}"]
        done = subprocess.run(
            [*command, *pip_options], capture_output=True, text=True, env=clean_environment, check=False
        )
        assert done.returncode == 0, done.stderr
        assert isinstance(cell.outcome, Solved)
        ours = {pin.name: str(pin.version) for pin in cell.outcome.pins}
        assert ours == {
            name: version for name, version in _pins(done.stdout).items() if name in ours or name not in _unsafe()
        }


def _unsafe() -> frozenset[str]:
    """What pip-compile leaves to the user."""
    return frozenset({Requirement(name).name for name in ("pip", "setuptools")})
