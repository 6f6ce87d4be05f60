"""A matrix that says all a row can say, through the command line: rendered, proved, checked, explained; and beside uv."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lockgen.index.frozen import FrozenIndex
from lockgen.matrix.load import load_matrices
from lockgen.model.phase import Scope
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from lockgen.text import requirement
from lockgen.workflow.render import solve_phases
from tests.conftest import Lockgen
from tests.lint.stand import LINUX, WINDOWS, frozen, put, table, targets
from tests.served import served
from tests.test_uv_oracle import UV_PLATFORMS
from tests.universe import Packages

PACKAGES: Packages = {
    "app": {"1.0": {"requires": ["lib<2", "win; sys_platform=='win32'", "opt; extra=='o'", "spare"], "extras": ["o"]}},
    "lib": {version: {"requires": ["trans"]} for version in ("1.0", "1.5", "2.0", "3.0")},
    "trans": {version: {} for version in ("1.0", "2.0", "3.0", "4.0rc1")},
    "win": {"1.0": {}},
    "opt": {"1.0": {}, "2.0": {}},
    "spare": {"1.0": {}},
    "num": {"1.26.4": {}, "2.1.3": {}, "2.2.0": {}, "2.3.0rc1": {}},
    "torch": {version: {} for version in ("2.0.1+cpu", "2.1.0", "2.1.0+cpu", "2.1.0+cu121")},
    "cal": {"2022.1": {}, "2023.1": {}},
}
MATRIX = table(
    "{name: app, extras: [o]}",
    '{name: num, maximum: "<1.27", when: {python: "<3.12"}}',
    '{name: num, minimum: "2.1", exclusions: ["!=2.2.0"], when: {python: ">=3.12"}}',
    '{name: torch, exact: "2.1.0+cpu"}',
    '{name: cal, minimum: "2022"}',
    more="""constraints: [trans<3]
constraint_files: [corp.txt]
overrides:
  - {requirement: "lib>=2", reason: app's bound is too tight, when: {platforms: ["linux-*"]}}
exclude:
  - {name: spare, reason: never imported}
""",
)
FILES = {
    "example.yaml": MATRIX,
    "targets.yaml": targets("3.11", "3.12", "3.13", platforms=(LINUX, WINDOWS))
    + b'skip: [{targets: ["py3.13-windows-*"], reason: no images yet}]\n',
    "corp.txt": b"# of the whole company\ntrans!=2.0 ; sys_platform == 'win32'\nunused<3\n",
}
INDEX = frozen(PACKAGES, absent=("unused",))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    put(tmp_path / "matrices", FILES)
    (tmp_path / "index.xz").write_bytes(INDEX)
    return tmp_path


def test_the_sets_are_rendered_and_kept_with_the_reasons_beside_them(lockgen: Lockgen, project: Path) -> None:
    assert lockgen("render", "--frozen", "index.xz").code == 0
    linux = (project / "output/example/py3.11-linux-x86_64/requirements.txt").read_text("utf-8")
    assert "# use: pip install --require-hashes --no-deps -r requirements.lock\n" in linux
    assert "#   lib>=2 (override example.yaml): app's bound is too tight\n" in linux
    assert "#   no spare (exclude example.yaml): never imported\n" in linux
    assert linux.endswith("\napp[o]\nnum<1.27\ntorch==2.1.0+cpu\ncal>=2022\n")
    pins = [line for line in _pins(project, "py3.12-windows-x86_64") if line[0].isalpha()]
    assert pins == [
        *("app==1.0", "cal==2023.1", "lib==1.5", "num==2.1.3", "opt==2.0", "torch==2.1.0+cpu", "trans==1.0"),
        "win==1.0",
    ]
    page = (project / "output/example/COMPATIBILITY.md").read_text("utf-8")
    for said in (
        "| num (Python &lt;3.12) |  |  | `<1.27` | 1.26.4 |",
        "- trans!=2.0; sys_platform == &#34;win32&#34; (corp.txt)",
        "- lib>=2, whatever releases demand (linux-\\*): app's bound is too tight",
        "- no spare, whatever releases demand: never imported",
        "- py3.13-windows-\\*: no images yet",
    ):
        assert said in page.replace('"', "&#34;")
    assert lockgen("check", "--frozen", "index.xz").code == 0
    assert lockgen("drift", "--frozen", "index.xz").code == 0
    done = lockgen("render", "--frozen", "index.xz", "--target", "py3.13-windows-x86_64")
    assert (done.code, "no images yet." in done.err) == (1, True)


def _pins(project: Path, target: str) -> list[str]:
    lines = (project / "output/example" / target / "constraints.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line]


def test_the_minimum_of_a_row_without_one_is_the_oldest_release(lockgen: Lockgen, project: Path) -> None:
    done = lockgen("render", "--frozen", "index.xz", "-v", "--strategy", "minimum", "--output", "out")
    assert done.code == 0
    assert ["cal", "2022", "2022.1", "all"] in [line.split() for line in done.err.splitlines()]
    assert ["torch", "2.1.0+cpu", "2.1.0+cpu", "all"] in [line.split() for line in done.err.splitlines()]


def test_explain_names_override_constraint_and_exclusion_with_their_places(lockgen: Lockgen, project: Path) -> None:
    said = lockgen("explain", "trans", "--frozen", "index.xz").out
    assert "app 1.0 (override matrices/example.yaml:16) needs lib>=2 -> lib 3.0 needs trans" in said
    assert "constraint matrices/example.yaml:13 needs trans<3" in said
    assert "2.0, uploaded 2025-01-01: kept out by constraint corp.txt:2" in said
    assert (
        "matrices/example.yaml:18 excludes it: never imported"
        in lockgen("explain", "spare", "--frozen", "index.xz").out
    )


def test_lint_has_notes_alone(lockgen: Lockgen, project: Path) -> None:
    done = lockgen("lint", "--frozen", "index.xz")
    assert (done.code, done.out.splitlines()[0]) == (0, "2 notes")
    assert done.out.count("[no-minimum]") == 2


def test_a_constraint_that_cannot_hold_is_told_with_its_line(lockgen: Lockgen, project: Path) -> None:
    (project / "matrices/corp.txt").write_text("# none\n\nopt<1\n", "utf-8")
    done = lockgen("render", "--frozen", "index.xz")
    assert done.code == 1
    assert (
        "these demands cannot hold together: matrices/example.yaml:8 needs app[o]; constraint corp.txt:3 needs opt<1"
        in done.err
    )


@pytest.mark.slow
def test_each_set_is_closed(lockgen: Lockgen, project: Path) -> None:
    assert lockgen("render", "--frozen", "index.xz").code == 0
    assert "5 sets: 5 closed" in lockgen("verify", "--level", "closed", "--frozen", "index.xz").err


@pytest.mark.slow
def test_uv_comes_to_the_same_sets(tmp_path: Path) -> None:
    matrices = load_matrices(FILES)
    (result,) = solve_phases(matrices, Scope(), Resolver(FrozenIndex(INDEX)), lambda _done, _total: None)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    with served(FrozenIndex(INDEX)) as index:
        own = {"UV_DEFAULT_INDEX": index.address, "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}
        for cell in result.cells:
            asked = cell.request
            texts: dict[str, list[str]] = {
                "in": [requirement(row.name, row.extras, row.specifier) for row in asked.rows],
                "constraint": [f"{each.name}{each.specifier}" for each in asked.constraints],
                "override": [requirement(each.name, each.extras, each.specifier) for each in asked.overrides],
                "excludes": [str(each.name) for each in asked.excludes],
            }
            for name, lines in texts.items():
                (tmp_path / f"{name}.txt").write_text("\n".join([*lines, ""]), "utf-8")
            command = [
                str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--no-header", "--no-annotate",
                "--python", sys.executable, "--python-version", asked.target.floor,
                "--python-platform", UV_PLATFORMS[asked.target.platform.name],
                "--constraint", "constraint.txt", "--override", "override.txt", "--excludes", "excludes.txt", "in.txt",
            ]  # fmt: skip
            done = subprocess.run(
                command, capture_output=True, text=True, env={**kept, **own}, cwd=tmp_path, check=False
            )
            assert done.returncode == 0, done.stderr
            assert isinstance(cell.outcome, Solved)
            assert [f"{pin.name}=={pin.version}" for pin in cell.outcome.pins] == done.stdout.split()
