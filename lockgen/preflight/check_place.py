"""Checks of the place: the server asked for, the Python, the platform, and the target they make."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.finding import FAIL, PASS, WARN, CannotTellError, Finding, or_pass
from lockgen.preflight.stage import Stage, minor_of, older, part, platform_row, python_version, target
from lockgen.preflight.surroundings import SERVER_SETTING, SERVERS
from lockgen.preflight.versions import key, version

_BITS = 64
_LIBRARIES = {"glibc": "glibc", "musl": "musl", "macos": "macOS", "windows": "Windows"}


def check_server(stage: Stage) -> list[Finding]:
    """DRUM_SERVER_TYPE names a server there is."""
    said = str(part(stage, "settings").get(SERVER_SETTING, ""))
    if said and said.lower() not in SERVERS:
        message = f"{SERVER_SETTING}={said[:40]!r} is no server; {stage.server} was checked for"
        return [Finding("server", FAIL, message, "Set {} to {}.".format(SERVER_SETTING, " or ".join(SERVERS)))]
    return [Finding("server", PASS, f"checked for {stage.server}")]


def check_python(stage: Stage) -> list[Finding]:
    """The server is supported on this Python."""
    full = python_version(stage)
    found = python_complaints(stage.matrix, stage.server, full)
    return found + _kind(part(stage, "python")) or [
        Finding("python", PASS, f"Python {full} is supported by {stage.server}")
    ]


def python_complaints(matrix: Mapping[str, Any], server: str, full: str) -> list[Finding]:
    """What the matrix's table of Pythons has against the server on this full version; nothing when it is listed."""
    known = {row["python"]: row for row in matrix["pythons"]}
    row = known.get(full) or known.get(minor_of(full))
    supported = [name for name, each in known.items() if not each[server]]
    if row is not None:
        no = row[server]
        message = "Python {} is not supported by {}: {}".format(full, server, no.get("reason") or "the table says no")
        return [Finding("python", FAIL, message, no.get("remedy") or _one_of(supported))] if no else []
    if not supported or key(version(full)) < min(key(version(name)) for name in supported):
        message = f"Python {full} is older than any that supports {server}"
        return [Finding("python", FAIL, message, _one_of(supported))]
    return [Finding("python", WARN, f"the table says nothing of Python {full}", _one_of(supported))]


def _kind(python: Mapping[str, Any]) -> list[Finding]:
    """Interpreters that the wheels of the sets are not for."""
    remedy = "Use a standard build of CPython: the sets hold wheels for no other."
    odd = [
        (python.get("implementation", "cpython") != "cpython", "this is {}".format(python.get("implementation"))),
        (bool(python.get("free_threaded")), "this Python is a free-threaded build"),
        (python.get("bits", _BITS) != _BITS, "this Python is {} bits wide".format(python.get("bits"))),
    ]
    return [Finding("python", FAIL, message, remedy) for is_odd, message in odd if is_odd]


def _one_of(pythons: list[str]) -> str:
    return "Use Python {}.".format(", ".join(pythons)) if pythons else ""


def check_platform(stage: Stage) -> list[Finding]:
    """The server is supported on this platform, whose C library or macOS is not older than the sets are made for."""
    here, row = part(stage, "platform"), platform_row(stage)
    kind, release = here["libc"]
    library = f"{_LIBRARIES.get(kind, kind)} {release}".strip()
    words = "{} {}{}".format(here["system"], here["machine"], f" with {library}" if library else "")
    if not row:
        known = ", ".join(each["name"] for each in stage.matrix["platforms"])
        return [Finding("platform", WARN, f"the table says nothing of {words}", f"It knows {known}.")]
    found = []
    if row[stage.server]:
        message = "{} is not supported on {}: {}".format(stage.server, row["name"], row[stage.server])
        found.append(Finding("platform", FAIL, message, "Use another platform, or the other server."))
    if row["floor"] and not release:
        raise CannotTellError(f"the version of {_LIBRARIES.get(kind, kind)} is not known")
    if row["floor"] and older(release, row["floor"]):
        name = _LIBRARIES.get(kind, kind)
        message = "{} is older than {} {}, which the sets are made for".format(library, name, row["floor"])
        found.append(Finding("platform", FAIL, message, "Use an image with {} {} or newer.".format(name, row["floor"])))
    return or_pass(found, "platform", "{} is {}".format(words, row["name"]))


def check_target(stage: Stage) -> list[Finding]:
    """There is a proved set for this Python on this platform."""
    return [Finding("target", PASS, "this is {} of phase {}".format(target(stage), stage.matrix["phase"]))]
