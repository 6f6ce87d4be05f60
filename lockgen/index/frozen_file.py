"""The file format of a frozen index.

The file is xz over ASCII text in sections parted by an empty line: a JSON header, one listing per project (the text of
`pages`), the metadata and the build requirements, each `KEY<TAB>JSON`. Equal content gives equal bytes; the date in the
header is the caller's. The header's `digest` is the SHA-256 of everything else: a file that was edited is refused.
"""

from __future__ import annotations

import json
import lzma
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from lockgen.errors import FrozenIndexError, LockgenError
from lockgen.index.pages import ProjectPage

FREEZE_AGAIN = "Freeze again with `lockgen freeze FILE`, or leave --frozen away to ask the index."

_SHA256 = re.compile(r"[0-9a-f]{64}")
_FORMAT = "lockgen frozen index 2"
_KEYS = frozenset({"format", "dated", "projects", "absent", "digest"})
_MAY_KEYS = frozenset({"hashes"})
"""What a header holds only where there is some, so that the files without stay as they are."""
_UNPACKED_LIMIT = 2**30


class FrozenContent(NamedTuple):
    """What a frozen file holds."""

    dated: datetime
    """When it was frozen, time zone aware."""
    listings: Mapping[str, str]
    """Project -> the text of its page."""
    absent: Sequence[str]
    """Projects that the index did not have."""
    metadata_lines: Mapping[str, str]
    """Key of a file -> its stored metadata (`codec`)."""
    build_lines: Mapping[str, str]
    """Key of an sdist -> its stored build requirements."""
    hashes: Mapping[str, str] = MappingProxyType({})
    """Key of a file that the index lists without a sha256 -> its sha256."""


def pack(content: FrozenContent) -> bytes:
    """The file of this content."""
    header = {
        "format": _FORMAT,
        "dated": content.dated.astimezone(UTC).isoformat(),
        "projects": list(content.listings),
        "absent": list(content.absent),
        **({"hashes": dict(content.hashes)} if content.hashes else {}),
    }
    sections = [
        json.dumps(header, sort_keys=True),
        *content.listings.values(),
        _lines_text(content.metadata_lines),
        _lines_text(content.build_lines),
    ]
    return sealed("\n\n".join(sections))


def sealed(text: str) -> bytes:
    """The file of a text whose header lacks the digest, or holds any. Raises ValueError without a JSON header."""
    header, _, rest = text.encode("ascii").partition(b"\n\n")
    data = json.loads(header)
    line = json.dumps({**data, "digest": _digest(data, rest)}, sort_keys=True).encode("ascii")
    # A preset and a check spelled out, so that another default of another Python changes no byte.
    return lzma.compress(line + b"\n\n" + rest, lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, preset=6)


def unpack(file: Path | bytes, where: str) -> FrozenContent:
    """The content of a file, given as its path or its bytes; `where` names it in errors.

    Raises FrozenIndexError for a file that cannot be read, is damaged or was edited.
    """
    error: LockgenError
    try:
        body = file if isinstance(file, bytes) else file.read_bytes()
        header, rest = _decompressed(body)
        sections = rest.split("\n\n")
        _check_listings(header, sections)
        metadata, build = map(_read_lines, sections[-2:])
    except OSError as problem:
        error = FrozenIndexError(f"cannot be read: {problem.strerror}", where=where, hint="Give --frozen a file.")
    except _DamageError as problem:
        error = FrozenIndexError(f"is damaged, or no frozen index: {problem}", where=where, hint=FREEZE_AGAIN)
    else:
        listings = dict(zip(header["projects"], sections, strict=False))
        dated = datetime.fromisoformat(header["dated"])
        return FrozenContent(dated, listings, header["absent"], metadata, build, header.get("hashes", {}))
    raise error


class _DamageError(Exception):
    """The file is not what this lockgen writes; the message says why."""


def _decompressed(body: bytes) -> tuple[dict[str, Any], str]:
    """The header and the sections behind it, after the digest was found right."""
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    try:
        content = unpacker.decompress(body, _UNPACKED_LIMIT)
    except lzma.LZMAError:
        raise _DamageError("it cannot be unpacked as xz") from None
    if not unpacker.eof or unpacker.unused_data:
        raise _DamageError("its end is missing, or more follows it")
    line, _, rest = content.partition(b"\n\n")
    header = _header(line)
    if header["digest"] != _digest(header, rest):
        raise _DamageError("its content is not what its digest says; it was changed after it was frozen")
    try:
        return header, rest.decode("ascii")
    except UnicodeDecodeError:
        raise _DamageError("it holds more than ASCII text") from None


def _header(line: bytes) -> dict[str, Any]:
    """The header, with every value of the kind it must be."""
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or "format" not in header:
        raise _DamageError("it does not start with a header")
    if header["format"] != _FORMAT:
        raise _DamageError(f"its format is {str(header['format'])[:40]!r}, and this lockgen reads {_FORMAT!r}")
    if header.keys() - _MAY_KEYS != _KEYS:
        raise _DamageError(f"its header does not hold exactly {', '.join(sorted(_KEYS))}")
    if not _is_moment(header["dated"]):
        raise _DamageError("its header has no date with a time zone")
    for key in ("projects", "absent"):
        if not isinstance(header[key], list) or not all(isinstance(name, str) for name in header[key]):
            raise _DamageError(f"its header has no list of names under {key!r}")
    hashes = header.get("hashes", {})
    if not isinstance(hashes, dict) or not all(map(_SHA256.fullmatch, map(str, hashes.values()))):
        raise _DamageError("its header has no sha256 of each file under 'hashes'")
    return header


def _digest(header: Mapping[str, Any], rest: bytes) -> str:
    kept = {key: value for key, value in header.items() if key != "digest"}
    digest = sha256(json.dumps(kept, sort_keys=True).encode("ascii") + b"\n\n")
    digest.update(rest)
    return digest.hexdigest()


def _check_listings(header: Mapping[str, Any], sections: list[str]) -> None:
    """Raise _DamageError where the digest is right and the listings are not those of the projects."""
    if len(sections) != len(header["projects"]) + 2:
        raise _DamageError("its listings are not those of its projects")
    for name, listing in zip(header["projects"], sections, strict=False):
        if _project_of(listing) != name:
            raise _DamageError(f"the listing of {name[:60]!r} is another's, or none")


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _project_of(listing: str) -> str | None:
    """The project a listing is of; None for what is no listing."""
    try:
        return ProjectPage(listing).name
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _lines_text(lines: Mapping[str, str]) -> str:
    return "\n".join(f"{key}\t{line}" for key, line in sorted(lines.items()))


def _read_lines(block: str) -> dict[str, str]:
    try:
        return dict(line.split("\t", 1) for line in block.split("\n") if line)
    except ValueError:
        raise _DamageError("a line of its metadata is not KEY, tab, JSON") from None
