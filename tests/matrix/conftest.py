"""Small matrices that are right, for tests that break one thing at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from lockgen.errors import MatrixError
from lockgen.matrix.load import load_matrices
from tests.remembered import remember

PHASE = b"""schema: 1
phase: "1"
title: One
revision: 1
server: fastapi
as_of: 2026-11-20T00:00:00Z
dependencies:
  - name: fastapi
    minimum: "0.95.0"
    recommended: "0.99.1"
    maximum: "<0.100.0"
  - name: httpx
    minimum: "0.24.0"
    maximum: "<1.0.0"
optional:
  fast:
    - name: uvloop
      minimum: "0.17.0"
      when: {platforms: ["linux-*", "alpine-*"]}
"""
TARGETS = b"""schema: 1
pythons:
  - python: "3.7"
    unsupported: {fastapi: {reason: Too old, remedy: Use flask.}}
  - python: "3.8"
  - python: "3.12"
platforms:
  - {name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}
  - {name: macos-arm64, os: macos, arch: arm64, macos: "13.0"}
  - {name: windows-x86_64, os: windows, arch: x86_64}
  - {name: alpine-aarch64, os: linux, arch: aarch64, musl: "1.2"}
"""


SERVERS = b"""schema: 1
servers:
  - {name: flask, title: Flask/Gunicorn}
  - {name: fastapi, title: FastAPI/Uvicorn}
setting: SERVER_TYPE
checks:
  - name: event-loop
    server: fastapi
    because: LOOP is read by it
    choice: {what: event loop, setting: LOOP, package: uvloop, fallback: asyncio}
"""


@pytest.fixture(scope="package", autouse=True)
def _documents_are_read_once() -> Iterator[None]:
    """Most of these tests spoil one file of several, and the others are the same again and again."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        remember(monkeypatch)
        yield


@pytest.fixture(scope="session")
def good() -> Mapping[str, bytes]:
    """A directory with nothing wrong in it."""
    return {"phase-1.yaml": PHASE, "targets.yaml": TARGETS, "servers.yaml": SERVERS}


@pytest.fixture(scope="session")
def complaints() -> Callable[[Mapping[str, bytes]], str]:
    """What is said about a directory, all of it."""

    def said(texts: Mapping[str, bytes]) -> str:
        with pytest.raises(MatrixError) as caught:
            load_matrices(texts)
        return f"{caught.value}\n"

    return said
