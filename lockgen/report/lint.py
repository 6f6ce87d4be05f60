"""Findings as an answer, as JSON and as annotations for GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.model.lint import Finding, Repair, Severity
from lockgen.report.as_json import as_json
from lockgen.report.github import AnnotationLevel, annotation, place
from lockgen.text import grouped
from lockgen.text.safe import terminal
from lockgen.text.target_names import in_words

PhaseTargets = Mapping[str, Sequence[str]]
"""Phase -> the names of all its targets, in the order of the table; the phases in their own order."""
FindingGroup = list[Finding]
"""One finding or more that differ in their phases and targets only."""

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info", "note")
_STATES: Mapping[Severity, State] = {"error": "bad", "warning": "notable", "info": "notable", "note": "plain"}
_LEVELS: Mapping[Severity, AnnotationLevel] = {
    "error": "error",
    "warning": "warning",
    "info": "notice",
    "note": "notice",
}


def findings_answer(findings: Iterable[Finding], targets: PhaseTargets, *, verbose: bool = False) -> Answer:
    """How many findings there are, and a point for each, errors first.

    A finding that is the same in several phases stands once. Accepted findings are only counted, unless `verbose`.
    Every phase of the findings has to be among those of `targets`.
    """
    found = groups(findings)
    shown = [group for group in found if verbose or not group[0].accepted]
    open_ = [group[0] for group in found if not group[0].accepted]
    fails = [each for each in open_ if each.severity != "note"]
    points = tuple(_point(group, targets) for group in shown)
    return Answer(
        state="bad" if fails else "notable" if open_ else "good",
        verdict=_counts(found, verbose=verbose),
        sections=(Section(points=points),) if points else (),
        help=_help(fails),
    )


def _point(group: FindingGroup, targets: PhaseTargets) -> Point:
    first = group[0]
    what = f"{first.severity}, accepted" if first.accepted else first.severity
    place = f"{first.where}: " if first.where else ""
    steps = [f"  {step}" for step in first.steps]
    accepted = [f"accepted: {first.accepted}"] if first.accepted else []
    state: State = "plain" if first.accepted else _STATES[first.severity]
    reasons = (sentences(group, targets), *steps, *accepted)
    return Point(name=f"{place}{what} [{first.rule}]", reasons=reasons, state=state)


def _help(open_: Sequence[Finding]) -> str:
    """How to repair what can be repaired, else how to read about it."""
    if not open_:
        return ""
    rules = {each.rule for each in open_ if any(repair.edits for repair in each.repairs)}
    fixed = {edit.key for each in open_ for repair in each.repairs for edit in repair.edits}
    if "recommended" in fixed:
        return "lockgen lint --fix writes the nearest recommended versions"
    if rules:
        return f"lockgen lint --fix {min(rules)} writes the nearest numbers"
    return f"lockgen explain --rule {open_[0].rule} says what it means"


def findings_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Every finding as JSON values, accepted ones too, in the order of the text; each has every key."""
    return [as_json(finding) for finding in sorted(findings, key=_order)]


def findings_github(findings: Iterable[Finding], targets: PhaseTargets, *, folder: PurePath) -> str:
    """A workflow command for each finding that is not accepted: an annotation at its place in the folder's file.

    `folder` is the path of the matrices below the repository's root. Lines as in `findings_text`; empty for none.
    """
    open_ = [group for group in groups(findings) if not group[0].accepted]
    return "\n".join(_annotation(group, targets, folder) for group in open_)


def groups(findings: Iterable[Finding]) -> list[FindingGroup]:
    """What is the same but for its phases and targets together, in the order of the text."""
    found = grouped(sorted(findings, key=_order), lambda each: replace(each, phase="", packages=(), targets=()))
    return list(found.values())


def _order(finding: Finding) -> tuple[int, str, int, int, str, str]:
    file, line, column = place(finding.where)
    return _SEVERITIES.index(finding.severity), file, line, column, finding.rule, finding.message


def sentences(group: FindingGroup, targets: PhaseTargets) -> str:
    """The message, where it holds, and the repairs."""
    parts = [group[0].message, _held(group, targets), *_repairs(group[0].repairs)]
    return " ".join(_sentence(terminal(part)) for part in parts if part)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _held(group: FindingGroup, targets: PhaseTargets) -> str:
    """`All 30 targets`, `Phases 1 and 1-stable: py3.8-*`, or, where phases differ, `Phase 1: ...; phase 2: ...`."""
    phases = sorted({each.phase for each in group}, key=["", *targets].index)
    held = grouped(phases, lambda phase: _where([each for each in group if each.phase == phase], targets))
    text = "; ".join(_in_phases(names, where) if len(phases) > 1 else where for where, names in held.items())
    # The name of a target keeps its small letters.
    return f"{text[0].upper()}{text[1:]}" if text.startswith(("all", "phase")) else text


def _in_phases(names: Sequence[str], where: str) -> str:
    *others, last = names
    text = f"phases {', '.join(others)} and {last}" if others else f"phase {last}"
    return f"{text}: {where}" if where else text


def _where(same: FindingGroup, targets: PhaseTargets) -> str:
    """The targets of findings of one phase in words; nothing when they hold wherever the table does."""
    phase = same[0].phase
    everything = targets[phase] if phase else [name for names in targets.values() for name in names]
    names = dict.fromkeys(name for each in same for name in each.targets)
    return in_words(names, dict.fromkeys(everything)) if all(each.targets for each in same) else ""


def _repairs(repairs: Sequence[Repair]) -> Iterator[str]:
    """`Nearest: a 1, or b 2` for what can be written into the table, then `Or drop py3.8-*` for what cannot."""
    edits = [repair.text for repair in repairs if repair.edits]
    others = [repair.text for repair in repairs if not repair.edits]
    if edits:
        yield f"Nearest: {', or '.join(edits)}"
    if others:
        yield f"{'Or' if edits else 'Repair:'} {', or '.join(others)}"


def _counts(found: Sequence[FindingGroup], *, verbose: bool) -> str:
    """`3 errors, 1 warning; 12 accepted (--verbose shows them)`; what is zero is left out."""
    open_ = [group[0].severity for group in found if not group[0].accepted]
    counted = [_counted(severity, open_.count(severity)) for severity in _SEVERITIES if severity in open_]
    accepted = len(found) - len(open_)
    said = f"{accepted} accepted{'' if verbose else ' (--verbose shows them)'}" if accepted else ""
    if not counted:
        return f"No findings. {said}".rstrip()
    return f"{', '.join(counted)}{'; ' if said else ''}{said}"


def _counted(word: str, count: int) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _annotation(group: FindingGroup, targets: PhaseTargets, folder: PurePath) -> str:
    first = group[0]
    file, line, column = place(first.where)
    where = f"{(folder / terminal(file)).as_posix() if file else ''}:{line}:{column}"
    text = "\n".join([sentences(group, targets), *map(terminal, first.steps)])
    return annotation(_LEVELS[first.severity], first.rule, text, where=where)
