"""Requirements that no index serves: addresses and paths, told apart from names as pip does."""

from __future__ import annotations

import os
import re
from urllib.parse import urljoin, urlsplit
from urllib.request import url2pathname

ADDRESS = re.compile(r"(https?|ftp|file):|(git|hg|svn|bzr)\+", re.IGNORECASE)
"""What an address of a file or of version control begins with."""
_WEB = re.compile(r"(https?|ftp):", re.IGNORECASE)
_PATH = re.compile(r"[./]|[a-z]:[\\/]", re.IGNORECASE)
# A path may hold an @; without a slash before it, it stands between a name and its address.
_ARCHIVE = re.compile(
    r"([^@]*/.*|[^@]*)\.(whl|zip|tar|tgz|tbz|txz|tlz|tar\.(gz|bz2|xz|lz|lzma))(\[[^]]*\])?", re.IGNORECASE
)


def is_on_the_web(path: str) -> bool:
    """Whether it is an address that is fetched rather than a path on this machine."""
    return _WEB.match(path) is not None


def is_path(text: str) -> bool:
    """Whether a requirement is the path of a folder or an archive."""
    if _PATH.match(text) or _ARCHIVE.fullmatch(text):
        return True
    return "/" in text and not re.search(r"[\s=<>@]|://", text)


def beside(file: str, path: str) -> str:
    """A path named in a file counts from that file's folder, on the web as on this machine."""
    if is_on_the_web(path):
        return path
    if is_on_the_web(file):
        return urljoin(file, path)
    if path.lower().startswith("file:"):
        path = url2pathname(urlsplit(path).path)
    return os.path.normpath(os.path.join(os.path.dirname(file), path))  # noqa: PTH118, PTH120 - a text, not a file
