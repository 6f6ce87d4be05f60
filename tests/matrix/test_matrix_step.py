"""A phase's cut-offs moved in its file: they and the revision change, every other byte stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from packaging.utils import canonicalize_name

from lockgen.errors import LockgenError
from lockgen.matrix.edit.cut_offs import edit_cut_offs, move_cut_offs
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Phase

OLD, BETWEEN, NEW = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
TARGETS = b"""schema: 1
pythons: [{python: "3.11"}]
platforms:
  - {name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}
"""
HEAD = 'schema: 1\nphase: "x"\ntitle: Small\nrevision: 9 # of nine\n# it names no server\n'
ROWS = 'dependencies:\n  - {name: a, minimum: "1", maximum: "<2"}\n'


def phase(text: str) -> Phase:
    files = {"phase-x.yaml": text.encode(), "targets.yaml": TARGETS, "issues.yaml": b"schema: 1\n"}
    return load_matrices(files).phase("x")


def after(text: str, to: datetime, *names: str) -> str:
    before = phase(text)
    moved = move_cut_offs(before, to, [canonicalize_name(name) for name in names])
    written = edit_cut_offs(text.encode(), before, moved).decode()
    again = phase(written)
    assert (again.as_of, again.as_of_for, again.revision) == (moved.as_of, moved.as_of_for, before.revision + 1)
    return written


def body(as_of: str) -> str:
    return f"{HEAD}{as_of}{ROWS}"


def raised(text: str) -> str:
    return text.replace("revision: 9", "revision: 10")


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_the_moment_keeps_its_quotes_and_comment(quote: str) -> None:
    text = body(f"as_of: {quote}2026-01-01T00:00:00Z{quote}   # why\n")
    assert after(text, NEW) == raised(text).replace("2026-01", "2026-03")


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    text = "\ufeff" + body("as_of: 2026-01-01T00:00:00Z\n").replace("\n", "\r\n")
    assert after(text, NEW) == raised(text).replace("2026-01", "2026-03")
    assert after(text, NEW, "b") == raised(text).replace(
        "00:00:00Z\r\n", "00:00:00Z\r\nas_of_for:\r\n  b: 2026-03-01T00:00:00Z\r\n"
    )


def test_named_packages_get_a_mapping_below_as_of() -> None:
    text = body("as_of: 2026-01-01T00:00:00Z\n\n# the table\n")
    own = "as_of_for:\n  b: 2026-03-01T00:00:00Z\n  c: 2026-03-01T00:00:00Z\n"
    assert after(text, NEW, "c", "B") == raised(text).replace("Z\n\n", f"Z\n{own}\n")


BLOCK = body(
    "as_of: 2026-01-01T00:00:00Z\n"
    "as_of_for:\n"
    "    # taken ahead\n"
    "    A_b: '2026-02-01T00:00:00Z' # CVE\n"
    "    held: 2025-12-01T00:00:00Z # on purpose\n"
    "# the table\n"
)


def test_an_entry_that_is_there_keeps_its_line() -> None:
    assert after(BLOCK, NEW, "a-b") == raised(BLOCK).replace("2026-02-01", "2026-03-01")
    new = "    held: 2025-12-01T00:00:00Z # on purpose\n    other: 2026-03-01T00:00:00Z\n"
    assert after(BLOCK, NEW, "other") == raised(BLOCK).replace("    held: 2025-12-01T00:00:00Z # on purpose\n", new)


def test_the_phase_catches_up_with_what_is_ahead_and_leaves_what_is_held() -> None:
    text = raised(BLOCK).replace("as_of: 2026-01", "as_of: 2026-03")
    assert after(BLOCK, NEW) == text.replace("    A_b: '2026-02-01T00:00:00Z' # CVE\n", "")
    assert "A_b" in after(BLOCK, datetime(2026, 1, 15, tzinfo=UTC)), "it is still ahead"


def test_an_empty_mapping_goes_as_a_whole() -> None:
    text = body("as_of: 2026-01-01T00:00:00Z\nas_of_for:\n  b: 2026-02-01T00:00:00Z\n# the table\n")
    assert after(text, NEW) == raised(body("as_of: 2026-03-01T00:00:00Z\n# the table\n"))


def test_an_entry_that_goes_and_one_that_comes_meet_at_the_end_of_the_file() -> None:
    text = HEAD + ROWS + "as_of: 2026-01-01T00:00:00Z\nas_of_for:\n  b: 2026-02-01T00:00:00Z # last"
    before = phase(text)
    moved = replace(before, as_of_for=MappingProxyType({canonicalize_name("c"): NEW}))
    written = edit_cut_offs(text.encode(), before, moved).decode()
    assert written == raised(text).replace("b: 2026-02-01T00:00:00Z # last", "c: 2026-03-01T00:00:00Z")


def test_a_mapping_in_the_first_lines_or_in_the_last_goes_without_an_empty_line() -> None:
    rest = body("as_of: 2026-01-01T00:00:00Z\n")
    own = "as_of_for:\n  b: 2026-02-01T00:00:00Z\n"
    moved = raised(rest).replace("2026-01", "2026-03")
    assert after(own + rest, NEW) == moved
    assert after(rest + own.removesuffix("\n"), NEW) == moved.removesuffix("\n")


@pytest.mark.parametrize("ending", ["\n", "\n# the table\n", ""])
def test_an_empty_mapping_is_written_down_where_one_would_be_inherited(ending: str) -> None:
    parent = body("as_of: 2026-01-01T00:00:00Z\nas_of_for:\n  b: 2026-02-01T00:00:00Z\n")
    head = 'schema: 1\nphase: "y"\ntitle: Child\nrevision: 9\nextends: phase-x.yaml\n'
    own = f"as_of: 2026-01-01T00:00:00Z\nas_of_for:\n  b: 2026-02-01T00:00:00Z{ending}"
    files = {"phase-x.yaml": parent.encode(), "targets.yaml": TARGETS, "issues.yaml": b"schema: 1\n"}
    for text, wanted in (
        (head + own, f"{head}as_of: 2026-03-01T00:00:00Z\nas_of_for: {{}}{ending}"),
        (head, head.replace("revision: 9\n", "revision: 9\nas_of: 2026-03-01T00:00:00Z\nas_of_for: {}\n")),
    ):
        before = load_matrices({**files, "phase-y.yaml": text.encode()}).phase("y")
        written = edit_cut_offs(text.encode(), before, move_cut_offs(before, NEW)).decode()
        assert written == raised(wanted)
        again = load_matrices({**files, "phase-y.yaml": written.encode()}).phase("y")
        assert (again.as_of, dict(again.as_of_for)) == (NEW, {})


def test_a_mapping_in_braces_is_written_in_braces() -> None:
    text = body("as_of: 2026-01-01T00:00:00Z\nas_of_for: {b: 2026-02-01T00:00:00Z} # ahead\n")
    assert after(text, NEW, "c") == raised(text).replace(
        "{b: 2026-02-01T00:00:00Z}", "{b: 2026-02-01T00:00:00Z, c: 2026-03-01T00:00:00Z}"
    )
    assert after(text, NEW) == raised(body("as_of: 2026-03-01T00:00:00Z\n"))


def test_a_file_in_braces_is_left_to_its_owner() -> None:
    rows = '[{name: a, minimum: "1", maximum: "<2"}]'
    text = f'{{schema: 1, phase: "x", title: Small, revision: 9, as_of: 2026-01-01T00:00:00Z, dependencies: {rows}}}\n'
    with pytest.raises(LockgenError, match="is written in braces"):
        after(text, NEW)
