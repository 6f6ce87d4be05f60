"""The checklist: every check in order, and what they all find."""

from __future__ import annotations

from typing import Any, Callable, List, Mapping

from lockgen.preflight.check_issues import check_issues
from lockgen.preflight.check_packages import check_constraints, check_dependencies, check_requirements
from lockgen.preflight.check_place import check_platform, check_python, check_server, check_target
from lockgen.preflight.check_service import check_certificates, check_memory
from lockgen.preflight.context import CheckContext
from lockgen.preflight.kinds import KINDS
from lockgen.preflight.result import FAIL, NOT_RUN, VERDICTS, CannotTellError, CheckResult

Check = Callable[[CheckContext], List[CheckResult]]
PLACE: tuple[tuple[str, Check], ...] = (
    ("python", check_python),
    ("platform", check_platform),
    ("target", check_target),
    ("dependencies", check_dependencies),
    ("constraints", check_constraints),
    ("requirements", check_requirements),
)
SERVICE: tuple[tuple[str, Check], ...] = (
    ("memory", check_memory),
    ("certificates", check_certificates),
    ("issues", check_issues),
)


def checks_of(matrix: Mapping[str, Any]) -> list[tuple[str, Check]]:
    """Every check for this matrix, in order: those it declares stand behind those of what is installed."""
    servers = [("server", check_server)] if matrix.get("servers") else []
    declared = [(str(each["check"]), _declared(each)) for each in matrix.get("checks", ())]
    return [*servers, *PLACE, *declared, *SERVICE]


def _declared(each: Mapping[str, Any]) -> Check:
    def check(context: CheckContext) -> list[CheckResult]:
        if each.get("server") and context.server != each["server"]:
            why, server = each["because"], context.server or "none"
            raise CannotTellError(f"{why}, and the server is {server}")
        return KINDS[each["kind"]](context, each)

    return check


def examine(
    facts: Mapping[str, Any], matrix: Mapping[str, Any], server: str = "", target: str = ""
) -> list[CheckResult]:
    """What every check finds in the facts (see `collect`), at least one finding each, in the order of `checks_of`.

    `server` is one of the matrix's; when empty, its environment variable says it, else the matrix. `target` names
    one to compare with in place of the one that the facts say. Never raises, whatever the facts are: a check that
    breaks is "not run", with the reason.
    """
    context = CheckContext(facts, matrix, server or _server(facts, matrix), target)
    return [finding for name, check in checks_of(matrix) for finding in _run(name, check, context)]


def answer(facts: Mapping[str, Any], matrix: Mapping[str, Any], server: str = "", target: str = "") -> dict[str, Any]:
    """The findings of `examine` as an object for machines: what was examined, the findings, and how many of each."""
    findings = examine(facts, matrix, server, target)
    return {
        "schema": 1,
        "phase": matrix["phase"],
        "revision": matrix["revision"],
        "server": server or _server(facts, matrix),
        "python": _object(facts, "python"),
        "findings": [dict(finding._asdict()) for finding in findings],
        "counts": {verdict: sum(each.verdict == verdict for each in findings) for verdict in VERDICTS},
    }


def is_refused(said: Mapping[str, Any]) -> bool:
    """Whether an `answer` is a no: something failed."""
    return bool(said["counts"][FAIL])


def _server(facts: Mapping[str, Any], matrix: Mapping[str, Any]) -> str:
    said = str(_object(facts, "settings").get(matrix.get("setting", ""), "")).lower()
    return said if said in matrix.get("servers", ()) else str(matrix.get("server", ""))


def _object(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of facts that may be anything, where it is an object; else an empty one."""
    value = facts.get(name) if isinstance(facts, dict) else None
    return dict(value) if isinstance(value, dict) else {}


def _run(name: str, check: Callable[[CheckContext], list[CheckResult]], context: CheckContext) -> list[CheckResult]:
    try:
        return check(context)
    except CannotTellError as reason:
        return [CheckResult(name, NOT_RUN, str(reason))]
    except Exception as error:  # noqa: BLE001 - one check that breaks leaves the others their say
        return [CheckResult(name, NOT_RUN, f"it broke: {type(error).__name__}: {error}")]
