"""What a file's metadata is stored as, in the cache and in a frozen index: one short line of JSON.

A line belongs to a file, so it repeats neither name nor version.
"""

from __future__ import annotations

import json
from typing import Any

from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal


def encode_metadata(answer: Metadata | Refusal) -> str:
    """The line of an answer; equal answers give equal lines."""
    if isinstance(answer, Refusal):
        return _dumps({"refused": answer.reason})
    return _dumps(
        [answer.requires_python, answer.requires_dist, answer.provides_extra, answer.import_names, answer.sha256]
    )


def decode_metadata(line: str, file: DistFile) -> Metadata | Refusal:
    """The answer of a line. Raises ValueError for what is no such line."""
    data = _loads(line)
    if isinstance(data, dict):
        return _refusal(data, file)
    try:
        requires_python, requires_dist, provides_extra, import_names, sha256 = data
    except TypeError:
        raise ValueError("not stored metadata") from None
    return Metadata(
        name=file.name,
        version=file.version,
        requires_python=requires_python,
        requires_dist=tuple(requires_dist),
        provides_extra=tuple(provides_extra),
        import_names=tuple(import_names),
        sha256=sha256,
    )


def encode_build_requires(answer: tuple[str, ...] | Refusal) -> str:
    """The line of build requirements; equal answers give equal lines."""
    return _dumps({"refused": answer.reason} if isinstance(answer, Refusal) else answer)


def decode_build_requires(line: str, file: DistFile) -> tuple[str, ...] | Refusal:
    """The answer of a line. Raises ValueError for what is no such line."""
    data = _loads(line)
    return _refusal(data, file) if isinstance(data, dict) else tuple(map(str, data))


def _refusal(data: dict[str, Any], file: DistFile) -> Refusal:
    return Refusal(
        kind="metadata",
        name=file.name,
        version=file.version,
        filename=file.filename,
        reason=str(data.get("refused", "")),
    )


def _loads(line: str) -> Any:
    data = json.loads(line)
    if not isinstance(data, list | dict):
        raise ValueError("not stored metadata")  # noqa: TRY004 - the text is wrong, not the caller
    return data


def _dumps(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
