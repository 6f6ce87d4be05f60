"""The only door of the stage: a folder on the disk."""

from __future__ import annotations

import os

import pytest

from lockgen.errors import MatrixError
from lockgen.matrix.files import read_directory


def said(folder) -> str:
    with pytest.raises(MatrixError) as caught:
        read_directory(folder)
    return str(caught.value)


def test_yaml_files_come_sorted_and_nothing_else(tmp_path):
    (tmp_path / "b.yaml").write_bytes(b"b")
    (tmp_path / "a.yaml").write_bytes(b"a")
    (tmp_path / "smoke.py").write_bytes(b"")
    (tmp_path / "schema").mkdir()
    assert list(read_directory(tmp_path).items()) == [("a.yaml", b"a"), ("b.yaml", b"b")]


def test_all_files_that_cannot_be_taken_are_told(tmp_path):
    (tmp_path / "folder.yaml").mkdir()
    with (tmp_path / "huge.yaml").open("wb") as huge:
        huge.truncate(50 * 1024 * 1024)
    (tmp_path / "other.yml").write_bytes(b"")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert said(tmp_path) == (
        "folder.yaml: is a directory, not a file\n  Move it out of the folder of matrices.\n"
        "gone.yaml: cannot be read: no such file or directory\n  Make it readable, or move it away.\n"
        "huge.yaml: is 52428800 bytes large; 1048576 is the most\n  No matrix is that large; is this the right file?\n"
        "other.yml: ends in .yml, and only .yaml is read\n  Rename it to other.yaml.\n"
        "pipe.yaml: is not a regular file\n  Move it out of the folder of matrices."
    )


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_told(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a")
    (tmp_path / "a.yaml").chmod(0)
    assert said(tmp_path).startswith("a.yaml: cannot be read: permission denied")


def test_a_folder_that_is_none_is_told(tmp_path):
    assert "nowhere: cannot be read: no such file or directory" in said(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"")
    assert "file: cannot be read: not a directory" in said(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert "empty: holds no .yaml file" in said(tmp_path / "empty")
