from __future__ import annotations

import contextlib
import hashlib
import json
import lzma
from datetime import timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError, LockgenError
from lockgen.index.frozen import FrozenIndex, Recorder, write_frozen
from lockgen.index.frozen_file import sealed
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from tests.index.loopback import NOW, Index, core_metadata, entry, live, sdist, wheel

DEMO, GONE, MORE = NormalizedName("demo"), NormalizedName("gone"), NormalizedName("more")
V1, V2 = Version("1.0"), Version("2.0")
WHEEL = "demo-1.0-py3-none-any.whl"


def fill(index: Index) -> None:
    body = wheel(core_metadata("demo", "1.0", "Requires-Python: >=3.8", "Requires-Dist: six", "Import-Name: demo"))
    index.put(
        "demo",
        index.put_file(WHEEL, body, yanked="why", **{"requires-python": ">=3.8"}),
        index.put_file("demo-2.0.tar.gz", sdist({"PKG-INFO": core_metadata("demo", "2.0", "Dynamic: Requires-Dist")})),
        entry("demo-1.0.exe"),
        **{"project-status": {"status": "archived"}},
    )
    index.put("more", entry("more-1.tar.gz"))


def ask(source) -> list:
    demo = source.project(DEMO)
    (wheel_file,), (sdist_file,) = demo.files(V1), demo.files(V2)
    return [
        demo.listing,
        demo.versions,
        demo.refusals,
        demo.status,
        wheel_file,
        sdist_file,
        source.project(GONE),
        source.metadata(wheel_file),
        source.metadata(sdist_file),
        source.build_requires(sdist_file),
    ]


def freeze(index: Index, **policy) -> tuple[bytes, list]:
    with live(index, **policy) as source:
        recorder = Recorder(source)
        recorder.expect([DEMO, MORE])
        answers = ask(recorder)
    return write_frozen(recorder, dated=NOW), answers


@pytest.fixture
def frozen(index) -> bytes:
    fill(index)
    return freeze(index)[0]


def test_it_answers_as_the_live_index_did(index, tmp_path):
    fill(index)
    body, answers = freeze(index)
    (tmp_path / "index.xz").write_bytes(body)
    for source in (FrozenIndex(body), FrozenIndex(tmp_path / "index.xz")):
        source.expect([DEMO])
        assert ask(source) == answers
        assert source.dated == NOW
    kinds = [type(answer) for answer in answers[-3:]]
    assert kinds == [Metadata, Refusal, tuple]


def test_equal_content_gives_equal_bytes_whatever_the_order_and_zone(index):
    fill(index)
    with live(index) as source:
        first, second = Recorder(source), Recorder(source)
        first.project(DEMO)
        first.project(MORE)
        second.project(MORE)
        second.project(DEMO)
    abroad = NOW.astimezone(timezone(timedelta(hours=5)))
    assert write_frozen(first, dated=NOW) == write_frozen(second, dated=abroad)


def test_a_frozen_index_can_be_frozen_again(frozen):
    recorder = Recorder(FrozenIndex(frozen))
    ask(recorder)
    assert write_frozen(recorder, dated=NOW) == frozen


def test_it_holds_no_address_and_no_description(frozen, index):
    text = lzma.decompress(frozen).decode("ascii")
    assert "://" not in text
    assert index.host not in text
    assert "Words." not in text


def test_only_what_was_asked_is_in_it(frozen):
    with pytest.raises(
        FrozenIndexError, match=r"more: cannot ask: its page is not in frozen index, frozen on 2026-11-22"
    ):
        FrozenIndex(frozen).project(MORE)


def test_what_was_not_asked_of_a_file_cannot_be_asked(frozen):
    source = FrozenIndex(frozen)
    stranger = DistFile(name=DEMO, version=V1, filename="demo-1.0-cp39-none-any.whl", sha256="f" * 64)
    with pytest.raises(FrozenIndexError, match=r"cannot ask: the metadata of demo-1.0-cp39-none-any.whl is not in"):
        source.metadata(stranger)
    with pytest.raises(FrozenIndexError, match="lockgen freeze"):
        source.build_requires(stranger)


def test_a_hash_that_is_not_the_advertised_one_is_found_while_freezing(frozen):
    class Liar(FrozenIndex):
        def metadata(self, file):
            return Metadata(name=file.name, version=file.version, sha256="1" * 64)

    file = DistFile(name=DEMO, version=V1, filename=WHEEL, sha256="f" * 64, metadata_sha256="0" * 64)
    with pytest.raises(FrozenIndexError, match="another hash than the index advertises"):
        Recorder(Liar(frozen)).metadata(file)
    honest = DistFile(name=DEMO, version=V1, filename=WHEEL, sha256="f" * 64, metadata_sha256="")
    assert Recorder(Liar(frozen)).metadata(honest)


def packed(header: object, *sections: str) -> bytes:
    """A file with the right digest over whatever is given."""
    return sealed("\n\n".join([json.dumps(header), *sections]))


def raw(*sections: str) -> bytes:
    """A file as it stands."""
    return lzma.compress("\n\n".join(sections).encode())


HEADER = {"format": "lockgen frozen index 2", "dated": "2026-11-22T00:00:00+00:00", "projects": [], "absent": []}
OF_DEMO = {**HEADER, "projects": ["demo"]}
LISTING = '{"name": "demo", "status": "active", "refused": []}'


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "its end is missing"),
        (b"plain text of some length", "cannot be unpacked as xz"),
        (lzma.compress(b"x")[:-4], "its end is missing"),
        (packed(HEADER, "", "") + b"more", "more follows"),
        (raw("x"), "does not start with a header"),
        (raw("[]", "", ""), "does not start with a header"),
        (raw("{}", "", ""), "does not start with a header"),
        (raw("[" * 100_000), "does not start with a header"),
        (raw("\xe9"), "does not start with a header"),
        (
            packed({**HEADER, "format": "lockgen frozen index 1"}, "", ""),
            "its format is 'lockgen frozen index 1', and this lockgen reads 'lockgen frozen index 2'",
        ),
        (raw(json.dumps(HEADER), "", ""), "does not hold exactly absent, dated, digest, format, projects"),
        (packed({**HEADER, "more": 1}, "", ""), "does not hold exactly"),
        (packed({**HEADER, "dated": "soon"}, "", ""), "no date with a time zone"),
        (packed({**HEADER, "dated": "2026-11-22"}, "", ""), "no date with a time zone"),
        (packed({**HEADER, "dated": None}, "", ""), "no date with a time zone"),
        (packed({**HEADER, "projects": {"demo": 1}}, "", ""), "no list of names under 'projects'"),
        (packed({**HEADER, "absent": [[]]}, "", ""), "no list of names under 'absent'"),
        (raw(json.dumps({**HEADER, "digest": "0" * 64}), "", ""), "it was changed after it was frozen"),
        (raw(json.dumps({**HEADER, "digest": None}), "", ""), "it was changed after it was frozen"),
        (packed(OF_DEMO, "", ""), "its listings are not those of its projects"),
        (packed(OF_DEMO, '{"name": "other"}', "", ""), "the listing of 'demo' is another's, or none"),
        (packed(OF_DEMO, "[]", "", ""), "the listing of 'demo' is another's, or none"),
        (packed(OF_DEMO, "{", "", ""), "the listing of 'demo' is another's, or none"),
        (packed(HEADER, "no tab", ""), "not KEY, tab, JSON"),
    ],
)
def test_a_damaged_file_says_so_in_words(body, cause):
    with pytest.raises(FrozenIndexError) as caught:
        FrozenIndex(body)
    assert caught.value.message.startswith("is damaged, or no frozen index: ")
    assert cause in caught.value.message
    assert "lockgen freeze" in caught.value.hint


def test_bytes_that_are_no_text_behind_a_right_digest_are_told():
    rest = "\n\n\xe9".encode()
    digest = hashlib.sha256(json.dumps(HEADER, sort_keys=True).encode() + b"\n\n" + rest).hexdigest()
    with pytest.raises(FrozenIndexError, match="more than ASCII text"):
        FrozenIndex(lzma.compress(json.dumps({**HEADER, "digest": digest}).encode() + b"\n\n" + rest))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"why"', '"who"'),  # a listing
        ("six", "sax"),  # metadata
        ('"absent": ["gone"]', '"absent": ["more"]'),  # the header
        ("2026-11-22T00", "2026-11-22T01"),
    ],
)
def test_an_edited_file_is_refused_until_it_is_sealed(frozen, old, new):
    text = lzma.decompress(frozen).decode()
    assert old in text
    with pytest.raises(FrozenIndexError, match="it was changed after it was frozen"):
        FrozenIndex(lzma.compress(text.replace(old, new).encode()))
    assert FrozenIndex(sealed(text.replace(old, new))).project(DEMO)
    assert sealed(text) == frozen


def test_damage_anywhere_is_noticed(frozen):
    for at in range(0, len(frozen), 97):
        damaged = bytearray(frozen)
        damaged[at] ^= 0xFF
        with pytest.raises(FrozenIndexError):
            FrozenIndex(bytes(damaged))


def test_a_file_that_is_not_there_says_so(tmp_path):
    for path in (tmp_path / "none.xz", tmp_path):
        with pytest.raises(FrozenIndexError, match="cannot be read"):
            FrozenIndex(path)


@given(st.binary() | st.binary().map(lzma.compress))
@example(packed(HEADER, "no tab", ""))
@example(packed(OF_DEMO, f"{LISTING}\nno tab", "", ""))
def test_no_bytes_raise_anything_but_our_own_error(body):
    with contextlib.suppress(LockgenError):
        FrozenIndex(body)


def test_metadata_is_kept_by_the_hash_of_its_file(frozen, index):
    text = lzma.decompress(frozen).decode()
    assert hashlib.sha256(index.pages[f"/files/{WHEEL}"]).hexdigest() + "\t" in text
