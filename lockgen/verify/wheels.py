"""A folder of wheels shared by all targets: each stands under its own sha256, whole or not at all.

A wheel comes in by a rename, so a crash leaves no half of one; it is hashed again before it is used, so a damaged one
is simply taken again. Threads may share one `WheelFolder`: who needs a wheel that another is taking waits for it.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest
from html import escape
from pathlib import Path

_MOST_METADATA = 10 * 2**20


class WheelFolder:
    """The folder at `root`; made when the first wheel comes in."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._busy: set[str] = set()
        self._metadata: dict[str, bytes] = {}
        self._changed = threading.Condition()

    def path(self, sha256: str) -> Path | None:
        """The wheel with this digest; None when it is not here. A file that no longer matches is removed."""
        for file in sorted((self.root / sha256).glob("*.whl")):
            if digest(file) == sha256:
                return file
            file.unlink(missing_ok=True)
        return None

    def metadata(self, sha256: str) -> bytes | None:
        """The METADATA inside the wheel with this digest, hashed when it came in; None when the wheel is not here."""
        if sha256 not in self._metadata:
            files = sorted((self.root / sha256).glob("*.whl"))
            if not files:
                return None
            self._metadata[sha256] = _metadata_of(files[0])
        return self._metadata[sha256]

    def missing(self, hashes: Iterable[str]) -> frozenset[str]:
        """Those of the digests whose wheel is not here."""
        return frozenset(each for each in hashes if self.path(each) is None)

    def add(self, file: Path) -> str:
        """Move a wheel in and give its digest. Raises OSError, and then nothing has come in."""
        sha256 = digest(file)
        self.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.root, prefix=".coming-") as coming:
            shutil.copyfile(file, Path(coming, file.name))
            (self.root / sha256).mkdir(exist_ok=True)
            Path(coming, file.name).replace(self.root / sha256 / file.name)
        return sha256

    @contextmanager
    def claimed(self, hashes: Iterable[str]) -> Iterator[frozenset[str]]:
        """The digests that are the caller's to take until the block ends; the others are being taken by other threads.

        When all of them are, the block is entered with none once anything has changed.
        """
        with self._changed:
            mine = frozenset(hashes) - self._busy
            if not mine:
                self._changed.wait(0.5)  # a notification missed between looking and waiting costs this much
            self._busy |= mine
        try:
            yield mine
        finally:
            with self._changed:
                self._busy -= mine
                self._changed.notify_all()

    @contextmanager
    def page(self, hashes: Iterable[str], room: Path | None = None) -> Iterator[Path]:
        """A links page (as pip's --find-links reads it) of these wheels, as long as the block runs.

        With a `room` the page stands there, and the wheels beside it, for a pip that sees nothing else.
        """
        found = {each: file for each in sorted(set(hashes)) if (file := self.path(each)) is not None}
        with tempfile.TemporaryDirectory(prefix="lockgen-links-", dir=room) as folder:
            if room is not None:
                found = {sha256: _shared(file, Path(folder, sha256)) for sha256, file in found.items()}
            links = [
                f'<a href="{escape(file.as_uri())}#sha256={sha256}">{escape(file.name)}</a>'
                for sha256, file in found.items()
            ]
            page = Path(folder, "links.html")
            page.write_text("\n".join(["<!DOCTYPE html>", *links, ""]), encoding="utf-8")
            yield page


def _shared(file: Path, folder: Path) -> Path:
    """The file in another folder: a second name of it where the file system has such, else a copy."""
    folder.mkdir()
    with suppress(OSError):
        (folder / file.name).hardlink_to(file)
        return folder / file.name
    return Path(shutil.copyfile(file, folder / file.name))


def _metadata_of(wheel: Path) -> bytes:
    """Empty where the archive has none, or one of unreal size."""
    unreadable = (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError)
    with suppress(*unreadable), zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        if len(names) == 1 and archive.getinfo(names[0]).file_size <= _MOST_METADATA:
            return archive.read(names[0])
    return b""


def digest(file: Path) -> str:
    """Hex sha256 of the file."""
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
