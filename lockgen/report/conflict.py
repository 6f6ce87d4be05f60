"""A conflict as lines of text and as JSON: the demands that cannot hold together, and how they lead to a collision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lockgen.model.conflict import Demand, Step
from lockgen.model.origin import RuleOrigin
from lockgen.model.refusal import Refusal, refusals_text
from lockgen.model.result import Unsolved
from lockgen.text import grouped

Nearest = Mapping[str, Sequence[str]]
"""A name the index does not know -> the known names most like it, nearest first."""
NONE_NEAR: Nearest = MappingProxyType({})

_MOST_STEPS = 8
"""A long proof has many; the first ones show where it leads."""


def conflict_lines(outcome: Unsolved, near: Nearest = NONE_NEAR) -> Iterator[str]:
    """The core in one line, where there is one, then `proof_lines`."""
    if outcome.core:
        yield core_text(outcome)
    yield from proof_lines(outcome, near)


def core_text(outcome: Unsolved, *, is_own: bool = False) -> str:
    """`these demands cannot hold together: phase-1.yaml:31 needs a<1; phase-1.yaml:35 needs b>=2`.

    `is_own`: all demands are the user's.
    """
    verdict = "cannot be had" if len(outcome.core) == 1 else "cannot hold together"
    lead = f"{verdict} there, whatever the phase" if is_own else f"these demands {verdict}"
    return f"{lead}: {'; '.join(map(str, outcome.core))}"


def proof_lines(outcome: Unsolved, near: Nearest = NONE_NEAR) -> Iterator[str]:
    """One line for each step from the core to where its demands meet, then what was refused there."""
    steps = outcome.collisions
    yield from steps[:_MOST_STEPS]
    if len(steps) > _MOST_STEPS:
        yield f"and {len(steps) - _MOST_STEPS} more steps like these"
    yield from refusal_lines(outcome.refusals, near)


def refusal_lines(refusals: Iterable[Refusal], near: Nearest = NONE_NEAR) -> Iterator[str]:
    """One line for each package and kind of reason."""
    for group in grouped(refusals, lambda refusal: (refusal.name, refusal.kind)).values():
        yield refusal_text(group[0], near) if len(group) == 1 else refusals_text(group)


def refusal_text(refusal: Refusal, near: Nearest) -> str:
    """One refusal; of a name the index does not know, with what it may have been meant for."""
    names = near.get(refusal.name, ()) if refusal.kind == "absent" and refusal.version is None else ()
    return f"{refusal}: did you mean {' or '.join(names)}?" if names else str(refusal)


def rule_sentences(outcome: Unsolved) -> list[str]:
    """The rules of the known-conflicts table in the core, each once as what it is, with its workaround."""
    rules = (demand.origin for demand in outcome.core if isinstance(demand.origin, RuleOrigin))
    return list(dict.fromkeys(rule.sentence for rule in rules if rule.sentence))


def without_rules(outcome: Unsolved) -> Unsolved:
    """The conflict without the members and steps that only repeat `rule_sentences`."""
    meetings = tuple(
        replace(meeting, chains=tuple(tuple(step for step in way if not _is_rule(step)) for way in meeting.chains))
        for meeting in outcome.meetings
    )
    return replace(outcome, core=tuple(each for each in outcome.core if not _is_rule(each)), meetings=meetings)


def _is_rule(each: Demand | Step) -> bool:
    return isinstance(each.origin, RuleOrigin) and bool(each.origin.sentence)


def conflict_json(outcome: Unsolved | None) -> dict[str, list[Any]]:
    """The same as JSON values; empty lists where there is no conflict."""
    if outcome is None:
        return {"core": [], "steps": [], "refusals": []}
    return {
        "core": [demand_json(demand) for demand in outcome.core],
        "steps": list(outcome.collisions),
        "refusals": list(refusal_lines(outcome.refusals)),
    }


def demand_json(demand: Demand) -> dict[str, str]:
    """Who demands what."""
    return {"by": str(demand.origin), "needs": demand.wanted}
