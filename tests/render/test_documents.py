"""The text files of a target: golden bytes, ranges, and words that try to break out of their comment."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.model.request import SdistPermission
from lockgen.model.result import Deviation, IssueNote, Unsolved
from lockgen.model.target import make_target
from lockgen.render.documents import documents
from lockgen.render.environment import templates
from lockgen.render.ranges import written
from lockgen.render.summary import entries
from lockgen.text.safe import COMMENT_WIDTH, clean, comment
from lockgen.verify.closure import complaints
from tests.render.cells import FACTS, default_texts, linux_cell, mac_cell, pin, set_of

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = templates(default_texts())
HOSTILE = [
    "a\nevil==1",
    "a\r\n-r /etc/passwd",
    "a\x0bevil",
    "a\x0cevil",
    "a\x1cevil\x1devil\x1eevil",
    "a\x85evil",
    "a\u2028evil\u2029evil",
    "a\\",
    "a\\\n\\",
    "{{ phase }} {% for %} {# #}",
    "\u202eevil\u2066",
    "a\x00evil\ud800",
    "# -*- coding: utf-7 -*-",
    "--hash=sha256:00",
    "x" * 300 + " " + "y \n" * 100,
]


@pytest.mark.parametrize("cell", [linux_cell(), mac_cell()], ids=lambda cell: cell.request.target.name)
def test_the_files_are_byte_for_byte_the_golden_ones(cell):
    folder = GOLDEN / cell.request.target.name
    texts = documents(FACTS, cell, TEMPLATES)
    assert {path.name for path in folder.iterdir()} == set(texts)
    for name, text in texts.items():
        assert text.encode() == (folder / name).read_bytes(), name


def test_the_order_of_the_pins_does_not_matter():
    cell = linux_cell()
    backwards = dataclasses.replace(
        cell,
        outcome=dataclasses.replace(
            set_of(cell),
            pins=tuple(dataclasses.replace(p, via=p.via[::-1]) for p in reversed(set_of(cell).pins)),
        ),
    )
    assert documents(FACTS, backwards, TEMPLATES) == documents(FACTS, cell, TEMPLATES)


def test_a_set_without_an_sdist_has_no_build_constraints():
    assert list(documents(FACTS, linux_cell(), TEMPLATES)) == [
        "requirements.txt",
        "constraints.txt",
        "requirements.lock",
    ]


@pytest.mark.parametrize(("python", "knows"), [("3.8", False), ("3.9", False), ("3.10", True)])
def test_build_constraints_are_advised_where_the_last_pip_obeys_them(python, knows):
    """pip 26.0.1, the last for 3.9, demands the lock's hashes of what a build needs as well."""
    cell = mac_cell()
    target = make_target(python, cell.request.target.platform)
    moved = dataclasses.replace(cell, request=dataclasses.replace(cell.request, target=target))
    text = documents(FACTS, moved, TEMPLATES)["requirements.lock"]
    assert ("use: pip install --build-constraint build-constraints.txt" in text) is knows
    assert ("pip install --no-build-isolation" in text) is not knows


def test_where_the_metadata_of_an_sdist_was_read_is_said_beside_it_and_in_the_summary():
    cell = mac_cell()
    read_from = "issues.yaml, which states it: built on\nCPython 3.11.2"
    pins = [each for each in set_of(cell).pins if each.permission]
    pins = [dataclasses.replace(p, metadata=dataclasses.replace(p.metadata, read_from=read_from)) for p in pins]
    moved = dataclasses.replace(cell, outcome=dataclasses.replace(set_of(cell), pins=tuple(pins)))
    said = "what it requires is read from issues.yaml, which states it: built on CPython 3.11.2"
    texts = documents(FACTS, moved, TEMPLATES)
    assert all(f"#   {said}\n" in texts[name] for name in ("requirements.lock", "build-constraints.txt"))
    assert said not in str(documents(FACTS, cell, TEMPLATES))
    (entry,) = entries(FACTS, [moved])[moved.request.target.name]["sdists"]
    assert entry["metadata"] == "issues.yaml, which states it: built on CPython 3.11.2"


def test_a_target_without_a_solution_has_no_documents():
    cell = linux_cell()
    unsolved = Unsolved(target=cell.request.target, core=(), snapshot="0" * 64)
    with pytest.raises(TypeError, match=r"py3\.12-linux-x86_64 has no set"):
        documents(FACTS, dataclasses.replace(cell, outcome=unsolved), TEMPLATES)


def hostile_cell(words):
    cell = mac_cell()
    permission = SdistPermission(name=canonicalize_name("pyyaml"), reason=words, build_packages=(words,))
    return dataclasses.replace(
        cell,
        issues=(IssueNote(id=words, title=words, solution=words),),
        outcome=dataclasses.replace(
            set_of(cell),
            pins=(pin("pyyaml-6.0.3.tar.gz", by=(words, f"{words} 2"), permission=permission),),
            deviations=(
                Deviation(name=canonicalize_name("pyyaml"), wanted=Version("6"), got=Version("6.0.3"), because=words),
            ),
        ),
    )


def instructions(text):
    """What pip would act on."""
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_inside_their_comments(words):
    tame, facts = (
        documents(FACTS, hostile_cell("tame"), TEMPLATES),
        dataclasses.replace(FACTS, phase=words, title=words, command=words),
    )
    texts = documents(facts, hostile_cell(words), TEMPLATES)
    for name, text in texts.items():
        assert instructions(text) == instructions(tame[name]), name
        assert text.encode()
        assert not re.search(r"[^\n\x20-\x7e]", text.replace("\n", "")), name
        if text.isascii():
            assert not any(re.search(r"coding[:=]", line) for line in text.split("\n")[:2])
    assert complaints(hostile_cell(words).request, texts, hostile_cell(words).outcome.pins) == ()


@given(st.text())
def test_any_text_is_one_clean_line_and_a_comment_in_every_line(text):
    assert len(clean(text).splitlines()) <= 1
    assert not clean(text).endswith("\\")
    assert clean(clean(text)) == clean(text)
    clean(text).encode()
    assert all(line.startswith("#") for line in comment(text, 2).splitlines())
    assert comment(text).splitlines()
    assert comment(text, fold=False).count("\n") == 0


def test_long_words_fold_with_a_hanging_indent():
    lines = comment("word " * 60, 2).splitlines()
    assert all(len(line) <= COMMENT_WIDTH for line in lines)
    assert [line[:6] for line in lines] == ["#   wo", "#     ", "#     ", "#     "][: len(lines)]


def test_other_than_ascii_says_its_coding_before_anybody_guesses():
    texts = documents(dataclasses.replace(FACTS, title="Übergang, coding: latin-1"), linux_cell(), TEMPLATES)
    assert all(text.startswith("# -*- coding: utf-8 -*-\n") for text in texts.values())
    assert "# phase 1: Übergang, coding: latin-1, revision 1\n" in texts["requirements.txt"]


def test_a_file_without_a_hash_can_be_in_no_lock():
    cell = linux_cell()
    first, *others = set_of(cell).pins
    bad = dataclasses.replace(first, files=(dataclasses.replace(first.files[0], sha256="abc\n--pre"),))
    with pytest.raises(ValueError, match="fastapi has no sha256"):
        documents(
            FACTS,
            dataclasses.replace(cell, outcome=dataclasses.replace(set_of(cell), pins=(bad, *others))),
            TEMPLATES,
        )


def test_a_name_that_is_not_normalized_is_refused():
    cell = linux_cell()
    first, *others = set_of(cell).pins
    bad = dataclasses.replace(first, name=NormalizedName("fast\napi"))
    with pytest.raises(ValueError, match="not a normalized name"):
        documents(
            FACTS,
            dataclasses.replace(cell, outcome=dataclasses.replace(set_of(cell), pins=(bad, *others))),
            TEMPLATES,
        )


def test_a_date_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        documents(dataclasses.replace(FACTS, as_of=datetime(2026, 1, 1)), linux_cell(), TEMPLATES)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("<1.0.0,>=0.23.0", ">=0.23.0,<1.0.0"),
        (">=0.17.0,>=0.19.0", ">=0.19.0"),
        (">=0.27,<0.33,>=0.27.0,<0.28", ">=0.27.0,<0.28"),
        (">=1.0,!=1.5,<1.4", ">=1.0,<1.4"),
        (">=1.0,!=1.2,<1.4", ">=1.0,<1.4,!=1.2"),
        ("~=1.4,>=1.2", "~=1.4"),
        (">=1.0a1,>=1.0", ">=1.0,>=1.0a1"),
        ("===1.0,>=0.5", ">=0.5,===1.0"),
        ("==1.2.*,>=1.0", "==1.2.*"),
        ("", ""),
    ],
)
def test_a_range_is_written_once_and_from_below(said, wanted):
    assert written(SpecifierSet(said)) == wanted


bounds = st.tuples(st.sampled_from([">=", "<", "<=", ">", "!=", "~="]), st.integers(0, 3), st.integers(0, 3))


@given(st.lists(bounds, max_size=5))
def test_a_written_range_admits_the_same_versions(parts):
    said = SpecifierSet(",".join(f"{operator}{major}.{minor}" for operator, major, minor in parts))
    read = SpecifierSet(written(said))
    for version in (f"{major}.{minor}.{patch}" for major in range(5) for minor in range(5) for patch in (0, 1)):
        assert said.contains(version) == read.contains(version)
