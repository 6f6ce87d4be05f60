"""Files beside their RECORDs, in a folder that looks like a venv; nothing is started."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from lockgen.verify.installed_files import FilesFound, check_files


def hashed(text: str, algorithm: str = "sha256") -> str:
    digest = hashlib.new(algorithm, text.encode()).digest()
    return f"{algorithm}={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def plant(venv: Path, name: str, files: dict[str, str], record: dict[str, str] | None) -> None:
    """A distribution, version 1.0; `record` is path -> hash, and None leaves the RECORD out."""
    info = venv / "site" / f"{name}-1.0.dist-info"
    for path, text in {**files, f"{info.name}/METADATA": f"Name: {name}\nVersion: 1.0\n"}.items():
        (venv / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (venv / "site" / path).write_text(text)
    if record is not None:
        lines = [f"{path},{digest},\n" for path, digest in record.items()]
        (info / "RECORD").write_text("".join([*lines, f"{info.name}/RECORD,,\n"]))


def check(venv: Path, *names: str) -> FilesFound:
    return check_files([str(venv / "site")], venv, map(canonicalize_name, names))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_files_that_are_as_recorded_are_not_mentioned(tmp_path: Path, algorithm: str) -> None:
    plant(tmp_path, "app", {"app.py": "a"}, {"app.py": hashed("a", algorithm), "__pycache__/app.pyc": ""})
    assert check(tmp_path, "App") == FilesFound()


def test_another_hash_is_a_fault_that_names_distribution_and_file(tmp_path: Path) -> None:
    plant(tmp_path, "app", {"app/a.py": "a", "app/b.py": "b"}, {"app/a.py": hashed("x"), "app/b.py": hashed("b")})
    (fault,) = check(tmp_path, "app").faults
    assert fault == f"app 1.0: the hash in its RECORD is not that of {Path('site', 'app', 'a.py')}"


def test_what_a_record_may_leave_open_is_noted(tmp_path: Path) -> None:
    outside = "../../elsewhere"
    plant(tmp_path, "app", {"a.py": "a"}, {"a.py": "", "gone.py": hashed("g"), outside: hashed("o"), "m.py": "md5=x"})
    plant(tmp_path, "bare", {"b.py": "b"}, None)
    found = check(tmp_path, "app", "bare")
    assert found.faults == ()
    assert found.notes == (
        f"files not checked: of app 1.0 a.py has no hash, gone.py is not there, {outside} is outside the venv and 1 more",
        "files not checked: bare 1.0 has no RECORD",
    )


def test_what_two_distributions_write_is_noted_and_the_last_writer_is_right(tmp_path: Path) -> None:
    plant(tmp_path, "one", {"cv/x.py": "one"}, {"cv/x.py": hashed("one")})
    plant(tmp_path, "two", {"cv/x.py": "two"}, {"cv/x.py": hashed("two")})
    found = check(tmp_path, "one", "two")
    assert found == FilesFound(notes=(f"one 1.0 and two 1.0 both write {Path('site', 'cv', 'x.py')}",))
    (tmp_path / "site" / "cv" / "x.py").write_text("neither")
    assert len(check(tmp_path, "one", "two").faults) == 2, "no RECORD is right about it"


def test_a_record_without_hashes_excuses_no_other(tmp_path: Path) -> None:
    plant(tmp_path, "one", {"x.py": "one"}, {"x.py": hashed("other")})
    plant(tmp_path, "two", {"x.py": "one"}, {"x.py": ""})
    assert len(check(tmp_path, "one", "two").faults) == 1


@pytest.mark.skipif(os.name == "nt", reason="not run: links need a right there")
def test_nothing_outside_the_venv_is_read_by_a_link_either(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    venv = tmp_path / "venv"
    plant(venv, "app", {}, {"link": hashed("x")})
    (venv / "site" / "link").symlink_to(tmp_path / "secret")
    assert check(venv, "app").faults == ()
    assert "link is outside the venv" in check(venv, "app").notes[0]


def test_what_is_not_in_the_venv_is_a_fault(tmp_path: Path) -> None:
    assert check(tmp_path, "app").faults == ("app is installed, but not in the venv's site-packages",)
