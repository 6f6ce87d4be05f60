"""Checks of what a server meets when it starts: memory and certificates."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.context import CheckContext, part
from lockgen.preflight.result import FAIL, WARN, CannotTellError, CheckResult, or_pass, several

_RUNTIMES = ("Docker", "containerd", "Podman", "CRI-O")
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


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
