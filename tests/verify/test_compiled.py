"""What was compiled beside what the set took it to require, where no venv has to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.index import DistFile, Metadata
from lockgen.model.verify import Proof, Verdict
from lockgen.verify.build_metadata import BuildRoom, build_metadata
from lockgen.verify.compiled import compared
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.source_tree import SourceTreeError, unpack
from lockgen.verify.verdicts import Fault
from lockgen.verify.wheels import WheelFolder
from tests.index.loopback import sdist
from tests.universe import target
from tests.verify.stand import HERE

OLD = NormalizedName("old")
STATED = {OLD: Metadata(name=OLD, version=Version("1.0"), read_from="issues.yaml, which states it: a build")}


def env(room: Path) -> PipEnvironment:
    return PipEnvironment(python="", pip_version="26.1", environ={}, wheels=WheelFolder(room), work=room)


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("not run", ()),
        (
            "failed",
            (
                "what is required was not read in the sdist, but elsewhere: old 1.0: issues.yaml, which states it: a build",
            ),
        ),
    ],
)
def test_a_proof_that_failed_names_what_was_not_read_in_the_sdist(
    tmp_path: Path, verdict: Verdict, said: tuple[str, ...]
) -> None:
    proof = Proof(target=target().name, level="installed", verdict=verdict, reason="r", tail=())
    assert compared(proof, target(), STATED, HERE, env(tmp_path)).tail == said
    assert compared(proof, target(), {}, HERE, env(tmp_path)) == proof


def test_a_file_that_cannot_be_checked_or_is_another_is_not_unpacked(tmp_path: Path) -> None:
    room = BuildRoom(interpreter=HERE, env=env(tmp_path))
    for digest, said in (("", "gives no sha256 of old-1.0.tar.gz"), ("0" * 64, "its sha256 is another")):
        file = DistFile(name=OLD, version=Version("1.0"), filename="old-1.0.tar.gz", sha256=digest)
        found = build_metadata(file, b"content", (), lambda _requires: (), room)
        assert isinstance(found, Fault)
        assert said in found.reason


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no archive", "it cannot be unpacked (ReadError"),
        (sdist({"../../out": b"x"}), "OutsideDestinationError"),
        (sdist({"readme": b"x"}), "it has neither a pyproject.toml nor a setup.py"),
        (sdist({"pyproject.toml": b"[build-system]\nbuild-backend = 3\n"}), "no [build-system] that can be read"),
        (sdist({"pyproject.toml": b"[["}), "no [build-system] that can be read"),
    ],
)
def test_what_is_no_source_tree_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    with pytest.raises(SourceTreeError) as caught:
        unpack(content, "demo-1.0.tar.gz", folder)
    assert said in str(caught.value)
    assert {each.name for each in tmp_path.iterdir()} == {"source"}


def test_a_source_tree_names_its_backend_or_has_the_one_of_setup_py(tmp_path: Path) -> None:
    found = []
    for number, text in enumerate((b"", b'[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n')):
        folder = tmp_path / str(number)
        folder.mkdir()
        tree = unpack(sdist({"pyproject.toml": text, "setup.py": b""}), "demo-1.0.tar.gz", folder)
        found.append((tree.folder.name, tree.backend, tree.backend_path))
    assert found == [("demo-1.0", "setuptools.build_meta:__legacy__", ()), ("demo-1.0", "b", (".",))]
