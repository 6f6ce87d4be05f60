"""What an index, or a disk, may do to lockgen: each test fails when the guard it is about is taken away."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError, IndexUnavailableError
from lockgen.index.cache import Cache
from lockgen.index.frozen import Recorder
from lockgen.matrix.patterns import read_package_pattern
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.resolve.memory import MemoryIndex
from lockgen.resolve.resolver import Resolver
from tests.index.loopback import (
    Index,
    core_metadata,
    drop,
    entry,
    listed,
    live,
    send,
    settings,
    wheel,
)
from tests.universe import Universe, request, row

DEMO, INNER = NormalizedName("demo"), NormalizedName("inner")
WHEEL = "demo-1.0-py3-none-any.whl"
V1 = Version("1.0")


def only(source, name: NormalizedName = DEMO) -> DistFile:
    (file,) = listed(source, name).files(V1)
    return file


def offer(index: Index, metadata: bytes, body: bytes, filename: str = WHEEL, **keys: Any) -> None:
    name = filename.partition("-")[0]
    index.put(name, index.put_file(filename, body, **keys))
    index.pages[f"/files/{filename}.metadata"] = metadata


def test_metadata_of_one_index_never_answers_for_another(index, other, tmp_path):
    body = wheel(core_metadata())
    offer(index, core_metadata("demo", "1.0", "Requires-Dist: evil"), body)
    offer(other, core_metadata(), body)
    with live(index, tmp_path / "cache") as source:
        poisoned = source.metadata(only(source))
    with live(other, tmp_path / "cache") as source:
        clean = source.metadata(only(source))
    assert isinstance(poisoned, Metadata)
    assert isinstance(clean, Metadata)
    assert (poisoned.requires_dist, clean.requires_dist) == (("evil",), ())


def test_metadata_of_one_index_never_answers_for_another_within_a_run(index, other):
    """The other index lists its own file with the hash of the first one's."""
    body = wheel(core_metadata())
    digest = entry(WHEEL, body)["hashes"]
    offer(other, core_metadata("inner", "1.0", "Requires-Dist: evil"), b"", "inner-1.0-py3-none-any.whl", hashes=digest)
    offer(index, core_metadata(), body)
    with live(index, routes={"inner": "mine"}, aliases={"mine": other.address}) as source:
        assert source.metadata(only(source, INNER)) != source.metadata(only(source))
        recorder = Recorder(source)
        recorder.metadata(only(source, INNER))
        with pytest.raises(FrozenIndexError, match="different metadata"):
            recorder.metadata(only(source))


class ByName(Universe):
    def metadata(self, file: DistFile) -> Metadata | Refusal:
        return Metadata(name=file.name, version=file.version)


def test_the_resolver_keeps_metadata_by_file_and_not_by_hash():
    memory = MemoryIndex(ByName({}))
    files = [
        DistFile(name=name, version=V1, filename=f"{name}-1.0-py3-none-any.whl", sha256="a" * 64)
        for name in (DEMO, INNER)
    ]
    assert [memory.metadata(file).name for file in files] == [DEMO, INNER]


def test_the_advertised_hash_of_metadata_is_checked_inside_the_wheel_too(index):
    offer(index, b"", wheel(core_metadata()), WHEEL, **{"core-metadata": {"sha256": "a" * 64}})
    del index.pages[f"/files/{WHEEL}.metadata"]
    with live(index) as source, pytest.raises(IndexUnavailableError, match=r"METADATA inside .* another hash"):
        source.metadata(only(source))


def test_metadata_with_another_advertised_hash_is_fetched_anew(index, tmp_path):
    body = wheel(core_metadata())
    offer(index, core_metadata(), body)
    with live(index, tmp_path / "cache") as source:
        source.metadata(only(source))
    offer(index, core_metadata(), body, WHEEL, **{"core-metadata": {"sha256": "a" * 64}})
    with (
        live(index, tmp_path / "cache", refresh=True) as source,
        pytest.raises(IndexUnavailableError, match="another hash"),
    ):
        source.metadata(only(source))


DAMAGES = {
    "listing": "UPDATE page SET listing = CAST(replace(CAST(listing AS TEXT), '\"py3', '\"py2') AS BLOB)",
    "one digit of a hash": "UPDATE page SET listing = CAST(replace(CAST(listing AS TEXT), 'a', 'b') AS BLOB)",
    "no listing": "UPDATE page SET listing = NULL",
    "no listing and no sum": "UPDATE page SET listing = NULL, listing_sum = NULL",
    "links": "UPDATE page SET links = CAST('x' AS BLOB)",
    "time": "UPDATE page SET fetched_at = 'yesterday'",
    "time in the future": "UPDATE page SET fetched_at = '2099-01-01T00:00:00+00:00'",
    "name": "UPDATE page SET name = 'demo' WHERE name = 'gone'",
    "metadata": "UPDATE line SET line = replace(line, '[', '{')",
    "metadata of another file": "UPDATE line SET line = replace(line, 'six', 'sox')",
    "no text": "UPDATE line SET line = CAST(x'ff00' AS TEXT)",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=list(DAMAGES))
def test_a_damaged_entry_of_the_cache_is_fetched_again(index, tmp_path, damage):
    body = wheel(core_metadata("demo", "1.0", "Requires-Dist: six"))
    offer(index, core_metadata("demo", "1.0", "Requires-Dist: six"), body)

    def read() -> tuple[str, object]:
        with live(index, tmp_path / "cache") as source:
            page = listed(source, DEMO)
            return page.listing, source.metadata(only(source))

    before = read()
    with sqlite3.connect(tmp_path / "cache") as db:
        if "'gone'" in damage:
            db.execute("UPDATE page SET name = 'gone'")
        db.execute(damage)
    db.close()
    assert read() == before
    index.close()
    assert read() == before, "stored again, and settled"


def test_a_damaged_page_is_not_asked_for_by_its_etag(index, tmp_path):
    index.put("demo", entry(WHEEL))
    page = index.pages["/simple/demo/"]
    index.pages["/simple/demo/"] = lambda handler: (
        send(handler, 304, b"") if handler.headers["If-None-Match"] else send(handler, 200, page, ETag='"1"')
    )
    with live(index, tmp_path / "cache") as source:
        before = listed(source, DEMO).listing
    with sqlite3.connect(tmp_path / "cache") as db:
        db.execute(DAMAGES["listing"])
        db.execute(DAMAGES["no listing"])
    db.close()
    with live(index, tmp_path / "cache", as_of=datetime(2026, 12, 24, tzinfo=UTC)) as source:
        assert listed(source, DEMO).listing == before


def test_damage_offline_is_an_error_that_says_what_to_do(index, tmp_path):
    index.put("demo", entry(WHEEL))
    with live(index, tmp_path / "cache") as source:
        source.project(DEMO)
    with sqlite3.connect(tmp_path / "cache") as db:
        db.execute(DAMAGES["one digit of a hash"])
    db.close()
    with (
        live(index, tmp_path / "cache", offline=True) as source,
        pytest.raises(IndexUnavailableError, match="--offline"),
    ):
        source.project(DEMO)


def test_damage_is_counted(tmp_path):
    with Cache(tmp_path / "cache") as cache:
        cache.put_line("site", "metadata", "file", "[]")
    with sqlite3.connect(tmp_path / "cache") as db:
        db.execute("UPDATE line SET line = '{}'")
    db.close()
    with Cache(tmp_path / "cache") as cache:
        assert cache.line("site", "metadata", "file") is None
        assert cache.damaged == 1
        assert cache.line("site", "metadata", "file") is None
        assert cache.damaged == 1


HTML = "<!DOCTYPE html><html><body>{}</body></html>"


def html(index: Index, text: str, *, length: bool) -> None:
    def answer(handler) -> None:
        handler.protocol_version = "HTTP/1.0"
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        if length:
            handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())
        drop(handler)

    index.pages["/simple/demo/"] = answer


@pytest.mark.parametrize("length", [True, False])
@pytest.mark.parametrize("head", ["<!DOCTYPE html><html><body>", "<!DOCTYPE html>"])
def test_html_that_breaks_off_is_no_page(index, tmp_path, head, length):
    anchors = [f'<a href="/files/demo-1.{n}.tar.gz">demo-1.{n}.tar.gz</a>\n' for n in range(9)]
    html(index, head + "".join(anchors[:5]), length=length)
    with live(index, tmp_path / "cache") as source:
        if "<html>" not in head and length:
            assert len(listed(source, DEMO).versions) == 5, "whole by its length, and HTML without a closing tag"
        else:
            with pytest.raises(IndexUnavailableError, match=r"demo: .*breaks off"):
                source.project(DEMO)
    html(index, head + "".join(anchors) + "</body></html>\n", length=length)
    with live(index, tmp_path / "cache", refresh=True) as source:
        assert len(listed(source, DEMO).versions) == 9


@pytest.mark.slow
@pytest.mark.parametrize("where", ["head", "body"])
def test_an_answer_that_drips_comes_to_an_end(index, where):
    def drip(handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"" if where == "head" else b"Content-Length: 9999\r\n\r\n"))
        for _ in range(400):
            time.sleep(0.02)
            try:
                handler.wfile.write(b"X-A: b\r\n" if where == "head" else b" ")
            except OSError:
                return
        drop(handler)

    index.pages["/simple/demo/"] = drip
    began = time.monotonic()
    with (
        live(settings(index, timeout=0.15)) as source,
        pytest.raises(IndexUnavailableError, match=r"demo: .*too slowly"),
    ):
        source.project(DEMO)
    assert time.monotonic() - began < 7
    assert index.asked == ["/simple/demo/"], "a page that takes for ever is not asked for again"


NINES = "9" * 5000


@pytest.mark.parametrize("hint", [f">=3.{NINES}", ">=3.8" + ",!=3.1" * 5000])
def test_a_monstrous_requires_python_refuses_its_file_alone(index, hint):
    index.put("demo", entry(WHEEL), entry("demo-2.0-py3-none-any.whl", **{"requires-python": hint}))
    with live(index) as source:
        page = listed(source, DEMO)
    assert [str(version) for version in page.versions] == ["1.0"]
    assert "Requires-Python" in page.refusals[0].reason
    assert len(page.refusals[0].reason) < 300


@pytest.mark.parametrize(
    "lines",
    [
        [f"Requires-Python: >=3.{NINES}"],
        ["Requires-Dist: six>=" + NINES],
        ["Requires-Dist: six" + ">=1," * 5000],
        ["Requires-Dist: six"] * 10_001,
        ["Requires-Dist: six; python_version >= '3.8'" + " and python_version >= '3.8'" * 1000],
    ],
    ids=["python", "digits", "length", "count", "marker"],
)
def test_monstrous_metadata_refuses_the_file(index, lines):
    offer(index, core_metadata("demo", "1.0", *lines), wheel(core_metadata()))
    with live(index) as source:
        answer = source.metadata(only(source))
    assert isinstance(answer, Refusal)
    assert len(answer.reason) < 300


def test_a_monstrous_file_name_is_refused_and_not_kept_whole(index):
    index.put("demo", entry(f"demo-{'1.' * 5000}0.tar.gz"), entry(WHEEL))
    with live(index) as source:
        page = listed(source, DEMO)
    assert [str(version) for version in page.versions] == ["1.0"]
    assert "characters long" in page.refusals[0].reason
    assert len(page.listing) < 2000


def test_many_requirements_on_one_name_take_time_in_proportion():
    def seconds(count: int) -> float:
        found = Universe({"demo": {"1.0": {"requires": [f"dep>=0.{n}" for n in range(count)]}}, "dep": {"9.0": {}}})
        began = time.process_time()
        Resolver(found).solve(request(row("demo>=1")))
        return time.process_time() - began

    seconds(100)
    assert seconds(4000) < 12 * max(seconds(800), 0.01), "five times as many, and 25 times as long when it is quadratic"


@pytest.mark.parametrize(
    "route",
    ["acme_*", "ACME.*", "acme-*", "Acme__*"],
)
def test_a_routed_name_is_never_asked_of_another_index(index, other, route):
    name = NormalizedName("acme-lib")
    for each in (index, other):
        each.put("acme-lib", entry("acme_lib-99.0-py3-none-any.whl"))
    del other.pages["/simple/acme-lib/"]
    routes = {read_package_pattern(route): "mine"}
    with live(index, routes=routes, aliases={"mine": other.address}) as source:
        source.expect([name])
        assert source.project(name) is None, "not in its own index, so nowhere"
    assert index.asked == []
    assert other.asked == ["/simple/acme-lib/"]


@pytest.mark.parametrize(
    ("listed_with", "complaint"),
    [
        ({}, None),
        ({"md5": "3c59dc048e8850243be8079a5c74d079"}, "another md5"),
        ({"md5": "MD5 of the file"}, None),
        ({"md5": "short"}, None),
    ],
)
def test_a_file_listed_without_sha256_is_hashed(index, tmp_path: Path, listed_with, complaint):
    body = wheel(core_metadata())
    hashes = {
        name: hashlib.md5(body, usedforsecurity=False).hexdigest() if " " in text else text
        for name, text in listed_with.items()
    }
    index.put("demo", index.put_file(WHEEL, body, hashes=hashes))
    with live(index, tmp_path / "cache") as source:
        file = only(source)
        assert file.sha256 == ""
        if complaint:
            with pytest.raises(IndexUnavailableError, match=complaint):
                source.hashed(file)
            return
        assert source.hashed(file).sha256 == entry(WHEEL, body)["hashes"]["sha256"]
        assert "#" not in source.address(file)
    count = len(index.asked)
    with live(index, tmp_path / "cache", offline=True) as source:
        assert source.hashed(only(source)).sha256 == entry(WHEEL, body)["hashes"]["sha256"]
    assert len(index.asked) == count
    index.pages[f"/files/{WHEEL}"] = body + b"changed"
    index.put("demo", entry(WHEEL, body + b"changed", hashes={}))
    with live(index, tmp_path / "cache", refresh=True) as source:
        assert source.hashed(only(source)).sha256 != entry(WHEEL, body)["hashes"]["sha256"]


def test_a_file_too_large_to_be_hashed_is_an_error(index):
    index.put("demo", entry(WHEEL, hashes={}, size=5 * 2**30))
    with live(index) as source, pytest.raises(IndexUnavailableError, match="larger than 4 GiB"):
        source.hashed(only(source))
    assert index.asked == ["/simple/demo/"]


def test_the_html_form_gives_its_md5(index):
    index.types["/simple/demo/"] = "text/html"
    index.pages["/simple/demo/"] = HTML.format(f'<a href="/files/{WHEEL}#md5={"a" * 32}">x</a>').encode()
    index.put_file(WHEEL, wheel(core_metadata()))
    with live(index) as source, pytest.raises(IndexUnavailableError, match="another md5"):
        source.hashed(only(source))
