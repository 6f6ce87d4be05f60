"""What an index out of reach, a refusing one and a lying one get: a named package, a named cause, no credential."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import IndexUnavailableError
from lockgen.index.addresses import Login
from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.settings import IndexSettings
from lockgen.index.sites import Policy
from lockgen.model.index import Metadata
from tests.index.loopback import (
    AS_OF,
    JSON,
    NOW,
    Index,
    core_metadata,
    drop,
    entry,
    listed,
    live,
    sdist,
    send,
    settings,
    wheel,
)

DEMO = NormalizedName("demo")
WHEEL = "demo-1.0-py3-none-any.whl"
PAGE = json.dumps({"meta": {"api-version": "1.1"}, "files": []}).encode()
BASIC = "Basic bWU6czNjcmV0"  # me:s3cret


def failure(index: Index | IndexSettings, cache: Path | None = None, **policy) -> IndexUnavailableError:
    with live(index, cache, **policy) as source, pytest.raises(IndexUnavailableError) as caught:
        source.project(DEMO)
    error = caught.value
    assert error.where == "demo"
    assert error.hint
    whole = "".join(traceback.format_exception(error)) + repr(error) + str(error)
    assert "s3cret" not in whole
    assert "127.0.0.1" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


def test_nobody_listens():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    asked = IndexSettings(
        address=f"http://127.0.0.1:{port}/simple", login=Login("me", "s3cret"), trust_env=False, retries=1
    )
    assert "connection is refused or lost (2 attempts)" in failure(asked).message


def test_a_host_name_nobody_knows():
    asked = IndexSettings(address="https://index.invalid/simple", trust_env=False, retries=0)
    assert "out of reach" in failure(asked).message


def test_a_proxy_that_is_not_there():
    asked = IndexSettings(
        address="https://index.invalid/simple", proxy="http://me:s3cret@127.0.0.1:9", trust_env=False, retries=0
    )
    assert failure(asked).message


def test_an_index_that_never_answers(index):
    index.pages["/simple/demo/"] = lambda handler: handler.rfile.read(1)
    assert "no byte came in time" in failure(settings(index, timeout=0.1, retries=0)).message


@pytest.fixture
def guarded(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Index(context)
    server.put("demo")
    yield server
    server.close()


def test_a_certificate_nobody_trusts(guarded):
    error = failure(guarded)
    assert "certificate is not trusted: self" in error.message
    assert "attempts" not in error.message


def test_a_certificate_for_another_host(guarded, certificate):
    address = guarded.address.replace("127.0.0.1", "localhost")
    error = failure(settings(guarded, address=address, cert=str(certificate)))
    assert "it is for another host" in error.message
    assert "localhost" not in error.message


def test_a_trusted_certificate_and_a_trusted_host(guarded, certificate):
    for asked in (
        settings(guarded, cert=str(certificate)),
        settings(guarded, trusted_hosts=("127.0.0.1",)),
        settings(guarded, trusted_hosts=(guarded.host,)),
    ):
        with live(asked) as source:
            assert source.project(DEMO) is not None


def test_certificates_that_cannot_be_read(index, tmp_path):
    with (
        live(settings(index, cert=str(tmp_path / "none.pem"))) as source,
        pytest.raises(IndexUnavailableError, match="CA certificates"),
    ):
        source.project(DEMO)


def test_a_server_that_speaks_no_tls(index):
    asked = settings(index, address=index.address.replace("http:", "https:"), retries=0)
    assert "TLS handshake fails" in failure(asked).message


def guard(page: bytes, status: int = 401):
    def answer(handler):
        if handler.headers.get("Authorization") == BASIC:
            send(handler, 200, page, Content_Type=JSON)
        else:
            send(handler, status, b"who are you?")

    return answer


@pytest.mark.parametrize("status", [401, 403])
def test_without_credentials_a_refusal_says_so(index, status):
    index.pages["/simple/demo/"] = guard(PAGE, status)
    error = failure(index)
    assert f"refuses to give its page (status {status})" in error.message
    assert "netrc" in error.hint
    assert len(index.asked) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_credentials_are_looked_up_once_after_a_refusal(index, status):
    index.pages["/simple/demo/"] = guard(PAGE, status)
    index.pages["/simple/more/"] = guard(PAGE, status)
    looked = []

    def credentials(address):
        looked.append(address)
        return Login("me", "s3cret")

    with live(settings(index, credentials=credentials)) as source:
        assert source.project(DEMO) is not None
        assert source.project(NormalizedName("more")) is not None
        assert source.requests_made == 3
    assert len(looked) == 1


def test_netrc_is_used_before_a_stranger_is_told_404(index):
    index.pages["/simple/demo/"] = guard(PAGE, 404)
    with live(settings(index, netrc=lambda _: Login("me", "s3cret"))) as source:
        assert source.project(DEMO) is not None
        assert source.requests_made == 1


@pytest.mark.parametrize("url", ["http://files.invalid/", "ftp://127.0.0.1/", "http://["])
def test_a_file_at_an_unprotected_address_is_not_asked_for(index, url):
    index.put("demo", entry(WHEEL, url=url + WHEEL))
    with live(index) as source, pytest.raises(IndexUnavailableError, match=WHEEL):
        source.metadata(listed(source, DEMO).files(Version("1.0"))[0])


def test_wrong_credentials_are_tried_once(index):
    index.pages["/simple/demo/"] = guard(PAGE)
    error = failure(settings(index, credentials=lambda _: Login("me", "s3cret-wrong")))
    assert "status 401" in error.message
    assert len(index.asked) == 2


def test_a_broken_keyring_is_one_that_knows_nothing(index):
    index.pages["/simple/demo/"] = guard(PAGE)

    def broken(_address):
        raise RuntimeError("no daemon for s3cret")

    assert "status 401" in failure(settings(index, credentials=broken)).message


def test_a_login_in_the_address_is_sent_at_once_and_stored_nowhere(index, tmp_path):
    index.pages["/simple/demo/"] = guard(json.dumps({"meta": {"api-version": "1.1"}, "files": [entry(WHEEL)]}).encode())
    asked = settings(index, login=Login("me", "s3cret"))
    assert "s3cret" not in repr(asked)
    with live(asked, tmp_path / "c") as source:
        assert source.project(DEMO) is not None
        assert source.requests_made == 1
    for file in tmp_path.iterdir():
        assert b"s3cret" not in file.read_bytes()
        assert b"bWU6" not in file.read_bytes()


def test_a_login_of_an_alias_is_sent_to_that_index_only(index, other):
    index.put("demo")
    other.pages["/simple/mine/"] = guard(PAGE)
    address = other.address.replace("://", "://me:s3cret@")
    with live(index, routes={"mine": "own"}, aliases={"own": address}) as source:
        assert source.project(NormalizedName("mine")) is not None
        assert source.project(DEMO) is not None
    assert "authorization" not in index.headers[0]


def test_a_redirect_to_another_host_takes_no_credential_along(index, other):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 302, b"", Location=f"{other.address}/demo/")
    other.put("demo", entry(WHEEL))
    with live(settings(index, login=Login("me", "s3cret"))) as source:
        page = source.project(DEMO)
        assert page is not None
        assert page.address(page.files(Version("1.0"))[0]) == f"{other.root}/files/{WHEEL}"
    assert index.headers[0]["authorization"] == BASIC
    assert "authorization" not in other.headers[0]


def test_a_login_in_a_redirect_s_address_is_not_used(index, other):
    """An index could have another one asked with a login of its choice, and what it lists would carry that address."""
    location = f"{other.address.replace('://', '://you:s3cret@')}/demo/"
    index.pages["/simple/demo/"] = lambda handler: send(handler, 302, b"", Location=location)
    other.put("demo", entry(WHEEL))
    with live(settings(index)) as source:
        page = source.project(DEMO)
        assert page is not None
        assert page.address(page.files(Version("1.0"))[0]) == f"{other.root}/files/{WHEEL}"
    assert "authorization" not in other.headers[0]


def test_a_redirect_on_the_same_host_keeps_it(index):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 301, b"", Location="/simple/moved/")
    index.pages["/simple/moved/"] = guard(PAGE)
    with live(settings(index, login=Login("me", "s3cret"))) as source:
        assert source.project(DEMO) is not None


def test_a_redirect_from_https_to_http_is_refused(guarded, index, certificate):
    guarded.pages["/simple/demo/"] = lambda handler: send(handler, 302, b"", Location=f"{index.address}/demo/")
    assert "from https to an unprotected address" in failure(settings(guarded, cert=str(certificate))).message
    assert index.asked == []


@pytest.mark.parametrize("location", ["/simple/demo/", "http://[", "ftp://127.0.0.1/x", "file:///etc/passwd", ""])
def test_a_redirect_to_nowhere_is_an_error(index, location):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 302, b"", Location=location)
    assert failure(index).message


def test_a_500_is_asked_again(index):
    answers = iter([500, 502, 200])
    index.pages["/simple/demo/"] = lambda handler: send(handler, next(answers), PAGE, Content_Type=JSON)
    with live(index) as source:
        assert source.project(DEMO) is not None
        assert source.requests_made == 3


def test_a_500_for_ever_is_an_error(index):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 503, b"")
    assert failure(index).message == "the index answers with status 503 (3 attempts)"


@pytest.mark.parametrize(
    ("asked", "waited", "said"),
    [
        ("7", [7.0, 7.0, 7.0, 7.0, 2.0], " (6 attempts); the index asked to wait 7 seconds"),
        ("99999", [10.0, 10.0, 10.0], " (4 attempts); the index asked to wait 99999 seconds"),
        ("0", [0.0] * 7, " (8 attempts)"),
        ("Mon, 01 Jan", [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0], " (8 attempts)"),
        ("9" * 5000, [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0], " (8 attempts)"),
    ],
    ids=["seconds", "a day", "none", "a date", "nonsense"],
)
def test_retry_after_is_honoured_within_bounds(index, asked, waited, said):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 429, b"", Retry_After=asked)
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    with (
        Cache(None) as cache,
        LiveIndex(settings(index, retries=7), cache, Policy(now=NOW, as_of=AS_OF), pause=pause) as source,
        pytest.raises(IndexUnavailableError) as caught,
    ):
        source.project(DEMO)
    assert pauses == waited
    assert caught.value.message == f"the index answers with status 429{said}"


def test_all_pauses_of_one_question_are_bounded_however_many_attempts_pip_is_set_to(index):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 500, b"")
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    with (
        Cache(None) as cache,
        LiveIndex(settings(index, retries=2000), cache, Policy(now=NOW, as_of=AS_OF), pause=pause) as source,
        pytest.raises(IndexUnavailableError),
    ):
        source.project(DEMO)
    assert sum(pauses) == 30.0


def truncate(body: bytes, keep: int):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:keep])
        drop(handler)

    return answer


def test_a_body_that_breaks_off_is_asked_again_and_then_an_error(index):
    index.pages["/simple/demo/"] = truncate(PAGE, 10)
    assert failure(index).message == "the answer breaks off (3 attempts)"
    assert len(index.asked) == 3


def test_a_connection_that_breaks_is_asked_again(index):
    answers: Iterator[Callable[[Any], None]] = iter([drop, partial(send, status=200, body=PAGE, Content_Type=JSON)])
    index.pages["/simple/demo/"] = lambda handler: next(answers)(handler)  # noqa: PLW0108 - the next one at each call
    with live(index) as source:
        assert source.project(DEMO) is not None


def test_damaged_compression_is_an_error(index):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 200, b"no gzip", Content_Encoding="gzip")
    assert "breaks off" in failure(index).message


def test_malformed_json_is_an_error_and_is_not_cached(index, tmp_path):
    index.pages["/simple/demo/"] = b'{"meta": {"api-version": "1.1"}, "files": ['
    assert "malformed JSON at line 1" in failure(index, tmp_path / "c").message
    index.put("demo")
    with live(index, tmp_path / "c") as source:
        assert source.project(DEMO) is not None


def test_a_sign_in_page_is_an_error_and_is_not_cached(index, tmp_path):
    address = "/simple/demo/"
    index.pages[address] = b"<!DOCTYPE html><title>Wi-Fi</title><p>Please sign in"
    index.types[address] = "text/html"
    error = failure(index, tmp_path / "c")
    assert error.message == "the index answered with a page that is no project listing"
    assert "login page" in error.hint
    index.types[address] = JSON
    index.put("demo", entry(WHEEL))
    with live(index, tmp_path / "c") as source:
        assert listed(source, DEMO).versions == (Version("1.0"),)
        assert source.requests_made == 1


@pytest.mark.parametrize("status", [204, 400, 406, 418])
def test_a_status_that_is_no_answer_is_an_error(index, status):
    index.pages["/simple/demo/"] = lambda handler: send(handler, status, b"")
    assert f"answers with status {status}" in failure(index).message


def test_metadata_with_a_wrong_hash_is_an_error(index):
    index.put("demo", index.put_file(WHEEL, b"", **{"core-metadata": {"sha256": "0" * 64}}))
    index.pages[f"/files/{WHEEL}.metadata"] = core_metadata()
    with live(index) as source:
        (file,) = listed(source, DEMO).files(Version("1.0"))
        with pytest.raises(IndexUnavailableError, match=f"demo: the metadata of {WHEEL} has another hash"):
            source.metadata(file)


def test_the_right_hash_of_metadata_is_no_error(index):
    digest = hashlib.sha256(core_metadata()).hexdigest()
    index.put("demo", index.put_file(WHEEL, b"", **{"core-metadata": {"sha256": digest}}))
    index.pages[f"/files/{WHEEL}.metadata"] = core_metadata()
    with live(index) as source:
        answer = source.metadata(listed(source, DEMO).files(Version("1.0"))[0])
        assert isinstance(answer, Metadata)
        assert answer.sha256 == digest


@pytest.mark.parametrize("filename", ["demo-1.0.tar.gz", WHEEL])
def test_a_file_with_a_wrong_hash_is_an_error(index, filename):
    index.ranges = False
    index.put("demo", {**index.put_file(filename, wheel(core_metadata())), "hashes": {"sha256": "0" * 64}})
    with live(index) as source:
        (file,) = listed(source, DEMO).files(Version("1.0"))
        with pytest.raises(IndexUnavailableError, match=f"demo: {filename} has another hash than the index lists"):
            source.metadata(file)


def test_a_refused_file_names_the_package(index):
    index.put("demo", index.put_file("demo-1.0.tar.gz", sdist({})))
    index.pages["/files/demo-1.0.tar.gz"] = lambda handler: send(handler, 403, b"")
    with (
        live(index) as source,
        pytest.raises(IndexUnavailableError, match=r"demo: the index refuses to give demo-1.0.tar.gz"),
    ):
        source.metadata(listed(source, DEMO).files(Version("1.0"))[0])


def test_a_failed_page_hinders_no_other(index):
    index.pages["/simple/demo/"] = lambda handler: send(handler, 500, b"")
    index.put("more")
    with live(index) as source:
        source.expect([DEMO, NormalizedName("more")])
        assert source.project(NormalizedName("more")) is not None
        with pytest.raises(IndexUnavailableError):
            source.project(DEMO)
