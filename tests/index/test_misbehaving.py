"""An index that misbehaves in every way but those of test_faults and test_hostile: an end, words, and the rest unharmed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import IndexUnavailableError, LockgenError
from lockgen.index import fetch
from lockgen.model.refusal import Refusal
from lockgen.resolve.resolver import Resolver
from tests.index.loopback import JSON, Index, core_metadata, drop, entry, listed, live, send, settings
from tests.universe import request, row

DEMO, OTHER = NormalizedName("demo"), NormalizedName("other")
WHEEL = "demo-1.0-py3-none-any.whl"
BOUND = 5.0
"""Seconds that any of it may take; each takes a fraction."""


def endless(handler: Any) -> None:
    """A body without a length and without an end."""
    handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\n\r\n".encode())
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b" " * 2**16)
    except OSError:
        return


def promised(length: int) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nContent-Type: {JSON}\r\n\r\n".encode())
        handler.wfile.write(b'{"meta"')
        drop(handler)

    return answer


def chunked(handler: Any) -> None:
    """A chunk whose length is no number."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")
    drop(handler)


def many_headers(handler: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        for number in range(20_000):
            handler.wfile.write(f"X-{number}: {'y' * 100}\r\n".encode())
        handler.wfile.write(b"\r\n")
    except OSError:
        return
    drop(handler)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (endless, "answers with far too much"),
        (promised(5 * 2**30), "demo: "),
        (chunked, "the answer breaks off"),
        (many_headers, "demo: "),
        (lambda handler: send(handler, 200, b"\x1f\x8b", Content_Type=JSON, Content_Encoding="gzip"), "demo: "),
        (lambda handler: send(handler, 200, b"{}", Content_Type="text/html\x1b[31m"), "demo: "),
        (lambda handler: send(handler, 299, b"", Content_Type=JSON), "status 299"),
    ],
    ids=["endless", "5 GB promised", "bad chunk", "headers", "half a gzip", "escape in a header", "status"],
)
def test_an_answer_that_is_none_ends_in_words(index: Index, answer: Any, said: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(fetch, "PAGE_LIMIT", 2**20)
    index.pages["/simple/demo/"] = answer
    index.put("other", entry("other-1.0-py3-none-any.whl"))
    began = time.monotonic()
    with live(settings(index, retries=0, timeout=2.0)) as source:
        with pytest.raises(IndexUnavailableError) as caught:
            source.project(DEMO)
        assert said in str(caught.value)
        assert "demo" in str(caught.value)
        assert str(caught.value).isprintable() or "\n" in str(caught.value)
        assert listed(source, OTHER).versions == (Version("1.0"),), "the other package is not harmed"
    assert time.monotonic() - began < BOUND


BAD_NAMES = (
    "../demo-1.0-py3-none-any.whl",
    "..\\demo-1.0-py3-none-any.whl",
    "/etc/demo-1.0-py3-none-any.whl",
    "demo-1.0-py3-none-any.whl\0",
    "demo-1.\x1b[31m0-py3-none-any.whl",
    "demo-1.0\u202e-py3-none-any.whl",
    "demo-1.0-py3-none-any.whl\n--index-url=x",
    "demo-1.0-py3-none-any.whl # x",
    "demo-1.0;x-py3-none-any.whl",
)


@pytest.mark.parametrize("filename", BAD_NAMES)
def test_a_file_name_that_is_none_belongs_to_no_release(index: Index, filename: str) -> None:
    good = index.put_file(WHEEL, b"")
    index.put("demo", {**entry(WHEEL), "filename": filename}, good)
    with live(index) as source:
        page = listed(source, DEMO)
        assert [file.filename for file in page.files(Version("1.0"))] == [WHEEL]
        assert len(page.refusals) == 1


def test_of_two_entries_of_one_name_the_first_counts(index: Index) -> None:
    """As in pip; and the second one's address is not asked for."""
    index.put("demo", index.put_file(WHEEL, b"one"), {**entry(WHEEL, b"two"), "url": "../../files/other"})
    index.pages[f"/files/{WHEEL}.metadata"] = core_metadata()
    with live(index) as source:
        (file,) = listed(source, DEMO).files(Version("1.0"))
        assert not isinstance(source.metadata(file), Refusal)
    assert not [path for path in index.asked if "other" in path]


def test_versions_that_normalise_alike_are_one_release(index: Index) -> None:
    names = [
        f"demo-{version}-{tag}-none-any.whl" for version, tag in (("1.0", "py3"), ("1.0.0", "py2"), ("v1", "py37"))
    ]
    index.put("demo", *(index.put_file(name, b"") for name in names))
    with live(index) as source:
        page = listed(source, DEMO)
        assert page.versions == (Version("1.0"),)
        assert [file.filename for file in page.files(Version("1.0.0"))] == names


def test_where_everything_is_yanked_the_no_says_so(index: Index) -> None:
    index.put("demo", index.put_file(WHEEL, b"", yanked="all of it \x1b[31mbad"))
    index.pages[f"/files/{WHEEL}.metadata"] = core_metadata()
    with live(index) as source:
        outcome = Resolver(source).solve(request(row("demo>=1")))
    assert "yanked" in repr(outcome)


def test_200_and_500_by_turns_end_in_the_page_or_in_words(index: Index) -> None:
    turn = iter(range(10**6))
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "files": [entry(WHEEL)]}).encode()
    pages = {f"/simple/demo{n}/": body.replace(b'"demo"', f'"demo{n}"'.encode()) for n in range(6)}

    def flaky(page: bytes) -> Callable[[Any], None]:
        return lambda handler: send(handler, 500 if next(turn) % 2 else 200, page, Content_Type=JSON)

    index.pages |= {path: flaky(page) for path, page in pages.items()}
    with live(settings(index, retries=5)) as source:
        for number in range(6):
            try:
                assert source.project(NormalizedName(f"demo{number}")) is not None
            except LockgenError as error:
                assert f"demo{number}" in str(error)  # noqa: PT017 - either is right, silence is not
    assert source.requests_made < 40
