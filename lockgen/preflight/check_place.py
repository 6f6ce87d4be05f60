"""Checks of the place: the server asked for, the Python, the platform, and the target they make."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from lockgen.preflight.context import (
    CheckContext,
    minor_of,
    older,
    part,
    platform_row,
    python_names,
    python_version,
    target,
)
from lockgen.preflight.result import FAIL, PASS, WARN, CannotTellError, CheckResult, or_pass
from lockgen.preflight.versions import key, version

_BITS = 64
_NARROW = ("i686", "armv7l", "x86")
_LIBRARIES = {"glibc": "glibc", "musl": "musl", "macos": "macOS", "windows": "Windows"}


def check_server(context: CheckContext) -> list[CheckResult]:
    """The matrix's environment variable names a server there is."""
    setting, servers = context.matrix.get("setting", ""), context.matrix["servers"]
    said = str(part(context, "settings").get(setting, ""))
    if said and said.lower() not in servers:
        message = f"{setting}={said[:40]!r} is no server; {context.server or 'none'} was checked for"
        return [CheckResult("server", FAIL, message, "Set {} to {}.".format(setting, " or ".join(servers)))]
    return [CheckResult("server", PASS, f"checked for {context.server or 'any server'}")]


def check_python(context: CheckContext) -> list[CheckResult]:
    """The server is supported on this Python."""
    full = python_version(context)
    python, listed = part(context, "python"), [row["python"] for row in context.matrix["pythons"]]
    names = python_names(python)
    is_odd = not any(name in listed for name in names)
    found = python_complaints(context.matrix, context.server, full, [full, minor_of(full)] if is_odd else names)
    return found + _kind(python, platform_row(context), listed, is_odd=is_odd) or [
        CheckResult("python", PASS, f"Python {full} is supported{by_server(context.server)}")
    ]


def python_complaints(matrix: Mapping[str, Any], server: str, full: str, names: Sequence[str]) -> list[CheckResult]:
    """What the matrix's table of Pythons has against the server on this full version; nothing when it is listed.

    `names` are those the table may have for it: see `python_names`.
    """
    known = {row["python"]: row for row in matrix["pythons"]}
    row = next((known[name] for name in names if name in known), None)
    supported = [name for name, each in known.items() if server not in each.get("unsupported", {})]
    if row is not None:
        no = row.get("unsupported", {}).get(server)
        if no is None:
            return _older(row, full, names)
        message = "Python {} is not supported{}: {}".format(full, by_server(server), no["reason"])
        return [CheckResult("python", FAIL, message, no["remedy"] or _one_of(supported))]
    usual = [name for name in supported if _is_usual(name)]
    if not supported or (usual and key(version(full)) < min(key(version(name)) for name in usual)):
        listed = f"that supports {server}" if server else "in the table"
        message = f"Python {full} is older than any {listed}"
        return [CheckResult("python", FAIL, message, _one_of(supported))]
    return [CheckResult("python", WARN, f"the table says nothing of Python {full}", _one_of(supported))]


def by_server(server: str) -> str:
    """` by NAME`; empty where no server is checked for."""
    return f" by {server}" if server else ""


def _is_usual(name: str) -> bool:
    """Whether the table means the usual build of CPython by the name."""
    return not name.startswith("pypy") and not name.endswith("t")


def _older(row: Mapping[str, Any], full: str, names: Sequence[str]) -> list[CheckResult]:
    """A patch release that is older than the oldest the sets are made for."""
    floor = row.get("floor", "")
    if row["python"] == names[0] or not floor or not older(full, floor):
        return []
    message = f"Python {full} is older than {floor}, which the sets are made for"
    what = "PyPy with Python" if names[0].startswith("pypy") else "CPython"
    return [CheckResult("python", FAIL, message, f"Use {what} {floor} or newer of {minor_of(full)}.")]


def _kind(python: Mapping[str, Any], row: Mapping[str, Any], listed: list[str], *, is_odd: bool) -> list[CheckResult]:
    """Interpreters that the wheels of the sets are not for. One that is not listed `is_odd`."""
    remedy = "Use a standard build of CPython: the sets hold wheels for no other."
    if not all(map(_is_usual, listed)):
        remedy = _one_of(listed)
    implementation = python.get("implementation", "cpython")
    bits = 32 if row.get("arch") in _NARROW else _BITS
    odd = [
        (is_odd and implementation != "cpython", f"this is {implementation}"),
        (is_odd and bool(python.get("free_threaded")), "this Python is a free-threaded build"),
        (python.get("bits", bits) != bits, "this Python is {} bits wide".format(python.get("bits"))),
    ]
    return [CheckResult("python", FAIL, message, remedy) for applies, message in odd if applies]


def _one_of(pythons: list[str]) -> str:
    return "Use Python {}.".format(", ".join(pythons)) if pythons else ""


def check_platform(context: CheckContext) -> list[CheckResult]:
    """The server is supported on this platform, whose C library or macOS is not older than the sets are made for."""
    here, row = part(context, "platform"), platform_row(context)
    kind, release = here["libc"]
    library = f"{_LIBRARIES.get(kind, kind)} {release}".strip()
    words = "{} {}{}".format(here["system"], here["machine"], f" with {library}" if library else "")
    if not row:
        known = ", ".join(each["name"] for each in context.matrix["platforms"])
        return [CheckResult("platform", WARN, f"the table says nothing of {words}", f"It knows {known}.")]
    found = []
    no = row.get("unsupported", {}).get(context.server)
    if no is not None:
        message = "{} is not supported on {}: {}".format(context.server, row["name"], no["reason"])
        remedy = no["remedy"] or "Use another platform, or another server."
        found.append(CheckResult("platform", FAIL, message, remedy))
    if row["floor"] and not release:
        raise CannotTellError(f"the version of {_LIBRARIES.get(kind, kind)} is not known")
    if row["floor"] and older(release, row["floor"]):
        name = _LIBRARIES.get(kind, kind)
        message = "{} is older than {} {}, which the sets are made for".format(library, name, row["floor"])
        found.append(
            CheckResult("platform", FAIL, message, "Use an image with {} {} or newer.".format(name, row["floor"]))
        )
    return or_pass(found, "platform", "{} is {}".format(words, row["name"]))


def check_target(context: CheckContext) -> list[CheckResult]:
    """There is a set for this Python on this platform, and it serves this very patch release."""
    name, full = target(context), python_version(context)
    mine = [each for each in context.matrix["sets"] if name in each["targets"]]
    if any(full in each.get("unserved", ()) for each in mine):
        message = f"the set of {name} does not serve Python {full}: Requires-Python of a release in it says so"
        return [CheckResult("target", FAIL, message, f"Use another patch release of Python {minor_of(full)}.")]
    return [CheckResult("target", PASS, "this is {} of phase {}".format(target(context), context.matrix["phase"]))]
