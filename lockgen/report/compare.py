"""A comparison of two phases as an answer, as Markdown for a pull request and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lockgen.model.answer import Answer, Point, Section
from lockgen.model.change import Change
from lockgen.model.compare import Comparison, Grouped, IssueChange, Side, TargetComparison
from lockgen.model.phase import PhaseFacts
from lockgen.report.as_json import as_json
from lockgen.report.tables import markdown_section
from lockgen.text.safe import code_span, html, markdown

Facts = tuple[PhaseFacts, PhaseFacts]
"""Of the phase compared from, and of the one compared to."""

_NO_DIFFERENCE = "no difference"
_NOTHING = "nothing to compare, for no target has a set on either side"
_WORDS = {"solved": "has a set", "unsolved": "no set", "unsupported": "unsupported", "absent": "absent"}


def comparison_answer(facts: Facts, compared: Comparison, refused: Sequence[Point] = ()) -> Answer:
    """How many targets differ, then a table for each kind of difference. Every line names its targets."""
    tables: dict[str, list[tuple[str, ...]]] = {
        "support": [(_verb(*each.what), each.where, _step_text(*each.what)) for each in compared.support],
        "packages": [(*_change_row(each.what), each.where) for each in compared.changes],
        "known issues": [_issue_row(each) for each in compared.issues],
        "no set on either side": [(each.where, _status_text(*each.what)) for each in compared.without_sets],
    }
    sections = [Section(title=title, rows=tuple(rows)) for title, rows in tables.items() if rows]
    sections += [Section(title="unsupported in both", points=tuple(refused))] if refused else []
    return Answer(
        state="bad" if refused else "good" if compared.is_same else "notable",
        verdict=_heading(facts, compared),
        sections=tuple(sections),
    )


def comparison_markdown(facts: Facts, compared: Comparison) -> str:
    """Fit for the body of a pull request: a summary, then what differs on each target, folded.

    Targets that differ in exactly the same way share a fold, which names them. Ends with a line end.
    """
    one, two = facts
    lines = [
        f"## {markdown(f'Phase {one.phase} to phase {two.phase}: {two.title}')}",
        "",
        f"{_summary_text(facts, compared)}.",
    ]
    support = [
        (_verb(*each.what), code_span(each.where), markdown(_step_text(*each.what))) for each in compared.support
    ]
    changes = [(*_markdown_cells(each.what), code_span(each.where)) for each in compared.changes]
    issues = [
        (each.what.kind, markdown(each.what.issue.title), code_span(each.where), markdown(each.what.issue.solution))
        for each in compared.issues
    ]
    nowhere = [(code_span(each.where), markdown(_status_text(*each.what))) for each in compared.without_sets]
    lines += markdown_section("### Support", ("", "Targets", "How"), support)
    lines += markdown_section("### Packages", ("", "Package", "From", "To", "Step", "Targets"), changes)
    lines += markdown_section("### Known issues", ("", "Issue", "Targets", "Solution"), issues)
    lines += markdown_section("### No set on either side", ("Targets", "Why"), nowhere)
    for each in compared.alike:
        lines += ["", *_fold(each)]
    return "\n".join([*lines, ""])


def comparison_json(facts: Facts, compared: Comparison) -> dict[str, Any]:
    """The whole comparison as JSON values: `summary` groups over targets, `targets` has each of them by name."""
    one, two = facts
    document = {
        "strategy": two.strategy,
        "from": _phase_json(one),
        "to": _phase_json(two),
        "is_same": compared.is_same,
        "summary": {
            "packages": [_change_json(each.what) | _where_json(each) for each in compared.changes],
            "issues": [_issue_json(each.what) | _where_json(each) for each in compared.issues],
            "support": [_sides_json(*each.what) | _where_json(each) for each in compared.support],
            "without_sets": [_sides_json(*each.what) | _where_json(each) for each in compared.without_sets],
        },
        "targets": {target.name: _target_json(target) for target in compared.targets},
    }
    return as_json(document)  # type: ignore[no-any-return]


def _heading(facts: Facts, compared: Comparison) -> str:
    one, two = facts
    return f"phase {one.phase} to phase {two.phase}: {_summary_text(facts, compared)}"


def _summary_text(facts: Facts, compared: Comparison) -> str:
    """How many targets differ, by which strategy and of which day."""
    one, two = facts
    differing = sum(not target.is_same for target in compared.targets)
    same = _NO_DIFFERENCE if any(target.after.status == "solved" for target in compared.targets) else _NOTHING
    what = f"{differing} of {len(compared.targets)} targets differ" if differing else same
    days = dict.fromkeys(f"{each.as_of:%Y-%m-%d}" for each in (one, two))
    return f"{what} ({two.strategy}, as of {' and '.join(days)})"


def _fold(group: Grouped[TargetComparison]) -> Iterator[str]:
    """GitHub reads Markdown inside an HTML block only after an empty line."""
    one = group.what
    yield f"<details><summary>{html(group.where)}: {html(_counts_text(one))}</summary>"
    yield ""
    if one.before.status != one.after.status:
        yield f"- {_verb(one.before, one.after)}: {markdown(_step_text(one.before, one.after))}"
    for change in one.changes:
        kind, name, *versions, step = _markdown_cells(change)
        yield f"- {kind} {name} {' to '.join(filter(None, versions))}{' ' if step else ''}{step}"
    for each in one.issues:
        yield f"- known issue {each.kind}: {markdown(each.issue.title)}"
    yield from ("", "</details>")


def _counts_text(target: TargetComparison) -> str:
    if target.before.status != target.after.status:
        return _verb(target.before, target.after)
    major = sum(change.is_major for change in target.changes)
    counts = [
        *(
            f"{count} {kind}"
            for kind in ("added", "removed", "moved")
            if (count := sum(change.kind == kind for change in target.changes))
        ),
        *([f"{major} by a major step"] if major else []),
        *([f"known issues: {len(target.issues)}"] if target.issues else []),
    ]
    return ", ".join(counts)


def _change_row(change: Change) -> tuple[str, str, str, str]:
    versions = " -> ".join(str(version) for version in (change.before, change.after) if version is not None)
    return change.kind, change.name, versions, "major" if change.is_major else ""


def _markdown_cells(change: Change) -> tuple[str, str, str, str, str]:
    before, after = (code_span("" if version is None else version) for version in (change.before, change.after))
    return change.kind, code_span(change.name), before, after, "**major**" if change.is_major else ""


def _issue_row(each: Grouped[IssueChange]) -> tuple[str, ...]:
    return each.what.kind, each.what.issue.id, each.where, each.what.issue.title


def _verb(before: Side, after: Side) -> str:
    if after.status == "solved":
        return "gained"
    return "lost" if before.status == "solved" else "changed"


def _step_text(before: Side, after: Side) -> str:
    return f"{_side_text(before)} -> {_side_text(after)}"


def _status_text(before: Side, after: Side) -> str:
    return _side_text(before) if before == after else _step_text(before, after)


def _side_text(side: Side) -> str:
    word = _WORDS[side.status]
    return f"{word}: {side.reason}" if side.reason else word


def _phase_json(facts: PhaseFacts) -> dict[str, Any]:
    return {"phase": facts.phase, "title": facts.title, "revision": facts.revision, "as_of": facts.as_of}


def _where_json(group: Grouped[Any]) -> dict[str, Any]:
    return {"where": group.where, "targets": group.targets}


def _target_json(target: TargetComparison) -> dict[str, Any]:
    return {
        **_sides_json(target.before, target.after),
        "packages": [_change_json(change) for change in target.changes],
        "issues": [_issue_json(each) for each in target.issues],
    }


def _sides_json(before: Side, after: Side) -> dict[str, Any]:
    return {
        name: {"status": side.status, **({"reason": side.reason} if side.reason else {})}
        for name, side in (("before", before), ("after", after))
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "change": change.kind,
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "is_major": change.is_major,
    }


def _issue_json(each: IssueChange) -> dict[str, Any]:
    return {"change": each.kind, "id": each.issue.id, "title": each.issue.title, "solution": each.issue.solution}
