"""Which reader a file gets, several files at once, and the lists of real projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockgen.model.requirements import UserRequirements
from lockgen.requirements.reading import merge, read_requirements
from lockgen.requirements.showing import shown
from tests.requirements.reading import complaints, line, read, wishes

PROJECTS = sorted((Path(__file__).parent / "projects").glob("*.txt"))


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.in", "deps/base.req", "requirements"])
def test_anything_else_is_pips_syntax(name: str) -> None:
    assert [line(wish) for wish in read({name: "flask"}).requirements] == ["flask"]


@pytest.mark.parametrize(("name", "kind", "way"), [
    ("uv.lock", "uv's lock", "(`uv export "),
    ("app/poetry.lock", "Poetry's lock", "(`poetry export "),
    ("Pipfile", "a Pipfile of Pipenv", "(`pipenv requirements`)"),
    ("setup.py", "a program of setuptools", "(`pip-compile "),
    ("environment.yml", "an environment of conda", "(in that environment `pip list --format freeze`), or name"),
    ("environment-dev.yaml", "an environment of conda", "(in that environment `pip list --format freeze`), or name"),
])  # fmt: skip
def test_files_in_a_language_of_their_own_say_how_to_get_out_of_it(name: str, kind: str, way: str) -> None:
    (said,) = complaints({name: "flask"})
    assert said.startswith(f"{name}: {kind}, which lockgen does not read\n  Write ")
    assert f" down in pip's syntax {way}" in said


@pytest.mark.parametrize("name", ["requirements.txt", "pyproject.toml", "pylock.toml"])
def test_a_file_that_is_not_there(name: str) -> None:
    def nothing(path: str) -> bytes:
        raise PermissionError(13, "Permission denied", path)

    with pytest.raises(Exception, match=f"{name}: the file cannot be read: Permission denied"):
        read_requirements(name, nothing, {})


def test_what_several_files_ask_for() -> None:
    project = read({"pyproject.toml": "[project]\nname = 'x'\nrequires-python = '>=3.9'\ndependencies = ['flask']"})
    other = read({"pyproject.toml": "[project]\nname = 'y'\nrequires-python = '<3.12'"})
    found = merge([project, wishes("--pre\n./x\nhttpx"), other, read({"a": "-c b", "b": "anyio<4"})])
    assert [line(wish) for wish in found.requirements] == ["flask", "httpx"]
    assert [line(wish) for wish in found.constraints] == ["anyio<4"]
    assert [other.text for other in found.unconsidered] == ["./x"]
    assert str(found.requires_python) == "<3.12,>=3.9"
    assert found.prereleases
    assert merge([]) == UserRequirements()


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: path.stem)
def test_the_lists_of_real_projects_are_wishes_throughout(path: Path) -> None:
    text = path.read_text("utf-8")
    found = read_requirements(str(path), lambda name: Path(name).read_bytes(), {})
    assert text.startswith("# ")
    assert len(found.requirements) == sum(not each.startswith("#") for each in text.splitlines()) >= 2
    assert found.unconsidered == ()
    assert "://" not in text


def test_there_are_a_dozen_of_them() -> None:
    assert len(PROJECTS) >= 12


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("git+https://example.org/team/model.git@v1.0", "git+https://example.org/team/model.git@v1.0"),
        (
            "git+ssh://git@example.org/team/model.git#egg=model&x=y",
            "git+ssh://***@example.org/team/model.git#egg=model",
        ),
        ("https://example.org:8443/a/b/model-1.0.whl", "https://example.org:8443/***/model-1.0.whl"),
        ("https://me:pw@example.org/simple/", "https://***@example.org/***"),
        ("https://example.org/x.zip?key=1#sha256=aa", "https://example.org/x.zip?***"),
        ("https://example.org", "https://example.org"),
        ("git+https://me:p/w@example.org/x", "git+https://***@example.org/x"),
        ("git+https://exa mple", "git+https://exa mple"),
        ("https://[::1]:80/x.zip", "https://[::1]:80/x.zip"),
        ("file:///srv/wheels/x.zip", "file:///srv/wheels/x.zip"),
        ("https://ex!ample", "https://***"),
        ("bell \x07", "bell \\x07"),
        ("x" * 200, "x" * 117 + "..."),
    ],
)
def test_words_fit_to_be_repeated(text: str, said: str) -> None:
    assert shown(text) == said
