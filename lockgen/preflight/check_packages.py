"""Checks of what is installed: against the phase's table, against the target's set, and against itself."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, Sequence

from lockgen.preflight.context import CheckContext, installed, part, pins, python_version, replaced, rows, target
from lockgen.preflight.requirements import Requirement, holds, normalized, requirement
from lockgen.preflight.result import FAIL, NOT_RUN, WARN, CannotTellError, CheckResult, or_pass, several
from lockgen.preflight.versions import UnreadableError, contains


def check_dependencies(context: CheckContext) -> list[CheckResult]:
    """Every dependency of the phase is installed, within its bounds. An optional one may be missing, with a warning."""
    _for_this_server(context)
    name = _no_set(context)
    if name:
        raise CannotTellError(name)
    there = installed(context)
    folder = _folder(context)
    found = [finding for row in rows(context) for finding in _row(row, there, folder)]
    return or_pass(found, "dependencies", f"{len(rows(context))} dependencies are within their bounds")


def _for_this_server(context: CheckContext) -> None:
    phase, server = context.matrix["phase"], context.matrix.get("server", "")
    if server and context.server != server:
        raise CannotTellError(f"phase {phase} is about {server}, not {context.server}")


def _no_set(context: CheckContext) -> str:
    """Why the table's rows cannot hold here: where it says itself that there can be no set. Empty elsewhere."""
    try:
        target(context)
    except CannotTellError as reason:
        return str(reason) if " has no set: " in str(reason) else ""
    return ""


def _folder(context: CheckContext) -> str:
    """Where the target's files are, from the folder of the phase; empty where there is no target."""
    try:
        return f"{target(context)}/"
    except CannotTellError:
        return ""


def _row(row: Mapping[str, Any], there: Mapping[str, Mapping[str, Any]], folder: str) -> Iterator[CheckResult]:
    name, bounds = row["name"], row["specifier"]
    extras = ",".join(row.get("extras", ()))
    wanted = f"{name}[{extras}]{bounds}" if extras else f"{name}{bounds}"
    remedy = f'pip install -c {folder}constraints.txt "{wanted}"'
    if name not in there:
        if row.get("group"):
            purpose = row.get("purpose") or "optional group {}".format(row["group"])
            yield CheckResult("dependencies", WARN, f"{name} is not installed ({purpose})", remedy)
        else:
            yield CheckResult("dependencies", FAIL, f"{name} is not installed", remedy)
        return
    found = str(there[name]["version"])
    try:
        if not contains(bounds, found):
            yield CheckResult("dependencies", FAIL, f"{name} {found} is outside {bounds}", remedy)
    except UnreadableError as error:
        yield CheckResult("dependencies", NOT_RUN, f"{name}: {error}")


def check_constraints(context: CheckContext) -> list[CheckResult]:
    """What is installed is the target's set, as it was rendered and proved."""
    _for_this_server(context)
    wanted, there = pins(context), installed(context)
    missing = [f"{name} {pin}" for name, pin in wanted.items() if name not in there]
    drifted = [
        "{} {} instead of {}".format(name, there[name]["version"], pin)
        for name, pin in wanted.items()
        if name in there and not _same(str(there[name]["version"]), pin)
    ]
    remedy = f"pip install --require-hashes --no-deps -r {target(context)}/requirements.lock"
    lists = (("not as in the set: {}", drifted), ("missing from the set: {}", missing))
    found = [CheckResult("constraints", WARN, text.format(several(names)), remedy) for text, names in lists if names]
    return or_pass(found, "constraints", f"all {len(wanted)} packages of {target(context)} are installed")


def _same(found: str, pin: str) -> bool:
    try:
        return contains("==" + pin, found)
    except UnreadableError:
        return found == pin


def check_requirements(context: CheckContext) -> list[CheckResult]:
    """What each installed distribution requires is there, but for what the matrix overrides or excludes.

    A package that all share has a check of its own.
    """
    there = installed(context)
    unread: list[str] = []
    shared = {each["package"] for each in context.matrix.get("checks", ()) if each["kind"] == "agreement"}
    environment, apart = part(context, "markers"), replaced(context)
    unmet = [finding for name in there for finding in _unmet(name, there, environment, unread, apart)]
    found = [finding for package, finding in unmet if package not in shared]
    found += _other_pythons(there, python_version(context), unread)
    found += _damaged(part(context, "distributions"))
    if unread:
        found.append(CheckResult("requirements", NOT_RUN, f"cannot be read: {several(unread, most=3)}"))
    return or_pass(found, "requirements", f"{len(there)} distributions have what they require")


def needs_of(
    each: Mapping[str, Any], environment: Mapping[str, str], extras: Iterable[str], unread: list[str]
) -> Iterator[Requirement]:
    """What a distribution requires here, with these extras of it. What cannot be read goes into `unread`."""
    for text in each.get("requires_dist") or ():
        try:
            needs = requirement(str(text))
            if holds(needs.marker, environment, extras):
                yield needs
        except UnreadableError as error:
            unread.append("{} of {}".format(error, each["name"]))


def _unmet(
    name: str,
    there: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str],
    unread: list[str],
    apart: Sequence[str],
) -> Iterator[tuple[str, CheckResult]]:
    """Findings, each with the package it is about; empty: several."""
    who = "{} {}".format(name, there[name]["version"])
    missing = []
    for needs in needs_of(there[name], environment, (), unread):
        if needs.name in apart:
            continue
        wanted = needs.name + needs.specifiers
        if needs.name not in there:
            missing.append(wanted)
        elif not _fits(needs, str(there[needs.name]["version"]), unread):
            words = "{} needs {}, and {} is installed".format(who, wanted, there[needs.name]["version"])
            remedy = f'pip install "{wanted}", or another release of {name}'
            yield needs.name, CheckResult("requirements", FAIL, words, remedy)
    if missing:
        words = f"{who} needs what is not installed: {several(missing)}"
        remedy = "pip install {}".format(" ".join(f'"{m}"' for m in missing))
        yield "", CheckResult("requirements", FAIL, words, remedy)


def _fits(needs: Requirement, found: str, unread: list[str]) -> bool:
    try:
        return contains(needs.specifiers, found)
    except UnreadableError as error:
        unread.append(f"{error} of {needs.name}")
        return True


def _other_pythons(there: Mapping[str, Mapping[str, Any]], full: str, unread: list[str]) -> Iterator[CheckResult]:
    for name, each in there.items():
        wanted = str(each.get("requires_python") or "")
        try:
            if not contains(wanted, full):
                words = "{} {} needs Python {}".format(name, each["version"], wanted)
                yield CheckResult("requirements", FAIL, words, f"Install a release of {name} for Python {full}.")
        except UnreadableError as error:
            unread.append(f"{error} of {name}")


def _damaged(listed: Mapping[str, Any]) -> Iterator[CheckResult]:
    """Metadata that cannot be read, and two of one distribution in one folder: nobody can say whose its files are."""
    seen: dict[tuple[str, str], list[str]] = {}
    for each in listed["found"]:
        place = (normalized(str(each["name"])), str(each.get("location")))
        seen.setdefault(place, []).append(str(each["version"]))
    for (name, _), versions in seen.items():
        if len(versions) > 1:
            remedy = f"pip install --force-reinstall {name}"
            yield CheckResult(
                "requirements", WARN, "{} is there twice: {}".format(name, " and ".join(versions)), remedy
            )
    for each in listed.get("unreadable", ()):
        yield CheckResult("requirements", NOT_RUN, "{}: {}".format(each["path"], each["reason"]))
