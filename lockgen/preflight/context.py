"""What the checks look at: the facts, the matrix, and what follows from both."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Mapping, NamedTuple, Sequence

from lockgen.preflight.requirements import normalized
from lockgen.preflight.result import CannotTellError
from lockgen.preflight.versions import UnreadableError, contains, key, version

NONE_OF_THE_TARGETS = "this interpreter is none of the targets"


class CheckContext(NamedTuple):
    """Facts (see `collect`), a matrix (see `MATRIX`), the server asked for, and a target asked for by name or empty."""

    facts: Mapping[str, Any]
    matrix: Mapping[str, Any]
    server: str
    asked: str = ""


def part(context: CheckContext, name: str) -> Any:
    """A part of the facts. CannotTellError, with the reason, when it was not collected."""
    value = context.facts.get(name)
    if value is None:
        raise CannotTellError("the facts say nothing of it")
    if isinstance(value, dict) and "error" in value:
        raise CannotTellError(str(value["error"]))
    return value


def python_version(context: CheckContext) -> str:
    """The full version of the Python examined."""
    text = str(part(context, "python")["version"])
    try:
        version(text)
    except UnreadableError as error:
        raise CannotTellError(str(error)) from None
    return text


def python_names(python: Mapping[str, Any]) -> list[str]:
    """The names that targets.yaml has for an interpreter (see `python_facts`), the full one first: 3.14.4t, 3.14t.

    None for an implementation that is no target.
    """
    full, implementation = str(python["version"]), python.get("implementation", "cpython")
    if implementation == "pypy":
        return ["pypy" + full, "pypy" + minor_of(full)]
    suffix = "t" if python.get("free_threaded") else ""
    return [full + suffix, minor_of(full) + suffix] if implementation == "cpython" else []


def minor_of(text: str) -> str:
    """The minor of a full Python version: 3.11 of 3.11.7."""
    return ".".join(text.split(".")[:2])


def installed(context: CheckContext) -> dict[str, dict[str, Any]]:
    """Distribution by normalized name; of two with one name the one that imports see."""
    found: dict[str, dict[str, Any]] = {}
    for each in part(context, "distributions")["found"]:
        found.setdefault(normalized(str(each["name"])), each)
    return found


def platform_row(context: CheckContext) -> Mapping[str, Any]:
    """The matrix's row for this system, machine and C library, whatever its age; empty when there is none."""
    here = part(context, "platform")
    kind = here["libc"][0] if here["system"] == "linux" else ""
    for row in context.matrix["platforms"]:
        if (row["os"], row["arch"], row["libc"]) == (here["system"], here["machine"], kind):
            return dict(row)
    return {}


def platform_name(context: CheckContext) -> str:
    """The matrix's name for this platform, or that of the target asked for; empty when there is none."""
    if context.asked:
        return context.asked.partition("-")[2]
    return str(platform_row(context).get("name", ""))


def target(context: CheckContext) -> str:
    """The name of the target that this interpreter is, or was asked to be. CannotTellError when it is none of them."""
    known = dict.fromkeys(name for each in context.matrix["sets"] for name in each["targets"])
    no = context.matrix["no_set"]
    if context.asked:
        names = [context.asked]
    else:
        platform = platform_name(context)
        pythons = python_names(part(context, "python"))
        names = ["{}{}-{}".format("" if each.startswith("pypy") else "py", each, platform) for each in pythons]
    for name in names:
        if name in known:
            return name
        if name in no:
            raise CannotTellError(f"{name} has no set: {no[name]}")
    raise CannotTellError(NONE_OF_THE_TARGETS if not context.asked else f"{context.asked} is none of the targets")


def pins(context: CheckContext) -> dict[str, str]:
    """Normalized name -> version of the target's set."""
    name = target(context)
    return {
        pinned: str(pin)
        for each in context.matrix["sets"]
        if name in each["targets"]
        for pinned, pin in each["pins"].items()
    }


def applies(context: CheckContext, when: Mapping[str, Any]) -> bool:
    """Whether a row or an issue that holds for some Pythons and platforms holds here."""
    if when.get("python") and not contains(when["python"], python_version(context)):
        return False
    return not when.get("platforms") or matches(platform_name(context), when["platforms"])


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns means the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def rows(context: CheckContext) -> list[Mapping[str, Any]]:
    """The phase's rows that are for this Python and platform."""
    return [row for row in context.matrix["rows"] if applies(context, row)]


def replaced(context: CheckContext) -> list[str]:
    """The packages of which the matrix's word counts here, not what distributions say they require."""
    return [rule["name"] for rule in context.matrix.get("replaced", ()) if applies(context, rule)]


def older(text: str, floor: str) -> bool:
    """Whether the first version is older than the second. CannotTellError when they cannot be compared."""
    try:
        return key(version(text)) < key(version(floor))
    except UnreadableError as error:
        raise CannotTellError(str(error)) from None
