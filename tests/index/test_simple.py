from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import IndexUnavailableError, LockgenError
from lockgen.index.pages import ProjectPage
from lockgen.index.simple import parse_page
from tests.index.loopback import entry

DEMO = NormalizedName("demo")
SHA = "a" * 64


def read(body: bytes, **keys) -> ProjectPage:
    texts = parse_page(body, name=DEMO, **keys)
    return ProjectPage(texts.listing, lambda: texts.links)


def page(*files, **keys) -> ProjectPage:
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": "demo", "files": list(files), **keys}).encode()
    return read(body, content_type="application/json", address="https://127.0.0.1/simple/demo/")


def test_a_json_file_keeps_every_field_the_standard_gives():
    listed = entry(
        "demo-1.0-py3-none-any.whl",
        b"x",
        yanked="broken",
        **{"requires-python": ">=3.8", "core-metadata": {"sha256": SHA}},
    )
    (file,) = page(listed).files(Version("1.0"))
    assert (file.name, file.version, file.size, file.requires_python) == ("demo", Version("1.0"), 1, ">=3.8")
    assert (file.yanked, file.metadata_sha256) == ("broken", SHA)
    assert file.uploaded == datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_releases_come_newest_first_and_files_in_the_order_of_the_index():
    names = [
        "demo-1.0.tar.gz",
        "demo-1.10-py3-none-any.whl",
        "demo-1.9.tar.gz",
        "demo-1.10.tar.gz",
        "demo-2.0rc1.tar.gz",
    ]
    found = page(*map(entry, names))
    assert [str(version) for version in found.versions] == ["2.0rc1", "1.10", "1.9", "1.0"]
    assert [file.filename for file in found.files(Version("1.10"))] == [names[1], names[3]]
    assert found.files(Version("7")) == ()


def test_equal_versions_are_one_release():
    found = page(entry("demo-1.0.tar.gz"), entry("demo-1.0.0-py3-none-any.whl"))
    assert found.versions == (Version("1.0"),)
    assert len(found.files(Version("1.0.0.0"))) == 2
    assert {str(file.version) for file in found.files(Version("1.0.0.0"))} == {"1.0"}


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("demo-1.0-py3.6.egg", "neither a wheel"),
        ("demo-1.0.win32.exe", "neither a wheel"),
        ("demo-1.0.tar.bz2", "neither a wheel"),
        ("other-1.0.tar.gz", "another project"),
        ("other-1.0-py3-none-any.whl", "another project"),
        ("demo-latest.tar.gz", "not a version"),
        ("demo-dev-py3-none-any.whl", "not a version"),
        ("demo-1.0.whl", "not the name of a wheel"),
        ("demo-1.0-py3-none.whl", "not the name of a wheel"),
        ("../demo-1.0.tar.gz", "characters"),
        ("demo-1.0\n.tar.gz", "characters"),
    ],
)
def test_a_name_that_says_no_release_is_refused_with_its_reason(filename, reason):
    found = page(entry(filename), entry("demo-2.0.tar.gz"))
    (refusal,) = found.refusals
    assert (refusal.kind, refusal.filename) == ("name", filename)
    assert reason in refusal.reason
    assert found.versions == (Version("2.0"),)


def test_old_names_are_read_as_pip_reads_them():
    body = json.dumps({"meta": {"api-version": "1.0"}, "files": [entry("Zope.Demo-Old-1.0-2.tar.gz")]}).encode()
    texts = parse_page(body, name=NormalizedName("zope-demo-old"))
    assert ProjectPage(texts.listing).versions == (Version("1.0.post2"),)


def test_of_files_listed_twice_the_first_counts():
    found = page(entry("demo-1.0.tar.gz", b"first"), entry("demo-1.0.tar.gz", b"second"))
    (file,) = found.files(Version("1.0"))
    assert file.size == 5


@pytest.mark.parametrize("hint", [">=3.6.*", "!=3.0*", "", None, 3, "python3"])
def test_a_requires_python_hint_that_is_none_is_ignored_as_pip_does(hint):
    (file,) = page(entry("demo-1.0.tar.gz", **{"requires-python": hint})).files(Version("1.0"))
    assert file.requires_python is None


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("size", -1, "size", None),
        ("size", True, "size", None),
        ("upload-time", "yesterday", "uploaded", None),
        ("upload-time", "2024-01-01T00:00:00", "uploaded", None),
        ("upload-time", "0001-01-01T00:00:00+23:00", "uploaded", None),
        ("hashes", {"md5": "x"}, "sha256", ""),
        ("hashes", {"sha256": "short"}, "sha256", ""),
        ("yanked", True, "yanked", ""),
        ("yanked", False, "yanked", None),
        ("yanked", "see https://127.0.0.1/x for why", "yanked", "see (address) for why"),
        ("core-metadata", True, "metadata_sha256", ""),
        ("core-metadata", False, "metadata_sha256", None),
        ("dist-info-metadata", {"sha256": SHA}, "metadata_sha256", SHA),
    ],
)
def test_one_odd_field_spoils_only_itself(key, value, field, expected):
    (file,) = page(entry("demo-1.0.tar.gz", **{key: value})).files(Version("1.0"))
    assert getattr(file, field) == expected


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'{"meta": {"api-ver', "malformed JSON at line 1"),
        (b"", "malformed JSON"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[]", "the page is not dict"),
        (b"{}", "meta is not dict"),
        (b'{"meta": {"api-version": "2.0"}, "files": []}', "api-version '2.0'"),
        (b'{"meta": {"api-version": "1.1"}}', "files is not list"),
        (b'{"meta": {"api-version": "1.1"}, "files": [1]}', "a file is not dict"),
        (b'{"meta": {"api-version": "1.1"}, "files": [{"filename": 1}]}', "a filename is not str"),
        (b'{"meta": {"api-version": "1.1"}, "files": [{"filename": "x", "hashes": {}}]}', "a url is not str"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_page_names_the_package_and_the_cause(body, cause):
    with pytest.raises(IndexUnavailableError) as caught:
        read(body, content_type="application/vnd.pypi.simple.v1+json")
    assert caught.value.where == "demo"
    assert cause in caught.value.message


def test_project_status_is_kept():
    assert page(**{"project-status": {"status": "archived", "reason": "done"}}).status == "archived"
    assert page(**{"project-status": {"status": "sleeping"}}).status == "active"
    assert page().status == "active"


HTML = f"""<!DOCTYPE html><html><head><base href="/files/">
<meta name="pypi:repository-version" content="1.3"><meta name="pypi:project-status" content="deprecated"></head><body>
<a href="demo-1.0-py3-none-any.whl#sha256={SHA}" data-requires-python="&gt;=3.8" data-core-metadata="sha256={SHA}"
   data-yanked="too &amp; bad">demo-1.0-py3-none-any.whl</a>
<a href="sub/demo-1.0%2Blocal.tar.gz" data-dist-info-metadata="true" data-yanked>any text</a>
<a href="/">home</a></body></html>""".encode()


def test_html_keeps_what_html_has():
    found = read(HTML, content_type="text/html; charset=utf-8", address="https://127.0.0.1/simple/demo/")
    assert found.status == "deprecated"
    assert [str(version) for version in found.versions] == ["1.0+local", "1.0"]
    (wheel,) = found.files(Version("1.0"))
    assert (wheel.sha256, wheel.requires_python, wheel.metadata_sha256, wheel.yanked) == (
        SHA,
        ">=3.8",
        SHA,
        "too & bad",
    )
    assert (wheel.uploaded, wheel.size) == (None, None)
    (sdist,) = found.files(Version("1.0+local"))
    assert (sdist.metadata_sha256, sdist.yanked, sdist.sha256) == ("", "", "")
    assert found.address(wheel) == "https://127.0.0.1/files/demo-1.0-py3-none-any.whl"
    assert found.address(sdist) == "https://127.0.0.1/files/sub/demo-1.0%2Blocal.tar.gz"


def test_html_without_a_content_type_is_recognised():
    assert read(b"  " + HTML).status == "deprecated"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b'<meta name="pypi:repository-version" content="2.0">', "api-version '2.0'"),
        (b"<html><form action=login><input></form>", "an HTML form instead of a list"),
        (b"<html><body>Please sign in", "answered with a page that is no project listing"),
        (b"<html><body><a href='/login'>Sign in</a>", "answered with a page that is no project listing"),
        (b"<html><body><a href='/'>", "answered with a page that is no project listing"),
        (b"<!DOCTYPE html>", "answered with a page that is no project listing"),
    ],
)
def test_html_that_is_no_page_is_refused(body, cause):
    with pytest.raises(IndexUnavailableError, match=cause):
        read(body, content_type="text/html")


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE html><meta name="pypi:repository-version" content="1.0">',
        b"<!DOCTYPE html><a href='/files/Demo_old.rpm'>",
        b'{"meta": {"api-version": "1.0"}, "files": []}',
    ],
)
def test_a_listing_without_releases_is_an_empty_project(body):
    assert read(body).versions == ()


def test_addresses_lose_their_logins():
    listed = entry("demo-1.0.tar.gz", url="https://user:secret@127.0.0.1/f/demo-1.0.tar.gz#sha256=x")
    body = json.dumps({"meta": {"api-version": "1.0"}, "files": [listed]}).encode()
    texts = parse_page(body, name=DEMO, address="https://me:secret@127.0.0.1/simple/demo/")
    assert "secret" not in repr(texts)
    found = ProjectPage(texts.listing, lambda: texts.links)
    assert found.address(found.files(Version("1.0"))[0]) == "https://127.0.0.1/f/demo-1.0.tar.gz"


def test_equal_listings_have_equal_texts_whatever_the_addresses():
    one, two = entry("demo-1.0.tar.gz"), entry("demo-1.0.tar.gz", url="https://127.0.0.1/elsewhere?x=1")
    assert page(one).listing == page(two).listing
    assert "127.0.0.1" not in page(two).listing


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
file_values = st.fixed_dictionaries(
    {
        "filename": st.text() | st.from_regex(r"demo-[0-9.]{1,5}(\.tar\.gz|-py3-none-any\.whl)", fullmatch=True),
        "url": st.text(),
    },
    optional=dict.fromkeys(
        ("hashes", "size", "upload-time", "requires-python", "yanked", "core-metadata"), json_values
    ),
)


@given(
    st.binary()
    | st.lists(file_values, max_size=4).map(lambda f: json.dumps({"meta": {"api-version": "1.1"}, "files": f}).encode())
)
@example(b"<base href='http://[x'><a href='http://[/demo-1.0.tar.gz'>")
@example(b"<a href='demo-1.0.tar.gz#sha256'><![<!x")
def test_no_bytes_raise_anything_but_our_own_error(body):
    for kind in ("application/json", "text/html", ""):
        try:
            found = read(body, content_type=kind)
        except LockgenError:
            continue
        for version in found.versions:
            assert all(file.version == version for file in found.files(version))
        assert read_again(found) == [found.files(version) for version in found.versions]


def read_again(found: ProjectPage) -> list:
    again = ProjectPage(found.listing.encode("ascii").decode())
    return [again.files(version) for version in again.versions]
