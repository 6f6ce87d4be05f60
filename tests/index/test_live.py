from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from datetime import datetime

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import IndexUnavailableError
from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.sites import Policy
from lockgen.model.index import Metadata
from lockgen.model.refusal import Refusal
from tests.index.loopback import AS_OF, NOW, Index, core_metadata, entry, listed, live, sdist, send, settings, wheel

DEMO = NormalizedName("demo")
V1 = Version("1.0")
WHEEL = "demo-1.0-py3-none-any.whl"
METADATA = core_metadata("demo", "1.0", "Requires-Dist: six")


def only(source, version=V1):
    (file,) = listed(source, DEMO).files(version)
    return file


def asked(index: Index, end: str) -> int:
    return sum(path.endswith(end) for path in index.asked)


def test_a_project_and_its_files(index):
    index.put("demo", index.put_file(WHEEL, b"x"))
    with live(index) as source:
        source.expect([DEMO])
        project = source.project(DEMO)
        assert project is not None
        assert project.versions == (V1,)
        assert source.requests_made == 1
    assert "application/vnd.pypi.simple.v1+json" in index.headers[0]["accept"]


def test_a_name_the_index_does_not_know_is_none_and_remembered(index, tmp_path):
    for expected in (1, 0):
        with live(index, tmp_path / "c") as source:
            assert source.project(DEMO) is None
            assert source.requests_made == expected


def test_an_index_that_knows_none_of_several_names_could_not_be_asked(index, tmp_path):
    names = [NormalizedName(name) for name in ("demo", "other", "third", "fourth")]
    for _ in range(2):  # the second time from the cache
        with live(index, tmp_path / "c") as source:
            source.expect(names)
            with pytest.raises(IndexUnavailableError, match="none of the 4 projects asked of it") as caught:
                source.project(DEMO)
            assert caught.value.where == "demo, fourth, other, ..."
            assert "The path in the index's address is probably wrong" in caught.value.hint
            assert "127.0.0.1" not in str(caught.value)
            assert "localhost" not in str(caught.value)


def test_one_unknown_name_beside_a_known_one_is_none(index, tmp_path):
    index.put("other", index.put_file("other-1.0-py3-none-any.whl", b"x"))
    for _ in range(2):
        with live(index, tmp_path / "c") as source:
            source.expect([DEMO, NormalizedName("other"), NormalizedName("third")])
            assert source.project(DEMO) is None
            assert source.project(NormalizedName("third")) is None


def test_a_warm_run_makes_no_request(index, tmp_path):
    body, tar = wheel(METADATA), sdist({"PKG-INFO": METADATA})
    index.put("demo", index.put_file(WHEEL, body), index.put_file("demo-1.0.tar.gz", tar))
    answers = []
    for _ in range(2):
        with live(index, tmp_path / "c") as source:
            source.expect([DEMO])
            project = source.project(DEMO)
            assert project is not None
            files = project.files(V1)
            source.expect_metadata(files)
            answers.append(
                (project.listing, [source.metadata(file) for file in files], source.build_requires(files[1]))
            )
            made = source.requests_made
    assert made == 0
    assert answers[0] == answers[1]
    assert answers[0][2] == ("setuptools>=40.8.0",)


WARM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.sites import Policy
from lockgen.index.settings import IndexSettings
with Cache(Path(sys.argv[1])) as cache:
    policy = Policy(now=datetime.now(UTC), as_of=datetime(2026, 11, 20, tzinfo=UTC))
    with LiveIndex(IndexSettings(address=sys.argv[2]), cache, policy) as source:
        assert source.project("demo").versions
print(sorted({"httpx2", "asyncio", "pip", "email", "zipfile", "tarfile"} & set(sys.modules)))
"""


def test_a_warm_run_imports_no_http_library(index, tmp_path):
    index.put("demo", entry(WHEEL))
    with live(index, tmp_path / "c") as source:
        source.project(DEMO)
    done = subprocess.run(
        [sys.executable, "-c", WARM, str(tmp_path / "c"), index.address], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("wrong", [NOW.replace(year=1970), NOW.replace(year=2106)])
def test_a_clock_that_was_wrong_by_years_settles_nothing_once_it_is_right(index, tmp_path, wrong):
    for now, files in ((wrong, []), (NOW, [entry(WHEEL)])):
        index.put("demo", *files)
        with live(index, tmp_path / "c", now=now) as source:
            assert len(listed(source, DEMO).versions) == len(files)


@pytest.mark.parametrize(("fetched", "requests"), [(AS_OF, 0), (AS_OF.replace(day=19), 1)])
def test_a_page_is_settled_when_it_was_fetched_after_as_of(index, tmp_path, fetched, requests):
    index.put("demo", entry(WHEEL))
    with live(index, tmp_path / "c", now=fetched) as source:
        source.project(DEMO)
    with live(index, tmp_path / "c") as source:
        source.project(DEMO)
        assert source.requests_made == requests


def test_as_of_of_one_package_asks_for_it_alone(index, tmp_path):
    for name in ("demo", "more"):
        index.put(name)
    names = [DEMO, NormalizedName("more")]
    with live(index, tmp_path / "c") as source:
        source.expect(names)
        assert all(source.project(name) for name in names)
    with live(index, tmp_path / "c", as_of_for={DEMO: NOW.replace(day=23)}) as source:
        source.expect(names)
        assert all(source.project(name) for name in names)
        assert source.requests_made == 1


def test_refresh_asks_again(index, tmp_path):
    for files in ([], [entry(WHEEL)]):
        index.put("demo", *files)
        with live(index, tmp_path / "c", refresh=True) as source:
            assert len(listed(source, DEMO).versions) == len(files)


def test_an_etag_makes_the_next_question_conditional(index, tmp_path):
    page = json.dumps({"meta": {"api-version": "1.0"}, "files": [entry(WHEEL)]}).encode()

    def answer(handler):
        if handler.headers.get("If-None-Match") == '"one"':
            send(handler, 304, b"", ETag='"one"')
        else:
            send(handler, 200, page, ETag='"one"', Content_Type="application/json")

    index.pages["/simple/demo/"] = answer
    for now in (AS_OF.replace(day=18), NOW, NOW):
        with live(index, tmp_path / "c", now=now) as source:
            assert listed(source, DEMO).versions == (V1,)
    assert len(index.asked) == 2


def test_offline_answers_from_the_cache_however_old(index, tmp_path):
    index.put("demo", index.put_file(WHEEL, wheel(METADATA)))
    with live(index, tmp_path / "c", now=AS_OF.replace(year=2020)) as source:
        source.project(DEMO)
    with live(index, tmp_path / "c", offline=True) as source:
        source.expect([DEMO, NormalizedName("other")])
        file = only(source)
        source.expect_metadata([file])
        with pytest.raises(IndexUnavailableError, match=f"metadata of {WHEEL} is not in the cache, and --offline"):
            source.metadata(file)
        with pytest.raises(IndexUnavailableError, match="other: its page is not in the cache, and --offline"):
            source.project(NormalizedName("other"))
        assert source.requests_made == 0


@pytest.mark.parametrize("advertised", [True, False])
def test_a_metadata_file_is_taken_when_there_is_one(index, advertised):
    keys = {"core-metadata": {"sha256": hashlib.sha256(METADATA).hexdigest()}} if advertised else {}
    index.put("demo", index.put_file(WHEEL, b"never read", **keys))
    index.pages[f"/files/{WHEEL}.metadata"] = METADATA
    with live(index) as source:
        answer = source.metadata(only(source))
    assert isinstance(answer, Metadata)
    assert answer.requires_dist == ("six",)
    assert asked(index, ".whl") == 0


@pytest.mark.parametrize("status", [404, 403, 405])
def test_without_one_ranges_of_the_wheel_are_read(index, status):
    index.put("demo", index.put_file(WHEEL, wheel(METADATA, ballast=1_000_000), **{"core-metadata": True}))
    index.pages[f"/files/{WHEEL}.metadata"] = lambda handler: send(handler, status, b"no")
    with live(index) as source:
        answer = source.metadata(only(source))
    assert isinstance(answer, Metadata)
    spans = [headers["range"] for headers in index.headers if "range" in headers]
    assert spans[0] == "bytes=-65536"
    assert len(spans) == 2


def test_a_server_that_ignores_ranges_sends_the_wheel_once(index):
    index.ranges = False
    index.put("demo", index.put_file(WHEEL, wheel(METADATA, ballast=200_000)))
    with live(index) as source:
        assert isinstance(source.metadata(only(source)), Metadata)
    assert asked(index, ".whl") == 1


def test_a_server_that_refuses_ranges_is_asked_for_the_wheel(index):
    body = wheel(METADATA)
    index.put("demo", index.put_file(WHEEL, body))
    index.pages[f"/files/{WHEEL}"] = lambda handler: send(handler, 416 if "Range" in handler.headers else 200, body)
    with live(index) as source:
        assert isinstance(source.metadata(only(source)), Metadata)


def test_a_page_that_answers_everything_is_no_metadata_file(index):
    index.put("demo", index.put_file(WHEEL, wheel(METADATA)))
    index.pages[f"/files/{WHEEL}.metadata"] = b"<html>welcome</html>"
    with live(index) as source:
        assert isinstance(source.metadata(only(source)), Metadata)


def test_a_huge_table_of_contents_is_not_fetched(index):
    body = bytearray(wheel(METADATA, ballast=100_000))
    end = body.rindex(b"PK\x05\x06")
    body[end + 12 : end + 16] = (2**32 - 10).to_bytes(4, "little")
    index.put("demo", index.put_file(WHEEL, bytes(body)))
    with live(index) as source:
        assert isinstance(source.metadata(only(source)), Refusal)


def test_an_sdist_is_fetched_once_for_both_answers(index):
    tar = sdist({"PKG-INFO": METADATA, "pyproject.toml": b"[build-system]\nrequires = ['flit']"})
    index.put("demo", index.put_file("demo-1.0.tar.gz", tar))
    with live(index) as source:
        file = only(source)
        assert source.build_requires(file) == ("flit",)
        assert isinstance(source.metadata(file), Metadata)
        assert isinstance(source.metadata(file), Metadata)
    assert asked(index, ".tar.gz") == 1


def test_a_listed_file_that_is_gone_is_refused_and_asked_again_next_time(index, tmp_path):
    index.put("demo", entry("demo-1.0.tar.gz"))
    for _ in range(2):
        with live(index, tmp_path / "c") as source:
            answer = source.metadata(only(source))
            assert isinstance(answer, Refusal)
            assert "does not have it" in answer.reason
    assert asked(index, ".tar.gz") == 2


def test_a_file_too_large_to_fetch_is_refused(index):
    index.put("demo", entry("demo-1.0.tar.gz", size=2**40))
    with live(index) as source:
        answer = source.metadata(only(source))
        assert isinstance(answer, Refusal)
        assert "too large to fetch" in answer.reason
    assert asked(index, ".tar.gz") == 0


def test_a_cache_cleared_under_way_is_no_missing_project(index, tmp_path):
    index.put("demo", entry(WHEEL))
    with live(index, tmp_path / "c") as source:
        source.project(DEMO)
    with live(index, tmp_path / "c") as source:
        source._cache.clear()
        with pytest.raises(IndexUnavailableError, match="the cache lost its page"):
            source._stored_page(DEMO)


def test_html_is_enough(index):
    index.put_file(WHEEL, wheel(METADATA))
    index.pages["/simple/demo/"] = f"<a href='../../files/{WHEEL}'>{WHEEL}</a>".encode()
    index.types["/simple/demo/"] = "text/html"
    with live(index) as source:
        file = only(source)
        assert file.uploaded is None
        assert isinstance(source.metadata(file), Metadata)


def test_a_routed_package_is_asked_of_its_own_index_only(index, other):
    index.put("inner-demo", entry("inner_demo-9.0.tar.gz"))
    index.put("demo")
    with live(index, routes={"inner-*": "mine"}, aliases={"mine": other.address}) as source:
        assert source.project(NormalizedName("inner-demo")) is None
        assert source.project(DEMO) is not None
    assert index.asked == ["/simple/demo/"]
    assert other.asked == ["/simple/inner-demo/"]


def test_two_indexes_do_not_share_pages_in_the_cache(index, other, tmp_path):
    index.put("demo", entry(WHEEL))
    with live(index, tmp_path / "c") as source:
        assert source.project(DEMO) is not None
    with live(other, tmp_path / "c") as source:
        assert source.project(DEMO) is None


def test_a_route_to_an_unknown_alias_says_what_to_set(index):
    with live(index, routes={"demo": "my-mirror"}) as source:
        source.expect([DEMO])
        with pytest.raises(IndexUnavailableError, match="LOCKGEN_INDEX_MY_MIRROR"):
            source.project(DEMO)
    assert index.asked == []


def test_several_threads_ask_once(index):
    names = [NormalizedName(f"demo{number}") for number in range(10)]
    for name in names:
        index.put(name)
    seen: list[str] = []
    with live(index) as source:
        workers = [
            threading.Thread(target=lambda: seen.extend(listed(source, name).name for name in names)) for _ in range(5)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert source.requests_made == len(names)
    assert sorted(seen) == sorted(names * 5)


def test_progress_is_told(index, tmp_path):
    index.put("demo")
    told: list[tuple[int, int]] = []
    with (
        Cache(None) as cache,
        LiveIndex(
            settings(index),
            cache,
            Policy(now=NOW, as_of=AS_OF),
            progress=lambda come, asked: told.append((come, asked)),
        ) as source,
    ):
        source.project(DEMO)
    assert told == [(0, 1), (1, 1)]


def test_closing_gives_up_what_is_under_way(index):
    gate = threading.Event()

    def late(handler):
        if gate.wait(10):
            send(handler, 404, b"")

    index.pages["/simple/demo/"] = late
    started = datetime.now(tz=NOW.tzinfo)
    with live(index) as source:
        source.expect([DEMO])
    gate.set()
    assert (datetime.now(tz=NOW.tzinfo) - started).total_seconds() < 5
