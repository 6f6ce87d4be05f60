"""pylock.toml: each locked package is a wish for exactly its version."""

from __future__ import annotations

import pytest

from tests.requirements.reading import complaints, read

LOCK = """
lock-version = "1.0"
created-by = "someone"
requires-python = ">=3.10"
extras = ["serve"]
dependency-groups = ["default", "dev"]
default-groups = ["default"]
[[packages]]
name = "fastapi"
version = "0.99.1"
wheels = [{name = "fastapi-0.99.1-py3-none-any.whl", path = "fastapi-0.99.1-py3-none-any.whl", hashes = {sha256 = "aa"}}]
[[packages]]
name = "uvloop"
version = "0.21.0"
marker = "sys_platform != 'win32' and 'serve' in extras"
sdist = {name = "uvloop-0.21.0.tar.gz", path = "uvloop-0.21.0.tar.gz", hashes = {sha256 = "aa"}}
[[packages]]
name = "pytest"
marker = "'dev' in dependency_groups or 'default' not in dependency_groups"
wheels = [{name = "pytest-8.0-py3-none-any.whl", path = "pytest-8.0-py3-none-any.whl", hashes = {sha256 = "aa"}}]
[[packages]]
name = "stem"
sdist = {name = "stem-1.8.0.tar.gz", path = "stem-1.8.0.tar.gz", hashes = {sha256 = "aa"}}
[[packages]]
name = "model"
vcs = {type = "git", url = "https://me:hunter2@example.org/model.git", commit-id = "aa"}
[[packages]]
name = "app"
directory = {path = "."}
[[packages]]
name = "weights"
archive = {url = "https://me:hunter2@example.org/weights.zip", hashes = {sha256 = "aa"}}
"""


def test_packages_are_wished_at_their_version() -> None:
    found = read({"pylock.toml": LOCK})
    assert [wish.name for wish in found.requirements] == ["fastapi", "uvloop", "pytest", "stem"]
    assert [str(wish.specifier) for wish in found.requirements] == ["==0.99.1", "==0.21.0", "==8.0", "==1.8.0"]
    assert found.requirements[1].where == "pylock.toml packages[1]"
    assert str(found.requires_python) == ">=3.10"


def test_what_no_index_serves_is_not_considered() -> None:
    found = read({"pylock.toml": LOCK})
    assert [(other.text, other.reason.split(":")[0]) for other in found.unconsidered] == [
        ("model", "a version control address"),
        ("app", "a folder"),
        ("weights", "an archive"),
    ]
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("groups", "applies"),
    [
        (frozenset(), {"fastapi", "stem"}),
        (frozenset({"serve"}), {"fastapi", "stem", "uvloop", "pytest"}),
        (frozenset({"Dev", "default"}), {"fastapi", "stem", "pytest"}),
    ],
)
def test_extras_and_groups_are_chosen_before_a_target_judges(groups: frozenset[str], applies: set[str]) -> None:
    target = {"sys_platform": "linux", "python_version": "3.11"}
    found = read({"pylock.serve.toml": LOCK}, groups=groups).requirements
    assert {wish.name for wish in found if wish.marker is None or wish.marker.evaluate(target)} == applies


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            LOCK.replace('lock-version = "1.0"', ""),
            "pylock.toml: this is no lock (PEP 751): Missing required value in 'lock-version'",
        ),
        (
            LOCK.replace('name = "fastapi"', ""),
            "pylock.toml: this is no lock (PEP 751): Missing required value in 'packages[0].name'",
        ),
        ("lock-version = ", "pylock.toml: this is no TOML: invalid value at the end of the file"),
    ],
)
def test_files_that_are_no_lock(text: str, said: str) -> None:
    (complaint,) = complaints({"pylock.toml": text})
    assert complaint.splitlines()[0] == said


def test_a_group_the_lock_does_not_have() -> None:
    (said,) = complaints({"pylock.toml": LOCK}, groups=frozenset({"docs"}))
    assert said.splitlines() == [
        "pylock.toml: there is no extra and no dependency group 'docs'",
        "  The lock has these: default, dev, serve.",
    ]
