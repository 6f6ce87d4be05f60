"""Whether everything installed can use the installed release of a package that all share.

Two witnesses are asked: the table of known conflicts, which knows what no metadata says, and each distribution's own
Requires-Dist. Versions are compared as versions: 0.10 is newer than 0.9.
"""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple

from lockgen.preflight.check_packages import needs_of
from lockgen.preflight.context import CheckContext, installed, part
from lockgen.preflight.requirements import normalized, requirement
from lockgen.preflight.result import FAIL, NOT_RUN, WARN, CannotTellError, CheckResult, or_pass, several
from lockgen.preflight.versions import UnreadableError, contains


class _Shared(NamedTuple):
    """The package that all share, in the release that is installed, and the name of the check."""

    check: str
    package: str
    release: str


class _Witness(NamedTuple):
    """What is known of one installed library: the table's rows about it, and what it declares itself."""

    who: str
    rows: list[Mapping[str, Any]]
    extras: list[str]
    """Those that the table's rows are about."""
    always: list[str]
    """Requirements on the package that the installed release does not meet."""
    with_extras: list[str]
    """The same, when those extras are in use."""


def check_agreement(context: CheckContext, declared: Mapping[str, Any]) -> list[CheckResult]:
    """No installed library needs another release of the package than the one that is there."""
    there, check, package = installed(context), str(declared["check"]), str(declared["package"])
    if package not in there:
        raise CannotTellError(f"{package} is not installed")
    shared = _Shared(check, package, str(there[package]["version"]))
    findings: list[CheckResult] = []
    unread: list[str] = []
    for name, each in there.items():
        try:
            witness = _witness(context, each, shared, unread)
            release = str(each["version"])
            findings.extend(_from_the_table(witness, release, shared) or _from_itself(witness, name, shared))
        except UnreadableError as error:
            unread.append(f"{error} of {name}")
    doubts = [line for line in dict.fromkeys(unread) if package in line]
    if doubts:
        findings.append(CheckResult(check, NOT_RUN, f"cannot be read: {several(doubts, most=3)}"))
    return or_pass(findings, check, f"everything installed can use {package} {shared.release}")


def _witness(context: CheckContext, each: Mapping[str, Any], shared: _Shared, unread: list[str]) -> _Witness:
    name = normalized(str(each["name"]))
    rows = [row for row in context.matrix["conflicts"] if normalized(row["library"]) == name]
    extras = [normalized(extra) for row in rows for extra in row.get("extras", ())]

    def unmet(used: list[str]) -> list[str]:
        needs = needs_of(each, part(context, "markers"), used, unread)
        own = [wanted.specifiers for wanted in needs if wanted.name == shared.package]
        return [shared.package + specifiers for specifiers in own if not contains(specifiers, shared.release)]

    return _Witness("{} {}".format(name, each["version"]), rows, extras, unmet([]), unmet(extras) if extras else [])


def _from_the_table(witness: _Witness, release: str, shared: _Shared) -> list[CheckResult]:
    for row in witness.rows:
        if _is_conflict(row, release) and not _allows(row["requires"], shared):
            declared = witness.always + witness.with_extras
            own = f"requires {declared[0]}" if declared else "does not say so"
            message = "{} is {} (its own metadata {}), and {} {} is installed".format(
                witness.who, row["published"], own, shared.package, shared.release
            )
            return [CheckResult(shared.check, FAIL, message, _sentence(row["workaround"]))]
    return []


def _from_itself(witness: _Witness, name: str, shared: _Shared) -> list[CheckResult]:
    if witness.always:
        wanted = witness.always[0]
        message = f"{witness.who} needs {wanted}, and {shared.release} is installed"
        return [CheckResult(shared.check, FAIL, message, f'pip install "{wanted}", or another release of {name}')]
    if witness.with_extras:
        extras = ",".join(witness.extras)
        message = f"{witness.who}[{extras}] needs {witness.with_extras[0]}, and {shared.release} is installed"
        return [CheckResult(shared.check, WARN, message, _sentence(witness.rows[0]["workaround"]))]
    return []


def _sentence(workaround: str) -> str:
    return workaround.rstrip(".") + "." if workaround else "Install another release of it, or do without it."


def _is_conflict(row: Mapping[str, Any], release: str) -> bool:
    return bool(row.get("requires")) and contains(row.get("versions", ""), release)


def _allows(requires: str, shared: _Shared) -> bool:
    """Whether what the table says a library needs is what is installed, as far as it is about the package."""
    needs = requirement(requires)
    return needs.name != shared.package or contains(needs.specifiers, shared.release)
