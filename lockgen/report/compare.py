"""A comparison of two phases: words for a terminal, Markdown for a pull request, JSON for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lockgen.model.change import Change
from lockgen.model.compare import Comparison, Grouped, IssueChange, Side, TargetComparison
from lockgen.model.phase import PhaseFacts
from lockgen.safe import code_span, html, markdown
from lockgen.text import moment

SCHEMA = 1
Facts = tuple[PhaseFacts, PhaseFacts]
"""Of the phase compared from, and of the one compared to."""

_NO_DIFFERENCE = "no difference"
_NOTHING = "nothing to compare, for no target has a set on either side"
_WORDS = {"solved": "has a set", "unsolved": "no set", "unsupported": "unsupported", "absent": "absent"}


def comparison_text(facts: Facts, compared: Comparison) -> str:
    """A heading, then a table for each kind of difference. Every line names its targets."""
    lines = [_head(facts, compared)]
    lines += _section("support", [(_verb(*each.what), each.where, _how(*each.what)) for each in compared.support])
    lines += _section("packages", [(*_row(each.what), each.where) for each in compared.changes])
    lines += _section("known issues", [_issue(each) for each in compared.issues])
    lines += _section("no set on either side", [(each.where, _why(*each.what)) for each in compared.without_sets])
    return "\n".join(lines)


def comparison_markdown(facts: Facts, compared: Comparison) -> str:
    """Fit for the body of a pull request: a summary, then what differs on each target, folded.

    Targets that differ in exactly the same way share a fold, which names them. Ends with a line end.
    """
    one, two = facts
    lines = [f"## {markdown(f'Phase {one.phase} to phase {two.phase}: {two.title}')}", "", f"{_said(facts, compared)}."]
    support = [(_verb(*each.what), code_span(each.where), markdown(_how(*each.what))) for each in compared.support]
    changes = [(*_cells(each.what), code_span(each.where)) for each in compared.changes]
    issues = [
        (each.what.kind, markdown(each.what.issue.title), code_span(each.where), markdown(each.what.issue.solution))
        for each in compared.issues
    ]
    nowhere = [(code_span(each.where), markdown(_why(*each.what))) for each in compared.without_sets]
    lines += _table("Support", ("", "Targets", "How"), support)
    lines += _table("Packages", ("", "Package", "From", "To", "Step", "Targets"), changes)
    lines += _table("Known issues", ("", "Issue", "Targets", "Solution"), issues)
    lines += _table("No set on either side", ("Targets", "Why"), nowhere)
    for each in compared.alike:
        lines += ["", *_fold(each)]
    return "\n".join([*lines, ""])


def comparison_json(facts: Facts, compared: Comparison) -> dict[str, Any]:
    """The whole comparison as JSON values: `summary` groups over targets, `targets` has each of them by name."""
    one, two = facts
    return {
        "schema": SCHEMA,
        "strategy": two.strategy,
        "from": _phase(one),
        "to": _phase(two),
        "is_same": compared.is_same,
        "summary": {
            "packages": [_change(each.what) | _targets(each) for each in compared.changes],
            "issues": [_known(each.what) | _targets(each) for each in compared.issues],
            "support": [_both(*each.what) | _targets(each) for each in compared.support],
            "without_sets": [_both(*each.what) | _targets(each) for each in compared.without_sets],
        },
        "targets": {target.name: _target(target) for target in compared.targets},
    }


def _head(facts: Facts, compared: Comparison) -> str:
    one, two = facts
    return f"phase {one.phase} to phase {two.phase}: {_said(facts, compared)}"


def _said(facts: Facts, compared: Comparison) -> str:
    """How many targets differ, by which strategy and of which day."""
    one, two = facts
    differing = sum(not target.is_same for target in compared.targets)
    same = _NO_DIFFERENCE if any(target.after.status == "solved" for target in compared.targets) else _NOTHING
    what = f"{differing} of {len(compared.targets)} targets differ" if differing else same
    days = dict.fromkeys(f"{each.as_of:%Y-%m-%d}" for each in (one, two))
    return f"{what} ({two.strategy}, as of {' and '.join(days)})"


def _section(title: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield f"  {title}"
    for row in rows:
        yield f"    {'  '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))}".rstrip()


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    lines = [_line(row) for row in rows]
    if lines:
        yield from ("", f"### {title}", "", _line(heads), f"|{'---|' * len(heads)}", *lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fold(group: Grouped[TargetComparison]) -> Iterator[str]:
    """GitHub reads Markdown inside an HTML block only after an empty line."""
    one = group.what
    yield f"<details><summary>{html(group.where)}: {html(_counted(one))}</summary>"
    yield ""
    if one.before.status != one.after.status:
        yield f"- {_verb(one.before, one.after)}: {markdown(_how(one.before, one.after))}"
    for change in one.changes:
        kind, name, *versions, step = _cells(change)
        yield f"- {kind} {name} {' to '.join(filter(None, versions))}{' ' if step else ''}{step}"
    for each in one.issues:
        yield f"- known issue {each.kind}: {markdown(each.issue.title)}"
    yield from ("", "</details>")


def _counted(target: TargetComparison) -> str:
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


def _row(change: Change) -> tuple[str, str, str, str]:
    versions = " -> ".join(str(version) for version in (change.before, change.after) if version is not None)
    return change.kind, change.name, versions, "major" if change.is_major else ""


def _cells(change: Change) -> tuple[str, str, str, str, str]:
    before, after = (code_span("" if version is None else version) for version in (change.before, change.after))
    return change.kind, code_span(change.name), before, after, "**major**" if change.is_major else ""


def _issue(each: Grouped[IssueChange]) -> tuple[str, ...]:
    return each.what.kind, each.what.issue.id, each.where, each.what.issue.title


def _verb(before: Side, after: Side) -> str:
    if after.status == "solved":
        return "gained"
    return "lost" if before.status == "solved" else "changed"


def _how(before: Side, after: Side) -> str:
    return f"{_state(before)} -> {_state(after)}"


def _why(before: Side, after: Side) -> str:
    return _state(before) if before == after else _how(before, after)


def _state(side: Side) -> str:
    word = _WORDS[side.status]
    return f"{word}: {side.reason}" if side.reason else word


def _phase(facts: PhaseFacts) -> dict[str, Any]:
    return {"phase": facts.phase, "title": facts.title, "revision": facts.revision, "as_of": moment(facts.as_of)}


def _targets(group: Grouped[Any]) -> dict[str, Any]:
    return {"where": group.where, "targets": list(group.targets)}


def _target(target: TargetComparison) -> dict[str, Any]:
    return {
        **_both(target.before, target.after),
        "packages": [_change(change) for change in target.changes],
        "issues": [_known(each) for each in target.issues],
    }


def _both(before: Side, after: Side) -> dict[str, Any]:
    return {
        name: {"status": side.status, **({"reason": side.reason} if side.reason else {})}
        for name, side in (("before", before), ("after", after))
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "change": change.kind,
        "name": change.name,
        "before": None if change.before is None else str(change.before),
        "after": None if change.after is None else str(change.after),
        "is_major": change.is_major,
    }


def _known(each: IssueChange) -> dict[str, Any]:
    return {"change": each.kind, "id": each.issue.id, "title": each.issue.title, "solution": each.issue.solution}
