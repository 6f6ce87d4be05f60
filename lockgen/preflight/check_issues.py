"""The known issues: each that holds for this Python, on this platform, beside what is installed, is looked at."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.check_service import check_certificates
from lockgen.preflight.finding import FAIL, NOT_RUN, PASS, WARN, CannotTellError, Finding, or_pass
from lockgen.preflight.requirements import normalized, requirement
from lockgen.preflight.stage import Stage, applies, installed, pins
from lockgen.preflight.versions import contains

_CERTIFICATES = "CERTIFICATE_VERIFY_FAILED"
"""The symptom that the check of certificates answers for."""


def check_issues(stage: Stage) -> list[Finding]:
    """No known issue that holds here is left open."""
    found: list[Finding] = []
    for issue in stage.matrix["issues"]:
        try:
            found += _issue(stage, issue)
        except (CannotTellError, ValueError) as reason:
            found.append(_finding(issue, NOT_RUN, str(reason)))
    return or_pass(found, "issues", "none of the known issues concerns this Python")


def _issue(stage: Stage, issue: Mapping[str, Any]) -> list[Finding]:
    there = {name: str(each["version"]) for name, each in installed(stage).items()}
    if not applies(stage, issue):
        return []
    if issue.get("sdist"):
        return _builds(stage, issue, there)
    packages = issue.get("packages", {})
    if packages and not any(_is_in(there, name, releases) for name, releases in packages.items()):
        return []
    return _constrained(issue, there) if issue.get("constrain") else _unconstrained(stage, issue)


def _constrained(issue: Mapping[str, Any], there: Mapping[str, str]) -> list[Finding]:
    concerned = [needs for needs in map(requirement, issue["constrain"]) if needs.name in there]
    broken = [needs for needs in concerned if not contains(needs.specifiers, there[needs.name])]
    if broken:
        words = [f"{needs.name} {there[needs.name]} is not {needs.specifiers}" for needs in broken]
        return [_finding(issue, FAIL, ", ".join(words))]
    words = [f"{needs.name} {there[needs.name]}" for needs in concerned]
    return [_finding(issue, PASS, "kept clear of by {}".format(", ".join(words)))] if words else []


def _builds(stage: Stage, issue: Mapping[str, Any], there: Mapping[str, str]) -> list[Finding]:
    """An issue of building from source: it is over where the package is installed."""
    names = [normalized(name) for name in issue["packages"]]
    if all(name in there for name in names):
        return [_finding(issue, PASS, "{} is installed".format(", ".join(names)))]
    wanted = pins(stage)
    missing = [name for name in names if name in wanted and name not in there]
    return [_finding(issue, WARN, "{} is not installed".format(", ".join(missing)))] if missing else []


def _unconstrained(stage: Stage, issue: Mapping[str, Any]) -> list[Finding]:
    """An issue that no version keeps clear of."""
    if _CERTIFICATES not in issue.get("symptom", ""):
        return [_finding(issue, NOT_RUN, "no version tells whether it strikes here")]
    is_clear = all(each.verdict == PASS for each in check_certificates(stage))
    if is_clear:
        return [_finding(issue, PASS, "certificates are found")]
    return [_finding(issue, FAIL, "certificates are not found, or not where the environment says")]


def _is_in(there: Mapping[str, str], name: str, releases: str) -> bool:
    return normalized(name) in there and contains(releases, there[normalized(name)])


def _finding(issue: Mapping[str, Any], verdict: str, words: str) -> Finding:
    message = "{}: {} ({})".format(issue["id"], words, issue["title"])
    return Finding("issues", verdict, message, "" if verdict == PASS else " ".join(issue["solution"].split()))
