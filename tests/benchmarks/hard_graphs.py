# ruff: noqa: T201 - a benchmark prints
"""The hard graphs, lockgen's solver beside uv in one run: the same request, the same target, the same day.

    python -m tests.benchmarks.hard_graphs [--rounds 5] [--cache FOLDER] [--only NAME] [--write]

One target (CPython 3.11.0 on x86_64 glibc Linux), wheels only, newest first, as of 2026-11-20. Both caches are filled
first; then each round runs uv offline and lockgen in a fresh process, one after the other. lockgen's time is from
request to outcome, reading pages and metadata included, imports not; uv's is the whole process, with an explicit
interpreter. Processor time; the median is told. `--write` puts the table into BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.phase import Scope
from lockgen.model.result import Solved
from lockgen.model.target import switches_on
from lockgen.requirements.reading import read_requirements
from lockgen.resolve.resolver import Resolver
from lockgen.resolve.target_solver import TargetSolver
from lockgen.text import requirement
from lockgen.workflow.render import phase_requests
from lockgen.workflow.try_ import try_
from tests.benchmarks.measure import write_section
from tests.universe import request, row, target

ROOT = Path(__file__).parent.parent.parent
PROJECTS = ROOT / "tests" / "requirements" / "projects"
TARGET, PLATFORM = "py3.11.0-linux-x86_64", "x86_64-manylinux_2_28"
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)

GRAPHS = {
    "mission": ("mlflow langchain ray[serve] fastapi<0.100 pydantic<2", 8),
    "boto": ("boto3 aiobotocore s3fs urllib3>=2", 5),
    "airflow-all": ("apache-airflow[all]", 5),
    "jupyter": ("jupyter", 5),
    "models": ("transformers datasets scikit-learn pandas xgboost lightgbm", 5),
    "airflow": ("apache-airflow==2.9.3", 5),
}
"""Requirements, and how many times uv's time lockgen may take."""
OF_PROJECTS = 5
TRIES = {
    "drum": ("1", ["datarobot-drum"]),
    "openai": ("1", ["openai>=1.60", "anthropic", "instructor"]),
    "gradio": ("2", ["gradio>=4.13.0"]),
    "drum-urllib3": ("2", ["datarobot-drum", "urllib3>=2.7.0"]),
    "s3fs": ("1", ["s3fs", "aiobotocore", "moto[s3]"]),
}
OF_TRIES = 4
_START, _END = "<!-- hard graphs -->", "<!-- end of hard graphs -->"


@dataclass(frozen=True)
class Measured:
    """One round of one side: processor seconds, what came out, and for lockgen what the search did."""

    seconds: float
    pins: dict[str, str] | None
    counts: dict[str, int]
    clock: float = 0.0
    """Seconds by the clock."""


def graphs() -> dict[str, tuple[list[str], int]]:
    """The table's own graphs, then the requirement files of public projects."""
    here = target(TARGET)
    found = {name: (text.split(), most) for name, (text, most) in GRAPHS.items()}
    for file in sorted(PROJECTS.glob("*.txt")):
        wishes = read_requirements(str(file), lambda path: Path(path).read_bytes(), {}).requirements
        on = (wish for wish in wishes if wish.marker is None or switches_on(here, wish.marker))
        lines = [requirement(wish.name, wish.extras, wish.specifier) for wish in on]
        found[file.stem] = lines, OF_PROJECTS
    return found


def one(lines: Sequence[str], cache: Path, *, offline: bool) -> Measured:
    """Solve in this process."""
    asked = request(
        *(row(line, where=f"requirements.txt:{place}") for place, line in enumerate(lines, 1)),
        on=TARGET,
        strategy="maximum",
        as_of=AS_OF,
    )
    policy = Policy(now=datetime.now(UTC), as_of=AS_OF, offline=offline)
    counts = _counting()
    settings = read_settings(os.environ)
    with Cache(cache) as store, LiveIndex(settings, store, policy) as index:
        before, clock = time.process_time(), time.monotonic()
        outcome = Resolver(index).solve(asked)
        took, clock = time.process_time() - before, time.monotonic() - clock
    pins = {str(pin.name): str(pin.version) for pin in outcome.pins} if isinstance(outcome, Solved) else None
    return Measured(took, pins, counts(), clock)


def one_try(name: str, cache: Path, *, offline: bool) -> Measured:
    """`lockgen try` of a few lines, in this process; `fit` stands in for the pins."""
    phase, lines = TRIES[name]
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    policy = Policy(now=datetime.now(UTC), as_of=max(each.as_of for each in matrices.phases.values()), offline=offline)
    wishes = read_requirements("try.txt", lambda _path: "\n".join(lines).encode(), {})
    ask = Scope(phases=(phase,), targets=("py3.11-linux-x86_64",))
    counts = _counting()
    with Cache(cache) as store, LiveIndex(read_settings(os.environ), store, policy) as index:
        before = time.process_time()
        (tried,) = try_(matrices, ask, wishes, ROOT / "output", Resolver(index), lambda _done, _total: None)
        took = time.process_time() - before
    return Measured(took, {"fit": tried.results[0].fit}, counts())


def _counting():
    """Counts the searches of this process from here on."""
    solvers: list[TargetSolver] = []
    begin = TargetSolver.__init__

    def noted(self, *arguments, **options):
        solvers.append(self)
        begin(self, *arguments, **options)

    TargetSolver.__init__ = noted  # type: ignore[method-assign] # this process counts and does nothing else
    return lambda: {
        "searches": sum(each.searches for each in solvers),
        "conflicts": sum(each.conflicts for each in solvers),
        "decisions": sum(each.decisions for each in solvers),
    }


def fresh(kind: str, name: str, cache: Path, *, offline: bool = True) -> Measured:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.hard_graphs", "--one", kind, name, "--cache", str(cache)]
    done = subprocess.run(
        [*command, *([] if offline else ["--online"])], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return Measured(**json.loads(done.stdout))


@dataclass(frozen=True)
class Uv:
    """uv with a cache of its own, asked for wheels alone."""

    folder: Path

    def run(self, name: str, lines: Sequence[str], *, offline: bool = True) -> tuple[Measured, float]:
        """What came out with the processor time; and the seconds by the clock."""
        file = self.folder / f"{name}.in"
        file.write_text("".join(f"{line}\n" for line in lines))
        command = [
            "uv", "pip", "compile", str(file), "--python", sys.executable, "--python-version", "3.11.0",
            "--python-platform", PLATFORM, "--exclude-newer", AS_OF.isoformat(), "--only-binary", ":all:",
            "--no-header", "--no-annotate", "--quiet", "--color", "never", *(["--offline"] if offline else []),
        ]  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
        environment = {
            **kept,
            "UV_DEFAULT_INDEX": read_settings(os.environ).address,
            "UV_NO_CONFIG": "1",
            "UV_CACHE_DIR": str(self.folder / "uv"),
        }
        before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - clock
        assert done.returncode == 0 or "No solution found" in done.stderr, done.stderr
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        pins = dict(re.findall(r"^([\w.-]+)==(\S+)", done.stdout.lower(), re.MULTILINE))
        return Measured(took, None if done.returncode else pins, {}), wall


def main() -> int:
    """Run the table; 1 when a verdict differs from uv's or a bound is broken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--online", action="store_true")
    parser.add_argument("--one", nargs=2)
    given = parser.parse_args()
    if given.one:
        kind, name = given.one
        cache = given.cache / "index.sqlite3"
        offline = not given.online
        found = (
            one(graphs()[name][0], cache, offline=offline) if kind == "graph" else one_try(name, cache, offline=offline)
        )
        print(json.dumps({"seconds": found.seconds, "pins": found.pins, "counts": found.counts, "clock": found.clock}))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        place = given.cache or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        lines, is_good = table(place, given.rounds, given.only)
        lines += cold(Path(folder) / "cold") if not given.only else []
    text = "\n".join(lines)
    print(text)
    if given.write:
        write_section(_START, _END, text)
    return 0 if is_good else 1


def table(place: Path, rounds: int, only: Sequence[str]) -> tuple[list[str], bool]:
    """The rows of all graphs and questions, and whether every bound holds."""
    uv = Uv(place)
    versions = f"lockgen {version('lockgen')}, uv {version('uv')}, CPython {platform.python_version()}"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {versions}, {os.cpu_count()} cores, median of {rounds} alternating rounds.",
        "",
        "| request | outcome | as uv | decisions | conflicts | lockgen | uv | ratio | allowed |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    is_good = True
    for name, (wanted, most) in graphs().items():
        if only and name not in only:
            continue
        fresh("graph", name, place, offline=False)
        uv.run(name, wanted, offline=False)
        pairs = [(fresh("graph", name, place), uv.run(name, wanted)[0]) for _ in range(rounds)]
        ours, theirs = pairs[0]
        mine, its = (statistics.median(each.seconds for each in side) for side in zip(*pairs, strict=True))
        verdict = (ours.pins is None) == (theirs.pins is None)
        agrees = "the same" if ours.pins == theirs.pins else "verdict" if verdict else "**no**"
        is_good &= verdict and mine <= most * its
        outcome = "no" if ours.pins is None else f"{len(ours.pins)} pins"
        shown = f"`{' '.join(wanted)}`" if name in GRAPHS else f"{name} ({len(wanted)} lines)"
        lines.append(
            f"| {shown} | {outcome} | {agrees} | {ours.counts['decisions']} | {ours.counts['conflicts']} "
            f"| {mine:.2f} s | {its:.3f} s | {mine / its:.1f} | {most} |"
        )
    lines += [
        "",
        "`lockgen try` of a few lines in a phase, one target; uv compiles the phase's rows and the lines together.",
        "",
        "| phase | lines | answer | searches | lockgen | uv, once | ratio a search | allowed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    for name, (phase, wanted) in TRIES.items():
        if only and name not in only:
            continue
        (asked,) = phase_requests(matrices, Scope(phases=(phase,), targets=(TARGET,)))
        rows = [requirement(each.name, each.extras, each.specifier) for each in asked.requests[0].rows]
        fresh("try", name, place, offline=False)
        uv.run(f"try-{name}", [*rows, *wanted], offline=False)
        pairs = [(fresh("try", name, place), uv.run(f"try-{name}", [*rows, *wanted])[0]) for _ in range(rounds)]
        mine, its = (statistics.median(each.seconds for each in side) for side in zip(*pairs, strict=True))
        searches = pairs[0][0].counts["searches"]
        ratio = mine / its / max(searches, 1)
        is_good &= ratio <= OF_TRIES and mine < 5
        fit = (pairs[0][0].pins or {})["fit"]
        lines.append(
            f"| {phase} | `{' '.join(wanted)}` | {fit} | {searches} | {mine:.2f} s | {its:.3f} s "
            f"| {ratio:.1f} | {OF_TRIES}, under 5 s |"
        )
    return lines, is_good


def cold(place: Path) -> list[str]:
    """The boto3 family with an empty cache on either side, by the clock, three times."""
    rows = []
    for number in range(3):
        folder = place / str(number)
        folder.mkdir(parents=True)
        mine = fresh("graph", "boto", folder, offline=False)
        rows.append((mine.clock, Uv(folder).run("boto", GRAPHS["boto"][0].split(), offline=False)[1]))
    mine, its = (statistics.median(side) for side in zip(*rows, strict=True))
    told = f"lockgen {mine:.1f} s, uv {its:.1f} s, ratio {mine / its:.1f} (allowed 2)"
    return ["", f"Empty caches, the boto3 family, request to outcome by the clock, median of three: {told}."]


if __name__ == "__main__":
    sys.exit(main())
