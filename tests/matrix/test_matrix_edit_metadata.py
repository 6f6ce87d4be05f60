"""A statement of an sdist's metadata written into issues.yaml: it is added or replaced, and every other byte stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import LockgenError, MatrixError
from lockgen.matrix.edit.stated_metadata import edit_metadata, statement_block
from lockgen.matrix.load import load_matrices
from lockgen.model.request import StatedMetadata

ANTLR = StatedMetadata(
    name=NormalizedName("antlr4"),
    version=Version("4.9.3"),
    requires_dist=('typing; python_version < "3.5"', "six>=1"),
    requires_python=">=3.6",
    provides_extra=(NormalizedName("dev"),),
    build_requires=("cython<3",),
    read_from='a build on CPython 3.11.2, "here"',
    where="",
)
BARE = StatedMetadata(name=NormalizedName("uwsgi"), read_from="its setup.py", where="")
BLOCK = """dependency_metadata:
  - name: antlr4
    version: "4.9.3"
    requires_dist:
      - 'typing; python_version < "3.5"'
      - "six>=1"
    requires_python: ">=3.6"
    provides_extra: ["dev"]
    build_requires: ["cython<3"]
    read_from: 'a build on CPython 3.11.2, "here"'
"""
OTHERS = """# what is known
schema: 1
dependency_metadata:
# before
-   name: pyyaml   # the name
    version: "5.4.1"
    read_from: its setup.py
    # after it
-   {name: Antlr4, version: "4.9.3.0", read_from: elsewhere}   # kept

sdists: []
"""


def said(content: bytes) -> list[tuple[str, str]]:
    return [(line.partition(":")[0].strip(" -"), line) for line in content.decode().splitlines()]


def test_a_file_that_is_missing_or_says_nothing_yet() -> None:
    assert edit_metadata(None, ANTLR).decode() == f"schema: 1\n{BLOCK}"
    assert edit_metadata(b"schema: 1\nissues: []", ANTLR).decode() == f"schema: 1\nissues: []\n{BLOCK}"
    empty = b"schema: 1\ndependency_metadata: []\nissues: []\n"
    assert edit_metadata(empty, ANTLR).decode() == f"schema: 1\nissues: []\n{BLOCK}"
    assert statement_block([ANTLR]) == BLOCK


def test_one_more_stands_below_the_others_as_they_are_written() -> None:
    content = edit_metadata(OTHERS.encode(), BARE).decode()
    added = '-   name: uwsgi\n    requires_dist: []\n    read_from: "its setup.py"\n'
    assert content == OTHERS.replace("# kept\n", f"# kept\n{added}")


def test_the_same_release_is_replaced(good) -> None:
    content = edit_metadata(OTHERS.encode(), ANTLR)
    assert content.decode().startswith(OTHERS.partition("-   {")[0])
    assert content.decode().endswith('"here"\'   # kept\n\nsdists: []\n')
    first, second = load_matrices({**good, "issues.yaml": content}).metadata
    assert (first.name, second) == ("pyyaml", replace(ANTLR, where=second.where))
    assert edit_metadata(content, ANTLR) == content
    other = edit_metadata(content, replace(ANTLR, version=None))
    assert [each.version for each in load_matrices({**good, "issues.yaml": other}).metadata][1:] == [
        Version("4.9.3"),
        None,
    ]


def test_line_ends_and_byte_order_mark_stay() -> None:
    content = edit_metadata(b"\xef\xbb\xbf" + OTHERS.replace("\n", "\r\n").encode(), BARE)
    assert content.startswith(b"\xef\xbb\xbf# what")
    assert content.count(b"\n") == content.count(b"\r\n") == OTHERS.count("\n") + 3


def test_what_cannot_be_edited_is_said() -> None:
    with pytest.raises(LockgenError, match=r"issues.yaml:2:22 dependency_metadata: is written in brackets"):
        edit_metadata(b"schema: 1\ndependency_metadata: [{name: a, read_from: r}]\n", ANTLR)
    with pytest.raises(MatrixError, match="is missing"):
        edit_metadata(b"schema: 1\ndependency_metadata: [{name: a}]\n", ANTLR)
