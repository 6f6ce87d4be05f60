# ruff: noqa: T201 - a benchmark prints
"""Level `installed` against the plain way, on every native cell of phases 1 and 2, measured in one run.

The plain way is what a person would do: per cell a new venv and `pip install -r requirements.txt`, one after the other,
with the pip the interpreter brings. lockgen does more (two resolutions by strangers, hashes, pip check) and may take at
most half of its time. Both start without venvs and with warm caches; smoke is no part of either.

    python tests/benchmarks/verify_installed.py [--jobs N]

Asks the real index; not collected by pytest. Exit 1 when the half is missed or a cell is not proved.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from lockgen.cli.options import SourceOptions
from lockgen.cli.sources import pip_index
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.select import select
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter, Proof
from lockgen.verify.install import installed
from lockgen.verify.interpreters import choose, find
from lockgen.verify.pip_environment import PipEnvironment, pip_environment, pip_netrc
from lockgen.verify.wheels import WheelFolder

ROOT = Path(__file__).parents[2]
ALLOWED = 0.5
Work = tuple[Target, Path, Interpreter]
T = TypeVar("T")


def committed() -> list[tuple[Target, Path]]:
    """The sets of phases 1 and 2 as the repository holds them."""
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    return [
        (target, ROOT / "output" / Path(selection.phase.file).stem / target.name)
        for selection in select(matrices, ("1", "2"), ())
        for target in selection.targets
    ]


def plain(work: Sequence[Work], bench: PipEnvironment) -> None:
    """One cell after the other: a new venv, and what requirements.txt asks for."""
    for target, folder, interpreter in work:
        with tempfile.TemporaryDirectory(dir=bench.work) as room:
            python = Path(room, "venv", "Scripts/python.exe" if os.name == "nt" else "bin/python")
            requirements = str((folder / "requirements.txt").absolute())
            for command in (
                [interpreter.path, "-m", "venv", str(Path(room, "venv"))],
                [str(python), "-m", "pip", "install", "--quiet", "-r", requirements],
            ):
                done = bench.start(command)
                assert done.ok, (target.name, done.tail)


def proved(work: Sequence[Work], bench: PipEnvironment, jobs: int) -> list[Proof]:
    """The level installed, several interpreters at once, the cells of one after the other in its venv."""
    groups: dict[str, list[Work]] = defaultdict(list)
    for cell in work:
        groups[cell[2].path].append(cell)
    with ThreadPoolExecutor(jobs) as pool:
        return [
            proof
            for found in pool.map(
                lambda group: [installed(target, folder, python, bench) for target, folder, python in group],
                groups.values(),
            )
            for proof in found
        ]


def timed(what: str, act: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = act()
    seconds = time.perf_counter() - start
    print(f"{what:44} {seconds:6.1f} s", flush=True)
    return seconds, result


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--jobs", type=int, default=4, help="interpreters at once (most of a resolution is waiting)")
    jobs = options.parse_args().jobs
    index = pip_index(SourceOptions())
    with tempfile.TemporaryDirectory(prefix="lockgen-benchmark-", ignore_cleanup_errors=True) as place:
        room = Path(place)
        sets = committed()
        found = find(os.environ, {target.platform.name: target.platform for target, _ in sets}.values())
        work = [(target, folder, python) for target, folder in sets if (python := choose(target, found))]

        def bench(name: str) -> PipEnvironment:
            (room / name).mkdir()
            return PipEnvironment(
                python=sys.executable,
                pip_version=version("pip"),
                environ=pip_environment(os.environ, index, cache=room / "pip-cache"),
                netrc=pip_netrc(os.environ, index),
                wheels=WheelFolder(room / "wheels"),
                work=room / name,
            )

        print(f"{len(work)} native cells, {os.cpu_count()} processors, {jobs} jobs")
        timed("warming the caches, the plain way", lambda: plain(work, bench("warm-plain")))
        timed("warming the caches, lockgen's way", lambda: proved(work, bench("warm-lockgen"), jobs))
        slow, _ = timed("plain: new venv, pip install -r, one by one", lambda: plain(work, bench("plain")))
        fast, proofs = timed("lockgen verify --level installed", lambda: proved(work, bench("lockgen"), jobs))
    bad = [proof for proof in proofs if proof.verdict != "proved"]
    for proof in bad:
        print(proof.target, proof.verdict, proof.reason, *proof.tail, sep="\n  ")
    print(f"ratio {fast / slow:.2f}, allowed {ALLOWED}")
    return 0 if work and not bad and fast <= ALLOWED * slow else 1


if __name__ == "__main__":
    sys.exit(main())
