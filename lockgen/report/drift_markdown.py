"""Drift as Markdown: fit for the body of a pull request and for the summary of a CI job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from lockgen.model.drift import Drift, PhaseDrift, TargetDrift
from lockgen.report.drift import behind, counted, day, days, details, headline, held, moments, role, told
from lockgen.safe import code_span, html, markdown
from lockgen.text import grouped, in_words


def drift_markdown(drift: Drift) -> str:
    """Tables for each phase, then what became of each target, folded; targets that are alike share a fold.

    Ends with a line end.
    """
    lines = [f"## Drift as of {day(drift.now)}"]
    for phase in drift.phases:
        lines += ["", *_phase(phase, drift.cooldown)]
    over = [(code_span(each.name), markdown(each.message)) for each in drift.issues]
    lines += _table("Known issues that are over", ("Issue", "Why"), over)
    return "\n".join([*lines, ""])


def _phase(phase: PhaseDrift, cooldown: timedelta) -> Iterator[str]:
    yield f"### {markdown(f'Phase {phase.facts.phase}: {phase.facts.title}')}"
    yield ""
    yield f"{counted(phase)} ({moments(phase)})."
    found = told(phase)
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
            ", ".join(filter(None, (role(each.one.move), behind(each.one.move)))),
            markdown(each.one.move.cause),
            markdown(each.one.move.held_back),
            code_span(each.where),
        )
        for each in found
        if each.one.move is not None
    ]
    kept = [
        (code_span(one.name), code_span(one.version), day(one.uploaded), code_span(where)) for one, where in held(phase)
    ]
    yield from _table("Findings", ("Kind", "Package", "Committed", "What", "Targets"), others)
    heads = ("Package", "From", "To", "", "Cause", "Not the newest", "Targets")
    yield from _table("Moved", heads, moved)
    yield from _table(
        f"Held back by the cooldown of {days(cooldown)}", ("Package", "Version", "Uploaded", "Targets"), kept
    )
    yield from _folds(phase)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [_line(row) for row in rows]
    if lines:
        yield from ("", f"#### {title}", "", _line(heads), f"|{'---|' * len(heads)}", *lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _folds(phase: PhaseDrift) -> Iterator[str]:
    """GitHub reads Markdown inside an HTML block only after an empty line."""
    groups = grouped((target for target in phase.targets if target.found), lambda target: tuple(_lines(target)))
    names = [target.target for target in phase.targets]
    for lines, group in groups.items():
        where = in_words([target.target for target in group], names)
        yield from ("", f"<details><summary>{html(where)}</summary>", "", *lines, "", "</details>")


def _lines(target: TargetDrift) -> Iterator[str]:
    """The moves as a diff of pins, below what else was found."""
    for each in target.found:
        if each.move is None:
            yield f"- **{each.kind}** {markdown(headline(each))}"
            yield from (f"  - {markdown(line)}" for line in details(each))
    moves = [each.move for each in target.found if each.move is not None]
    if moves:
        # Names and versions have an alphabet of their own, in which nothing ends a fence.
        yield from ("```diff",) if len(moves) == len(target.found) else ("", "```diff")
        for move in moves:
            yield from (f"-{move.name}=={move.before}",) if move.before is not None else ()
            yield from (f"+{move.name}=={move.after}",) if move.after is not None else ()
        yield "```"
