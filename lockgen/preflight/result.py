"""What a check says."""

from __future__ import annotations

from typing import NamedTuple

PASS = "pass"  # noqa: S105 - a verdict
WARN = "warn"
FAIL = "fail"
NOT_RUN = "not run"
VERDICTS = (PASS, WARN, FAIL, NOT_RUN)


class CheckResult(NamedTuple):
    """One line of the answer. What passed has no remedy."""

    check: str
    verdict: str
    message: str
    """What was found. Of a check that was not run: the reason."""
    remedy: str = ""


class CannotTellError(Exception):
    """Raised inside a check that lacks what it needs to know."""


def or_pass(findings: list[CheckResult], check: str, message: str) -> list[CheckResult]:
    """The findings, or where there are none the one that says so."""
    return findings or [CheckResult(check, PASS, message)]


def several(words: list[str], *, most: int = 6) -> str:
    """The words as a list that stays readable."""
    rest = [f"and {len(words) - most} more"] if len(words) > most else []
    return ", ".join(words[:most] + rest)
