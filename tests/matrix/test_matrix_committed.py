"""The committed matrices say what the compatibility document says, number for number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from packaging.utils import NormalizedName
from packaging.version import Version
from ruamel.yaml import YAML

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.request import cells, extra_target, notes, request
from lockgen.matrix.schema import json_schema
from lockgen.model.result import Unsupported
from lockgen.model.target import Target

MATRICES = Path(__file__).parents[2] / "matrices"

# "Core Dependencies (Phase 1 ...)", "Core Dependencies (Phase 2 ...)", "Option B" with "Pinned Requirements".
TABLES = {
    "1": [
        ("fastapi", "0.95.0", "0.99.1", "<0.100.0", "Last version with Pydantic v1"),
        ("uvicorn", "0.23.0", "0.24.0", "<1.0.0", "Stable with graceful shutdown"),
        ("httpx", "0.24.0", "0.25.0", "<1.0.0", "For async HTTP"),
        ("starlette", "0.27.0", "0.32.0", "<0.33.0", "Compatible with FastAPI 0.99"),
        ("pydantic", "1.10.0", "1.10.13", "<2.0.0", "v1 for compatibility"),
        ("anyio", "3.0.0", "3.7.1", "<4.0.0", "Stable v3 branch"),
    ],
    "1-stable": [
        ("fastapi", "0.99.0", "0.99.1", "<0.100.0", "Last version with Pydantic v1"),
        ("uvicorn", "0.23.0", "0.24.0", "<1.0.0", "Stable with graceful shutdown"),
        ("httpx", "0.24.0", "0.25.0", "<1.0.0", "For async HTTP"),
        ("starlette", "0.27.0", "0.32.0", "<0.33.0", "Compatible with FastAPI 0.99"),
        ("pydantic", "1.10.0", "1.10.13", "<2.0.0", "v1 for compatibility"),
        ("anyio", "3.0.0", "3.7.1", "<4.0.0", "Stable v3 branch"),
    ],
    "2": [
        ("fastapi", "0.109.0", "0.115.0", "<1.0.0", "Modern with Pydantic v2"),
        ("uvicorn", "0.27.0", "0.30.0", "<1.0.0", "Latest features"),
        ("httpx", "0.27.0", "0.27.0", "<1.0.0", "For async HTTP"),
        ("starlette", "0.36.0", "0.37.0", "<1.0.0", "Latest compatible"),
        ("pydantic", "2.5.0", "2.6.0", "<3.0.0", "v2 with performance gains"),
        ("anyio", "4.0.0", "4.3.0", "<5.0.0", "Modern async support"),
    ],
    "option-b": [
        ("fastapi", "0.100.0", "None", "<0.110.0", "Only if absolutely needed"),
        ("uvicorn", "0.23.0", "None", "<1.0.0", ""),
        ("httpx", "0.24.0", "None", "<1.0.0", ""),
        ("pydantic", "2.0.0", "None", "<3.0.0", "User code MUST migrate to the pydantic.v1 shim"),
        ("anyio", "3.0.0", "None", "<5.0.0", ""),
    ],
}
OPTIONAL = [
    ("performance", "uvloop", "0.17.0", "High-performance event loop", "Linux/macOS production"),
    ("performance", "orjson", "3.9.0", "Fast JSON serialization", "High-throughput scenarios"),
    ("forms", "python-multipart", "0.0.6", "Form data parsing", "File uploads"),
]


@pytest.fixture(scope="module")
def matrices():
    return load_matrices(read_directory(MATRICES))


def test_the_phases_there_are(matrices):
    assert list(matrices.phases) == ["1", "1-stable", "2", "option-b"]
    assert {phase.as_of.isoformat() for phase in matrices.phases.values()} == {"2026-11-20T00:00:00+00:00"}


@pytest.mark.parametrize("name", TABLES)
def test_a_phase_is_its_published_table(name, matrices):
    rows = matrices.phases[name].dependencies
    core = [
        (row.name, str(row.minimum), str(row.recommended), str(row.maximum), row.note)
        for row in rows
        if row.group is None
    ]
    assert core == TABLES[name]
    optional = [(row.group, row.name, str(row.minimum), row.purpose, row.when_required) for row in rows if row.group]
    assert optional == OPTIONAL
    assert {row.name: row.extras for row in rows if row.extras} == {"uvicorn": {"standard"}}
    assert [row.name for row in rows if row.when.platforms] == ["uvloop"]


def test_python_support_is_the_published_table(matrices):
    assert [
        (row.python, "flask" not in row.unsupported, "fastapi" not in row.unsupported, row.note)
        for row in matrices.pythons
    ] == [
        ("3.7", True, False, "FastAPI requires 3.8+"),
        ("3.8", True, True, "Minimum for FastAPI"),
        ("3.9", True, True, ""),
        ("3.10", True, True, ""),
        ("3.11", True, True, "Recommended"),
        ("3.12", True, True, "Best performance"),
    ]


def test_platform_support_is_the_published_table(matrices):
    assert [
        (row.name, "flask" not in row.unsupported, "fastapi" not in row.unsupported, row.choices["event-loop"])
        for row in matrices.platforms
    ] == [
        ("linux-x86_64", True, True, "uvloop"),
        ("linux-aarch64", True, True, "uvloop"),
        ("macos-x86_64", True, True, "uvloop"),
        ("macos-arm64", True, True, "uvloop"),
        ("windows-x86_64", True, True, "asyncio"),
        ("alpine-x86_64", True, True, "uvloop"),
    ]


@pytest.mark.parametrize("name", TABLES)
def test_each_phase_has_thirty_targets_and_six_noes(name, matrices):
    found = cells(matrices, matrices.phases[name])
    noes = [cell for cell in found if isinstance(cell, Unsupported)]
    assert len(found) - len(noes) == 30
    assert {(no.target.python, no.reason, no.remedy) for no in noes} == {
        ("3.7", "FastAPI requires 3.8+", "Use DRUM_SERVER_TYPE=flask for Python 3.7.")
    }


def test_known_issues_are_the_published_four_and_the_measured_ones(matrices):
    issues = {issue.id: (issue.is_measured, [str(wanted) for wanted in issue.constrain]) for issue in matrices.issues}
    assert issues == {
        "anyio-conflict": (False, ["anyio<5.0.0,>=3.0.0"]),
        "httptools-alpine": (False, []),
        "uvloop-segfault": (False, ["uvloop>=0.19.0"]),
        "httpx-ca-certificates": (False, []),
        "pydantic-v1-python-3.12.4": (True, ["pydantic>=1.10.16"]),
        "starlette-testclient-httpx": (True, ["httpx<0.28"]),
        "uvicorn-shutdown-python-3.12": (True, ["uvicorn>=0.24.0"]),
        "pydantic-shim-python-3.12.4": (True, ["pydantic>=2.7.4"]),
    }


def test_known_conflicts_are_the_published_table(matrices):
    assert [
        (
            row.library,
            sorted(row.extras),
            row.versions and str(row.versions),
            row.requires and str(row.requires),
            row.published,
            row.workaround,
        )
        for row in matrices.conflicts
    ] == [
        ("datarobot", [], None, None, "v1 or v2", "Compatible with both"),
        ("langchain", [], "<0.1", "pydantic<2", "v1 only", "Upgrade langchain or use Option A"),
        ("transformers", [], None, None, "No conflict", ""),
        ("mlflow", [], "<2.9", "pydantic<2", "v1 only", "Upgrade mlflow"),
        ("ray", ["serve"], "<2.8", "pydantic<2", "v1 only", "Upgrade ray"),
    ]


def test_constraints_reach_exactly_their_targets(matrices):
    def constrained(name):
        target = extra_target(matrices, matrices.phases["1"], name)
        assert isinstance(target, Target)
        return [
            str(found.origin).removeprefix("known issue ")
            for found in request(matrices, matrices.phases["1"], target, "recommended").constraints
        ]

    everywhere = ["anyio-conflict", "starlette-testclient-httpx"]
    assert constrained("py3.11-linux-x86_64") == everywhere
    assert constrained("py3.12.3-linux-x86_64") == [
        "anyio-conflict",
        "uvloop-segfault",
        "starlette-testclient-httpx",
        "uvicorn-shutdown-python-3.12",
    ]
    assert constrained("py3.12-linux-x86_64") == [
        "anyio-conflict",
        "uvloop-segfault",
        "pydantic-v1-python-3.12.4",
        "starlette-testclient-httpx",
        "uvicorn-shutdown-python-3.12",
        "pydantic-shim-python-3.12.4",
    ]


def test_only_pyyaml_on_python_3_8_for_apple_silicon_may_be_built(matrices):
    phase = matrices.phases["1"]
    permitted = {
        cell.name: [(sdist.name, sdist.build_packages) for sdist in found]
        for cell in cells(matrices, phase)
        if isinstance(cell, Target) and (found := request(matrices, phase, cell, "recommended").sdists)
    }
    assert permitted == {"py3.8-macos-arm64": [("pyyaml", ("Xcode command line tools (xcode-select --install)",))]}


def test_the_pydantic_1_issue_is_not_told_of_a_pydantic_2_set(matrices):
    target = extra_target(matrices, matrices.phases["2"], "py3.12-linux-x86_64")
    assert isinstance(target, Target)
    pydantic = NormalizedName("pydantic")
    assert "pydantic-v1-python-3.12.4" in [note.id for note in notes(matrices, target, {pydantic: Version("1.10.17")})]
    assert "pydantic-v1-python-3.12.4" not in [
        note.id for note in notes(matrices, target, {pydantic: Version("2.6.0")})
    ]


def test_the_alpine_issue_is_told_only_of_a_set_that_builds_httptools(matrices):
    target = extra_target(matrices, matrices.phases["1"], "py3.11-alpine-x86_64")
    assert isinstance(target, Target)
    httptools = NormalizedName("httptools")
    pins = {httptools: Version("0.6.4")}
    assert "httptools-alpine" not in [note.id for note in notes(matrices, target, pins)]
    assert "httptools-alpine" in [note.id for note in notes(matrices, target, pins, built={httptools})]
    where = {issue.id: issue.about for issue in matrices.issues}
    assert where["httptools-alpine"] == "alpine-*; httptools as an sdist"


@pytest.mark.parametrize("kind", ["phase", "targets", "issues", "servers"])
def test_the_committed_schemas_are_the_models(kind):
    # To write them again: `lockgen schema KIND > matrices/schema/KIND.json`.
    assert (MATRICES / "schema" / f"{kind}.json").read_text() == json.dumps(json_schema(kind), indent=2) + "\n"


@pytest.mark.parametrize("path", sorted(MATRICES.glob("*.yaml")), ids=lambda path: path.name)
def test_editors_check_the_files_with_the_schema_they_name(path):
    modeline = path.read_text().splitlines()[0]
    assert modeline.startswith("# yaml-language-server: $schema=schema/")
    schema = json.loads((MATRICES / modeline.partition("=")[2]).read_text())
    Draft202012Validator.check_schema(schema)
    data = YAML(typ="safe", pure=True).load(
        path.read_text().replace("as_of: 2026-11-20T00:00:00Z", 'as_of: "2026-11-20T00:00:00Z"')
    )
    assert list(Draft202012Validator(schema).iter_errors(data)) == []


def test_the_schema_knows_what_may_be_inherited():
    validator = Draft202012Validator(json_schema("phase"))
    head = {"schema": 1, "phase": "1", "title": "t", "revision": 1}
    assert validator.is_valid(
        {**head, "extends": "phase-1.yaml", "dependencies": [{"name": "fastapi", "minimum": "1"}]}
    )
    own = {**head, "server": "fastapi", "as_of": "2026-11-20T00:00:00Z"}
    assert validator.is_valid({**own, "dependencies": [{"name": "fastapi", "minimum": "1", "maximum": "<2"}]})
    assert validator.is_valid({**own, "dependencies": [{"name": "fastapi"}]})
    assert not validator.is_valid({**own, "dependencies": [{"maximum": "<2"}]})
    assert not validator.is_valid(own)
    assert not validator.is_valid({**own, "dependencies": None})


def test_an_unknown_schema_has_no_name():
    with pytest.raises(KeyError):
        json_schema("lockfile")
