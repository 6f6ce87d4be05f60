"""Which event loop a server shall use."""

from __future__ import annotations

import os
import sys
from typing import Mapping, NamedTuple

from lockgen.preflight.installed import distributions, search_path
from lockgen.preflight.requirements import normalized
from lockgen.preflight.versions import UnreadableError, contains

LOOP_SETTING = "DRUM_UVICORN_LOOP"
LOOPS = ("auto", "asyncio", "uvloop")


class EventLoop(NamedTuple):
    """The loop to use, and what a person should know about the choice."""

    loop: str
    """What uvicorn's `loop` takes: "asyncio" or "uvloop"."""
    reason: str
    warning: str = ""
    """Why it is not what was asked for; empty when it is."""


def choose_event_loop(
    requested: str | None = None,
    *,
    system: str | None = None,
    uvloop: str | None = None,
    python: str | None = None,
) -> EventLoop:
    """The event loop for a server that was asked to use `requested`: auto, asyncio or uvloop, in any case.

    `auto` is uvloop where it can run, else asyncio. What is asked for and cannot run gives way to asyncio, with a
    warning: uvloop on Windows, uvloop that is not installed, uvloop before 0.19 on Python 3.12 and later, which
    crashes there. An unknown word counts as auto, with a warning that names it.

    What is not given is taken from here: `requested` from DRUM_UVICORN_LOOP (else auto), `system` (linux, macos,
    windows) and `python` (3.12.1) from this Python, `uvloop` (its version, empty: absent) from what is installed.
    Nothing is imported and nothing raised.
    """
    asked = (os.environ.get(LOOP_SETTING, "") if requested is None else str(requested)).strip().lower() or "auto"
    obstacle = uvloop_obstacle(
        ("windows" if sys.platform == "win32" else sys.platform) if system is None else system,
        _installed("uvloop") if uvloop is None else uvloop,
        "{}.{}.{}".format(*sys.version_info[:3]) if python is None else python,
    )
    if asked == "asyncio":
        return EventLoop("asyncio", "asyncio was asked for")
    unknown = "" if asked in LOOPS else "{!r} is no event loop; {} are. ".format(asked[:40], ", ".join(LOOPS))
    if obstacle:
        is_wanted = asked == "uvloop" or "crashes" in obstacle
        warning = unknown + (f"{obstacle}; asyncio is used" if is_wanted else "")
        return EventLoop("asyncio", obstacle, warning.strip())
    return EventLoop("uvloop", "uvloop is installed", unknown.strip())


def uvloop_obstacle(system: str, uvloop: str, python: str) -> str:
    """Why uvloop cannot run on this system and Python in this version ("": not installed); empty when it can."""
    if system == "windows":
        return "uvloop is not available on Windows"
    if not uvloop:
        return "uvloop is not installed"
    try:
        crashes = contains(">=3.12.dev0", python) and contains("<0.19", uvloop)
    except UnreadableError:
        return ""
    return f"uvloop {uvloop} crashes on Python {python}" if crashes else ""


def loop_settings(environ: Mapping[str, str]) -> str:
    """What was asked for, as it stands in the environment; empty when nothing was."""
    return environ.get(LOOP_SETTING, "")


def _installed(name: str) -> str:
    found = distributions(search_path())["found"]
    return next((each["version"] for each in found if normalized(each["name"]) == name), "")
