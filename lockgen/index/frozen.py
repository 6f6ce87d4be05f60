"""An index in one dated file: what a run asked, without addresses and descriptions, to be asked again years later.

The file is xz over ASCII text in sections parted by an empty line: a JSON header, one listing per project (the text of
`pages`), the metadata and the build requirements, each `KEY<TAB>JSON`. Equal content gives equal bytes; the date in the
header is the caller's. The header's `digest` is the SHA-256 of everything else, so that an answer that was edited is
not taken for one the index gave.
"""

from __future__ import annotations

import json
import lzma
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from packaging.utils import NormalizedName

from lockgen.errors import FrozenIndexError, LockgenError
from lockgen.index.codec import decode_build_requires, decode_metadata, encode_build_requires, encode_metadata
from lockgen.index.pages import ProjectPage
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal

_FORMAT = "lockgen frozen index 2"
_KEYS = frozenset({"format", "dated", "projects", "absent", "digest"})
_AGAIN = "Freeze again with `lockgen freeze FILE`, or leave --frozen away to ask the index."
_UNPACKED_LIMIT = 2**30


class RecordableSource(Protocol):
    """What can be recorded; a `LiveIndex`, or a `FrozenIndex` to take a part of."""

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when there is no such name."""

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""

    @property
    def fetches(self) -> int:
        """How many answers had to be fetched so far."""

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """A hint about what comes."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """The same for the metadata of files."""


class Recorder:
    """Passes questions on to `source` and remembers them with their answers. May be asked from several threads."""

    def __init__(self, source: RecordableSource) -> None:
        self._source = source
        self._lock = threading.Lock()
        self.projects: dict[NormalizedName, ProjectPage | None] = {}
        self.metadata_lines: dict[str, str] = {}
        self.build_lines: dict[str, str] = {}

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when the index has no such name."""
        page = self._source.project(name)
        with self._lock:
            self.projects[name] = page
        return page

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires; raises FrozenIndexError when its hash is not the one the index advertises."""
        answer = self._source.metadata(file)
        if isinstance(answer, Metadata) and file.is_wheel and (file.metadata_sha256 or answer.sha256) != answer.sha256:
            raise FrozenIndexError(
                f"the metadata of {file.filename} has another hash than the index advertises",
                where=file.name,
                hint="Clear the cache with `lockgen cache clear` and freeze again.",
            )
        with self._lock:
            self.metadata_lines[_key(file)] = encode_metadata(answer)
        return answer

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""
        answer = self._source.build_requires(file)
        with self._lock:
            self.build_lines[_key(file)] = encode_build_requires(answer)
        return answer

    @property
    def fetches(self) -> int:
        """How many answers had to be fetched so far."""
        return self._source.fetches

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Passes the hint on; a hint is no question."""
        self._source.expect(names)

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Passes the hint on."""
        self._source.expect_metadata(files)


def write_frozen(recorder: Recorder, *, dated: datetime) -> bytes:
    """The file of all that was asked. `dated` (time zone aware) says when; equal records give equal bytes."""
    pages = {name: page for name, page in sorted(recorder.projects.items()) if page is not None}
    header = {
        "format": _FORMAT,
        "dated": dated.astimezone(UTC).isoformat(),
        "projects": list(pages),
        "absent": sorted(recorder.projects.keys() - pages.keys()),
    }
    sections = [
        json.dumps(header, sort_keys=True),
        *(page.listing for page in pages.values()),
        _block(recorder.metadata_lines),
        _block(recorder.build_lines),
    ]
    return sealed("\n\n".join(sections))


def sealed(text: str) -> bytes:
    """The file of a whole text, whose header gets the digest that belongs to it. ValueError without a JSON header."""
    header, _, rest = text.encode("ascii").partition(b"\n\n")
    data = json.loads(header)
    line = json.dumps({**data, "digest": _digest(data, rest)}, sort_keys=True).encode("ascii")
    # A preset and a check spelled out, so that another default of another Python changes no byte.
    return lzma.compress(line + b"\n\n" + rest, lzma.FORMAT_XZ, check=lzma.CHECK_CRC64, preset=6)


class FrozenIndex:
    """Answers from a frozen file, given as its path or its bytes; satisfies the resolver's `PackageSource`.

    Raises FrozenIndexError for what is no such file, and for every question its run did not ask.
    """

    def __init__(self, file: Path | bytes) -> None:
        self._where = file.name if isinstance(file, Path) else "frozen index"
        header, sections, self.metadata_lines, self.build_lines = _read(file, self._where)
        self.dated = datetime.fromisoformat(header["dated"])
        """When it was frozen, time zone aware."""
        self._absent = frozenset(header["absent"])
        self._listings: dict[str, str] = dict(zip(header["projects"], sections, strict=False))
        self._pages: dict[NormalizedName, ProjectPage] = {}

    def pages(self) -> dict[NormalizedName, ProjectPage | None]:
        """Every project that the run asked for; None where the index had no such name."""
        names = map(NormalizedName, (*self._listings, *self._absent))
        return {name: self.project(name) for name in names}

    def project(self, name: NormalizedName) -> ProjectPage | None:
        """The project, or None when the index that was frozen had no such name."""
        if name in self._absent:
            return None
        if name not in self._pages:
            if name not in self._listings:
                raise self._unknown("its page is", name)
            self._pages[name] = ProjectPage(self._listings[name])
        return self._pages[name]

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""
        line = self.metadata_lines.get(_key(file))
        if line is None:
            raise self._unknown(f"the metadata of {file.filename} is", file.name)
        return decode_metadata(line, file)

    def build_requires(self, file: DistFile) -> tuple[str, ...] | Refusal:
        """What building the sdist needs."""
        line = self.build_lines.get(_key(file))
        if line is None:
            raise self._unknown(f"what {file.filename} needs to build is", file.name)
        return decode_build_requires(line, file)

    @property
    def fetches(self) -> int:
        """None: all is here already."""
        return 0

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Nothing: all is here already."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """Nothing, for the same reason."""

    def _unknown(self, what: str, name: NormalizedName) -> FrozenIndexError:
        dated = self.dated.date().isoformat()
        return FrozenIndexError(f"cannot ask: {what} not in {self._where}, frozen on {dated}", where=name, hint=_AGAIN)


class _DamageError(Exception):
    """What is wrong with the file, in words."""


def _read(file: Path | bytes, where: str) -> tuple[dict[str, Any], list[str], dict[str, str], dict[str, str]]:
    error: LockgenError
    try:
        body = file if isinstance(file, bytes) else file.read_bytes()
        header, rest = _unpack(body)
        sections = rest.split("\n\n")
        _check(header, sections)
        metadata, build = map(_lines, sections[-2:])
    except OSError as problem:
        error = FrozenIndexError(f"cannot be read: {problem.strerror}", where=where, hint="Give --frozen a file.")
    except _DamageError as problem:
        error = FrozenIndexError(f"is damaged, or no frozen index: {problem}", where=where, hint=_AGAIN)
    else:
        return header, sections, metadata, build
    raise error


def _unpack(body: bytes) -> tuple[dict[str, Any], str]:
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
    if header.keys() != _KEYS:
        raise _DamageError(f"its header does not hold exactly {', '.join(sorted(_KEYS))}")
    if not _is_moment(header["dated"]):
        raise _DamageError("its header has no date with a time zone")
    for key in ("projects", "absent"):
        if not isinstance(header[key], list) or not all(isinstance(name, str) for name in header[key]):
            raise _DamageError(f"its header has no list of names under {key!r}")
    return header


def _digest(header: Mapping[str, Any], rest: bytes) -> str:
    kept = {key: value for key, value in header.items() if key != "digest"}
    digest = sha256(json.dumps(kept, sort_keys=True).encode("ascii") + b"\n\n")
    digest.update(rest)
    return digest.hexdigest()


def _check(header: Mapping[str, Any], sections: list[str]) -> None:
    """Raises _DamageError where the digest is right and the content is not, as hand-made files have it."""
    if len(sections) != len(header["projects"]) + 2:
        raise _DamageError("its listings are not those of its projects")
    for name, listing in zip(header["projects"], sections, strict=False):
        if _listed(listing) != name:
            raise _DamageError(f"the listing of {name[:60]!r} is another's, or none")


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _listed(listing: str) -> str | None:
    """The project a listing is of; None for what is no listing."""
    try:
        return ProjectPage(listing).name
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _key(file: DistFile) -> str:
    return file.sha256 or f"{file.name} {file.filename}"


def _block(lines: Mapping[str, str]) -> str:
    return "\n".join(f"{key}\t{line}" for key, line in sorted(lines.items()))


def _lines(block: str) -> dict[str, str]:
    try:
        return dict(line.split("\t", 1) for line in block.split("\n") if line)
    except ValueError:
        raise _DamageError("a line of its metadata is not KEY, tab, JSON") from None
