"""The workflow files of GitHub Actions that keep a repository's sets fresh and proved."""

from __future__ import annotations

from collections.abc import Mapping

from lockgen.errors import UsageError

FOLDER = ".github/workflows"
NAMES = ("compatibility.yml", "re-resolve.yml")
"""What runs on pull requests, and what runs by the week."""

_INSTALLED = "@lockgen@"


def workflows(texts: Mapping[str, str], install: str) -> dict[str, bytes]:
    """The files by name. `texts` are their templates, `install` is what pip installs there: `lockgen==1.0`, or `.`."""
    return {name: texts[name].replace(_INSTALLED, install).encode() for name in NAMES}


def refuse_changed(wanted: Mapping[str, bytes], found: Mapping[str, bytes]) -> None:
    """UsageError when a file that is there already is another one."""
    changed = [f"{FOLDER}/{name}" for name in sorted(found) if found[name] != wanted[name]]
    if changed:
        raise UsageError(
            "there is another file already",
            where=" and ".join(changed),
            hint="Nothing was written. Overwrite it with --force, or move it away.",
        )
