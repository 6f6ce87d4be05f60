"""summary.json: canonical, complete, and merged when only some targets are rendered."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.errors import WriteError
from lockgen.model.conflict import Demand
from lockgen.model.result import Unsolved, Unsupported
from lockgen.model.target import make_target
from lockgen.render.digest import set_digest
from lockgen.render.summary import entries, merged, read_summary, summary
from tests.records import origin
from tests.render.cells import FACTS, LINUX, linux_cell, mac_cell, set_of, sha

GOLDEN = Path(__file__).parent / "golden" / "summary.json"


def unsolved_cell():
    cell = linux_cell()
    target = make_target("3.9", LINUX)
    demand = Demand(
        name=canonicalize_name("starlette"), specifier=SpecifierSet("<0.28.0,>=0.27.0"), origin=origin("fastapi 0.99.1")
    )
    return dataclasses.replace(
        cell,
        request=dataclasses.replace(cell.request, target=target),
        outcome=Unsolved(target=target, core=(demand,), snapshot=sha("3.9")),
    )


def all_entries(facts=FACTS):
    refused = Unsupported(
        target=make_target("3.7", LINUX), reason="FastAPI\nrequires 3.8+", remedy="DRUM_SERVER_TYPE=flask"
    )
    return entries(facts, [mac_cell(), linux_cell(), unsolved_cell()], [refused])


def test_the_summary_is_byte_for_byte_the_golden_one():
    assert summary(FACTS, all_entries()).encode() == GOLDEN.read_bytes()


def test_it_is_canonical_whatever_the_order():
    turned = dict(reversed(all_entries().items()))
    text = summary(FACTS, turned)
    assert text == summary(FACTS, all_entries())
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_each_status_tells_its_own_story():
    told = read_summary(summary(FACTS, all_entries()))["targets"]
    assert {name: entry["status"] for name, entry in told.items()} == {
        "py3.12-linux-x86_64": "solved",
        "py3.7-linux-x86_64": "unsupported",
        "py3.8-macos-arm64": "solved",
        "py3.9-linux-x86_64": "unsolved",
    }
    assert told["py3.9-linux-x86_64"]["core"] == ["fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0"]
    assert told["py3.7-linux-x86_64"]["reason"] == "FastAPI requires 3.8+"
    assert told["py3.8-macos-arm64"]["sdists"][0]["build_packages"] == ["clang", "libyaml-dev"]
    assert told["py3.12-linux-x86_64"]["refusals"] == [
        {
            "count": 3,
            "kind": "platform",
            "name": "uvloop",
            "newest": "0.18.0",
            "reason": "0.18.0 has no wheel for this target",
        }
    ]


def test_the_set_digest_speaks_of_names_versions_and_hashes_only():
    solved = set_of(linux_cell())
    first = solved.pins[0]
    asked_otherwise = dataclasses.replace(solved, pins=(dataclasses.replace(first, via=()), *solved.pins[1:]))
    other_file = dataclasses.replace(first, files=(dataclasses.replace(first.files[0], sha256=sha("other")),))
    assert set_digest(asked_otherwise) == set_digest(solved)
    assert set_digest(dataclasses.replace(solved, pins=(other_file, *solved.pins[1:]))) != set_digest(solved)


def test_a_render_of_one_target_leaves_the_others_and_drops_the_unknown():
    before = summary(FACTS, all_entries())
    later = dataclasses.replace(FACTS, revision=2)
    known = ["py3.12-linux-x86_64", "py3.8-macos-arm64", "py3.9-linux-x86_64"]
    now = merged(entries(later, [linux_cell()]), before, known)
    assert sorted(now) == known
    assert now["py3.12-linux-x86_64"]["revision"] == 2
    assert now["py3.8-macos-arm64"] == json.loads(before)["targets"]["py3.8-macos-arm64"]


def test_without_an_old_summary_the_new_entries_are_all():
    assert merged(all_entries(), None, []) == all_entries()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not JSON"),
        ('{"schema": 1, "targets"', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", 'no "schema": 1'),
        ('{"schema": 99}', 'no "schema": 1'),
        ('{"schema": 1}', "no targets"),
        ('{"schema": 1, "targets": {"a": {"status": "fine"}}}', "target a has no status"),
        ('{"schema": 1, "targets": {"a": {"status": ["solved"]}}}', "target a has no status"),
    ],
)
def test_a_damaged_summary_is_a_clear_error(text, what):
    with pytest.raises(WriteError, match=what) as caught:
        merged({}, text, [])
    assert caught.value.where == "summary.json"
    assert "version control" in caught.value.hint
