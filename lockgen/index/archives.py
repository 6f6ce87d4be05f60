"""Reads the few members of wheels and sdists that hold metadata, in memory, trusting nothing in an archive."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Iterator
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from packaging.utils import canonicalize_name

from lockgen.index.metadata import parse_build_requires, parse_metadata, parse_static, refusal
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import NEEDS_BUILD, Refusal

MEMBER_LIMIT = 10 * 2**20
"""Bytes a metadata file may have, unpacked. The largest seen has less than one million."""
UNPACKED_LIMIT = 2 * 2**30
"""Bytes an sdist may have, unpacked; further in nothing is looked for."""

_DEPTH = 2


class ArchiveError(Exception):
    """The archive cannot be read, for the reason in words."""


class NeedBytesError(Exception):
    """The bytes from `start` up to `stop` of a file that is only partly here are needed."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.start = start
        self.stop = stop


class SdistFacts(NamedTuple):
    """Both answers one download of an sdist gives."""

    metadata: Metadata | Refusal
    build_requires: tuple[str, ...] | Refusal


class PartialFile(io.RawIOBase):
    """A file of `size` bytes of which some are here; reading others raises NeedBytesError."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self._parts: list[tuple[int, bytes]] = []
        self._at = 0

    def add(self, start: int, body: bytes) -> None:
        """Puts bytes in their place."""
        self._parts.append((start, body))

    def seekable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place of the next read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the place of the next read, never before the start."""
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, self.size))
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes; all that are left for None or a negative number."""
        stop = self.size if size is None or size < 0 else min(self.size, self._at + size)
        body = self.peek(self._at, stop)
        self._at += len(body)
        return body

    def peek(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop`."""
        if start >= stop:
            return b""
        for at, body in self._parts:
            if at <= start and stop <= at + len(body):
                return body[start - at : stop - at]
        raise NeedBytesError(start, stop)


def read_wheel(wheel: PartialFile | io.BytesIO, file: DistFile) -> Metadata | Refusal:
    """A wheel's metadata (binary distribution format), a refusal for an archive without it.

    Raises NeedBytesError for a file that is only partly here, until all that is needed is.
    """
    try:
        with ZipFile(wheel) as archive:
            body = _zip_member(archive, _metadata_member(archive, file), wheel)
    except NeedBytesError:
        raise
    except ArchiveError as error:
        return refusal(file, str(error))
    except Exception as error:  # noqa: BLE001 - zipfile raises a dozen kinds for what a hostile archive can hold
        return refusal(file, f"it is not a readable wheel ({type(error).__name__})")
    return parse_metadata(body, file)


def read_sdist(body: bytes, file: DistFile) -> SdistFacts:
    """An sdist's static metadata and build requirements (source distribution format); refusals where it has none."""
    try:
        members = dict(_sdist_members(body, file))
    except ArchiveError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - as above, for tarfile, gzip and zipfile
        reason = f"it is not a readable sdist ({type(error).__name__})"
    else:
        return _sdist_facts(members, file)
    return SdistFacts(refusal(file, reason), refusal(file, reason))


def _sdist_facts(members: dict[str, bytes], file: DistFile) -> SdistFacts:
    if "PKG-INFO" in members:
        metadata = parse_static(members["PKG-INFO"], file)
    else:
        metadata = refusal(file, f"{NEEDS_BUILD}: it has no PKG-INFO")
    return SdistFacts(metadata, parse_build_requires(members.get("pyproject.toml"), file))


def _metadata_member(archive: ZipFile, file: DistFile) -> ZipInfo:
    found = [info for info in archive.infolist() if _is_metadata(info.filename)]
    if len(found) != 1:
        raise ArchiveError(f"it has {len(found)} .dist-info folders with METADATA instead of one")
    folder = found[0].filename.partition("/")[0]
    if canonicalize_name(folder.partition("-")[0]) != file.name:
        raise ArchiveError("its .dist-info folder is of another project")
    return found[0]


def _is_metadata(path: str) -> bool:
    folder, _, rest = path.partition("/")
    return folder.endswith(".dist-info") and rest == "METADATA"


def _zip_member(archive: ZipFile, info: ZipInfo, source: PartialFile | io.BytesIO) -> bytes:
    if info.file_size > MEMBER_LIMIT or info.compress_size > MEMBER_LIMIT:
        raise ArchiveError(f"its {info.filename.rpartition('/')[2]} is too large")
    # bz2 and lzma unpack without a bound on the way; no builder writes them.
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ArchiveError("its metadata is compressed in an unusual way")
    if isinstance(source, PartialFile):
        # One request for the member with its local header, whose extra field may be longer than the directory's.
        end = info.header_offset + 30 + 2 * len(info.filename) + 1024 + info.compress_size
        source.peek(info.header_offset, min(end, source.size))
    with archive.open(info) as member:
        return _read_bounded(member.read)


def _read_bounded(read: Callable[[int], bytes]) -> bytes:
    body = read(MEMBER_LIMIT + 1)
    if len(body) > MEMBER_LIMIT:
        raise ArchiveError("its metadata is too large")
    return body


def _sdist_members(body: bytes, file: DistFile) -> Iterator[tuple[str, bytes]]:
    wanted = ("PKG-INFO", "pyproject.toml")
    if file.filename.endswith(".zip"):
        with ZipFile(io.BytesIO(body)) as archive:
            for info in archive.infolist():
                if _is_in_top_folder(info.filename, wanted):
                    yield info.filename.rpartition("/")[2], _zip_member(archive, info, io.BytesIO())
        return
    with _Unpacked(io.BytesIO(body)) as plain, tarfile.open(fileobj=plain, mode="r:") as tar:
        for entry in tar:
            path = entry.name.removeprefix("./")
            # A link could lead anywhere; only a plain file is read.
            if entry.isreg() and _is_in_top_folder(path, wanted):
                yield path.rpartition("/")[2], _tar_member(tar, entry)


def _tar_member(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    if entry.size > MEMBER_LIMIT:
        raise ArchiveError(f"its {entry.name.rpartition('/')[2]} is too large")
    member = tar.extractfile(entry)
    return b"" if member is None else _read_bounded(member.read)


def _is_in_top_folder(path: str, wanted: tuple[str, ...]) -> bool:
    parts = path.split("/")
    return len(parts) == _DEPTH and parts[1] in wanted


class _Unpacked(gzip.GzipFile):
    """A gzip stream that ends a bomb: neither a read nor a place in it may be larger than any real sdist has."""

    def __init__(self, packed: io.BytesIO) -> None:
        super().__init__(fileobj=packed, mode="rb")

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` unpacked bytes; raises ArchiveError for more than any member header has."""
        if size is None or size < 0 or size > 2 * MEMBER_LIMIT:
            raise ArchiveError("it has a member header larger than any real sdist's")
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves to a place in the unpacked bytes; raises ArchiveError for one too far."""
        if offset > UNPACKED_LIMIT:
            raise ArchiveError("it unpacks to more than 2 GiB")
        return super().seek(offset, whence)
