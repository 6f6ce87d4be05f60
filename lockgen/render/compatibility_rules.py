"""What COMPATIBILITY.md says beside the tables: constraints, overrides, exclusions, skips, rows for some targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lockgen.model.issues import When
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.overrides import ConstraintLine, SkipRule
from lockgen.model.target import make_target
from lockgen.render.summary import SummaryEntry
from lockgen.text import requirement, spelled


def covered(when: When, matrices: Matrices, targets: Mapping[str, SummaryEntry]) -> dict[str, SummaryEntry]:
    """The targets that are among those of `when`."""
    platforms = {row.name: row.platform for row in matrices.platforms}
    return {
        name: entry
        for name, entry in targets.items()
        if entry["platform"] in platforms
        and when.covers(make_target(entry["python"], platforms[entry["platform"]], floor=entry.get("floor", "")))
    }


def replacement_words(phase: Phase) -> Iterator[str]:
    """The overrides and exclusions of the phase, each with its reason."""
    for rule in phase.overrides:
        where = f" ({rule.when.words})" if rule.when.words else ""
        yield f"{requirement(rule.name, rule.extras, rule.specifier)}, whatever releases demand{where}: {rule.reason}"
    for excluded in phase.excludes:
        where = f" ({excluded.when.words})" if excluded.when.words else ""
        yield f"no {excluded.name}, whatever releases demand{where}: {excluded.reason}"


def constraint_words(line: ConstraintLine) -> str:
    """`protobuf<5 (phase-1.yaml)`."""
    marker = "" if line.marker is None else f"; {line.marker}"
    return f"{line.name}{spelled(line.specifier)}{marker} ({line.where.partition(':')[0]})"


def skip_words(rule: SkipRule) -> str:
    """`py3.14-windows-*: no wheels yet`."""
    return f"{', '.join(rule.targets) or rule.when.words}: {rule.reason}"
