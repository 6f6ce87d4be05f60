# ruff: noqa: T201 - a benchmark prints
"""The whole grid beside its peers in one run: every row of the table, alternating, in several rounds.

    python -m tests.benchmarks [--rounds 5] [--cache FOLDER] [--only NAME]... [--skip-cold] [--write]

The peers are installed into virtual environments of their own in the cache folder, where caches and outputs are kept
as well. Warm rows run offline on a filled cache and compare processor time, children included; cold rows ask the index
pip is configured with and compare the clock. `--write` puts the tables into BENCHMARKS.md; the hard graphs' table is
made by `python -m tests.benchmarks.hard_graphs --write`. Exit 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer.main

from lockgen.cli.app import app
from tests.benchmarks.cold import cold_addresses, requests_and_bytes
from tests.benchmarks.grid import MANY, SIXTY, Grid
from tests.benchmarks.measure import MISSED, Row, Side, alternating, lines, verdict, write_section
from tests.benchmarks.peers import Peers, prepare
from tests.benchmarks.scaling import cells_against_time, packages_against_time, plot

ROWS = (
    Row(what="60 cells against 60 runs of uv", ours="60", theirs="uv", most=0.25),
    Row(what="60 cells against nab's universal lock of 50 of them", ours="60", theirs="nab", most=1.0),
    Row(what="180 cells (all strategies) against 60 runs of uv", ours="180", theirs="uv", most=0.45),
    Row(what="600 cells against 60", ours="600", theirs="60", most=3),
    Row(what="`render` when nothing changed against afresh", ours="kept", theirs="60", most=0.4),
    Row(what="`check` against `render`, nothing changed", ours="check", theirs="kept", most=1.0),
    Row(what="cold, 60 cells, against uv", ours="cold", theirs="cold uv", most=1.0, by_clock=True),
    Row(what="cold, 60 cells, against nab", ours="cold", theirs="cold nab", most=1.0, by_clock=True),
    Row(what="cold against downloading the same bytes", ours="cold", theirs="bytes", most=2.0, by_clock=True),
    Row(what="`--help` against an empty Typer application's", ours="help", theirs="empty help", most=1.3),
    Row(what="a usage error against the same application's", ours="error", theirs="empty error", most=1.3),
    Row(what="`--version` against `python -c pass`", ours="version", theirs="pass", most=8),
)
PEAK = 150
COLD = frozenset({"cold", "cold uv", "cold nab", "bytes"})
_START, _END = "<!-- grid -->", "<!-- end of grid -->"


def main() -> int:
    """Measure, print and, where that is wanted, write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--only", action="append", default=[], help="sides such as 60, uv, kept")
    parser.add_argument("--skip-cold", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text, is_good = measured(given, (given.cache or Path(folder)).resolve())
    print(text)
    if given.write:
        write_section(_START, _END, text)
    return 0 if is_good else 1


def measured(given: argparse.Namespace, cache: Path) -> tuple[str, bool]:
    """The report, and whether every target of it holds."""
    for name in ("grid", "peers"):
        (cache / name).mkdir(parents=True, exist_ok=True)
    programs = prepare(cache)
    grid, peers = Grid(cache / "grid"), Peers(programs, cache / "peers")
    fill(grid, peers, cache)
    wanted = {
        name: side
        for name, side in sides(grid, peers, cache).items()
        if (not given.only or name in given.only) and not (given.skip_cold and name in COLD)
    }
    found = alternating(wanted, given.rounds)
    parts = [
        f"{datetime.now(UTC):%Y-%m-%d}, {versions(programs)}; {given.rounds} alternating rounds: median (lowest-highest).",
        "",
        *lines(ROWS, found),
    ]
    if "cold" in found:
        peak = max(each.peak for each in found["cold"])
        parts.append(f"| peak memory, 60 cells cold | {peak:.0f} MB | | | {PEAK} MB | {verdict(peak <= PEAK)} |")
        parts += ["", *requests_and_bytes(grid, programs, cache / "counted")]
    if not given.only:
        parts += ["", *plot("cells", cells_against_time(grid)), "", *plot("packages", packages_against_time(cache))]
    return "\n".join(parts), not any(MISSED in line for line in parts)


def versions(programs: Mapping[str, Path]) -> str:
    """Of everything that takes part, and the machine."""
    said = [
        subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split("(")[0].strip()
        for program in programs.values()
    ]
    mine = f"lockgen {version('lockgen')}, {', '.join(said)}, CPython {platform.python_version()}"
    return f"{mine}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def fill(grid: Grid, peers: Peers, cache: Path) -> None:
    """The caches of all, and the committed sets that are kept."""
    store = grid.folder / "cache"
    grid.lockgen("render", *SIXTY, "--strategy", "all", "--upgrade", cache=store, output="filling")
    grid.lockgen("render", *MANY, "--upgrade", cache=store, output="filling", matrices=grid.many())
    grid.lockgen("render", *SIXTY, cache=store, output="kept")
    peers.uv(cache / "uv-cache", offline=False)
    peers.nab(cache / "nab-cache", offline=False)


def sides(grid: Grid, peers: Peers, cache: Path) -> dict[str, Side]:
    """What is run each round, by name."""
    many = grid.folder / "many"
    commands = {" ".join(name): options for name, options in _commands()}
    empty = str(grid.empty_application(commands))
    return {
        "60": lambda: grid.render(*SIXTY),
        "uv": lambda: peers.uv(cache / "uv-cache", offline=True),
        "nab": lambda: peers.nab(cache / "nab-cache", offline=True),
        "180": lambda: grid.render(*SIXTY, "--strategy", "all"),
        "kept": lambda: grid.lockgen("render", *SIXTY, output="kept"),
        "check": lambda: grid.lockgen("check", *SIXTY, output="kept"),
        "600": lambda: grid.render(*MANY, matrices=many),
        "cold": grid.cold,
        "cold uv": lambda: peers.uv(_emptied(cache / "cold-uv"), offline=False),
        "cold nab": lambda: peers.nab(_emptied(cache / "cold-nab"), offline=False),
        "bytes": lambda: grid.python("-m", "tests.benchmarks.download", str(cold_addresses(grid))),
        "help": lambda: grid.python("-m", "lockgen", "--help"),
        "empty help": lambda: grid.python(empty, "--help"),
        "error": lambda: grid.python("-m", "lockgen", "rendr", codes=(2,)),
        "empty error": lambda: grid.python(empty, "rendr", codes=(2,)),
        "version": lambda: grid.python("-m", "lockgen", "--version"),
        "pass": lambda: grid.python("-c", "pass"),
    }


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def _commands() -> Iterator[tuple[tuple[str, ...], list[str]]]:
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        context = command.make_context(name, [], resilient_parsing=True)
        found = [each.opts[0] for each in command.get_params(context) if each.opts[0] not in {"--help", "-h"}]
        yield (name,), [each for each in found if each.startswith("--")]


if __name__ == "__main__":
    sys.exit(main())
