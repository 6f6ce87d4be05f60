from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lockgen.index.cache import Cache
from lockgen.index.cache_entries import Stamp
from lockgen.index.pages import PageTexts
from tests.index.loopback import NOW

STAMP = Stamp(fetched_at=NOW, etag='"e"')


def test_what_is_put_is_found_by_the_next_process(tmp_path):
    file = tmp_path / "deep" / "cache.sqlite"
    with Cache(file) as cache:
        cache.put_page("site", "demo", PageTexts("listing", "links"), stamp=STAMP)
        cache.put_page("site", "gone", None, stamp=STAMP)
        cache.put_line("i", "metadata", "aa", "line")
        cache.put_line("i", "build", "bb", "other")
    with Cache(file) as cache:
        assert cache.reason is None
        assert cache.stamp("site", "demo") == STAMP
        assert (cache.listing("site", "demo"), cache.links("site", "demo")) == ("listing", "links")
        assert cache.stamp("site", "gone") == Stamp(fetched_at=NOW, etag='"e"', absent=True)
        assert cache.listing("site", "gone") is None
        assert cache.stamp("elsewhere", "demo") is None
        found = [cache.line(*key) for key in (("i", "metadata", "aa"), ("i", "build", "bb"), ("i", "metadata", "bb"))]
        assert found == ["line", "other", None]
        assert cache.line("another", "metadata", "aa") is None


def test_info_counts_and_clear_forgets(tmp_path):
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.put_page("site", "demo", PageTexts("listing", "links"), stamp=STAMP)
        cache.put_line("i", "metadata", "aa", "line")
        info = cache.info()
        assert (info.pages, info.metadata, info.build_requires) == (1, 1, 0)
        assert info.size > 0
        assert cache.clear() == info
        assert cache.info().pages == cache.info().metadata == 0
        assert cache.reason is None


def test_touching_a_page_moves_its_stamp_only(tmp_path):
    later = NOW.replace(year=2027)
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.put_page("site", "demo", PageTexts("listing", "links"), stamp=STAMP)
        cache.touch_page("site", "demo", later)
        assert cache.stamp("site", "demo") == Stamp(fetched_at=later, etag='"e"')
        assert cache.listing("site", "demo") == "listing"


@pytest.mark.parametrize("damage", [b"", b"this is no database, and long enough to be read as one" * 40])
def test_a_damaged_file_is_moved_aside(tmp_path, damage):
    file = tmp_path / "cache.sqlite"
    file.write_bytes(damage)
    with Cache(file) as cache:
        cache.put_line("i", "metadata", "aa", "line")
        assert cache.reason is None
    with Cache(file) as cache:
        assert cache.line("i", "metadata", "aa") == "line"
    assert (tmp_path / "cache.sqlite.damaged").exists() == bool(damage)


def test_a_file_damaged_inside_is_replaced_when_it_is_noticed(tmp_path):
    file = tmp_path / "cache.sqlite"
    with Cache(file) as cache:
        for number in range(2000):
            cache.put_line("i", "metadata", f"{number:064}", "line" * 20)
    body = bytearray(file.read_bytes())
    body[4096:] = b"\xee" * (len(body) - 4096)
    file.write_bytes(bytes(body))
    with Cache(file) as cache:
        assert cache.line("i", "metadata", "0" * 64) is None
        cache.put_line("i", "metadata", "aa", "line")
        assert cache.line("i", "metadata", "aa") == "line"


def test_another_schema_is_a_clean_start(tmp_path):
    file = tmp_path / "cache.sqlite"
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE page (other TEXT)")
    db.execute("PRAGMA user_version = 77")
    db.close()
    with Cache(file) as cache:
        cache.put_page("site", "demo", PageTexts("listing", "links"), stamp=STAMP)
        assert cache.listing("site", "demo") == "listing"
        assert cache.reason is None


def test_a_place_that_cannot_be_written_gives_a_cache_in_memory(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with Cache(tmp_path / "file" / "cache.sqlite") as cache:
        assert cache.reason is not None
        assert "kept in memory" in cache.reason
        cache.put_line("i", "metadata", "aa", "line")
        assert cache.line("i", "metadata", "aa") == "line"
        assert cache.info().path is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_gives_a_cache_in_memory(tmp_path):
    tmp_path.chmod(0o500)
    with Cache(tmp_path / "cache.sqlite") as cache:
        assert cache.reason is not None
    tmp_path.chmod(0o700)


def test_a_write_that_fails_later_is_said_and_stops_nothing(tmp_path):
    file = tmp_path / "cache.sqlite"
    with Cache(file) as cache:
        cache._db.execute("PRAGMA query_only = ON")
        cache.put_line("i", "metadata", "aa", "line")
        assert cache.reason is not None
        assert "cannot be written" in cache.reason
        assert cache.line("i", "metadata", "aa") is None


WRITER = """
import sys
from pathlib import Path
from lockgen.index.cache import Cache
with Cache(Path(sys.argv[1])) as cache:
    for number in range(200):
        cache.put_line("i", "metadata", f"{sys.argv[2]}-{number}", "line")
        cache.put_line("i", "metadata", f"shared-{number}", "line")
    assert cache.reason is None, cache.reason
"""


def test_several_processes_write_at_once(tmp_path: Path):
    file = tmp_path / "cache.sqlite"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(file), str(number)]) for number in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    with Cache(file) as cache:
        assert cache.info().metadata == 4 * 200


def test_the_cache_in_memory_leaves_nothing():
    with Cache(None) as cache:
        cache.put_line("i", "metadata", "aa", "line")
        assert cache.info().path is None
        assert cache.info().size == 0
