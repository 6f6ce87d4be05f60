"""pylock.toml: valid by the standard's own reader, exact for its target, and the same bytes every time."""

from __future__ import annotations

import dataclasses
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Environment
from packaging.pylock import Pylock, PylockSelectError

from lockgen.errors import BugError
from lockgen.model.result import Unsolved
from lockgen.model.target import make_target
from lockgen.render.pylock import pylock
from lockgen.render.toml import dumps
from tests.render.cells import FACTS, LINUX, MAC, cell, linux_cell, mac_cell, pin, row, set_of
from tests.render.test_documents import GOLDEN


def address(file):
    return f"https://user:secret@files.invalid/{file.filename}"


def test_the_file_is_byte_for_byte_the_golden_one():
    assert pylock(FACTS, linux_cell(), address).encode() == (GOLDEN / "pylock.toml").read_bytes()


def test_no_credential_gets_in():
    assert "secret" not in pylock(FACTS, linux_cell(), address)


@pytest.mark.parametrize("cell", [linux_cell(), mac_cell()], ids=lambda cell: cell.request.target.name)
def test_the_standard_reader_selects_exactly_the_set(cell):
    lock = Pylock.from_dict(tomllib.loads(pylock(FACTS, cell, address)))
    target = cell.request.target
    chosen = {
        package.name: file
        for package, file in lock.select(environment=cast("Environment", target.environment), tags=target.tags)
    }
    assert {name: getattr(file, "filename", None) for name, file in chosen.items()} == {
        pin.name: pin.files[0].filename for pin in set_of(cell).pins
    }


@pytest.mark.parametrize(("python", "platform"), [("3.11", LINUX), ("3.12", MAC)])
def test_another_target_is_refused(python, platform):
    lock = Pylock.from_dict(tomllib.loads(pylock(FACTS, linux_cell(), address)))
    other = make_target(python, platform)
    with pytest.raises(PylockSelectError):
        list(lock.select(environment=cast("Environment", other.environment), tags=other.tags))


def test_an_exact_python_is_locked_exactly():
    target = make_target("3.8.20", LINUX)
    text = pylock(FACTS, cell(target, [row("a", ">=1")], [pin("a-1-py3-none-any.whl")]), address)
    assert 'requires-python = "==3.8.20"' in text
    assert 'python_full_version == \\"3.8.20\\"' in text


def test_the_best_wheel_is_what_select_takes_or_it_is_a_bug():
    wrong_order = pin("a-1-py3-none-any.whl", "a-1-cp312-cp312-manylinux_2_17_x86_64.whl")
    with pytest.raises(BugError, match="does not read back"):
        pylock(FACTS, cell(make_target("3.12", LINUX), [row("a", ">=1")], [wrong_order]), address)


def test_a_target_without_a_solution_has_no_lock():
    target = make_target("3.12", LINUX)
    unsolved = Unsolved(target=target, core=(), snapshot="")
    with pytest.raises(TypeError):
        pylock(FACTS, dataclasses.replace(linux_cell(), outcome=unsolved), address)


leaves = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])),
)
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


@given(st.dictionaries(keys, values, max_size=4))
def test_what_is_written_reads_back(document):
    text = dumps(document, ("name", "version"))
    assert tomllib.loads(text) == document
    assert text == dumps(dict(reversed(document.items())), ("name", "version"))


def test_what_toml_cannot_say_is_refused():
    with pytest.raises(TypeError, match="float is no TOML value"):
        dumps({"a": 1.5}, ())
    with pytest.raises(ValueError, match="no time zone"):
        dumps({"a": datetime(2026, 1, 1)}, ())  # noqa: DTZ001
