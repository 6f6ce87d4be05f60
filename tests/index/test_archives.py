from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.index import archives
from lockgen.index.archives import NeedBytesError, PartialFile, read_sdist, read_wheel
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from tests.index.loopback import core_metadata, sdist, wheel

WHEEL = DistFile(name=NormalizedName("demo"), version=Version("1.0"), filename="demo-1.0-py3-none-any.whl", sha256="")
TAR = DistFile(name=NormalizedName("demo"), version=Version("1.0"), filename="demo-1.0.tar.gz", sha256="")
ZIP = DistFile(name=NormalizedName("demo"), version=Version("1.0"), filename="demo-1.0.zip", sha256="")


def refused(answer: object) -> str:
    assert isinstance(answer, Refusal), answer
    assert answer.kind == "metadata"
    return answer.reason


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def test_a_wheel_gives_its_metadata():
    assert isinstance(read_wheel(io.BytesIO(wheel(core_metadata())), WHEEL), Metadata)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a readable wheel"),
        (b"PK\x03\x04" * 20, "not a readable wheel"),
        (zipped({"demo/__init__.py": b""}), "0 .dist-info folders"),
        (zipped({"demo-1.0.dist-info/METADATA": b"", "demo-2.dist-info/METADATA": b""}), "2 .dist-info folders"),
        (zipped({"other-1.0.dist-info/METADATA": b""}), "of another project"),
        (zipped({"demo-1.0.dist-info/METADATA": b"x"}, zipfile.ZIP_BZIP2), "compressed in an unusual way"),
        (zipped({"demo-1.0.dist-info/METADATA": b"x"}, zipfile.ZIP_LZMA), "compressed in an unusual way"),
    ],
)
def test_a_wheel_without_readable_metadata_is_refused(body, reason):
    assert reason in refused(read_wheel(io.BytesIO(body), WHEEL))


def test_a_bomb_in_a_wheel_is_not_unpacked():
    body = zipped({"demo-1.0.dist-info/METADATA": b"\0" * (archives.MEMBER_LIMIT + 1)})
    assert len(body) < 100_000
    assert "too large" in refused(read_wheel(io.BytesIO(body), WHEEL))


def test_a_bomb_that_lies_about_its_size_is_not_unpacked():
    size = archives.MEMBER_LIMIT * 4
    body = zipped({"demo-1.0.dist-info/METADATA": b"\0" * size})
    lie = body.replace(struct.pack("<I", size), struct.pack("<I", 100))
    assert refused(read_wheel(io.BytesIO(lie), WHEEL))


def test_a_damaged_member_is_refused():
    body = bytearray(wheel(core_metadata()))
    at = body.index(b"demo-1.0.dist-info/METADATA") + 40
    body[at : at + 20] = b"\xff" * 20
    assert refused(read_wheel(io.BytesIO(bytes(body)), WHEEL))


def test_a_partial_wheel_says_which_bytes_it_needs():
    body = wheel(core_metadata(), ballast=300_000)
    partial = PartialFile(len(body))
    partial.add(len(body) - 1000, body[-1000:])
    with pytest.raises(NeedBytesError) as caught:
        read_wheel(partial, WHEEL)
    need = caught.value
    partial.add(need.start, body[need.start : need.stop])
    assert isinstance(read_wheel(partial, WHEEL), Metadata)


def test_an_sdist_gives_both_answers():
    facts = read_sdist(
        sdist({"PKG-INFO": core_metadata(), "pyproject.toml": b"[build-system]\nrequires=['flit']"}), TAR
    )
    assert isinstance(facts.metadata, Metadata)
    assert facts.build_requires == ("flit",)


def test_a_zipped_sdist_gives_both_answers():
    facts = read_sdist(zipped({"demo-1.0/PKG-INFO": core_metadata(), "demo-1.0/sub/pyproject.toml": b"!"}), ZIP)
    assert isinstance(facts.metadata, Metadata)
    assert facts.build_requires == ("setuptools>=40.8.0",)


def test_an_sdist_without_pkg_info_needs_a_build():
    assert "needs a build: it has no PKG-INFO" in refused(read_sdist(sdist({"setup.py": b""}), TAR).metadata)


@pytest.mark.parametrize("body", [b"", b"\x1f\x8b\x08\x00", gzip.compress(b"not a tar" * 100, mtime=0), b"plain"])
def test_what_is_no_sdist_is_refused(body):
    for file in (TAR, ZIP):
        facts = read_sdist(body, file)
        assert "not a readable sdist" in refused(facts.metadata)
        assert "not a readable sdist" in refused(facts.build_requires)


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for member, body in members:
            archive.addfile(member, io.BytesIO(body))
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
def test_what_is_no_plain_file_is_not_followed(kind):
    member = tarfile.TarInfo("demo-1.0/PKG-INFO")
    member.type, member.linkname = kind, "/etc/passwd"
    assert "no PKG-INFO" in refused(read_sdist(tar_of((member, b"")), TAR).metadata)


def test_a_bomb_in_an_sdist_is_not_unpacked():
    member = tarfile.TarInfo("demo-1.0/PKG-INFO")
    member.size = archives.MEMBER_LIMIT + 1
    assert "too large" in refused(read_sdist(tar_of((member, b"\0" * member.size)), TAR).metadata)


def test_a_member_header_of_gigabytes_is_refused():
    header = tarfile.TarInfo("demo-1.0/x")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 3 * 2**30
    body = gzip.compress(header.tobuf() + b"\0" * 10_000)
    assert "member header larger" in refused(read_sdist(body, TAR).metadata)


def test_an_sdist_that_unpacks_to_gigabytes_is_refused():
    member = tarfile.TarInfo("demo-1.0/x")
    member.size = 3 * 2**30
    body = gzip.compress(member.tobuf() + b"\0" * 10_000)
    assert "more than 2 GiB" in refused(read_sdist(body, TAR).metadata)


@given(st.binary())
def test_no_bytes_make_a_reader_raise(body):
    assert isinstance(read_wheel(io.BytesIO(body), WHEEL), Refusal)
    for file in (TAR, ZIP):
        assert isinstance(read_sdist(body, file).metadata, Refusal)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_no_damage_makes_a_reader_raise(at, damage):
    for body, read in (
        (wheel(core_metadata()), lambda b: read_wheel(io.BytesIO(b), WHEEL)),
        (sdist({"PKG-INFO": core_metadata()}), lambda b: read_sdist(b, TAR).metadata),
    ):
        assert isinstance(read(body[:at] + damage + body[at + len(damage) :]), Metadata | Refusal)
