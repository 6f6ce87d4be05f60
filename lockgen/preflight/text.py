"""An answer for a person, in ASCII: the console of a container or of Windows shows nothing else reliably."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping

from lockgen.preflight.result import NOT_RUN, PASS

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def text_of(said: Mapping[str, Any]) -> str:
    """The answer as lines: verdict, check and what was found, with the remedy below what did not pass."""
    return "".join(plain(line).rstrip() + "\n" for line in _lines(said))


def plain(text: str) -> str:
    """The text without control characters, and with escapes for what is not ASCII."""
    return _CONTROL.sub(" ", text).encode("ascii", "backslashreplace").decode("ascii")


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    for finding in said["findings"]:
        verdict = finding["verdict"]
        yield "{:<8} {:<13} {}".format(
            verdict if verdict in (PASS, NOT_RUN) else verdict.upper(), finding["check"], finding["message"]
        )
        if finding["remedy"]:
            yield "{:<22} -> {}".format("", finding["remedy"])
    python = said["python"].get("version", "(unknown)")
    counts = ", ".join(f"{number} {verdict}" for verdict, number in said["counts"].items())
    server = " with {}".format(said["server"]) if said["server"] else ""
    yield "phase {}{} on Python {}: {}".format(said["phase"], server, python, counts)
