"""A phase through time as Markdown for a pull request or a page."""

from __future__ import annotations

from lockgen.model.history import History
from lockgen.model.phase import PhaseFacts
from lockgen.report.history import (
    NOTE,
    causes_text,
    counts_text,
    day_text,
    other_causes_text,
    solvability_text,
    span_text,
    versions_text,
    where_text,
)
from lockgen.report.tables import markdown_section
from lockgen.text.safe import code_span, markdown


def history_markdown(facts: PhaseFacts, history: History, only: str = "") -> str:
    """A summary and one table each for sets and moves. Ends with a line end."""
    title = markdown(f"Phase {facts.phase} ({facts.strategy}) from {span_text(history)}")
    turns = [
        (
            day_text(turn.moment, history),
            code_span(where_text(turn.targets, history.courses)),
            solvability_text(turn),
            markdown(causes_text(turn.causes)),
        )
        for turn in history.turns
    ]
    moves = [
        (
            day_text(move.moment, history),
            code_span(move.name),
            code_span(versions_text(move)),
            code_span(where_text(move.targets, history.courses)),
            markdown(other_causes_text(move)),
        )
        for move in history.moves
        if only in ("", move.name)
    ]
    lines = [f"## {title}", "", f"{markdown(counts_text(history))}. {NOTE}"]
    lines += () if only else markdown_section("### Sets", ("Day", "Targets", "", "By"), turns)
    lines += markdown_section("### Moves", ("Day", "Package", "Versions", "Targets", "By"), moves)
    return "\n".join([*lines, ""])
