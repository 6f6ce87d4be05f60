"""A small index on loopback, tiny distributions to put on it, and a live index to ask it."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import socket
import ssl
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName

from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.pages import ProjectPage
from lockgen.index.settings import IndexSettings
from lockgen.index.sites import Policy

JSON = "application/vnd.pypi.simple.v1+json"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


class Index:
    """Answers paths from `pages`: bytes, or a function of the request's handler that writes the answer itself."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, bytes | Callable[[Any], None]] = {}
        self.types: dict[str, str] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.ranges = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.block_on_close = False
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if tls else "http"
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.root = f"{scheme}://{self.host}"
        self.address = f"{self.root}/simple"
        self.thread = threading.Thread(target=lambda: self.server.serve_forever(poll_interval=0.01), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                index.asked.append(self.path)
                index.headers.append({name.lower(): value for name, value in self.headers.items()})
                page = index.pages.get(self.path)
                if page is None:
                    send(self, 404, b"no")
                elif callable(page):
                    page(self)
                else:
                    send_part(self, page, index.types.get(self.path, JSON), ranges=index.ranges)

            def log_message(self, *_: object) -> None:
                """Nothing: the tests read `asked`."""

        return Handler

    def put(self, name: str, *files: dict[str, Any], **keys: Any) -> None:
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": list(files), **keys}
        self.pages[f"/simple/{name}/"] = json.dumps(page).encode()

    def put_file(self, filename: str, body: bytes, **keys: Any) -> dict[str, Any]:
        """Serves the file and gives its entry for a page."""
        self.pages[f"/files/{filename}"] = body
        return entry(filename, body, **keys)


def send(handler: Any, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def send_part(handler: Any, body: bytes, kind: str, *, ranges: bool) -> None:
    span = handler.headers.get("Range", "") if ranges else ""
    if not span:
        send(handler, 200, body, Content_Type=kind)
        return
    first, _, last = span.removeprefix("bytes=").partition("-")
    start = int(first) if first else max(0, len(body) - int(last))
    stop = min(len(body), int(last) + 1) if first and last else len(body)
    send(handler, 206, body[start:stop], Content_Range=f"bytes {start}-{stop - 1}/{len(body)}")


def drop(handler: Any) -> None:
    """Ends the connection without an answer."""
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)


def entry(filename: str, body: bytes = b"", **keys: Any) -> dict[str, Any]:
    return {
        "filename": filename,
        "url": f"../../files/{filename}",
        "hashes": {"sha256": hashlib.sha256(body).hexdigest()},
        "size": len(body),
        "upload-time": "2024-01-02T03:04:05.678901Z",
        **keys,
    }


def core_metadata(name: str = "demo", version: str = "1.0", *lines: str) -> bytes:
    return "\n".join(["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}", *lines, "", "Words."]).encode()


def wheel(metadata: bytes, name: str = "demo", version: str = "1.0", ballast: int = 0) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}-{version}.dist-info/METADATA", metadata, compress_type=zipfile.ZIP_DEFLATED)
        archive.writestr(f"{name}/ballast", b"x" * ballast)
    return buffer.getvalue()


def sdist(files: dict[str, bytes], top: str = "demo-1.0") -> bytes:
    buffer = io.BytesIO()
    # No clock in the bytes: they stand in the names of parametrized tests, which all workers have to agree on.
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, body in files.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


async def no_pause(_seconds: float) -> None:
    """What tests wait between attempts."""


def settings(index: Index, **keys: Any) -> IndexSettings:
    # A folder without certificates: the system's take longer to read than such a test takes.
    own = {
        "address": index.address,
        "cert": str(Path(__file__).parent),
        "trust_env": False,
        "retries": 2,
        "timeout": 5.0,
    }
    return IndexSettings(**{**own, **keys})


@contextlib.contextmanager
def live(index: Index | IndexSettings, cache: Path | None = None, **policy: Any) -> Iterator[LiveIndex]:
    asked = settings(index) if isinstance(index, Index) else index
    rules = Policy(**{"now": NOW, "as_of": AS_OF, **policy})
    with Cache(cache) as kept, LiveIndex(asked, kept, rules, pause=no_pause) as source:
        yield source


def listed(source: LiveIndex, name: NormalizedName) -> ProjectPage:
    """The page of a project that there is."""
    found = source.project(name)
    assert found is not None
    return found
