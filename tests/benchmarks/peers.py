"""The other resolvers, each in a virtual environment of its own, and this project's cells in their words."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lockgen.index.settings import read_settings
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.phase import Scope
from lockgen.model.request import Request
from lockgen.workflow.render import phase_requests
from tests.benchmarks.measure import Spent, added, run
from tests.test_uv_oracle import UV_PLATFORMS

ROOT = Path(__file__).parents[2]
PEERS = ("uv", "nab")
NAB_PLATFORMS = {
    "linux-x86_64": '{ id = "linux_x86_64", runs-on-libc = "2.28" }',
    "linux-aarch64": '{ id = "linux_aarch64", runs-on-libc = "2.28" }',
    "macos-x86_64": '{ id = "macos_x86_64", runs-on-macos = "13.0" }',
    "macos-arm64": '{ id = "macos_arm64", runs-on-macos = "13.0" }',
    "windows-x86_64": '"windows_amd64"',
}
"""Not Alpine: one universal lock cannot hold glibc and musl."""


def prepare(cache: Path) -> dict[str, Path]:
    """The peers' programs; environments that are there already are used as they are."""
    found = {}
    for name in PEERS:
        folder = cache / name
        if not (folder / "bin" / name).exists():
            venv.create(folder, with_pip=True, clear=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", name], check=True)
        found[name] = folder / "bin" / name
    return found


def cells() -> list[Request]:
    """The 60 cells: phases 1 and 2, five Pythons, six platforms."""
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    scope = Scope(phases=("1", "2"), strategies=("maximum",))
    return [request for each in phase_requests(matrices, scope) for request in each.requests]


def written(request: Request) -> list[str]:
    """The rows, as a requirements file has them."""
    extras = {row.name: f"[{','.join(sorted(row.extras))}]" if row.extras else "" for row in request.rows}
    return [f"{row.name}{extras[row.name]}{row.specifier}" for row in request.rows]


@dataclass(frozen=True)
class Peers:
    """uv once per cell, and nab's universal locks, with caches of their own."""

    programs: Mapping[str, Path]
    folder: Path
    address: str = field(default_factory=lambda: read_settings(os.environ).address)

    @cached_property
    def environment(self) -> dict[str, str]:
        """No setting of pip, uv or nab takes part but the address of the index."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "NAB_"))}
        return {**kept, "UV_DEFAULT_INDEX": self.address, "UV_NO_CONFIG": "1"}

    @cached_property
    def _cells(self) -> list[Request]:
        return cells()

    def uv(self, cache: Path, *, offline: bool) -> Spent:
        """`uv pip compile --generate-hashes` for each cell."""
        return added([self._uv(number, request, cache, offline=offline) for number, request in enumerate(self._cells)])

    def _uv(self, number: int, request: Request, cache: Path, *, offline: bool) -> Spent:
        file = self.folder / f"{number}.in"
        if not file.exists():
            file.write_text("".join(f"{line}\n" for line in written(request)))
        builds = [option for sdist in request.sdists for option in ("--no-binary", sdist.name)]
        command = [
            str(self.programs["uv"]), "pip", "compile", str(file), "--python", sys.executable,
            "--python-version", request.target.floor, "--python-platform", UV_PLATFORMS[request.target.platform.name],
            "--exclude-newer", request.as_of.isoformat(), "--only-binary", ":all:", *builds, "--generate-hashes",
            "--no-header", "--no-annotate", "--quiet", "--color", "never", "--cache-dir", str(cache),
            "--output-file", str(self.folder / f"{number}.txt"), "--upgrade", *(["--offline"] if offline else []),
        ]  # fmt: skip
        return run(command, self.environment, self.folder)

    def nab(self, cache: Path, *, offline: bool) -> Spent:
        """`nab lock`, universal, once per phase; see `nab_cells` for how many cells that holds."""
        return added(
            [
                run(
                    [
                        str(self.programs["nab"]), "lock", str(project), "--format", "requirements", "--output",
                        str(project.parent / "{python_version}-{platform_id}.txt"), "--cache-dir", str(cache),
                        "--no-progress", *(["--offline"] if offline else []),
                    ],
                    self.environment,
                    project.parent,
                )
                for project in self._projects
            ]
        )  # fmt: skip

    @cached_property
    def _projects(self) -> list[Path]:
        """A pyproject.toml per phase. nab takes rows with markers for what only some platforms have."""
        phases: dict[object, list[Request]] = defaultdict(list)
        for number, request in enumerate(self._cells):
            if request.target.platform.name in NAB_PLATFORMS:
                phases[number * 2 // len(self._cells)].append(request)
        return [self._project(f"nab-{number}", requests) for number, requests in phases.items()]

    def _project(self, name: str, requests: Sequence[Request]) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        everywhere = set.intersection(*(set(written(request)) for request in requests))
        somewhere = sorted({line for request in requests for line in written(request)} - everywhere)
        rows = [*sorted(everywhere), *(f"{line}; platform_system != 'Windows'" for line in somewhere)]
        builds = sorted({sdist.name for request in requests for sdist in request.sdists})
        text = [
            "[project]", f'name = "{name}"', 'version = "1"', 'requires-python = ">=3.8,<3.13"',
            f"dependencies = {rows!r}", "", "[tool.nab]", 'mode = "universal"', 'dist-policy = "wheel-only"',
            f'uploaded-prior-to = "{requests[0].as_of.isoformat()}"',
            f'indexes = [{{ name = "pypi", url = "{self.address}" }}]', "",
            *(line for each in builds for line in (f"[tool.nab.packages.{each}]", 'dist-policy = "prefer-wheel"', "")),
            "[tool.nab.matrix]", 'python = ">=3.8,<3.13"', f"platforms = [{', '.join(NAB_PLATFORMS.values())}]",
        ]  # fmt: skip
        (folder / "pyproject.toml").write_text("\n".join(text) + "\n")
        return folder / "pyproject.toml"
