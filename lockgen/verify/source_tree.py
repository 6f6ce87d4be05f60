"""An sdist unpacked for a build, and the build backend that it names."""

from __future__ import annotations

import io
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_MOST_BYTES = 2 * 2**30
_LEGACY = "setuptools.build_meta:__legacy__"
"""The backend of a source tree that names none (PEP 517)."""


class SourceTreeError(Exception):
    """The sdist cannot be unpacked, or names no backend that can be called; the reason in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """The top folder of an unpacked sdist with its `[build-system]` (PEP 517, 518)."""

    folder: Path
    backend: str
    backend_path: tuple[str, ...]


def unpack(content: bytes, filename: str, folder: Path) -> SourceTree:
    """The sdist unpacked into the empty folder; nothing of it lands outside. Raises SourceTreeError."""
    try:
        if filename.endswith(".zip"):
            _unzip(content, folder)
        else:
            _untar(content, folder)
    except SourceTreeError:
        raise
    except Exception as error:  # these modules raise a dozen kinds for what a hostile archive can hold
        raise SourceTreeError(f"it cannot be unpacked ({type(error).__name__}: {error})") from error
    tops = [each for each in folder.iterdir() if each.is_dir()]
    if len(tops) != 1:
        raise SourceTreeError(f"it has {len(tops)} top folders instead of one")
    return _source_tree(tops[0])


def _untar(content: bytes, folder: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as archive:
        _check_size(member.size for member in archive.getmembers())
        # The filter refuses links and paths that lead out of the folder (PEP 706).
        archive.extractall(folder, filter="data")


def _unzip(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _check_size(member.file_size for member in archive.infolist())
        archive.extractall(folder)  # noqa: S202 - zipfile keeps names inside by itself


def _check_size(sizes: Iterable[int]) -> None:
    if sum(sizes) > _MOST_BYTES:
        raise SourceTreeError(f"unpacked it is larger than {_MOST_BYTES >> 30} GiB")


def _source_tree(folder: Path) -> SourceTree:
    file = folder / "pyproject.toml"
    try:
        table = tomllib.loads(file.read_text("utf-8")).get("build-system", {}) if file.is_file() else {}
        backend, path = table.get("build-backend", _LEGACY), table.get("backend-path", [])
        is_readable = isinstance(backend, str) and all(isinstance(each, str) for each in path)
    except (ValueError, AttributeError, TypeError):
        is_readable = False
    if not is_readable:
        raise SourceTreeError("its pyproject.toml has no [build-system] that can be read")
    if backend == _LEGACY and not (folder / "setup.py").is_file() and not file.is_file():
        raise SourceTreeError("it has neither a pyproject.toml nor a setup.py")
    return SourceTree(folder=folder, backend=backend, backend_path=tuple(path))
