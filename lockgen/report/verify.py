"""Proofs as an answer, as JSON and as JUnit XML for CI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.model.verify import LEVELS, Level, Proof
from lockgen.report.layout import listed
from lockgen.text import grouped, grouped_pairs
from lockgen.text.safe import xml
from lockgen.text.target_names import over_phases

Found = Mapping[str, Sequence[Proof]]
"""Label of a set ("phase-1 py3.11-linux-x86_64") -> its proofs."""

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_SAID = re.compile(r"\bnot proved\b|^not imported: |\bboth write\b")
"""The notes on what a proof does not hold, or a user should know of an installed set."""
_SIGNS = {"proved": "proved", "failed": "FAILED", "not run": "-"}


def proofs_answer(found: Found, level: Level, nos: Sequence[Point] = (), *, verbose: bool = False) -> Answer:
    """How far the sets are proved, a table of phases x levels, then each failure, then why the rest was not run.

    `nos` are the targets without a set; with `verbose` every set has a row of its own.
    """
    levels = LEVELS[: LEVELS.index(level) + 1]
    failures = _failures(found)
    points = [*failures, *nos, *_not_run(found)]
    rows = _set_rows(found, levels) if verbose else _phase_rows(found, levels)
    table = Section(head=("", *levels, "on"), rows=rows)
    state: State = "bad" if failures or nos else "good"
    sections = (*([table] if found else []), *([Section(points=tuple(points))] if points else []))
    return Answer(state=state, verdict=_verdict(found, nos), sections=sections, notes=tuple(_notes(found)))


def proofs_json(found: Found) -> dict[str, Any]:
    """Label of a set -> its proofs, each with every key."""
    return {"sets": {label: list(proofs) for label, proofs in found.items()}}


def _phase_rows(found: Found, levels: Sequence[Level]) -> tuple[tuple[str, ...], ...]:
    """Phase -> of each level how many sets have it of how many, and on which interpreters."""
    phases = grouped(found, lambda label: _parts(label)[0])
    return tuple((phase, *_counted(labels, found, levels)) for phase, labels in phases.items())


def _counted(labels: Sequence[str], found: Found, levels: Sequence[Level]) -> Iterator[str]:
    for level in levels:
        signs = [_sign(found[label], level) for label in labels]
        failed = signs.count(_SIGNS["failed"])
        yield f"{signs.count(_SIGNS['proved'])} of {len(labels)}{f', {failed} FAILED' if failed else ''}"
    pythons = dict.fromkeys(_place(proof) for label in labels for proof in found[label] if proof.python)
    yield listed(pythons, 2)


def _set_rows(found: Found, levels: Sequence[Level]) -> tuple[tuple[str, ...], ...]:
    rows = []
    for label, proofs in found.items():
        on = dict.fromkeys(_place(proof) for proof in proofs if proof.python)
        rows.append((label, *(_sign(proofs, each) for each in levels), listed(on, 2)))
    return tuple(rows)


def _sign(proofs: Sequence[Proof], level: Level) -> str:
    """What became of the level on all the interpreters that the set was proved on."""
    verdicts = {proof.verdict for proof in proofs if proof.level == level}
    return next((_SIGNS[each] for each in ("failed", "proved") if each in verdicts), "-")


def _parts(label: str) -> tuple[str, str]:
    """The phase with its set and strategy, and the target."""
    phase, _, target = label.rpartition(" ")
    return phase, target


def _place(proof: Proof) -> str:
    words = (proof.python, proof.libc, f"{proof.machine} emulated" if proof.emulated else "")
    return " ".join(filter(None, words))


def failure_name(label: str, level: Level) -> str:
    """How the failure of a set at a level is headed."""
    return f"{label}: {level} FAILED"


def _failures(found: Found) -> list[Point]:
    """Each failure with the tool's last lines and the command that repeats it."""
    return [
        Point(
            name=failure_name(label, proof.level),
            reasons=(
                proof.reason,
                *(f"  {line}" for line in proof.tail),
                *([f"again: {proof.command}"] if proof.command else []),
            ),
            state="bad",
        )
        for label, proofs in found.items()
        for proof in proofs
        if proof.verdict == "failed"
    ]


def _not_run(found: Found) -> list[Point]:
    """Each reason why a level was not run, once, with where."""
    groups = grouped_pairs(
        ((first.level, first.reason), _parts(label))
        for label, proofs in found.items()
        if (first := next((proof for proof in proofs if proof.verdict == "not run"), None)) is not None
    )
    everything = grouped_pairs(_parts(label) for label in found)
    return [
        Point(name=f"{level} not run: {over_phases(places, everything)}", reasons=(reason,), state="notable")
        for (level, reason), places in groups.items()
    ]


def _notes(found: Found) -> list[str]:
    notes = {note for proofs in found.values() for proof in proofs for note in proof.notes if _SAID.search(note)}
    before = sum(any(proof.is_recorded for proof in proofs) for proofs in found.values())
    sets = f"{before} {'set was' if before == 1 else 'sets were'}"
    return [*sorted(notes), *([f"{sets} proved before and did not change; --all proves them again"] if before else [])]


def _verdict(found: Found, nos: Sequence[Point]) -> str:
    best = [_best(proofs) for proofs in found.values()]
    counts = [f"{best.count(level)} {level}" for level in reversed(LEVELS) if best.count(level)]
    failed = sum(any(proof.verdict == "failed" for proof in proofs) for proofs in found.values())
    counts += [f"{failed} FAILED"] if failed else []
    counts += ["targets without a set"] if nos else []
    return f"{len(found)} {'set' if len(found) == 1 else 'sets'}: {', '.join(counts) or 'nothing to prove'}"


def _best(proofs: Sequence[Proof]) -> str:
    if any(proof.verdict == "failed" for proof in proofs):
        return ""
    return next((proof.level for proof in reversed(proofs) if proof.verdict == "proved"), "")


def junit(found: Found) -> bytes:
    """JUnit XML: a test suite per set, a test case per level; not run is skipped, with the reason."""
    root = ET.Element("testsuites", name="lockgen verify")
    for label, proofs in found.items():
        suite = ET.SubElement(root, "testsuite", name=xml(label), tests=str(len(proofs)))
        suite.set("failures", str(sum(proof.verdict == "failed" for proof in proofs)))
        suite.set("skipped", str(sum(proof.verdict == "not run" for proof in proofs)))
        is_one = len({proof.where for proof in proofs if proof.where}) <= 1
        for proof in proofs:
            # CI services tell tests by their names.
            name = proof.level if is_one or not proof.where else f"{proof.level} on {proof.where}"
            case = ET.SubElement(suite, "testcase", classname=xml(label), name=name)
            if proof.verdict == "failed":
                ET.SubElement(case, "failure", message=xml(proof.reason)).text = xml("\n".join(proof.tail))
            elif proof.verdict == "not run":
                ET.SubElement(case, "skipped", message=xml(proof.reason))
            elif proof.notes:
                ET.SubElement(case, "system-out").text = xml("\n".join(proof.notes))
    ET.indent(root)
    return f"{_HEAD}{ET.tostring(root, encoding='unicode')}\n".encode()
