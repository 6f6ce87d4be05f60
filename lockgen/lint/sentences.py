"""A conflict in one sentence about the table: which of its numbers excludes which others, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import NormalizedName

from lockgen.lint.table import is_row
from lockgen.model.conflict import Demand
from lockgen.model.origin import LayerOrigin
from lockgen.model.refusal import Refusal, refusals_text
from lockgen.model.result import Unsolved
from lockgen.text import grouped

Names = Mapping[str, str]
"""Origin of a demand (`phase-1.yaml:31`) -> the number of the table it stands for: `recommended django 4.2.16`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictSentence:
    """The package a conflict is about, the sentence, and the steps where the sentence does not name them all."""

    about: NormalizedName
    message: str
    steps: tuple[str, ...] = ()


def conflict_sentence(outcome: Unsolved, names: Names) -> ConflictSentence:
    """The sentence. Its package is the one that gives way: the later row, or the one collided with."""
    core = outcome.core
    if not core:
        refusal = outcome.refusals[0]
        return ConflictSentence(about=refusal.name, message=str(refusal))
    if len(core) == 1:
        return _alone(outcome, core[0], names)
    if len(core) == 2 and (pair := _pair(outcome, names)) is not None:  # noqa: PLR2004
        return pair
    members = [_called(demand, names) for demand in core]
    message = f"{', '.join(members[:-1])} and {members[-1]} cannot hold together"
    return ConflictSentence(
        about=_last_row(core).name, message=message, steps=(*outcome.collisions, *_refused(outcome))
    )


def _alone(outcome: Unsolved, demand: Demand, names: Names) -> ConflictSentence:
    own = [refusal for refusal in outcome.refusals if refusal.name == demand.name]
    if own and not outcome.collisions:
        return ConflictSentence(about=demand.name, message=_with_refusals(_called(demand, names), own))
    steps = (*outcome.collisions, *_refused(outcome))
    return ConflictSentence(about=demand.name, message=f"{_called(demand, names)} cannot be had", steps=steps)


def _with_refusals(called: str, refusals: list[Refusal]) -> str:
    return f"{called} {refusals[0].reason}" if len(refusals) == 1 else f"{called}: {refusals_text(refusals)}"


def _pair(outcome: Unsolved, names: Names) -> ConflictSentence | None:
    """`A cannot go with B, which requires a>=2`, where B demands it without anything in between."""
    one, other = outcome.core
    if one.name == other.name:
        # A known issue that narrows a row, or two demands on one package.
        row, issue = (one, other) if str(other.origin) not in names else (other, one)
        message = f"{_called(row, names)} cannot go with {issue.origin}, which requires {issue.wanted}"
        return ConflictSentence(about=row.name, message=message)
    links = outcome.steps
    if len(links) != 1 or links[0].name not in (one.name, other.name):
        return None
    link = links[0]
    about, by = (one, other) if link.name == one.name else (other, one)
    message = f"{_called(about, names)} cannot go with {_called(by, names)}, which requires {link.wanted}"
    return ConflictSentence(about=about.name, message=message)


def _called(demand: Demand, names: Names) -> str:
    if isinstance(demand.origin, LayerOrigin):
        return f"{demand.origin}, {demand.wanted}"
    return names.get(str(demand.origin)) or (demand.wanted if is_row(demand) else str(demand.origin))


def _last_row(core: tuple[Demand, ...]) -> Demand:
    rows = [demand for demand in core if is_row(demand)]
    return (rows or list(core))[-1]


def _refused(outcome: Unsolved) -> tuple[str, ...]:
    """One line for each package."""
    return tuple(map(refusals_text, grouped(outcome.refusals, lambda refusal: refusal.name).values()))
