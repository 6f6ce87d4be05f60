"""Whether everything installed can live with the Pydantic that is installed.

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

_PYDANTIC = "pydantic"


class _Witness(NamedTuple):
    """What is known of one installed library: the table's rows about it, and what it declares itself."""

    who: str
    rows: list[Mapping[str, Any]]
    extras: list[str]
    """Those that the table's rows are about."""
    always: list[str]
    """Requirements on Pydantic that the installed one does not meet."""
    with_extras: list[str]
    """The same, when those extras are in use."""


def check_pydantic(context: CheckContext) -> list[CheckResult]:
    """No installed library needs another major version of Pydantic than the one that is there."""
    there = installed(context)
    if _PYDANTIC not in there:
        raise CannotTellError("pydantic is not installed")
    found = str(there[_PYDANTIC]["version"])
    findings: list[CheckResult] = []
    unread: list[str] = []
    for name, each in there.items():
        try:
            witness = _witness(context, each, found, unread)
            findings.extend(_from_the_table(witness, str(each["version"]), found) or _from_itself(witness, name, found))
        except UnreadableError as error:
            unread.append(f"{error} of {name}")
    doubts = [line for line in dict.fromkeys(unread) if _PYDANTIC in line]
    if doubts:
        findings.append(CheckResult(_PYDANTIC, NOT_RUN, f"cannot be read: {several(doubts, most=3)}"))
    return or_pass(findings, _PYDANTIC, f"everything installed can use pydantic {found}")


def _witness(context: CheckContext, each: Mapping[str, Any], found: str, unread: list[str]) -> _Witness:
    name = normalized(str(each["name"]))
    rows = [row for row in context.matrix["conflicts"] if normalized(row["library"]) == name]
    extras = [normalized(extra) for row in rows for extra in row.get("extras", ())]

    def unmet(used: list[str]) -> list[str]:
        needs = needs_of(each, part(context, "markers"), used, unread)
        own = [wanted.specifiers for wanted in needs if wanted.name == _PYDANTIC]
        return [_PYDANTIC + specifiers for specifiers in own if not contains(specifiers, found)]

    return _Witness("{} {}".format(name, each["version"]), rows, extras, unmet([]), unmet(extras) if extras else [])


def _from_the_table(witness: _Witness, release: str, found: str) -> list[CheckResult]:
    for row in witness.rows:
        if _is_conflict(row, release) and not _allows(row["requires"], found):
            declared = witness.always + witness.with_extras
            own = f"requires {declared[0]}" if declared else "does not say so"
            message = "{} is {} (its own metadata {}), and pydantic {} is installed".format(
                witness.who, row["published"], own, found
            )
            return [CheckResult(_PYDANTIC, FAIL, message, _sentence(row["workaround"]))]
    return []


def _from_itself(witness: _Witness, name: str, found: str) -> list[CheckResult]:
    if witness.always:
        wanted = witness.always[0]
        message = f"{witness.who} needs {wanted}, and {found} is installed"
        return [CheckResult(_PYDANTIC, FAIL, message, f'pip install "{wanted}", or another release of {name}')]
    if witness.with_extras:
        extras = ",".join(witness.extras)
        message = f"{witness.who}[{extras}] needs {witness.with_extras[0]}, and {found} is installed"
        return [CheckResult(_PYDANTIC, WARN, message, _sentence(witness.rows[0]["workaround"]))]
    return []


def _sentence(workaround: str) -> str:
    return workaround.rstrip(".") + "." if workaround else "Install another release of it, or do without it."


def _is_conflict(row: Mapping[str, Any], release: str) -> bool:
    return bool(row.get("requires")) and contains(row.get("versions", ""), release)


def _allows(requires: str, found: str) -> bool:
    """Whether what the table says a library needs is what is installed, as far as it is about Pydantic."""
    needs = requirement(requires)
    return needs.name != _PYDANTIC or contains(needs.specifiers, found)
