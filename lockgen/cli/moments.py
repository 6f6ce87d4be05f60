"""Whether an index can know what a cut-off asks for: `as_of` against the clock and against a frozen index's date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from lockgen.errors import UsageError
from lockgen.matrix.matrices import Phase
from lockgen.wording import moment


def newest(phases: Iterable[Phase]) -> datetime:
    """The latest cut-off of the phases."""
    return max(when for phase in phases for _, when in _cut_offs(phase, None))


def future(phases: Iterable[Phase], as_of: datetime | None, now: datetime) -> Iterator[str]:
    """A warning for each phase that asks for what will be uploaded after `now`; `as_of` overrides the phases' own."""
    for phase in phases:
        for what, when in _after(now, phase, as_of):
            yield f"{what} {_day(when)} lies in the future, so this render cannot be repeated"
            break


def frozen_in_time(phases: Iterable[Phase], as_of: datetime | None, dated: datetime, file: Path) -> None:
    """UsageError when a phase asks for what was uploaded after the frozen index was made."""
    for phase in phases:
        for what, when in _after(dated, phase, as_of):
            raise UsageError(
                f"{what} {_day(when)} is later than this frozen index, which is dated {_day(dated)}",
                where=str(file),
                hint="Ask for an earlier time, or freeze again with `lockgen freeze FILE`.",
            )


def _after(limit: datetime, phase: Phase, as_of: datetime | None) -> list[tuple[str, datetime]]:
    return [(what, when) for what, when in _cut_offs(phase, as_of) if when > limit]


def _cut_offs(phase: Phase, as_of: datetime | None) -> Iterator[tuple[str, datetime]]:
    yield f"phase {phase.phase}: as_of", as_of or phase.as_of
    yield from ((f"phase {phase.phase}: as_of_for {name}", when) for name, when in sorted(phase.as_of_for.items()))


def _day(when: datetime) -> str:
    """The date alone where that is the whole moment, as matrices and --as-of take it."""
    return moment(when).removesuffix("T00:00:00Z")
