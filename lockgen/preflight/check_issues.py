"""The known issues: each that holds for this Python, on this platform, beside what is installed, is looked at."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.check_service import check_certificates
from lockgen.preflight.context import CheckContext, applies, installed, pins
from lockgen.preflight.requirements import normalized, requirement
from lockgen.preflight.result import FAIL, NOT_RUN, PASS, WARN, CannotTellError, CheckResult, or_pass
from lockgen.preflight.versions import contains

_CERTIFICATES = "CERTIFICATE_VERIFY_FAILED"
"""The symptom that the check of certificates answers for."""


def check_issues(context: CheckContext) -> list[CheckResult]:
    """No known issue that holds here is left open."""
    found: list[CheckResult] = []
    for issue in context.matrix["issues"]:
        try:
            found += _issue(context, issue)
        except (CannotTellError, ValueError) as reason:
            found.append(_finding(issue, NOT_RUN, str(reason)))
    return or_pass(found, "issues", "none of the known issues concerns this Python")


def _issue(context: CheckContext, issue: Mapping[str, Any]) -> list[CheckResult]:
    there = {name: str(each["version"]) for name, each in installed(context).items()}
    if not applies(context, issue):
        return []
    if issue.get("sdist"):
        return _builds(context, issue, there)
    packages = issue.get("packages", {})
    if packages and not any(_is_in(there, name, releases) for name, releases in packages.items()):
        return []
    return _constrained(issue, there) if issue.get("constrain") else _unconstrained(context, issue)


def _constrained(issue: Mapping[str, Any], there: Mapping[str, str]) -> list[CheckResult]:
    concerned = [needs for needs in map(requirement, issue["constrain"]) if needs.name in there]
    broken = [needs for needs in concerned if not contains(needs.specifiers, there[needs.name])]
    if broken:
        words = [f"{needs.name} {there[needs.name]} is not {needs.specifiers}" for needs in broken]
        return [_finding(issue, FAIL, ", ".join(words))]
    words = [f"{needs.name} {there[needs.name]}" for needs in concerned]
    return [_finding(issue, PASS, "kept clear of by {}".format(", ".join(words)))] if words else []


def _builds(context: CheckContext, issue: Mapping[str, Any], there: Mapping[str, str]) -> list[CheckResult]:
    """An issue of building from source: it is over where the package is installed."""
    names = [normalized(name) for name in issue["packages"]]
    if all(name in there for name in names):
        return [_finding(issue, PASS, "{} is installed".format(", ".join(names)))]
    wanted = pins(context)
    missing = [name for name in names if name in wanted and name not in there]
    return [_finding(issue, WARN, "{} is not installed".format(", ".join(missing)))] if missing else []


def _unconstrained(context: CheckContext, issue: Mapping[str, Any]) -> list[CheckResult]:
    """An issue that no version keeps clear of."""
    if _CERTIFICATES not in issue.get("symptom", ""):
        return [_finding(issue, NOT_RUN, "no version tells whether it strikes here")]
    is_clear = all(each.verdict == PASS for each in check_certificates(context))
    if is_clear:
        return [_finding(issue, PASS, "certificates are found")]
    return [_finding(issue, FAIL, "certificates are not found, or not where the environment says")]


def _is_in(there: Mapping[str, str], name: str, releases: str) -> bool:
    return normalized(name) in there and contains(releases, there[normalized(name)])


def _finding(issue: Mapping[str, Any], verdict: str, words: str) -> CheckResult:
    message = "{}: {} ({})".format(issue["id"], words, issue["title"])
    return CheckResult("issues", verdict, message, "" if verdict == PASS else " ".join(issue["solution"].split()))
