"""Proofs as a table and as JUnit XML for CI."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from lockgen.model.verify import LEVELS, Level, Proof
from lockgen.text.safe import xml

Found = Mapping[str, Sequence[Proof]]
"""Label of a set ("phase-1 py3.11-linux-x86_64") -> its proofs."""

_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_SAID = re.compile(r"\bnot proved\b|^not imported: |\bboth write\b")
"""The notes on what a proof does not hold, or a user should know of an installed set."""
_SIGNS = {"proved": "proved", "failed": "FAILED", "not run": "-"}


def proofs_text(found: Found, level: Level) -> str:
    """The table set x level, then each failure with the tool's last lines, then why the rest was not run."""
    levels = LEVELS[: LEVELS.index(level) + 1]
    width = max(map(len, found), default=0)
    lines = ["  ".join(["set".ljust(width), *(each.ljust(9) for each in levels), "on"])]
    for label, proofs in found.items():
        signs = {proof.level: _SIGNS[proof.verdict] for proof in proofs}
        on = next((f"{proof.python} {proof.libc}" for proof in proofs if proof.python), "")
        lines.append("  ".join([label.ljust(width), *(signs.get(each, "-").ljust(9) for each in levels), on]).rstrip())
    return "\n".join([*lines, *_failures(found), *_not_run(found), _counts(found)])


def _failures(found: Found) -> list[str]:
    lines: list[str] = []
    for label, proofs in found.items():
        for proof in proofs:
            if proof.verdict == "failed":
                lines += ["", f"{label}: {proof.level} FAILED: {proof.reason}"]
                lines += [f"    {line}" for line in proof.tail]
                lines += [f"  again: {proof.command}"] if proof.command else []
    return lines


def _not_run(found: Found) -> list[str]:
    firsts = (next((proof for proof in proofs if proof.verdict == "not run"), None) for proofs in found.values())
    reasons = Counter(f"{first.level} not run: {first.reason}" for first in firsts if first is not None)
    notes = sorted(
        {note for proofs in found.values() for proof in proofs for note in proof.notes if _SAID.search(note)}
    )
    lines = [*(f"{reason} ({count} sets)" for reason, count in reasons.items()), *notes]
    return ["", *lines] if lines else []


def _counts(found: Found) -> str:
    best = [_best(proofs) for proofs in found.values()]
    counts = [f"{best.count(level)} {level}" for level in reversed(LEVELS) if best.count(level)]
    failed = sum(any(proof.verdict == "failed" for proof in proofs) for proofs in found.values())
    return f"\n{len(found)} sets: {', '.join([*counts, *([f'{failed} FAILED'] if failed else [])])}"


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
        for proof in proofs:
            case = ET.SubElement(suite, "testcase", classname=xml(label), name=proof.level)
            if proof.verdict == "failed":
                ET.SubElement(case, "failure", message=xml(proof.reason)).text = xml("\n".join(proof.tail))
            elif proof.verdict == "not run":
                ET.SubElement(case, "skipped", message=xml(proof.reason))
            elif proof.notes:
                ET.SubElement(case, "system-out").text = xml("\n".join(proof.notes))
    ET.indent(root)
    return f"{_HEAD}{ET.tostring(root, encoding='unicode')}\n".encode()
