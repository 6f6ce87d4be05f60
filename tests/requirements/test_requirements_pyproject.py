"""pyproject.toml: which dependencies count, and what is said of a file that does not tell them."""

from __future__ import annotations

import pytest

from tests.requirements.reading import complaints, line, read

PROJECT = """
[project]
name = "My.Model"
requires-python = ">=3.9"
dependencies = [
  "fastapi[all]>=0.95,<0.100",
  "uvloop; sys_platform != 'win32'",
  "weights @ https://me:hunter2@example.org/weights-1.0.zip",
]
[project.optional-dependencies]
serve = ["uvicorn"]
extra_all = ["my_model[serve]", "orjson"]
round = ["my-model[trip]"]
trip = ["my-model[round]"]
lost = ["my-model[found]"]
[dependency-groups]
test = ["pytest>=7", {include-group = "Lint"}]
lint = ["ruff"]
serve = ["gunicorn"]
loop = [{include-group = "loop"}]
gone = [{include-group = "nobody"}]
odd = [{path = "x"}, 3]
text = "ruff"
"""


def of(*groups: str) -> list[str]:
    return [line(wish) for wish in read({"pyproject.toml": PROJECT}, groups=frozenset(groups)).requirements]


BASE = ["fastapi[all]<0.100,>=0.95", 'uvloop; sys_platform != "win32"']


def test_only_the_projects_own_dependencies_count_by_default() -> None:
    found = read({"app/pyproject.toml": PROJECT})
    assert [line(wish) for wish in found.requirements] == BASE
    assert found.requirements[1].where == "app/pyproject.toml project.dependencies[1]"
    assert str(found.requires_python) == ">=3.9"
    (other,) = found.unconsidered
    assert other.where == "app/pyproject.toml project.dependencies[2]"
    assert other.text == "weights @ https://***@example.org/weights-1.0.zip"


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (("test",), ["pytest>=7", "ruff"]),
        (("extra-all",), ["uvicorn", "orjson"]),
        (("serve",), ["uvicorn", "gunicorn"]),
        (("LINT", "serve"), ["ruff", "uvicorn", "gunicorn"]),
    ],
)
def test_extras_and_groups_on_request(groups: tuple[str, ...], more: list[str]) -> None:
    assert of(*groups) == BASE + more


@pytest.mark.parametrize(
    ("group", "said"),
    [
        ("docs", "pyproject.toml: there is no extra and no dependency group 'docs'"),
        ("loop", "pyproject.toml dependency-groups.loop: these include each other: dependency-groups.loop -> dependency-groups.loop"),
        (
            "round",
            "pyproject.toml project.optional-dependencies.round: these include each other: project.optional-dependencies.round -> project.optional-dependencies.trip -> project.optional-dependencies.round",
        ),
        ("lost", "pyproject.toml project.optional-dependencies.lost[0]: the project has no extra 'found'"),
        ("gone", "pyproject.toml dependency-groups.gone[0]: there is no dependency group 'nobody'"),
        ("text", "pyproject.toml dependency-groups.text: this is not a list of requirements"),
    ],
)  # fmt: skip
def test_groups_that_cannot_be_read(group: str, said: str) -> None:
    (complaint,) = complaints({"pyproject.toml": PROJECT}, groups=frozenset({group}))
    assert complaint.splitlines()[0] == said


def test_an_item_of_a_group_that_is_no_requirement() -> None:
    assert len(complaints({"pyproject.toml": PROJECT}, groups=frozenset({"odd"}))) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project]\nname = 'x'\ndynamic = ['dependencies']", "pyproject.toml project.dynamic: the dependencies are dynamic: only the project's build backend can tell them"),
        ("[tool.poetry.dependencies]\nflask = '*'", "pyproject.toml tool.poetry: the dependencies are in Poetry's own table"),
        ("[build-system]\nrequires = []", "pyproject.toml: there is no [project] table, so the file says no dependencies"),
        ("[project]\nname = x", "pyproject.toml:2:8: this is no TOML: invalid value"),
        ("[project", "pyproject.toml: this is no TOML: expected ']' at the end of a table declaration at the end of the file"),
        ("project = 3", "pyproject.toml: project is not a table"),
        ("[project]\nname = 'x'\nrequires-python = 'three'", "pyproject.toml project.requires-python: 'three' is no range of Pythons"),
        ("[project]\nname = 'x'\nrequires-python = 3.9", "pyproject.toml project.requires-python: '3.9' is no range of Pythons"),
        ("[project]\nname = 'x'\ndependencies = 'flask'", "pyproject.toml project.dependencies: this is not a list of requirements"),
        (b"[project]\nname = '\xff'", "pyproject.toml:2: byte 0xff is not UTF-8"),
    ],
)  # fmt: skip
def test_files_that_do_not_tell_their_dependencies(text: str | bytes, said: str) -> None:
    (complaint,) = complaints({"pyproject.toml": text})
    assert complaint.splitlines()[0] == said


def test_every_unreadable_requirement_is_told() -> None:
    text = "[project]\nname = 'x'\nrequires-python = '3'\ndependencies = ['flask=2', 'httpx', 'anyio>=']"
    places = [said.split(": ")[0] for said in complaints({"pyproject.toml": text})]
    assert places == [
        f"pyproject.toml project.{place}" for place in ("dependencies[0]", "dependencies[2]", "requires-python")
    ]


def test_a_project_without_dependencies_wishes_nothing() -> None:
    assert read({"pyproject.toml": "[project]\nname = 'x'"}).requirements == ()


def test_groups_need_no_project() -> None:
    text = "[dependency-groups]\ntest = ['pytest']"
    assert [line(wish) for wish in read({"pyproject.toml": text}, groups=frozenset({"test"})).requirements] == [
        "pytest"
    ]
