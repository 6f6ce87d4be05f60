"""What cold runs send for: requests and bytes, counted at a loopback index that all resolvers share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from lockgen.index.frozen import FrozenIndex
from tests.benchmarks.grid import ROOT, SIXTY, Grid
from tests.benchmarks.measure import Spent, run
from tests.benchmarks.peers import Peers
from tests.index.loopback import Index
from tests.served import served

FROZEN = ROOT / "tests" / "frozen" / "2026-11-20.xz"
_LISTING = """
import json, sys
from pathlib import Path
from lockgen.cli.main import main
from lockgen.index.client import Client
asked, send = [], Client._send
async def noted(self, address, wanted, *, login):
    asked.append((address, dict(wanted.headers)))
    answer = await send(self, address, wanted, login=login)
    if getattr(answer, "status", 0) not in (200, 206):
        asked.remove((address, dict(wanted.headers)))
    return answer
Client._send = noted
place = Path(sys.argv.pop(1))
try:
    main()
finally:
    place.write_text(json.dumps(asked))
"""


def cold_addresses(grid: Grid) -> Path:
    """What lockgen gets for the 60 cells with an empty cache, found once."""
    place = grid.folder / "addresses.json"
    if not place.exists():
        shutil.rmtree(grid.folder / "listing-cache", ignore_errors=True)
        words = ["--quiet", "--upgrade", "--matrices", str(ROOT / "matrices"), "--output", str(grid.folder / "listing")]
        command = [sys.executable, "-c", _LISTING, str(place), "render", *SIXTY, *words]
        run([*command, "--cache-dir", str(grid.folder / "listing-cache")], grid.environment, grid.folder)
    return place


def requests_and_bytes(grid: Grid, programs: Mapping[str, Path], folder: Path) -> list[str]:
    """A line for each resolver: the pages and metadata it gets for its cells with an empty cache."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table = ["| with an empty cache | requests | MB of bodies, unpacked |", "|---|---|---|"]
    with served(FrozenIndex(FROZEN)) as index:
        peers = Peers(programs, folder, f"{index.address}/")
        environment = {**grid.environment, "PIP_INDEX_URL": index.address, "PIP_TRUSTED_HOST": "127.0.0.1"}
        words = ["--quiet", "--matrices", str(ROOT / "matrices"), "--output", str(folder / "out")]
        mine = [sys.executable, "-m", "lockgen", "render", *SIXTY, *words, "--cache-dir", str(folder / "cache")]
        ways: dict[str, Callable[[], Spent]] = {
            "lockgen, 60 cells": partial(run, mine, environment, folder),
            "uv, 60 cells": partial(peers.uv, folder / "uv", offline=False),
            "nab, 50 cells": partial(peers.nab, folder / "nab", offline=False),
        }
        for name, way in ways.items():
            index.asked.clear()
            way()
            table.append(f"| {name} | {len(index.asked)} | {sum(map(partial(_size, index), index.asked)) / 1e6:.1f} |")
    return table


def _size(index: Index, path: str) -> int:
    page = index.pages.get(path, b"")
    return len(page if isinstance(page, bytes) else getattr(page, "args", (b"",))[0])
