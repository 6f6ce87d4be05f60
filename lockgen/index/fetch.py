"""The requests for a page, a wheel's metadata or an sdist, in which order, and which answers are accepted."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple, Protocol

from packaging.utils import NormalizedName

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import metadata_address
from lockgen.index.archives import NeedBytesError, PartialFile, SdistFacts, read_sdist, read_wheel
from lockgen.index.metadata import parse_metadata, refusal
from lockgen.index.pages import PageTexts
from lockgen.index.simple import ACCEPT, parse_page
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal

PAGE_LIMIT = 256 * 2**20
FILE_LIMIT = 200 * 2**20
"""Bytes of a wheel or sdist that lockgen is ready to fetch for its metadata."""

HASH_LIMIT = 4 * 2**30
"""Bytes of a file that lockgen is ready to fetch for its sha256; none of them is kept."""

_GONE = "the index lists it and does not have it"
_TOO_LARGE = f"it is larger than {FILE_LIMIT >> 20} MiB, too large to fetch for its metadata"
_METADATA_LIMIT = 10 * 2**20
_TAIL = 64 * 2**10
_PART_LIMIT = 32 * 2**20
_MOST_PARTS = 8
_OK, _PARTIAL, _UNCHANGED = 200, 206, 304
_ABSENT = frozenset({404, 410})
_REFUSED = frozenset({401, 403})
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer. `address` is where it came from after redirects; the names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    address: str
    whole: bool
    """False when the body was longer than the limit and was dropped."""
    digests: Mapping[str, str] | None = None
    """Algorithm -> hex digest of the body, which was not kept; None where none was asked for."""
    framed: bool = True
    """Whether the answer says where it ends: a length, or chunks. The end of a connection is no such word."""


class Getter(Protocol):
    """What can GET; `client.Client` in earnest."""

    async def get(
        self, address: str, *, about: str, headers: Mapping[str, str], limit: int, digests: tuple[str, ...] = ()
    ) -> Response:
        """The answer, with any status but 5xx; raises IndexUnavailableError when there is none.

        With `digests` (names of hash algorithms) the body is hashed as it comes, and not kept.
        """


class FetchedPage(NamedTuple):
    """An index's answer about a project. `texts` is None when there is no such project, or when it is `unchanged`."""

    texts: PageTexts | None
    etag: str
    unchanged: bool = False


async def fetch_page(getter: Getter, address: str, *, name: NormalizedName, etag: str = "") -> FetchedPage:
    """The page of a project. Raises IndexUnavailableError when the index gives none that is accepted."""
    headers = {"Accept": ACCEPT, **({"If-None-Match": etag} if etag else {})}
    answer = await getter.get(address, about=name, headers=headers, limit=PAGE_LIMIT)
    if answer.status in _ABSENT:
        return FetchedPage(None, "")
    if answer.status == _UNCHANGED and etag:
        return FetchedPage(None, etag, unchanged=True)
    body = _accepted_body(answer, name, "its page")
    # Seven megabytes of JSON: other answers are read meanwhile.
    kind = answer.headers.get("content-type", "")
    texts = await asyncio.to_thread(
        parse_page, body, name=name, content_type=kind, address=answer.address, is_framed=answer.framed
    )
    return FetchedPage(texts, answer.headers.get("etag", ""))


async def fetch_metadata(getter: Getter, address: str, *, file: DistFile) -> Metadata | Refusal:
    """A wheel's metadata in the cheapest way there is: advertised, else tried, else by ranges, else the whole wheel.

    Raises IndexUnavailableError for an index out of reach or a hash that is wrong.
    """
    body = await _metadata_file(getter, address, file)
    answer = parse_metadata(body, file) if body is not None else await _metadata_by_ranges(getter, address, file)
    if file.metadata_sha256 and isinstance(answer, Metadata) and answer.sha256 != file.metadata_sha256:
        raise _wrong_hash(file, "the METADATA inside {} has another hash than the index advertises")
    return answer


async def fetch_sdist(getter: Getter, address: str, *, file: DistFile) -> SdistFacts:
    """An sdist's static metadata and build requirements. Raises as `fetch_metadata` does."""
    body = await fetch_file(getter, address, file)
    if isinstance(body, Refusal):
        return SdistFacts(body, body)
    return await asyncio.to_thread(read_sdist, body, file)


async def fetch_sha256(getter: Getter, address: str, *, file: DistFile) -> str:
    """The sha256 of a file that is listed without: it is downloaded, and must have the hash it is listed with.

    `address` may end in that hash, `#md5=...`. Raises IndexUnavailableError for another hash or size, and for a file
    that is absent or larger than HASH_LIMIT.
    """
    where, _, advertised = address.partition("#")
    algorithm, _, wanted = advertised.partition("=")
    if file.size is not None and file.size > HASH_LIMIT:
        raise _unhashable(file, f"is larger than {HASH_LIMIT >> 30} GiB")
    wants = ("sha256", *([algorithm] if wanted else []))
    answer = await getter.get(where, about=file.name, headers=_identity_headers(), limit=HASH_LIMIT, digests=wants)
    if answer.status in _ABSENT:
        raise _unhashable(file, "is listed, and the index does not have it")
    if answer.status == _OK and not answer.whole:
        raise _unhashable(file, f"is larger than {HASH_LIMIT >> 30} GiB")
    _accepted_body(answer, file.name, file.filename)
    digests = answer.digests or {}
    if wanted and digests[algorithm] != wanted:
        raise _wrong_hash(file, f"{{}} has another {algorithm} than the index lists")
    return digests["sha256"]


def _unhashable(file: DistFile, what: str) -> IndexUnavailableError:
    return IndexUnavailableError(
        f"{file.filename} {what}, so it cannot be hashed",
        where=file.name,
        hint="Have the index list its sha256, or bound the row so that another release is chosen.",
    )


def lasts(answer: Metadata | Refusal) -> bool:
    """Whether the answer follows from the file's content alone, and not from what the index had of it today."""
    return isinstance(answer, Metadata) or answer.reason not in (_GONE, _TOO_LARGE)


async def _metadata_file(getter: Getter, address: str, file: DistFile) -> bytes | None:
    where = metadata_address(address)
    answer = await getter.get(where, about=file.name, headers=_identity_headers(), limit=_METADATA_LIMIT)
    if answer.status != _OK or not answer.whole:
        # Absent although advertised happens for new files; storage behind an index answers 403 for absent.
        return None
    if file.metadata_sha256 and sha256(answer.body).hexdigest() != file.metadata_sha256:
        raise _wrong_hash(file, "the metadata of {} has another hash than the index advertises")
    # An index that answers everything with a page of its own has no metadata file.
    return answer.body if file.metadata_sha256 is not None or _looks_like_metadata(answer.body) else None


async def _metadata_by_ranges(getter: Getter, address: str, file: DistFile) -> Metadata | Refusal:
    tail = await _range_of(getter, address, file, f"-{_TAIL}")
    place = _RANGE.match(tail.headers.get("content-range", ""))
    if tail.status != _PARTIAL or place is None:
        return await _metadata_of_whole(getter, address, file, tail)
    start, _, size = map(int, place.groups())
    wheel = PartialFile(size)
    wheel.add(start, tail.body)
    for _ in range(_MOST_PARTS):
        try:
            return read_wheel(wheel, file)
        except NeedBytesError as need:
            first, stop = need.start, max(need.stop, min(size, need.start + _TAIL))
        if stop - first > _PART_LIMIT:
            return refusal(file, "its table of contents is larger than any real wheel's")
        part = await _range_of(getter, address, file, f"{first}-{stop - 1}")
        if part.status != _PARTIAL or len(part.body) != stop - first:
            return await _metadata_of_whole(getter, address, file, part)
        wheel.add(first, part.body)
    return refusal(file, "it is not a readable wheel")


async def _range_of(getter: Getter, address: str, file: DistFile, span: str) -> Response:
    headers = {**_identity_headers(), "Range": f"bytes={span}"}
    return await getter.get(address, about=file.name, headers=headers, limit=FILE_LIMIT)


async def _metadata_of_whole(getter: Getter, address: str, file: DistFile, answer: Response) -> Metadata | Refusal:
    """`answer` is what a request for a part gave: a server without range requests has sent all of it already."""
    if answer.status == _OK:
        body = _checked_body(answer, file)
    else:
        body = await fetch_file(getter, address, file)
    return body if isinstance(body, Refusal) else await asyncio.to_thread(read_wheel, io.BytesIO(body), file)


async def fetch_file(getter: Getter, address: str, file: DistFile) -> bytes | Refusal:
    """The whole file, its hash checked; a refusal where it is gone or too large. Raises as `fetch_metadata` does."""
    if file.size is not None and file.size > FILE_LIMIT:
        return refusal(file, _TOO_LARGE)
    answer = await getter.get(address, about=file.name, headers=_identity_headers(), limit=FILE_LIMIT)
    return _checked_body(answer, file)


def _checked_body(answer: Response, file: DistFile) -> bytes | Refusal:
    if answer.status in _ABSENT:
        return refusal(file, _GONE)
    if answer.status == _OK and not answer.whole:
        return refusal(file, _TOO_LARGE)
    body = _accepted_body(answer, file.name, file.filename)
    if file.sha256 and sha256(body).hexdigest() != file.sha256:
        raise _wrong_hash(file, "{} has another hash than the index lists")
    return body


def _accepted_body(answer: Response, name: NormalizedName, what: str) -> bytes:
    if answer.status in _REFUSED:
        raise IndexUnavailableError(
            f"the index refuses to give {what} (status {answer.status})",
            where=name,
            hint="Give credentials as you give them to pip: in netrc, in a keyring, or in the index address.",
        )
    if answer.status != _OK or not answer.whole:
        cause = f"answers with status {answer.status}" if answer.status != _OK else "answers with far too much"
        raise IndexUnavailableError(
            f"asked for {what}, the index {cause}", where=name, hint="Check pip's index settings: `pip config list`."
        )
    return answer.body


def _wrong_hash(file: DistFile, text: str) -> IndexUnavailableError:
    return IndexUnavailableError(
        text.format(file.filename),
        where=file.name,
        hint="A proxy or a mirror changes files on the way, or its page is old: ask again with --refresh.",
    )


def _looks_like_metadata(body: bytes) -> bool:
    return body[:200].lower().lstrip(b"\xef\xbb\xbf").startswith(b"metadata-version:") or b"\nName:" in body[:2000]


def _identity_headers() -> dict[str, str]:
    # Hashes are of the plain bytes, and a range of a compressed answer is no range of the file.
    return {"Accept-Encoding": "identity"}
