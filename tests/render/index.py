"""A loopback package index of tiny wheels and sdists, for clients that want a real one."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

Files = dict[str, bytes]


def wheel(name: str, version: str, *metadata: str, files: dict[str, str] | None = None) -> Files:
    """A pure wheel; `metadata` are further lines such as Requires-Dist."""
    info = f"{name}-{version}.dist-info"
    content = {
        f"{name}.py": f"version = {version!r}\n",
        **(files or {}),
        f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata, ""]),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return {f"{name}-{version}-py3-none-any.whl": buffer.getvalue()}


def sdist(name: str, version: str, files: dict[str, str]) -> Files:
    metadata = {"PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in (metadata | files).items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return {f"{name}-{version}.tar.gz": buffer.getvalue()}


@contextmanager
def served(files: Files) -> Iterator[str]:
    """The address of a Simple API index (PEP 503) that holds the files."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, _, name = self.path.strip("/").partition("/")
            body = files.get(name) if kind == "files" else _page(files, name)
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html" if kind == "simple" else "application/octet-stream")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        do_HEAD = do_GET  # noqa: N815  # the name http.server calls

        def log_message(self, *_) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _page(files: Files, name: str) -> bytes | None:
    links = [
        f'<a href="/files/{filename}#sha256={hashlib.sha256(content).hexdigest()}">{filename}</a>'
        for filename, content in files.items()
        if _project(filename) == canonicalize_name(name)
    ]
    return "\n".join(["<!DOCTYPE html>", *links]).encode() if links else None


def _project(filename: str) -> str:
    return (parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename)(filename)[0]
