"""The workflow files of GitHub Actions that keep a repository's sets fresh and proved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lockgen.errors import UsageError

FOLDER = ".github/workflows"
NAMES = ("compatibility.yml", "re-resolve.yml")
"""What runs on pull requests, and what runs by the week."""

_INSTALLED = "@lockgen@"
_WHOLE_ENV = ": env"
_MARK = re.compile(rf"^( +)# @indexes({_WHOLE_ENV})?@\n", re.MULTILINE)
"""Where a step of a template takes the variables, with or without an `env` of its own."""


def workflows(texts: Mapping[str, str], install: str, variables: Sequence[str] = ()) -> dict[str, bytes]:
    """The files by name.

    `texts` are their templates, `install` is what pip installs there: an address, a path, or `.`. `variables` hold the
    addresses of routed indexes: the steps that ask an index get them from secrets of the same names.
    """
    lines = [f"{name}: ${{{{ secrets.{name} }}}}" for name in variables]
    return {name: _with_secrets(texts[name].replace(_INSTALLED, install), lines).encode() for name in NAMES}


def _with_secrets(text: str, lines: Sequence[str]) -> str:
    def written(match: re.Match[str]) -> str:
        indent, is_whole = match[1], match[2] == _WHOLE_ENV
        deeper = f"{indent}  " if is_whole else indent
        head = [f"{indent}env:"] if is_whole and lines else []
        return "".join(f"{line}\n" for line in [*head, *(f"{deeper}{line}" for line in lines)])

    return _MARK.sub(written, text)


def refuse_changed(wanted: Mapping[str, bytes], found: Mapping[str, bytes], folder: str) -> None:
    """UsageError when a file of the folder that is there already is another one."""
    changed = [f"{folder}/{name}" for name in sorted(found) if found[name] != wanted[name]]
    if changed:
        raise UsageError(
            "there is another file already",
            where=" and ".join(changed),
            hint="Nothing was written. Overwrite it with --force, or move it away.",
        )
