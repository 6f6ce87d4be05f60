"""Runs of commands, measured: processor time with that of their children, peak memory, and rounds that alternate."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one side of a row took in one round."""

    seconds: float
    """Of the processor, children included."""
    clock: float
    peak: float = 0.0
    """Of the largest process, in MB."""


MISSED = "**not reached**"
Side = Callable[[], Spent]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table: `ours` may take at most `most` times what `theirs` takes."""

    what: str
    ours: str
    theirs: str
    most: float
    by_clock: bool = False
    """Where the network takes part, seconds of the clock are compared."""


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path, *, codes: Sequence[int] = (0,)) -> Spent:
    """One process, to its end. AssertionError with its last words where its exit code is none of `codes`."""
    with (folder / "last-words.txt").open("w+") as words:
        clock = time.monotonic()
        process = subprocess.Popen(command, env=dict(environment), stdout=words, stderr=words, cwd=folder)
        # wait4 gives what this child used; getrusage would give the largest of all children so far.
        _, status, used = os.wait4(process.pid, 0)
        took = time.monotonic() - clock
        process.returncode = os.waitstatus_to_exitcode(status)
        words.seek(0)
        assert process.returncode in codes, f"{' '.join(command)}\n{words.read()[-2000:]}"
    return Spent(seconds=used.ru_utime + used.ru_stime, clock=took, peak=used.ru_maxrss / 1024)


def added(spent: Sequence[Spent]) -> Spent:
    """Several processes, one after the other, as one."""
    return Spent(
        seconds=sum(each.seconds for each in spent),
        clock=sum(each.clock for each in spent),
        peak=max(each.peak for each in spent),
    )


def alternating(sides: Mapping[str, Side], rounds: int) -> dict[str, list[Spent]]:
    """Every side once a round, so that what else the machine does falls on all of them."""
    found: dict[str, list[Spent]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            found[name].append(side())
    return found


def median(spent: Sequence[Spent], *, by_clock: bool = False) -> float:
    """The middle round."""
    return statistics.median(each.clock if by_clock else each.seconds for each in spent)


def shown(spent: Sequence[Spent], *, by_clock: bool = False) -> str:
    """The median, and the lowest and highest round: `3.10 s (3.02-3.31)`."""
    values = [each.clock if by_clock else each.seconds for each in spent]
    places = 2 if max(values) >= 1 else 3
    return f"{statistics.median(values):.{places}f} s ({min(values):.{places}f}-{max(values):.{places}f})"


def lines(rows: Sequence[Row], found: Mapping[str, Sequence[Spent]]) -> list[str]:
    """The table's lines. The ratio is the median of the rounds' ratios, for the two sides of a round ran together."""
    table = ["| what | measured | against | ratio | at most | |", "|---|---|---|---|---|---|"]
    for row in rows:
        if row.ours not in found or row.theirs not in found:
            continue
        ours, theirs = found[row.ours], found[row.theirs]
        pairs = zip(ours, theirs, strict=True)
        ratio = statistics.median(
            mine.clock / its.clock if row.by_clock else mine.seconds / its.seconds for mine, its in pairs
        )
        sides = f"{shown(ours, by_clock=row.by_clock)} | {shown(theirs, by_clock=row.by_clock)}"
        table.append(f"| {row.what} | {sides} | {ratio:.2f} | {row.most:g} | {verdict(ratio <= row.most)} |")
    return table


def verdict(holds: bool) -> str:  # noqa: FBT001 - it is all there is to say
    """Of a target."""
    return "holds" if holds else MISSED


def write_section(start: str, end: str, text: str) -> None:
    """Replace what stands between two marks of BENCHMARKS.md."""
    file = Path(__file__).parents[2] / "BENCHMARKS.md"
    head, _, rest = file.read_text("utf-8").partition(start)
    file.write_text(f"{head}{start}\n{text}\n{end}{rest.partition(end)[2]}", "utf-8")
