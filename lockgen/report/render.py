"""A render as an answer: how many sets there are, where they differ from what was wanted, and why one is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from lockgen.model.answer import Answer, Point, Section
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Deviation, Solved, TargetResult, Unsolved, Unsupported
from lockgen.report.conflict import Nearest, conflict_lines, refusal_text
from lockgen.report.render_rows import rows_section
from lockgen.text import alike, grouped_pairs
from lockgen.text.target_names import in_words, over_phases

TargetRepairs = Mapping[str, Sequence[str]]
"""Target -> what would give it a set: `minimum kombu 5.2.1`, `drop py3.8-*`."""
NO_REPAIRS: TargetRepairs = MappingProxyType({})
FILE_KINDS = ("created", "changed", "removed", "unchanged")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedSets:
    """What a render made of one phase under one strategy."""

    facts: PhaseFacts
    cells: tuple[TargetResult, ...]
    unsupported: tuple[Unsupported, ...] = ()
    refused: tuple[Unsupported, ...] = ()
    """Unsupported cells that were asked for by name."""
    folder: Path = Path()
    files: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How many were created, changed, removed and left as they were."""
    repairs: TargetRepairs = field(default_factory=lambda: NO_REPAIRS)

    @property
    def label(self) -> str:
        """`1`, or `1 (minimum)` for a strategy that is not the default."""
        strategy = self.facts.strategy
        return self.facts.phase if strategy == "recommended" else f"{self.facts.phase} ({strategy})"

    @property
    def targets(self) -> list[str]:
        """Those asked for, without the unsupported ones."""
        return [cell.request.target.name for cell in self.cells]

    @property
    def everything(self) -> list[str]:
        """With the unsupported ones."""
        return [*self.targets, *(each.target.name for each in (*self.unsupported, *self.refused))]


def render_answer(
    done: Sequence[RenderedSets], known: Collection[str] = (), *, kept: str = "", verbose: bool = False
) -> Answer:
    """How many sets there are, each pin that is not the wanted one, each "no"; with `verbose` every row too.

    `known` are the names that one the index does not know may have been meant for; `kept` how many sets were kept.
    """
    cells = [cell for each in done for cell in each.cells]
    nos = [
        *no_points(done, known),
        *refused_points((each for sets in done for each in sets.refused), _everything(done)),
    ]
    deviations, advice = deviation_points(done), _advice(done)
    sections = [
        *([Section(title="no set", points=tuple(nos))] if nos else []),
        *([Section(title="not as wanted", points=tuple(deviations))] if deviations else []),
        *(rows_section(each.facts, each.cells) for each in done if verbose),
        *([Section(title="unsupported", points=tuple(_never(done)))] if verbose and any(_never(done)) else []),
    ]
    solved = sum(isinstance(cell.outcome, Solved) for cell in cells)
    rows = sum(len(cell.request.rows) for cell in cells if isinstance(cell.outcome, Solved))
    counts = [
        f"{solved} of {len(cells)} targets have a set{_phases(done)}",
        *([f"{number} unsupported"] if (number := sum(len(each.unsupported) for each in done)) else []),
        *([f"{_deviating(cells)} of {rows} rows not as wanted"] if deviations else []),
        *([kept] if kept else []),
    ]
    files = {kind: sum(each.files.get(kind, 0) for each in done) for kind in FILE_KINDS}
    return Answer(
        state="bad" if nos else "good",
        verdict=f"{', '.join(counts)}; files: {files_text(files)}",
        sections=tuple(sections),
        notes=tuple(advice),
    )


def no_points(done: Iterable[RenderedSets], known: Collection[str] = ()) -> list[Point]:
    """Each distinct "no" with its targets: why there is no set, and what would help."""
    sets = list(done)
    groups = grouped_pairs(
        (
            tuple(_no(cell.outcome, nearest(each.cells, known), each.repairs.get(cell.request.target.name, ()))),
            (each.label, cell.request.target.name),
        )
        for each in sets
        for cell in each.cells
        if isinstance(cell.outcome, Unsolved)
    )
    return [
        Point(name=f"no set for {_where(places, sets)}", reasons=lines, state="bad") for lines, places in groups.items()
    ]


def refused_points(cells: Iterable[Unsupported], everything: Collection[str]) -> list[Point]:
    """What was asked for by name and is unsupported, each reason once; `everything` are the names of all targets."""
    groups = grouped_pairs((f"{each.reason}. {each.remedy}".rstrip(), each.target.name) for each in cells)
    return [
        Point(name=f"unsupported: {in_words(names, everything)}", reasons=(reason,), state="bad")
        for reason, names in groups.items()
    ]


def deviation_points(done: Sequence[RenderedSets]) -> list[Point]:
    """Each pin that is not the version wanted, what it is instead, where, and why."""
    groups = grouped_pairs(
        (each, (sets.label, cell.request.target.name))
        for sets in done
        for cell in sets.cells
        for each in _deviations([cell])
    )
    return [
        Point(
            name=f"{each.name} {each.got} instead of {each.wanted} ({_where(places, done)})",
            reasons=(each.because,) if each.because else (),
            state="notable",
        )
        for each, places in groups.items()
    ]


def _everything(done: Iterable[RenderedSets]) -> list[str]:
    return list(dict.fromkeys(name for each in done for name in each.everything))


def _deviating(cells: Iterable[TargetResult]) -> int:
    return sum(len(cell.outcome.deviations) for cell in cells if isinstance(cell.outcome, Solved))


def _where(places: Sequence[tuple[str, str]], done: Sequence[RenderedSets]) -> str:
    return over_phases(places, {each.label: each.targets for each in done})


def _phases(done: Sequence[RenderedSets]) -> str:
    return f" in {len(done)} phases" if len(done) > 1 else ""


def nearest(cells: Iterable[TargetResult], known: Collection[str]) -> dict[str, list[str]]:
    """Each name the cells' index does not know, with the names of `known` like it; one with none is left out."""
    refusals = (refusal for cell in cells for refusal in cell.outcome.refusals)
    absent = dict.fromkeys(each.name for each in refusals if each.kind == "absent" and each.version is None)
    # A misspelled row is itself among the names of its matrix.
    there = set(known) - absent.keys()
    found = {name: alike(name, there) for name in absent}
    return {name: names for name, names in found.items() if names}


def _deviations(solved: Sequence[TargetResult]) -> Iterator[Deviation]:
    for cell in solved:
        if isinstance(cell.outcome, Solved):
            yield from cell.outcome.deviations


def _advice(done: Sequence[RenderedSets]) -> list[str]:
    groups = grouped_pairs(
        (line, (each.label, cell.request.target.name))
        for each in done
        for cell in each.cells
        if isinstance(cell.outcome, Solved)
        for line in cell.outcome.advice
    )
    return [f"{line} ({_where(places, done)})" for line, places in groups.items()]


def _refused(outcome: Unsolved, near: Nearest) -> str:
    return "; ".join(refusal_text(refusal, near) for refusal in outcome.refusals)


def _no(outcome: Unsolved, near: Nearest, repairs: Sequence[str]) -> Iterator[str]:
    if outcome.core:
        yield from conflict_lines(outcome, near)
    else:
        yield _refused(outcome, near)
    if repairs:
        yield f"nearest: {', or '.join(repairs)}"


def _never(done: Sequence[RenderedSets]) -> list[Point]:
    groups = grouped_pairs(
        (f"{each.reason}. {each.remedy}".rstrip(), (sets.label, each.target.name))
        for sets in done
        for each in sets.unsupported
    )
    everything = {sets.label: sets.everything for sets in done}
    return [Point(name=over_phases(places, everything), reasons=(reason,)) for reason, places in groups.items()]


def files_text(counts: Mapping[str, int]) -> str:
    """`31 files created, 2 changed`; what is zero is left out."""
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing to do"
