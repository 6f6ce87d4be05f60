"""`lockgen init`: a first matrix that loads, renders, and says of every number whether somebody said it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.cli.init import _read_inputs
from lockgen.cli.requirements import RequirementsAsked
from lockgen.errors import UsageError
from lockgen.matrix.init.rows import next_major, starts
from lockgen.matrix.init.targets import platforms, pythons
from lockgen.matrix.load import load_matrices
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.model.requirements import UserRequirements
from lockgen.resolve.resolver import Resolver
from lockgen.workflow import init as init_workflow
from lockgen.workflow.init import InitInputs, InitResult
from tests.conftest import FROZEN, Done, Lockgen
from tests.requirements.reading import read, wishes
from tests.universe import AS_OF, Universe, target

PROJECT = """\
[project]
name = "app"
requires-python = ">=3.11,<3.13"
dependencies = [
  "fastapi>=0.109.0,<1.0",
  "uvicorn[standard]~=0.27",
  "httpx==0.27.0",
  "starlette<1.0",
  "anyio>4,<5",
  "uvloop>=0.17,!=0.18.0; sys_platform != 'win32'",
  "orjson; python_version < '3.12'",
]
"""
NOTHING = RequirementsAsked(arguments=(), files=(), constraints=(), groups=())
ROWS = """\
  # pyproject.toml project.dependencies[0]
  - name: fastapi
    minimum: "0.109.0"
    recommended: "0.163.2" # guessed: the newest that goes with the others
    maximum: "<1.0"
  # pyproject.toml project.dependencies[1]
  - name: uvicorn
    extras: [standard]
    minimum: "0.27"
    recommended: "0.54.0" # guessed: the newest that goes with the others
    maximum: "<1"
  # pyproject.toml project.dependencies[2]
  - name: httpx
    minimum: "0.27.0"
    recommended: "0.27.0" # pinned
    maximum: "<1.0.0" # guessed: below the next major release
  # pyproject.toml project.dependencies[3]
  - name: starlette
    recommended: "0.52.1" # guessed: the newest that goes with the others
    maximum: "<1.0"
  # pyproject.toml project.dependencies[4]
  - name: anyio
    minimum: "4"
    recommended: "4.16.0" # guessed: the newest that goes with the others
    maximum: "<5"
    exclusions: ["!=4"]
  # pyproject.toml project.dependencies[5]
  - name: uvloop
    minimum: "0.17"
    recommended: "0.23.0" # guessed: the newest that goes with the others
    maximum: "<1.0.0" # guessed: below the next major release
    exclusions: ["!=0.18.0"]
    when: {platforms: [linux-x86_64, linux-aarch64, macos-arm64]}
  # pyproject.toml project.dependencies[6]
  - name: orjson
    recommended: "3.13.0" # guessed: the newest that goes with the others
    maximum: "<4.0.0" # guessed: below the next major release
    when: {python: "<3.12"}

accept: # what `lockgen lint` found when this was written: decide about each, and take it away
  - {rule: minimum-without-wheel, packages: [uvloop], reason: "follows from pyproject.toml"}
  - {rule: maximum-conflict, packages: [fastapi, starlette], reason: "follows from pyproject.toml"}
  - {rule: dead-cap, packages: [fastapi], reason: "follows from pyproject.toml"}
"""
TARGETS = tuple(
    target(f"py{python}-{platform}")
    for python in ("3.9", "3.10", "3.11")
    for platform in ("linux-x86_64", "macos-arm64", "windows-x86_64")
)


def _init(lockgen: Lockgen, *words: object) -> Done:
    return lockgen("init", "--frozen", FROZEN, *words)


@pytest.mark.slow
def test_a_project_becomes_a_matrix_that_renders_on_every_target(lockgen: Lockgen) -> None:
    Path("pyproject.toml").write_text(PROJECT)
    done = _init(lockgen, "-r", "pyproject.toml")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "matrices/phase-1.yaml: 7 rows, 9 guesses, 0 left out\n  written\n    matrices/phase-1.yaml\n"
        "    matrices/targets.yaml\n    matrices/issues.yaml\n"
        "next: look at them, then lockgen render --phase 1\n"
    )
    text = Path("matrices/phase-1.yaml").read_text()
    assert text.endswith(f"\n{ROWS}")
    assert "as_of: 2026-11-20T00:00:00Z #" in text
    assert "# Requires-python is <3.13,>=3.11." in Path("matrices/targets.yaml").read_text()
    assert lockgen("lint", "--frozen", FROZEN).code == 0
    rendered = lockgen("render", "--frozen", FROZEN)
    assert rendered.code == 0
    assert "8 of 8 targets have a set" in rendered.err
    assert lockgen("check", "--frozen", FROZEN).code == 0


@pytest.mark.slow
def test_nothing_is_overwritten_or_mixed_with_what_is_there(lockgen: Lockgen) -> None:
    Path("pyproject.toml").write_text(PROJECT)
    Path("matrices").mkdir()
    Path("matrices/issues.yaml").write_text("mine")
    done = _init(lockgen, "-r", "pyproject.toml")
    assert done.code == 2
    assert done.err.startswith("error: matrices: there are matrices already: issues.yaml\n")
    assert [path.name for path in Path("matrices").iterdir()] == ["issues.yaml"]
    assert _init(lockgen, "-r", "pyproject.toml", "--matrices", "other", "--phase", "app").code == 0
    assert sorted(path.name for path in Path("other").iterdir()) == ["issues.yaml", "phase-app.yaml", "targets.yaml"]


@pytest.mark.parametrize(("text", "said"), [
    ("fastapi>=2,<1\n", "no version of fastapi can be all of this: requirements.txt:1 (<1,>=2)"),
    ("fastapi==0.99.1\nfastapi==0.100.0\n", "requirements.txt:1 (==0.99.1), requirements.txt:2 (==0.100.0)"),
    ("-e .\n", "requirements.txt asks for nothing that an index could answer"),
    ("fastapi=1\n", "is no requirement"),
])  # fmt: skip
def test_requirements_that_make_no_matrix(lockgen: Lockgen, text: str, said: str) -> None:
    Path("requirements.txt").write_text(text)
    done = _init(lockgen, "-r", "requirements.txt")
    assert done.code == 2
    assert said in done.err
    assert not Path("matrices").exists()


def test_without_anything_to_start_from(lockgen: Lockgen) -> None:
    assert "there is nothing to start from" in lockgen("init").err


def test_a_phase_needs_a_name_that_is_one(lockgen: Lockgen) -> None:
    Path("requirements.txt").write_text("fastapi")
    done = _init(lockgen, "-r", "requirements.txt", "--phase", "../x")
    assert done.code == 2
    assert not Path("matrices").exists()


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An interpreter with an old FastAPI, whose dependency is not asked for, and a package no index could serve."""
    room = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", room], check=True)
    (site,) = [*room.glob("lib/python3*/site-packages"), *room.glob("Lib/site-packages")]
    for name, version, more in (
        ("fastapi", "0.110.0", "Requires-Dist: starlette\n"),
        ("starlette", "0.36.3", ""),
        ("orjson", "odd", ""),
    ):
        (site / f"{name}-{version}.dist-info").mkdir()
        meta = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{more}"
        (site / f"{name}-{version}.dist-info" / "METADATA").write_text(meta)
    return next(path for path in (room / "bin" / "python", room / "Scripts" / "python.exe") if path.exists())


@pytest.fixture
def small() -> Universe:
    return Universe(
        {
            "fastapi": {
                "0.110.0": {"requires": ["starlette<0.37"]},
                "0.111.0": {"requires": ["starlette<0.38"]},
                "0.200.0": {"requires": ["starlette<0.38"], "python": ">=3.11"},
            },
            "starlette": {"0.36.3": {}, "0.37.2": {}, "1.0.0": {}},
            "old": {"0.9": {}, "1.0": {}, "1.5": {"python": "<3.10"}, "2.0": {"python": ">=3.10"}},
            "nolinux": {"1.0": {"files": ["cp311-cp311-win_amd64.whl"]}},
        }
    )


def _begin(text: str, universe: Universe, *, requires: str = ">=3.9,<3.12", **installed: str) -> InitResult:
    return _begin_from(wishes(text), universe, requires=requires, **installed)


def _begin_from(
    asked: UserRequirements, universe: Universe, *, requires: str = ">=3.9,<3.12", **installed: str
) -> InitResult:
    material = InitInputs(
        requirements=asked,
        installed={name: Version(version) for name, version in installed.items()},  # type: ignore[misc]
        sources="requirements.txt",
        pythons=pythons(SpecifierSet(requires), ""),
        platforms=platforms((), None),
        phase="1",
        as_of=AS_OF,
    )
    return init_workflow.fill(init_workflow.draft(material), Resolver(universe), lambda *_: None)


def _row(begun: InitResult, name: str) -> str:
    text = begun.texts["phase-1.yaml"].decode()
    return re.split(r"  # |  - |\nacc", text[text.index(f"- name: {name}\n") + 2 :], maxsplit=1)[0]


def test_what_is_installed_is_recommended_and_no_bound(environment: Path, small: Universe) -> None:
    drafted = init_workflow.draft(_read_inputs([], NOTHING, str(environment), "1", AS_OF))
    text = init_workflow.fill(drafted, Resolver(small), lambda *_: None).texts["phase-1.yaml"].decode()
    assert text.startswith(f"# A starter written by `lockgen init` from what {environment} has installed.\n")
    assert "# installed: orjson odd: its version is none an index could serve (PEP 440)\n" in text
    assert text.partition("recommended versions collide, the later row gives way\n")[2] == (
        "  # installed fastapi 0.110.0\n"
        "  - name: fastapi\n"
        '    minimum: "0.110.0" # guessed: the oldest of the series that targets get\n'
        '    recommended: "0.110.0" # installed\n'
        '    maximum: "<1.0.0" # guessed: below the next major release\n'
    )
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert {each.python for each in drafted.page.targets} == {minor}


def test_what_is_installed_is_recommended_where_the_requirements_allow_it(small: Universe) -> None:
    begun = _begin("fastapi>=0.110,<0.150\nstarlette<0.37\nold", small, fastapi="0.110.0", starlette="0.37.2")
    assert 'recommended: "0.110.0" # installed' in _row(begun, "fastapi")
    assert 'recommended: "0.36.3" # guessed' in _row(begun, "starlette")
    text = begun.texts["phase-1.yaml"].decode()
    assert "# installed is 0.37.2, which the requirements do not allow" in text
    assert begun.result.is_yes


def test_what_is_guessed_goes_with_what_is_pinned(small: Universe) -> None:
    """On its own the newest starlette is 1.0.0; a pin in a later row counts before a guess in an earlier one."""
    begun = _begin("starlette\nfastapi==0.110.0", small)
    assert 'recommended: "0.36.3" # guessed' in _row(begun, "starlette")
    assert 'recommended: "0.110.0" # pinned' in _row(begun, "fastapi")


def test_guessed_bounds_hold_what_every_target_gets(small: Universe) -> None:
    begun = _begin("old", small)
    assert _row(begun, "old") == (
        'name: old\n    minimum: "1.0" # guessed: the oldest of the series that targets get\n'
        '    maximum: "<3.0.0" # guessed: below the next major release\n'
    )
    assert begun.result.is_yes


def test_every_number_is_said_there_or_marked(small: Universe) -> None:
    text = _begin("fastapi>=0.110\nstarlette<0.38\nold", small).texts["phase-1.yaml"].decode()
    numbers = re.findall(r"    (?:minimum|recommended|maximum): (.*)", text)
    assert len(numbers) == 8
    assert [number for number in numbers if "# guessed" not in number] == ['"0.110"', '"<0.38"']


def test_a_target_without_a_set_is_told_and_the_matrix_is_written(small: Universe, tmp_path: Path) -> None:
    begun = _begin("nolinux\nold", small, requires="==3.11.*")
    assert not begun.is_yes
    assert begun.result.is_yes
    assert begun.notes == (
        (
            "skipped: all but py3.11-windows-x86_64: no set: nolinux 1.0 has no usable file among 1: 1 for another platform "
            "or Python"
        ),
    )
    init_workflow.write_files(begun.texts, tmp_path / "matrices")
    found = load_matrices({path.name: path.read_bytes() for path in (tmp_path / "matrices").iterdir()})
    assert [str(row.recommended) for row in found.phases["1"].dependencies] == ["1.0", "2.0"]


def test_where_nothing_has_a_set_the_matrix_still_loads(small: Universe) -> None:
    begun = _begin("nolinux>=2\nmissing", small)
    assert _row(begun, "nolinux") == (
        'name: nolinux\n    minimum: "2"\n    maximum: "<3.0.0" # guessed: below the next major release\n'
    )
    assert not begun.result.is_yes
    assert "skip" not in begun.texts["targets.yaml"].decode()
    assert load_matrices(begun.texts).phases["1"].dependencies[0].recommended is None


def test_an_unknown_package_is_left_out_and_the_rest_is_guessed(small: Universe) -> None:
    begun = _begin("acme-tools==1.0\nold", small, requires="==3.11.*")
    assert begun.is_yes
    (note,) = begun.notes
    assert note.startswith("requirements.txt:1: acme-tools: the index does not know it; where another one serves it, ")
    assert note in begun.page.left_out
    assert 'recommended: "2.0" # guessed' in _row(begun, "old")
    with pytest.raises(UsageError, match=r"the index knows nothing that requirements\.txt asks for: acme-tools, b"):
        _begin("acme-tools==1.0\nb", small)


def test_a_package_without_a_wheel_may_come_as_an_sdist_where_it_has_none() -> None:
    files = ["cp311-cp311-win_amd64.whl", "sdist"]
    universe = Universe({"source": {"1.0": {"files": files, "build": []}, "0.9": {}}, "other": {"1.0": {}}})
    begun = _begin("source==1.0\nother", universe, requires="==3.11.*")
    assert begun.is_yes
    assert (
        '\n  - {package: source, when: {python: ">=3.11", platforms: [linux-x86_64, linux-aarch64, macos-arm64]}, '
        in (begun.texts["issues.yaml"].decode())
    )
    assert begun.notes == ("source has no wheel on 3 targets: issues.yaml allows its sdist there, which is then built",)


def test_extras_and_groups_become_named_sets(small: Universe) -> None:
    project = """
[project]
name = "app"
dependencies = ["fastapi==0.110.0"]
[project.optional-dependencies]
cli = ["old>=1", "./x"]
dev = ["old"]
clash = ["starlette>=1"]
[dependency-groups]
dev = ["old<2; sys_platform == 'win32'", "acme-lost"]
none = ["old; sys_platform == 'plan9'"]
broken = [{include-group = "gone"}]
"""
    begun = _begin_from(read({"pyproject.toml": project}), small)
    text = begun.texts["phase-1.yaml"].decode()
    assert re.findall(r"  (\S+): # the (.*)\n    extends: \[base\]", text) == [
        ("cli", "extra cli"), ("dev-extra", "extra dev"), ("dev", "dependency group dev")
    ]  # fmt: skip
    found = load_matrices(begun.texts)
    assert [(row.name, str(row.minimum)) for row in found.phases["1/cli"].own] == [("old", "1")]
    assert [row.when.platforms for row in found.phases["1/dev"].own] == [("windows-x86_64",)]
    assert begun.is_yes
    assert [each.partition(": ")[0] for each in begun.notes] == [
        "pyproject.toml dependency-groups.dev[1]", "the extra clash"
    ]  # fmt: skip
    left_out = "\n".join(begun.page.left_out)
    assert "the extra clash: it has no set beside the base on all: what asks for starlette cannot" in left_out
    assert "the dependency group none: nothing in it is asked of an index on these targets" in left_out
    assert "dependency-groups.broken[0]: cannot be read: there is no dependency group 'gone'" in left_out


def test_a_package_whose_metadata_needs_a_build_spoils_no_other_guess(small: Universe) -> None:
    class Unreadable(Universe):
        def metadata(self, file: DistFile) -> Metadata | Refusal:
            if file.filename.endswith(".tar.gz"):
                return Refusal(
                    name=file.name, version=file.version, kind="metadata", reason="its metadata needs a build"
                )
            return super().metadata(file)

    begun = _begin("source==1.0\nold", Unreadable({**small.packages, "source": {"1.0": {"files": ["sdist"]}}}))
    assert begun.is_yes
    (line,) = begun.notes
    assert line.startswith("requirements.txt:1: source: it comes as source only, ")
    assert "`lockgen metadata source==1.0` does that" in line


def test_only_what_stays_unread_is_left_out_as_source_only(small: Universe) -> None:
    """healthchecks lost Django 6.1 (Python 3.12 and newer, an sdist beside the wheel), h lost psycopg2 (its wheels for
    Windows say what it requires), each beside a package that really has nothing but an unreadable sdist."""
    universe = Universe(
        {
            **small.packages,
            "framework": {"6.1": {"python": ">=3.12", "files": ["py3-none-any.whl", "sdist"]}},
            "setuptools": {"80.0": {}},
            "source": {"1.0": {"files": ["sdist"], "dynamic": True}},
            "driver": {"2.9": {"files": ["py3-none-win_amd64.whl", "sdist"], "dynamic": True}},
        }
    )
    begun = _begin("framework==6.1\nsource==1.0\ndriver==2.9", universe, requires=">=3.11,<3.13")
    assert not begun.is_yes, "a target is skipped"
    assert {row.name for row in load_matrices(begun.texts).phases["1"].own} == {"framework", "driver"}
    (line,) = begun.page.left_out
    assert line.startswith("requirements.txt:2: source: it comes as source only, ")
    assert any(each.startswith("driver has no wheel on ") for each in begun.notes)
    assert any(
        each.startswith("skipped: py3.11-*: no set: framework 6.1 requires Python >=3.12") for each in begun.notes
    )


@pytest.mark.parametrize("text", ["app\nold", "app==1.0", "source"])
def test_what_only_a_build_could_tell_is_named_when_no_line_asks_for_it(small: Universe, text: str) -> None:
    """antlr4-python3-runtime, which hydra-core needs: the project's own lines alone explained nothing."""
    universe = Universe(
        {
            **small.packages,
            "app": {"0.9": {"requires": ["source<0.9"]}, "1.0": {"requires": ["source"]}},
            "source": {"1.0": {"files": ["sdist"], "dynamic": True}},
        }
    )
    begun = _begin(text, universe)
    assert not begun.is_yes
    (line,) = begun.notes
    needed = "" if text == "source" else ", which app 1.0 needs"
    assert line == (
        f"source 1.0{needed}: it comes as source only, and only a build could tell what it requires; "
        "`lockgen metadata source==1.0` does that and states it"
    )


def test_what_only_a_build_could_tell_is_named_beside_the_targets_skipped_for_it(small: Universe) -> None:
    packages = {
        "app": {"1.0": {"requires": ["source; sys_platform == 'win32'"]}},
        "source": {"1.0": {"files": ["sdist"], "dynamic": True}},
    }
    begun = _begin("app\nold", Universe({**small.packages, **packages}))
    assert [line.partition(":")[0] for line in begun.notes] == ["source 1.0, which app 1.0 needs", "skipped"]


@pytest.mark.parametrize("text", ["old", "only", "fastapi\nstarlette"])
def test_a_guessed_minimum_is_older_than_the_newest(small: Universe, text: str) -> None:
    universe = Universe({**small.packages, "only": {"3.0": {}}})
    begun = _begin(text, universe)
    for row in load_matrices(begun.texts).phases["1"].dependencies:
        assert row.minimum is None or row.minimum < max(map(Version, universe.packages[row.name]))


def test_files_that_appear_meanwhile_are_not_overwritten(small: Universe, tmp_path: Path) -> None:
    begun = _begin("old", small)
    (tmp_path / "targets.yaml").write_text("mine")
    with pytest.raises(UsageError, match="there are matrices already"):
        init_workflow.write_files(begun.texts, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["targets.yaml"]


@pytest.mark.parametrize(("text", "minimum", "wanted", "maximum"), [
    ("a", None, None, ""),
    ("a>=1.2", "1.2", None, ""),
    ("a>1.2,<=3", "1.2", None, "<=3"),
    ("a~=1.4.2", "1.4.2", None, "<1.5"),
    ("a~=1.4", "1.4", None, "<2"),
    ("a==1.4.*", "1.4", None, "<1.5"),
    ("a==1.4", "1.4", "1.4", ""),
    ("a==1.4+cpu", "1.4", "1.4", ""),
    ("a===1.4", "1.4", "1.4", ""),
    ("a!=1.4", None, None, ""),
    ("a==1!2.3.*", "1!2.3", None, "<1!2.4"),
    ("a>=1,<3,<=3", "1", None, "<3"),
    ("a>=1\na<2\na>=1.5", "1.5", None, "<2"),
])  # fmt: skip
def test_what_requirements_say_of_a_row(text: str, minimum: str | None, wanted: str | None, maximum: str) -> None:
    ((row,), left_out) = starts(wishes(text), {}, TARGETS)
    assert left_out == ()
    assert (str(row.minimum or "") or None, str(row.wanted or "") or None, row.maximum) == (minimum, wanted, maximum)


@pytest.mark.parametrize(("text", "rows"), [
    ("a>=1,<2; python_version<'3.10'\na>=2,<4; python_version>='3.10'", [(6, ">=2,<4"), (3, ">=1,<2")]),
    ("a>=1; python_version<'3.10'\na<4", [(6, "<4"), (3, ">=1,<4")]),
    ("a==1.0; python_version<'3.10'\na==2.0; python_version>='3.10'", [(6, ">=2.0"), (3, ">=1.0")]),
    ("a<2; sys_platform=='win32'\na<2; sys_platform!='win32'", [(9, "<2")]),
    ("a; sys_platform=='win32' or python_version<'3.10'", [(1 + 2, ""), (2, "")]),
    ("a!=2,>1,!=1.5.*; python_version=='3.10'", [(3, "!=2,!=1,!=1.5.*,>=1")]),
])  # fmt: skip
def test_rows_of_one_package_are_for_different_targets(text: str, rows: list[tuple[int, str]]) -> None:
    found, left_out = starts(wishes(text), {}, TARGETS)
    assert left_out == ()
    assert sorted((len(row.targets), str(row.bounds)) for row in found) == sorted(
        (number, str(SpecifierSet(bounds))) for number, bounds in rows
    )
    names = [target.name for row in found for target in row.targets]
    assert len(names) == len(set(names))


def test_contradictions_behind_markers_are_errors_where_both_hold() -> None:
    with pytest.raises(UsageError, match="no version of a can be all of this: "):
        starts(wishes("a==1; python_version<'3.11'\na==2; python_version>='3.10'"), {}, TARGETS)


def test_a_constraint_narrows_a_row_and_brings_none(small: Universe) -> None:
    asked = read({"requirements.txt": "-c c.txt\na>=1\n", "c.txt": "a<2\nb<3\n"})
    ((row,), left_out) = starts(asked, {}, TARGETS)
    assert row.bounds == SpecifierSet(">=1,<2")
    assert row.notes == ("requirements.txt:2, c.txt:1",)
    assert left_out == ()
    begun = _begin_from(read({"a.txt": "-c c.txt\nfastapi==0.111.0", "c.txt": "starlette<0.37\nold"}), small)
    assert (
        '\nconstraints: # bounds on what the rows bring in; they bring in nothing themselves\n  - "starlette<0.37"'
        in (begun.texts["phase-1.yaml"].decode())
    )
    assert begun.page.left_out == ("c.txt:2: old: constrains nothing",)
    assert begun.is_yes


@pytest.mark.parametrize(("marker", "when"), [
    ("python_version >= '3.8'", ""),
    ("python_version >= '3.10'", '    when: {python: ">=3.10"}\n'),
    ("python_version < '3.11'", '    when: {python: "<3.11"}\n'),
    ("python_version == '3.10'", '    when: {python: ">=3.10,<3.11"}\n'),
    ("sys_platform == 'darwin'", "    when: {platforms: [macos-arm64]}\n"),
    ("platform_system != 'Windows' and python_version >= '3.10'",
     '    when: {python: ">=3.10", platforms: [linux-x86_64, linux-aarch64, macos-arm64]}\n'),
    ("sys_platform == 'win32' or python_version >= '3.11'",
     ('    when: {platforms: [windows-x86_64]}\n'
      '    when: {python: ">=3.11", platforms: [linux-x86_64, linux-aarch64, macos-arm64]}\n')),
])  # fmt: skip
def test_a_marker_becomes_the_targets_it_holds_on(small: Universe, marker: str, when: str) -> None:
    text = _begin(f"old; {marker}", small).texts["phase-1.yaml"].decode()
    rows = text.partition("gives way\n")[2].partition("\naccept")[0].split("  # requirements.txt:1\n")[1:]
    assert "".join(line for row in rows for line in row.splitlines(keepends=True) if "when" in line) == when


def test_a_marker_that_holds_nowhere_leaves_the_row_out() -> None:
    rows, left_out = starts(wishes("a; sys_platform == 'plan9'\nb"), {}, TARGETS)
    assert [row.name for row in rows] == ["b"]
    assert left_out == ("requirements.txt:1: a: its marker holds on none of the targets",)


def test_other_peoples_words_stay_in_comments(small: Universe) -> None:
    begun = _begin("old # x\n./a\\\n b\x07\n", small)
    lines = begun.texts["phase-1.yaml"].decode().splitlines()
    assert [line for line in lines if "./a" in line] == [
        line for line in lines if line.startswith("# ") and "./a" in line
    ]
    assert all(char.isprintable() or char == "\n" for char in begun.texts["phase-1.yaml"].decode())


@pytest.mark.parametrize(("version", "bound"), [("2.6.1", "<3.0.0"), ("0.5", "<1.0.0"), ("1!2.0", "<1!3.0.0")])
def test_the_next_major_release(version: str, bound: str) -> None:
    assert next_major(Version(version)) == bound


def test_which_pythons_a_project_is_for() -> None:
    assert pythons(SpecifierSet(">=3.9.7,!=3.10.*,<3.13"), "3.8").minors == ("3.9", "3.11", "3.12")
    assert pythons(None, "3.8").minors == ("3.8",)
    assert "guessed" in pythons(None, "").because
    with pytest.raises(UsageError, match=r"admits no Python from 3\.7 to 3\.14"):
        pythons(SpecifierSet(">=4"), "")


@pytest.mark.network
def test_a_first_matrix_from_the_real_index_renders(lockgen: Lockgen) -> None:
    Path("requirements.txt").write_text(
        "fastapi>=0.95,<1.0\nuvicorn[standard]~=0.24\nhttpx\npydantic==2.6.0\nstarlette<1.0\n"
        'uvloop>=0.17; platform_system != "Windows"\n'
    )
    assert lockgen("init", "-r", "requirements.txt").code == 0
    assert 'recommended: "2.6.0" # pinned' in Path("matrices/phase-1.yaml").read_text()
    assert lockgen("render").code == 0
