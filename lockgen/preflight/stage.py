"""What the checks look at: the facts, the matrix, and what follows from both."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, Mapping, NamedTuple, Sequence

from lockgen.preflight.finding import CannotTellError
from lockgen.preflight.requirements import normalized
from lockgen.preflight.versions import UnreadableError, contains, key, version

NONE_OF_THE_TARGETS = "this interpreter is none of the targets"


class Stage(NamedTuple):
    """Facts (see `collect`), a matrix (see `MATRIX`), the server asked for, and a target asked for by name or empty."""

    facts: Mapping[str, Any]
    matrix: Mapping[str, Any]
    server: str
    asked: str = ""


def part(stage: Stage, name: str) -> Any:
    """A part of the facts. CannotTellError, with the reason, when it was not collected."""
    value = stage.facts.get(name)
    if value is None:
        raise CannotTellError("the facts say nothing of it")
    if isinstance(value, dict) and "error" in value:
        raise CannotTellError(str(value["error"]))
    return value


def python_version(stage: Stage) -> str:
    """The full version of the Python examined."""
    text = str(part(stage, "python")["version"])
    try:
        version(text)
    except UnreadableError as error:
        raise CannotTellError(str(error)) from None
    return text


def minor_of(text: str) -> str:
    """The minor of a full Python version: 3.11 of 3.11.7."""
    return ".".join(text.split(".")[:2])


def installed(stage: Stage) -> dict[str, dict[str, Any]]:
    """Distribution by normalized name; of two with one name the one that imports see."""
    found: dict[str, dict[str, Any]] = {}
    for each in part(stage, "distributions")["found"]:
        found.setdefault(normalized(str(each["name"])), each)
    return found


def platform_row(stage: Stage) -> Mapping[str, Any]:
    """The matrix's row for this system, machine and C library, whatever its age; empty when there is none."""
    here = part(stage, "platform")
    kind = here["libc"][0] if here["system"] == "linux" else ""
    for row in stage.matrix["platforms"]:
        if (row["os"], row["arch"], row["libc"]) == (here["system"], here["machine"], kind):
            return dict(row)
    return {}


def platform_name(stage: Stage) -> str:
    """The matrix's name for this platform, or that of the target asked for; empty when there is none."""
    if stage.asked:
        return stage.asked.partition("-")[2]
    return str(platform_row(stage).get("name", ""))


def target(stage: Stage) -> str:
    """The name of the target that this interpreter is, or was asked to be. CannotTellError when it is none of them."""
    known = dict.fromkeys(name for each in stage.matrix["sets"] for name in each["targets"])
    no = stage.matrix["no_set"]
    if stage.asked:
        names = [stage.asked]
    else:
        full, platform = python_version(stage), platform_name(stage)
        if part(stage, "python").get("implementation", "cpython") != "cpython":
            raise CannotTellError(NONE_OF_THE_TARGETS)
        names = [f"py{python}-{platform}" for python in (full, minor_of(full))]
    for name in names:
        if name in known:
            return name
        if name in no:
            raise CannotTellError(f"{name} has no set: {no[name]}")
    raise CannotTellError(NONE_OF_THE_TARGETS if not stage.asked else f"{stage.asked} is none of the targets")


def pins(stage: Stage) -> dict[str, str]:
    """Normalized name -> version of the target's set."""
    name = target(stage)
    return {
        pinned: str(pin)
        for each in stage.matrix["sets"]
        if name in each["targets"]
        for pinned, pin in each["pins"].items()
    }


def applies(stage: Stage, when: Mapping[str, Any]) -> bool:
    """Whether a row or an issue that holds for some Pythons and platforms holds here."""
    if when.get("python") and not contains(when["python"], python_version(stage)):
        return False
    return not when.get("platforms") or matches(platform_name(stage), when["platforms"])


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns means the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def rows(stage: Stage) -> list[Mapping[str, Any]]:
    """The phase's rows that are for this Python and platform."""
    return [row for row in stage.matrix["rows"] if applies(stage, row)]


def older(text: str, floor: str) -> bool:
    """Whether the first version is older than the second. CannotTellError when they cannot be compared."""
    try:
        return key(version(text)) < key(version(floor))
    except UnreadableError as error:
        raise CannotTellError(str(error)) from None
