"""What the checks of an interpreter found, as an answer: what passed is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockgen.model.answer import Answer, Point, Section, State

_STATES: Mapping[str, State] = {"fail": "bad", "warn": "notable"}


def preflight_answer(said: Mapping[str, Any], *, verbose: bool = False, only_failures: bool = False) -> Answer:
    """The verdict, then each check that did not pass with its remedy; with `verbose` those that did, too."""
    findings = [each for each in said["findings"] if verbose or each["verdict"] != "pass"]
    if only_failures:
        findings = [each for each in findings if each["verdict"] == "fail"]
    points = tuple(
        Point(
            name=f"{each['verdict']}: {each['check']}",
            reasons=(each["message"], *([each["remedy"]] if each["remedy"] else [])),
            state=_STATES.get(each["verdict"], "plain"),
        )
        for each in findings
    )
    counts = said["counts"]
    state: State = "bad" if counts.get("fail") else "notable" if counts.get("warn") else "good"
    python = said["python"].get("version", "(unknown)")
    server = f" with {said['server']}" if said["server"] else ""
    numbers = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
    return Answer(
        state=state,
        verdict=f"phase {said['phase']}{server} on Python {python}: {numbers}",
        sections=(Section(points=points),) if points else (),
    )
