from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.index.metadata import parse_build_requires, parse_metadata, parse_static
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from tests.index.loopback import core_metadata

DEMO = DistFile(name=NormalizedName("demo"), version=Version("1.0"), filename="demo-1.0-py3-none-any.whl", sha256="")


def test_the_fields_a_resolver_needs():
    body = core_metadata(
        "De_Mo".replace("_", ""),
        "1.0.0",
        "Requires-Python: >=3.8",
        "Requires-Dist: Foo_Bar[x]>=1; extra == 'Dev_Tools'",
        "Requires-Dist: six",
        "Provides-Extra: Dev_Tools",
        "Provides-Extra: dev-tools",
        "Import-Name: demo",
        "Import-Name: demo.sub",
    )
    assert parse_metadata(body, DEMO) == Metadata(
        name=DEMO.name,
        version=Version("1.0"),
        requires_python=">=3.8",
        requires_dist=("Foo_Bar[x]>=1; extra == 'Dev_Tools'", "six"),
        provides_extra=("dev-tools",),
        import_names=("demo", "demo.sub"),
        sha256=hashlib.sha256(body).hexdigest(),
    )


@pytest.mark.parametrize(
    "line",
    [
        "six (>=1.10,)",
        "six(>=1)",
        "six >= 1 ,<2",
        "six; os.name == 'nt'",
        "six; python_implementation == 'CPython'",
        "six>=1;\n extra == 'x'",
    ],
)
def test_what_pip_tolerates_in_a_requirement_is_kept(line):
    answer = parse_metadata(core_metadata("demo", "1.0", f"Requires-Dist: {line}"), DEMO)
    assert isinstance(answer, Metadata)
    assert [Requirement(text).name for text in answer.requires_dist] == ["six"]


@pytest.mark.parametrize(
    "line",
    [
        "pytz (>dev)",
        "elasticsearch-dsl (>=7.2.0<8.0.0)",
        "omegaconf >=2.0.*",
        "six!=3.0*",
        "six; python_version > '3' and",
        "",
        "-r x.txt",
    ],
)
def test_what_pip_refuses_in_a_requirement_refuses_the_file(line):
    answer = parse_metadata(core_metadata("demo", "1.0", "Requires-Dist: six", f"Requires-Dist: {line}"), DEMO)
    assert isinstance(answer, Refusal)
    assert (answer.kind, answer.filename) == ("metadata", DEMO.filename)
    assert repr(line) in answer.reason


@pytest.mark.parametrize("value", [">=3.6.*", ">=2.7, !=3.0*", "3", "", ">=2.7,!=3.*.*"])
def test_a_requires_python_that_is_none_is_ignored_as_pip_does(value):
    answer = parse_metadata(core_metadata("demo", "1.0", f"Requires-Python: {value}"), DEMO)
    assert isinstance(answer, Metadata)
    assert answer.requires_python is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (core_metadata("other"), "names another project, 'other'"),
        (core_metadata("demo", "2.0"), "says version 2.0"),
        (core_metadata("demo", "new"), "no version: 'new'"),
        (b"Metadata-Version: 2.1\n\n", "has no Name"),
        (b"Name: demo\n", "has no Version"),
        (b"", "has no Name"),
        (b"\x00\xff\xfe", "has no Name"),
    ],
)
def test_metadata_of_something_else_refuses_the_file(body, reason):
    answer = parse_metadata(body, DEMO)
    assert isinstance(answer, Refusal)
    assert reason in answer.reason


def test_a_requirement_by_address_is_refused_without_showing_the_address():
    for line in ("six @ https://me:secret@127.0.0.1/six.whl", "six @ https://me:secret@127.0.0.1/six.whl ; nonsense"):
        answer = parse_metadata(core_metadata("demo", "1.0", f"Requires-Dist: {line}"), DEMO)
        assert isinstance(answer, Refusal)
        assert "127.0.0.1" not in answer.reason
        assert "secret" not in answer.reason


def test_a_description_is_not_read_as_fields():
    assert isinstance(parse_metadata(core_metadata() + b"\nRequires-Dist: !!!\n", DEMO), Metadata)


def test_windows_line_ends_change_nothing_but_the_hash():
    body = core_metadata("demo", "1.0", "Requires-Dist: six").replace(b"\n", b"\r\n")
    answer = parse_metadata(body, DEMO)
    assert isinstance(answer, Metadata)
    assert answer.requires_dist == ("six",)


def test_static_pkg_info_answers_for_its_wheels():
    assert isinstance(
        parse_static(core_metadata("demo", "1.0", "Requires-Dist: six", "Dynamic: Description"), DEMO), Metadata
    )


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-python", "Provides-Extra"])
def test_dynamic_pkg_info_needs_a_build(field):
    answer = parse_static(core_metadata("demo", "1.0", f"Dynamic: {field}"), DEMO)
    assert isinstance(answer, Refusal)
    assert f"needs a build: {field.lower()} is dynamic" in answer.reason


def test_a_dynamic_requires_python_is_the_one_stated():
    """setuptools calls what setup.py states dynamic; PyYAML 6.0.3 is such an sdist."""
    answer = parse_static(core_metadata("demo", "1.0", "Requires-Python: >=3.8", "Dynamic: requires-python"), DEMO)
    assert isinstance(answer, Metadata)
    assert answer.requires_python == ">=3.8"


@pytest.mark.parametrize("version", ["1.2", "2.1", "x", ""])
def test_old_pkg_info_needs_a_build(version):
    body = core_metadata().replace(b"Metadata-Version: 2.2", f"Metadata-Version: {version}".encode())
    answer = parse_static(body, DEMO)
    assert isinstance(answer, Refusal)
    assert "needs a build" in answer.reason


@pytest.mark.parametrize("body", [None, b"", b"[project]\nname = 'demo'\n"])
def test_without_a_build_system_table_setuptools_builds(body):
    assert parse_build_requires(body, DEMO) == ("setuptools>=40.8.0",)


def test_build_requirements_are_as_written():
    body = b"[build-system]\nrequires = ['hatchling>=1', ' cython<4 ; python_version>\"3\"']\n"
    assert parse_build_requires(body, DEMO) == ("hatchling>=1", 'cython<4 ; python_version>"3"')


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[build-system", "is not TOML"),
        (b"\xff", "is not TOML"),
        (b"[build-system]\nbuild-backend = 'x'", "without a list of `requires`"),
        (b"build-system = 3", "without a list of `requires`"),
        (b"[build-system]\nrequires = [1]", "without a list of `requires`"),
        (b"[build-system]\nrequires = ['a b']", "'a b' is not a requirement"),
        (b"x=" + b"[" * 50_000, "is not TOML"),
    ],
)
def test_a_pyproject_toml_that_cannot_be_followed_is_refused(body, reason):
    answer = parse_build_requires(body, DEMO)
    assert isinstance(answer, Refusal)
    assert reason in answer.reason


fields = st.sampled_from(
    ["Name", "Version", "Requires-Dist", "Requires-Python", "Provides-Extra", "Dynamic", "Metadata-Version"]
)
lines = st.lists(
    st.tuples(fields, st.text(max_size=20) | st.sampled_from(["demo", "1.0", "2.2", "six>=1"])), max_size=8
)


@pytest.mark.slow
@given(st.binary() | lines.map(lambda pairs: "\n".join(f"{k}: {v}" for k, v in pairs).encode("utf-8", "replace")))
def test_no_bytes_make_it_raise(body):
    for answer in (parse_metadata(body, DEMO), parse_static(body, DEMO)):
        if isinstance(answer, Metadata):
            assert all(Requirement(line).name for line in answer.requires_dist)
    assert parse_build_requires(body, DEMO)
