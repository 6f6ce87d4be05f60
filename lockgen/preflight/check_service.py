"""Checks of what a server meets when it starts: event loop, memory, certificates, the user's extensions."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.context import CheckContext, installed, part, platform_row, python_version
from lockgen.preflight.loops import LOOP_SETTING, LOOPS, choose_event_loop
from lockgen.preflight.result import FAIL, PASS, WARN, CannotTellError, CheckResult, or_pass, several

_RUNTIMES = ("Docker", "containerd", "Podman", "CRI-O")
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


def check_event_loop(context: CheckContext) -> list[CheckResult]:
    """The event loop asked for in DRUM_UVICORN_LOOP can run here."""
    _only_for_fastapi(context, "DRUM_UVICORN_LOOP is read by uvicorn")
    asked = str(part(context, "settings").get(LOOP_SETTING, ""))
    uvloop = str(installed(context).get("uvloop", {}).get("version", ""))
    if not uvloop and part(context, "uvloop"):
        raise CannotTellError("uvloop is there without metadata that says its version")
    system = str(part(context, "platform")["system"])
    chosen = choose_event_loop(asked, system=system, uvloop=uvloop, python=python_version(context))
    if not chosen.warning:
        return _as_the_table_says(context, chosen.loop, asked, chosen.reason)
    # Uvicorn itself would import uvloop on these words, and die of it.
    is_fatal = "crashes" in chosen.warning or (asked.strip().lower() == "uvloop" and "not installed" in chosen.warning)
    if asked.strip().lower() not in (*LOOPS, ""):
        remedy = "Set {} to {}.".format(LOOP_SETTING, " or ".join(LOOPS))
    elif "crashes" in chosen.warning:
        remedy = 'pip install "uvloop>=0.19.0"'
    else:
        remedy = "Set {}=asyncio{}.".format(LOOP_SETTING, ", or install uvloop" if is_fatal else "")
    return [CheckResult("event-loop", FAIL if is_fatal else WARN, chosen.warning, remedy)]


def _as_the_table_says(context: CheckContext, loop: str, asked: str, reason: str) -> list[CheckResult]:
    expected = platform_row(context).get("event_loop", loop)
    if asked.strip().lower() in ("", "auto") and expected == "uvloop" and loop == "asyncio":
        message = f"asyncio is used: {reason}"
        return [CheckResult("event-loop", WARN, message, f"Install uvloop, or set {LOOP_SETTING}=asyncio.")]
    return [CheckResult("event-loop", PASS, f"{loop} is used: {reason}")]


def _only_for_fastapi(context: CheckContext, why: str) -> None:
    if context.server != "fastapi":
        raise CannotTellError(f"{why}, and the server is {context.server}")


def check_memory(context: CheckContext) -> list[CheckResult]:
    """The memory limit of the container can be found."""
    memory, runtime = part(context, "memory"), str(part(context, "container")["runtime"])
    found = [_skipped(each) for each in memory.get("skipped", ())]
    if memory["effective"] is None:
        raise CannotTellError("neither a control group nor the machine says how much memory there is")
    if runtime and runtime not in _RUNTIMES:
        message = f"the table says nothing of the container runtime {runtime}"
        found.append(CheckResult("memory", WARN, message, "It knows {}.".format(", ".join(_RUNTIMES))))
    if runtime and not memory.get("read"):
        message = "in a container ({}), but no control group's memory file can be read; {} of the machine".format(
            runtime, amount(memory["effective"])
        )
        return [*found, CheckResult("memory", FAIL, message, "Mount /sys/fs/cgroup into the container, read-only.")]
    return or_pass(found, "memory", _words(memory, runtime))


def _skipped(each: Any) -> CheckResult:
    remedy = "Make it readable for the server's user; the other limits were used."
    return CheckResult("memory", WARN, "{} was passed over: {}".format(*each), remedy)


def _words(memory: Mapping[str, Any], runtime: str) -> str:
    limited = "machine" if memory.get("source") == "machine" else "limit in {}".format(memory["source"])
    soft = memory.get("soft_limit")
    parts = [
        "{} ({})".format(amount(memory["effective"]), limited),
        "cgroup {}".format(memory["version"]) if memory.get("version") else "no control groups",
        runtime or "no container",
    ]
    return ", ".join(parts + ([f"soft limit {amount(soft)}"] if soft is not None else []))


def amount(number: int) -> str:
    """Bytes as people say them: 1.5 GiB."""
    value, unit = float(number), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.4g} {_UNITS[unit]}"


def check_certificates(context: CheckContext) -> list[CheckResult]:
    """Certificates of authorities can be found, and what the environment says of them is true."""
    places = part(context, "certificates")
    remedy = "Install the ca-certificates package, or set SSL_CERT_FILE to a bundle in PEM form."
    named = [each for each in places if each["source"].startswith("SSL_CERT_") and not each["found"]]
    found = [
        CheckResult("certificates", FAIL, "{source}={path}: {reason}".format(**each), "Correct or unset it.")
        for each in named
    ]
    there = [each for each in places if each["found"]]
    if not there and not found:
        looked = several(["{source} ({path}: {reason})".format(**each) for each in places])
        found = [CheckResult("certificates", FAIL, f"no certificates of authorities: {looked}", remedy)]
    words = several(["{source} ({path})".format(**each) for each in there])
    return or_pass(found, "certificates", f"found by {words}")


def check_extensions(context: CheckContext) -> list[CheckResult]:
    """The user's extensions for Flask have moved to custom_fastapi.py."""
    _only_for_fastapi(context, "extensions have to move for fastapi")
    here = part(context, "extensions")
    if here["reason"]:
        raise CannotTellError(": ".join([here["folder"], here["reason"]]))
    files = [str(name) for name in here["files"]]
    if not files:
        return [CheckResult("extensions", PASS, "there are none in {}".format(here["folder"]))]
    if "custom_fastapi.py" in files:
        return [CheckResult("extensions", PASS, "custom_fastapi.py is in {}".format(here["folder"]))]
    message = "{} in {} without a custom_fastapi.py".format(several(files), here["folder"])
    return [CheckResult("extensions", FAIL, message, "Move what it does for Flask to custom_fastapi.py.")]
