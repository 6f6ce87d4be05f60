"""Bytes of a Simple repository API page -> the listing. Pure.

Reads JSON (PEP 691, 700, 714, 792) and HTML (PEP 503, 592, 629, 658, 714).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import split_login
from lockgen.index.anchors import read_anchors
from lockgen.index.hints import RequiresPythonHints
from lockgen.index.metadata import field_complaint
from lockgen.index.names import NameReader
from lockgen.index.pages import PageEntry, PageTexts, encode

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1, */*;q=0.01"

_T = TypeVar("_T")
OTHER_HASHES = {"sha512": 128, "sha384": 96, "sha224": 56, "sha1": 40, "md5": 32}
"""Hashes that an index may list in the place of a sha256, the strongest first, and their hexadecimal digits."""
_HEAD = 4096  # bytes at either end of a page in which its html element begins and ends
_LONGEST_REASON = 2000
_LONGEST_NAME = 300
_STATUSES = frozenset({"active", "archived", "deprecated", "quarantined"})
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPage:
    """What both forms of a page hold, before any file name is read."""

    base: str
    status: str
    entries: Iterable[PageEntry]


def parse_page(
    body: bytes, *, name: NormalizedName, content_type: str = "", address: str = "", is_framed: bool = True
) -> PageTexts:
    """The page's stored texts. `address` is where the page was found, for relative links.

    An HTML page that is not `is_framed`, of which nothing but the end of the connection says that it is whole, must end
    in its closing tag, as must one with an opening tag: releases that a broken page lacks are not missed.

    Files whose names belong to no release of `name` are kept as refusals; of files listed twice the first counts.
    Raises IndexUnavailableError, naming the project and the cause, for what is no page or has another major
    api-version.
    """
    clean, _ = split_login(address)
    html = "html" in content_type or ("json" not in content_type and body.lstrip()[:1] == b"<")
    try:
        listing = _read_html(body, clean, name) if html else _read_json(body, clean)
        if html:
            _check_end(body, is_framed=is_framed)
        return _encode(name, listing)
    except _NoListingError:
        reason = "the index answered with a page that is no project listing"
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        reason = f"the index's page cannot be read: {_error_text(error)}"
    raise IndexUnavailableError(
        reason,
        where=name,
        hint="A proxy or login page may have answered in the index's place: look at it in a browser, and run again.",
    )


def _check_end(body: bytes, *, is_framed: bool) -> None:
    is_open = re.search(rb"<(?:html|body)\b", body[:_HEAD], re.IGNORECASE)
    if (is_open or not is_framed) and not re.search(rb"</(?:html|body)\s*>", body[-_HEAD:], re.IGNORECASE):
        raise ValueError("the HTML breaks off before its closing tag")


class _NoListingError(Exception):
    """The page is well-formed HTML and about something else."""


def _error_text(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"malformed JSON at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deep"
    return f"wrong shape, {error}"


def _encode(name: NormalizedName, listing: ParsedPage) -> PageTexts:
    reader = NameReader(name)
    releases: dict[Version, list[PageEntry]] = {}
    refused: list[tuple[str, str]] = []
    seen: set[str] = set()
    for entry in listing.entries:
        if entry.filename in seen:
            continue
        seen.add(entry.filename)
        version = field_complaint("Requires-Python", entry.requires_python or "") or reader.read(entry.filename)
        if isinstance(version, str):
            refused.append((entry.filename[:_LONGEST_NAME], version))
        else:
            releases.setdefault(version, []).append(entry)
    header = {"name": name, "status": listing.status, "refused": refused}
    return encode(header, releases, base=listing.base)


def _read_json(body: bytes, base: str) -> ParsedPage:
    data = _typed(json.loads(body.decode()), dict, "the page")
    _check_version(_typed(_typed(data.get("meta"), dict, "meta").get("api-version"), str, "api-version"))
    # PEP 792 puts the status behind its own key; an early draft had it as a bare string.
    status = data.get("project-status", "active")
    files = _typed(data.get("files"), list, "files")
    hints = RequiresPythonHints()
    return ParsedPage(
        base=base,
        status=_status(status.get("status") if isinstance(status, dict) else status),
        entries=(_json_entry(_typed(file, dict, "a file"), hints) for file in files),
    )


def _json_entry(file: Mapping[str, Any], hints: RequiresPythonHints) -> PageEntry:
    filename = _typed(file.get("filename"), str, "a filename")
    hashes = _typed(file.get("hashes", {}), dict, "hashes")
    yanked, size = file.get("yanked"), file.get("size")
    return PageEntry(
        filename=filename,
        sha256=_sha256(hashes.get("sha256")),
        size=size if type(size) is int and size >= 0 else None,
        uploaded=_upload_time(file.get("upload-time")),
        requires_python=hints.requires_python(file.get("requires-python")),
        yanked=_yank_reason(yanked) if isinstance(yanked, str) else ("" if yanked is True else None),
        metadata_sha256=_metadata_sha256(file.get("core-metadata", file.get("dist-info-metadata"))),
        link=_link(_typed(file.get("url"), str, "a url"), hashes),
    )


def _read_html(body: bytes, address: str, name: NormalizedName) -> ParsedPage:
    document = read_anchors(body.decode(), address)
    if document.version:
        _check_version(document.version)
    elif document.has_form:
        raise ValueError("an HTML form instead of a list of files")
    elif not any(canonicalize_name(filename).startswith(name) for filename, _ in document.files):
        # A sign-in page has links too, but none to a file of the project; an empty list has a repository version.
        raise _NoListingError
    hints = RequiresPythonHints()
    return ParsedPage(
        base=split_login(document.base)[0],
        status=_status(document.status),
        entries=_html_entries(document.files, hints),
    )


def _html_entries(files: Iterable[tuple[str, Mapping[str, str]]], hints: RequiresPythonHints) -> Iterator[PageEntry]:
    for filename, attributes in files:
        link, _, fragment = attributes["href"].partition("#")
        hashes = dict(pair.split("=", 1) for pair in fragment.split("&") if "=" in pair)
        # PEP 714: the new name wins where both stand.
        metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata"))
        yield PageEntry(
            filename=filename,
            sha256=_sha256(hashes.get("sha256")),
            size=None,
            uploaded=None,
            requires_python=hints.requires_python(attributes.get("data-requires-python")),
            yanked=_yank_reason(attributes["data-yanked"]) if "data-yanked" in attributes else None,
            metadata_sha256=None if metadata is None else _sha256(metadata.removeprefix("sha256=")),
            link=_link(link, hashes),
        )


def _check_version(version: str) -> None:
    # "clients SHOULD ... fail with an error message if the major version is greater" (PEP 629)
    if not re.fullmatch(r"1\.\d+", version):
        raise ValueError(f"api-version {version[:20]!r}, and lockgen reads 1.x")


def _metadata_sha256(value: object) -> str | None:
    if isinstance(value, dict):
        return _sha256(value.get("sha256"))
    return "" if value is True else None


def _upload_time(value: object) -> str | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if moment is None or moment.tzinfo is None else moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return None


def _sha256(value: object) -> str:
    text = value.lower() if isinstance(value, str) else ""
    return text if _SHA256.match(text) else ""


def _status(value: object) -> str:
    return value if isinstance(value, str) and value in _STATUSES else "active"


def _yank_reason(value: str) -> str:
    # Reasons reach committed files, which name no host.
    return re.sub(r"\S+://\S+", "(address)", _encodable(value[:_LONGEST_REASON]))


def _encodable(value: str) -> str:
    # JSON can hold half of a surrogate pair, which no file can.
    return value.encode("utf-8", "replace").decode()


def _link(value: str, hashes: Mapping[str, Any]) -> str:
    """The address; behind it, as in HTML, the hash by which a file without a sha256 is known."""
    link = _encodable(value).partition("#")[0].replace("\n", "").strip()
    clean = split_login(link)[0] if "@" in link else link
    if _sha256(hashes.get("sha256")):
        return clean
    known = (
        f"#{name}={found.lower()}"
        for name, digits in OTHER_HASHES.items()
        if (found := hashes.get(name)) and isinstance(found, str) and re.fullmatch(f"[0-9a-fA-F]{{{digits}}}", found)
    )
    return clean + next(known, "")


def _typed(value: Any, kind: type[_T], what: str) -> _T:
    if not isinstance(value, kind):
        raise ValueError(f"{what} is not {kind.__name__}")  # noqa: TRY004 - the caller turns it into a refused page
    return value
