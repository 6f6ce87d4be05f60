"""Why a committed file is not what a render gives today. Read from the committed summary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from lockgen.model.numbers import NumberChange
from lockgen.render.plan import Difference, Plan
from lockgen.render.summary import FILE_NAME as SUMMARY


def file_digest(content: bytes) -> str:
    """Hex sha256 of a rendered file, as summary.json records it."""
    return hashlib.sha256(content).hexdigest()


def reason(
    difference: Difference, committed: Mapping[str, bytes], plan: Plan, changes: Sequence[NumberChange] = ()
) -> str:
    """In words: a missing or stray file, a hand edit, the matrix, a template, drift of the index, or lockgen itself.

    `committed` holds the bytes of the committed files by path, `plan` what a render gives now, `changes` the rows that
    are others under the same revision. A hand edit is a file that is not what its own summary recorded; drift is an
    index that differs at the same cut-off, because a release was yanked or deleted, which no matrix can be blamed for.
    """
    if difference.kind == "missing":
        return "missing file"
    if difference.kind == "stray":
        return "stray file: the matrix has no set for it"
    old, new = _read(committed.get(SUMMARY)), _read(plan.files.get(SUMMARY))
    recorded = _recorded(old, difference.path)
    if recorded is not None and recorded != file_digest(committed[difference.path]):
        return "hand edit: it is not what was rendered"
    return _cause(old, new, difference.path, changes)


def _cause(old: Mapping[str, Any], new: Mapping[str, Any], path: str, changes: Sequence[NumberChange]) -> str:
    before, after = _place(old, path), _place(new, path)
    if changes and before.get("revision") == after.get("revision"):
        said = "; ".join(map(str, changes))
        return f"numbers changed under the same revision {after.get('revision')}, raise it: {said}"
    for key, words in (("revision", "matrix revision"), ("as_of", "as_of"), ("strategy", "strategy")):
        if before.get(key) != after.get(key):
            return f"{words} {before.get(key)} -> {after.get(key)}"
    if old.get("templates") != new.get("templates"):
        return "template: other templates than it was rendered with"
    if before.get("snapshot") != after.get("snapshot"):
        return f"drift: the index no longer answers as it did{_moved(before, after)}"
    return "neither revision, date, templates nor index explain it: an edit, or another version of lockgen"


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    old, new = before.get("pins", {}), after.get("pins", {})
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    moves = ", ".join(f"{name} {old.get(name, 'absent')} -> {new.get(name, 'absent')}" for name in names)
    return f": {moves}" if moves else ""


def _place(summary: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The summary's entry for the target of a path, or for the whole phase."""
    found: Mapping[str, Any] = summary.get("targets", {}).get(path.partition("/")[0], summary)
    return found


def _recorded(summary: Mapping[str, Any], path: str) -> str | None:
    name = path.rsplit("/", 1)[-1]
    found: str | None = _place(summary, path).get("files", {}).get(name)
    return found


def _read(content: bytes | None) -> Mapping[str, Any]:
    try:
        value = json.loads(content or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
