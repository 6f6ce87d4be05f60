"""A locked set beside an index that lists no hashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import IndexUnavailableError
from lockgen.locked.survival import survival
from lockgen.model.index import DistFile, Metadata
from lockgen.model.locked import LockedPin, LockedSet

NAME, ONE = NormalizedName("acme"), Version("1.0")
FILE = DistFile(
    name=NAME,
    version=ONE,
    filename="acme-1.0-py3-none-any.whl",
    sha256="a" * 64,
    size=100,
    uploaded=datetime(2026, 1, 1, tzinfo=UTC),
)
LOCKED = LockedSet(
    question="q",
    snapshot="s",
    pins=(LockedPin(name=NAME, version=ONE, files=(FILE,), metadata=Metadata(name=NAME, version=ONE)),),
)


class Page:
    name, status, versions, oldest_first, prereleases, refusals = NAME, "active", (ONE,), (ONE,), 0, ()

    def __init__(self, file: DistFile) -> None:
        self._file = file

    def files(self, _version: Version) -> tuple[DistFile, ...]:
        return (self._file,)


@pytest.mark.parametrize(
    ("listed", "kinds"),
    [
        (FILE, []),
        (replace(FILE, sha256=""), []),
        (replace(FILE, sha256="", size=101), ["changed-file"]),
        (replace(FILE, sha256="", uploaded=datetime(2026, 1, 2, tzinfo=UTC)), ["changed-file"]),
        (replace(FILE, sha256="", size=None, uploaded=None), ["not-compared"]),
    ],
)
def test_size_and_upload_time_stand_for_a_hash(listed: DistFile, kinds: list[str]) -> None:
    found = survival(LOCKED, lambda _name: Page(listed))
    assert [each.kind for each in found.changes] == kinds
    assert found.locked == LOCKED


def test_offline_a_page_that_is_not_at_hand_is_not_compared() -> None:
    def unread(_name: NormalizedName) -> Page:
        raise IndexUnavailableError("not in the cache", where="acme")

    with pytest.raises(IndexUnavailableError):
        survival(LOCKED, unread)
    found = survival(LOCKED, unread, is_offline=True)
    assert [each.kind for each in found.changes] == ["not-compared"]
    assert found.locked == LOCKED
