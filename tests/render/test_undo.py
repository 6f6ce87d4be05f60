"""An undo copy that somebody else left beside a folder of output: what it names outside is never touched."""

from __future__ import annotations

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from lockgen.errors import WriteError
from lockgen.render import swap


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "output" / "phase-1"
    made.mkdir(parents=True)
    (made / "mine.txt").write_text("mine")
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "keep").write_text("kept")
    return made


def plant(folder: Path, created: object, old: dict[str, str] | None = None) -> Path:
    undo = folder.with_name(f".{folder.name}.lockgen-undo")
    undo.mkdir()
    # Of every path it says that the run wrote what is there now, as somebody would who knows the content.
    listed = (
        {path: digest(folder / path) for path in (*created, *(old or {}))} if isinstance(created, list) else created
    )
    (undo / "written.json").write_text(created if isinstance(created, str) else json.dumps(listed))
    for path, text in (old or {}).items():
        place = undo / "old" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return undo


def digest(place: Path) -> str:
    try:
        return sha256(place.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""


@pytest.mark.parametrize(
    "path", ["../../victim/keep", "{victim}", "", ".", "a\\..\\..\\victim\\keep", "C:keep", "a\0b"]
)
def test_a_path_outside_the_folder_is_refused(folder: Path, path: str) -> None:
    victim = folder.parent.parent / "victim" / "keep"
    undo = plant(folder, ["mine.txt", path.format(victim=victim)])
    with pytest.raises(WriteError, match="no undo copy that lockgen can follow"):
        swap.recover(folder)
    assert victim.read_text() == "kept"
    assert (folder / "mine.txt").exists(), "nothing of it is followed, what is inside neither"
    assert undo.exists(), "it is for people to look at"


def test_a_path_through_a_link_is_refused(folder: Path) -> None:
    victim = folder.parent.parent / "victim"
    (folder / "away").symlink_to(victim)
    plant(folder, ["away/keep"])
    with pytest.raises(WriteError, match="away/keep"):
        swap.recover(folder)
    assert (victim / "keep").read_text() == "kept"


def test_old_content_is_not_put_through_a_link(folder: Path) -> None:
    victim = folder.parent.parent / "victim"
    (folder / "away").symlink_to(victim)
    plant(folder, [], {"away/keep": "evil"})
    with pytest.raises(WriteError, match="away/keep"):
        swap.recover(folder)
    assert (victim / "keep").read_text() == "kept"


@pytest.mark.parametrize("created", ["{", "[]", '{"a": 1}', '[["a"]]', "[1]", "[" * 100_000])
def test_a_damaged_list_is_refused(folder: Path, created: str) -> None:
    plant(folder, created)
    with pytest.raises(WriteError, match="list of written files"):
        swap.recover(folder)


def test_a_link_in_its_place_is_refused(folder: Path) -> None:
    folder.with_name(f".{folder.name}.lockgen-undo").symlink_to(folder.parent.parent / "victim")
    with pytest.raises(WriteError, match="no folder"):
        swap.recover(folder)
    assert (folder.parent.parent / "victim" / "keep").exists()


def test_an_undo_copy_of_lockgens_own_is_followed(folder: Path) -> None:
    (folder / "new.txt").write_text("new")
    undo = plant(folder, ["new.txt"], {"mine.txt": "as it was"})
    swap.recover(folder)
    assert not (folder / "new.txt").exists()
    assert (folder / "mine.txt").read_text() == "as it was"
    assert not undo.exists()


def test_a_file_that_is_not_what_the_run_wrote_is_not_lost(folder: Path) -> None:
    """A file of the user's inside the folder, which the copy would delete, and one that it would overwrite."""
    (folder / "notes.md").write_text("of the user")
    undo = plant(folder, {"notes.md": sha256(b"of lockgen").hexdigest()}, {})
    with pytest.raises(WriteError, match=r"notes.md is not as the run that died left it"):
        swap.recover(folder)
    shutil.rmtree(undo)
    plant(folder, {"notes.md": sha256(b"of lockgen").hexdigest()}, {"notes.md": "evil"})
    with pytest.raises(WriteError, match=r"notes.md is not as the run that died left it"):
        swap.recover(folder)
    assert (folder / "notes.md").read_text() == "of the user"


def test_old_content_that_is_a_link_is_refused(folder: Path) -> None:
    """To a file too: the folder would hold a link, through which the next render reads."""
    victim = folder.parent.parent / "victim" / "keep"
    undo = plant(folder, [])
    (undo / "old").symlink_to(victim)
    with pytest.raises(WriteError, match="old is a link"):
        swap.recover(folder)
    (undo / "old").unlink()
    (undo / "old").mkdir()
    (undo / "old" / "mine.txt").symlink_to(victim)
    with pytest.raises(WriteError, match=r"mine.txt is a link"):
        swap.recover(folder)
    assert (folder / "mine.txt").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="not run: only root can give files away")
@pytest.mark.parametrize("what", ["", "written.json"])
def test_a_copy_of_another_user_is_refused_with_the_way_on(folder: Path, what: str) -> None:
    undo = plant(folder, ["mine.txt"])
    os.chown(undo / what, 12345, -1)
    with pytest.raises(WriteError, match="belongs to another user") as caught:
        swap.recover(folder)
    assert "remove it, and restore phase-1 from version control" in str(caught.value.hint)
    assert (folder / "mine.txt").exists()
