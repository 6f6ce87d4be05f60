"""Records as JSON values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from packaging.version import Version

from lockgen.model.lint import Edit, Repair
from lockgen.report.as_json import as_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    version: Version | None
    when: datetime
    repairs: tuple[Repair, ...]


def test_a_record_is_an_object_of_its_fields_in_their_order() -> None:
    edit = Edit(package="a", key="minimum", old="1", new="2")  # type: ignore[arg-type]
    record = Record(
        version=Version("1.0"), when=datetime(2026, 11, 20, tzinfo=UTC), repairs=(Repair(text="a 2", edits=(edit,)),)
    )
    assert json.dumps(as_json({"of": [record], "no": None, "is": True})) == (
        '{"of": [{"version": "1.0", "when": "2026-11-20T00:00:00Z", "repairs": [{"text": "a 2", "edits": '
        '[{"package": "a", "key": "minimum", "old": "1", "new": "2", "set": "base"}]}]}], "no": null, "is": true}'
    )


def test_what_json_does_not_know_is_a_fault() -> None:
    with pytest.raises(TypeError, match="frozenset is no JSON value"):
        as_json({"extras": frozenset({"standard"})})
