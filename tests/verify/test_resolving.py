"""What pip reports that it would install, beside the lock."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from lockgen.model.platform import Platform
from lockgen.model.target import make_target
from lockgen.verify.reading import Locked
from lockgen.verify.resolving import chosen, disagreements

NAME = canonicalize_name("cryptography")
TARGET = make_target("3.11", Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28)))
LOCKED = Locked(
    folder=Path(),
    versions={NAME: "50.0.2"},
    hashes={NAME: ("a" * 64,)},
    sdists=frozenset(),
    tags=frozenset(TARGET.tags),
)


def report(platform: str, version: str = "50.0.2") -> dict[str, object]:
    url = f"file:///wheels/cryptography-{version}-cp311-abi3-{platform}.whl"
    download = {"url": url, "archive_info": {"hashes": {"sha256": "b" * 64}}}
    return {"install": [{"metadata": {"name": "cryptography", "version": version}, "download_info": download}]}


@pytest.mark.parametrize(
    ("platform", "version", "difference"),
    [
        # squad on a machine with glibc 2.36
        ("manylinux_2_34_x86_64", "50.0.2", []),
        ("manylinux_2_28_x86_64", "50.0.2", ["wrong hash: the lock has no hash of the file it takes for cryptography 50.0.2"]),
        ("manylinux_2_34_x86_64", "50.0.3", ["it takes cryptography 50.0.3, the lock has 50.0.2"]),
    ],
)  # fmt: skip
def test_a_wheel_for_newer_machines_is_the_same_release(platform: str, version: str, difference: list[str]) -> None:
    assert list(disagreements(chosen(report(platform, version)), LOCKED)) == difference
