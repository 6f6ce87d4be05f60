"""Which of two a server shall use: a package where it can run, else a fallback that needs none."""

from __future__ import annotations

import os
import sys
from typing import Any, Mapping, NamedTuple

from lockgen.preflight.data import MATRIX
from lockgen.preflight.installed import distributions, search_path
from lockgen.preflight.requirements import normalized
from lockgen.preflight.versions import UnreadableError, contains


class Chosen(NamedTuple):
    """What to use, and what a person should know about the choice."""

    name: str
    """The package or the fallback."""
    reason: str
    warning: str = ""
    """Why it is not what was asked for; empty when it is."""
    is_broken: bool = False
    """Whether the release that is installed does not run on this Python."""


def choose(
    check: str,
    requested: str | None = None,
    *,
    system: str | None = None,
    release: str | None = None,
    python: str | None = None,
    matrix: Mapping[str, Any] = MATRIX,
) -> Chosen:
    """What a server uses that was asked for `requested`: auto, the fallback or the package, in any case.

    `check` names the choice in the matrix. `auto` is the package where it can run, else the fallback. What is asked for
    and cannot run gives way to the fallback, with a warning. An unknown word counts as auto, with a warning that names
    it. KeyError for a choice that the matrix does not declare.

    What is not given is taken from here: `requested` from the choice's environment variable (else auto), `system`
    (linux, macos, windows) and `python` (3.12.1) from this Python, the package's `release` (empty: absent) from what is
    installed. Nothing is imported.
    """
    choice = {each["check"]: each for each in matrix["checks"] if each["kind"] == "choice"}[check]
    package, fallback = choice["package"], choice["fallback"]
    asked = (os.environ.get(choice["setting"], "") if requested is None else str(requested)).strip().lower() or "auto"
    obstacle, is_broken = choice_obstacle(
        choice,
        ("windows" if sys.platform == "win32" else "macos" if sys.platform == "darwin" else sys.platform)
        if system is None
        else system,
        _installed(package) if release is None else release,
        "{}.{}.{}".format(*sys.version_info[:3]) if python is None else python,
    )
    if asked == fallback:
        return Chosen(fallback, f"{fallback} was asked for")
    words = choice_words(choice)
    unknown = "" if asked in words else "{!r} is no {}; {} are. ".format(asked[:40], choice["what"], ", ".join(words))
    if obstacle:
        is_wanted = asked == package or is_broken
        warning = unknown + (f"{obstacle}; {fallback} is used" if is_wanted else "")
        return Chosen(fallback, obstacle, warning.strip(), is_broken)
    return Chosen(package, f"{package} is installed", unknown.strip())


def choice_words(choice: Mapping[str, Any]) -> tuple[str, ...]:
    """What the choice's setting may say."""
    return ("auto", choice["fallback"], choice["package"])


def choice_obstacle(choice: Mapping[str, Any], system: str, release: str, python: str) -> tuple[str, bool]:
    """Why the package cannot run on this system and Python in this release ("": not installed), and whether that is
    the release's own fault. ("", False) when it can.
    """
    package, broken = choice["package"], choice.get("broken", {})
    if system in choice.get("unavailable", {}):
        return str(choice["unavailable"][system]), False
    if not release:
        return f"{package} is not installed", False
    try:
        is_broken = bool(broken) and contains(broken["python"], python) and contains(broken["versions"], release)
    except UnreadableError:
        return "", False
    symptom = "{} {} {} on Python {}".format(package, release, broken["symptom"], python) if is_broken else ""
    return symptom, is_broken


def _installed(name: str) -> str:
    found = distributions(search_path())["found"]
    return next((each["version"] for each in found if normalized(each["name"]) == name), "")
