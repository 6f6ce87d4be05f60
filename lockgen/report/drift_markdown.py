"""Drift as Markdown: fit for the body of a pull request and for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from lockgen.model.drift import Drift, PhaseDrift, TargetDrift
from lockgen.report.drift import (
    behind_text,
    cooldown_text,
    counts_text,
    cut_offs_text,
    day_text,
    detail_lines,
    grouped_findings,
    headline,
    held_releases,
    role_text,
)
from lockgen.report.tables import markdown_section
from lockgen.text import grouped
from lockgen.text.safe import code_span, html, markdown
from lockgen.text.target_names import in_words


def drift_markdown(drift: Drift) -> str:
    """Tables of all phases, then what became of each target, folded; targets that are alike share a fold.

    Ends with a line end.
    """
    lines = [f"## Drift as of {day_text(drift.now)}"]
    for phase in drift.phases:
        heading = markdown(f"Phase {phase.facts.phase}: {phase.facts.title}")
        lines += ["", f"### {heading}", "", f"{counts_text(phase)} ({cut_offs_text(phase)})."]
    lines += _found(drift.phases, drift.cooldown)
    for phase in drift.phases:
        lines += _folds(phase, phase.facts.phase if len(drift.phases) > 1 else "")
    over = [(code_span(each.name), markdown(each.message)) for each in drift.issues]
    lines += markdown_section("#### Known issues that are over", ("Issue", "Why"), over)
    return "\n".join([*lines, ""])


def _found(phases: Sequence[PhaseDrift], cooldown: timedelta) -> Iterator[str]:
    found = grouped_findings(phases)
    others = [
        (
            f"**{each.one.kind}**",
            code_span(each.one.name),
            code_span(each.one.version or ""),
            markdown(each.one.message),
            code_span(each.where),
        )
        for each in found
        if each.one.move is None
    ]
    moved = [
        (
            code_span(each.one.name),
            code_span(each.one.move.before or ""),
            code_span(each.one.move.after or ""),
            ", ".join(filter(None, (role_text(each.one.move), behind_text(each.one.move)))),
            markdown(each.one.move.cause),
            markdown(each.one.move.held_back),
            code_span(each.where),
        )
        for each in found
        if each.one.move is not None
    ]
    kept = [
        (code_span(one.name), code_span(one.version), day_text(one.uploaded), code_span(where))
        for one, where in held_releases(phases)
    ]
    yield from markdown_section("#### Findings", ("Kind", "Package", "Committed", "What", "Targets"), others)
    heads = ("Package", "From", "To", "", "Cause", "Not the newest", "Targets")
    yield from markdown_section("#### Moved", heads, moved)
    yield from markdown_section(
        f"#### Held back by the cooldown of {cooldown_text(cooldown)}",
        ("Package", "Version", "Uploaded", "Targets"),
        kept,
    )


def _folds(phase: PhaseDrift, name: str) -> Iterator[str]:
    """GitHub reads Markdown inside an HTML block only after an empty line."""
    groups = grouped((target for target in phase.targets if target.found), lambda target: tuple(_lines(target)))
    names = [target.target for target in phase.targets]
    for lines, group in groups.items():
        where = in_words([target.target for target in group], names)
        yield from (
            "",
            f"<details><summary>{html(f'phase {name}: {where}' if name else where)}</summary>",
            "",
            *lines,
            "",
            "</details>",
        )


def _lines(target: TargetDrift) -> Iterator[str]:
    """The moves as a diff of pins, below what else was found."""
    for each in target.found:
        if each.move is None:
            yield f"- **{each.kind}** {markdown(headline(each))}"
            yield from (f"  - {markdown(line)}" for line in detail_lines(each))
    moves = [each.move for each in target.found if each.move is not None]
    if moves:
        # Names and versions have an alphabet of their own, in which nothing ends a fence.
        yield from ("```diff",) if len(moves) == len(target.found) else ("", "```diff")
        for move in moves:
            yield from (f"-{move.name}=={move.before}",) if move.before is not None else ()
            yield from (f"+{move.name}=={move.after}",) if move.after is not None else ()
        yield "```"
