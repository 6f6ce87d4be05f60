"""`lockgen try`: on the frozen real index through the command line, and with the committed matrices on a small one.

The frozen index holds what renders read; what else a search would look at it cannot be asked. So the known conflicts,
whose libraries are not in it, are tried in a universe of a few packages.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.request import conflict_rules
from lockgen.model.phase import Scope
from lockgen.model.requirements import UserRequirements
from lockgen.report.layout import answer_text
from lockgen.report.try_ import TriedPhase, try_answer
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.try_ import PhaseTryResult, try_
from tests.conftest import FROZEN, ROOT, Done, Lockgen
from tests.requirements.reading import wishes
from tests.universe import Packages, Universe
from tests.verify.planted import Planted, make_venv

ONE = "py3.11-linux-x86_64"
COMMITTED = ("--output", ROOT / "output")
MATRICES = load_matrices(read_directory(ROOT / "matrices"))


def tried(lockgen: Lockgen, text: str, *words: object, phase: str = "2", frozen: object = FROZEN) -> Done:
    Path("requirements.txt").write_text(text)
    return lockgen("try", "-r", "requirements.txt", "--phase", phase, "--frozen", frozen, *words)


def targets(done: Done, phase: str = "2") -> dict[str, Any]:
    found: dict[str, Any] = done.result["phases"][phase]["targets"]
    return found


def test_what_fits_the_committed_pins_everywhere(lockgen: Lockgen) -> None:
    done = tried(lockgen, "fastapi\npydantic>=2\nhttpx\n", *COMMITTED)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "3 requirements: 30 of 30 targets fit",
        "  phase 2: Modern (Pydantic v2, post-stabilization) (as of 2026-11-20): fits 30 of 30 targets, 6 unsupported",
        "    fits the committed pins: all",
    ]


def test_without_an_output_folder_the_pins_are_those_of_a_render(lockgen: Lockgen) -> None:
    done = tried(lockgen, "fastapi\n", "--target", ONE)
    assert done.out.splitlines()[2] == f"    fits the pins a render gives today (none are committed): {ONE}"
    told = tried(lockgen, "anyio==4.0.0\n", "--target", ONE, "--format", "json").result["phases"]["2"]
    assert told["is_committed"] is False
    assert told["targets"][ONE]["moves"] == {"anyio": {"committed": "4.3.0", "new": "4.0.0"}}


def test_the_pins_are_those_of_the_output_folder_not_those_of_today(lockgen: Lockgen) -> None:
    folder = Path("output/phase-2")
    folder.mkdir(parents=True)
    summary = json.loads((ROOT / "output" / "phase-2" / "summary.json").read_text())
    summary["targets"][ONE]["pins"]["anyio"] = "4.0.0"
    (folder / "summary.json").write_text(json.dumps(summary))
    assert (
        tried(lockgen, "anyio==4.0.0\n", "--target", ONE).out.splitlines()[2] == f"    fits the committed pins: {ONE}"
    )


def test_what_fits_with_other_pins_says_which_move(lockgen: Lockgen) -> None:
    done = tried(lockgen, "click==8.1.7\n", *COMMITTED, "--target", "py3.11-*")
    assert done.code == 0
    assert done.out.splitlines()[2:] == [
        "    fits the ranges, with other pins: all",
        "        pins that would move: click 8.5.1 -> 8.1.7",
    ]


def test_a_no_is_exit_1_and_names_the_row_and_the_line(lockgen: Lockgen) -> None:
    done = tried(lockgen, "fastapi\npydantic<2\n", *COMMITTED, "--target", "py3.8-*")
    assert done.code == 1
    assert "fits 0 of 6 targets, does not fit 6" in done.out
    (line,) = (line for line in done.out.splitlines() if "cannot hold together" in line)
    assert re.match(r"        these demands cannot hold together: \S*/phase-2.yaml:", line)
    assert line.endswith(" needs pydantic>=2.5.0,<3.0.0; requirements.txt:2 needs pydantic<2")


def test_json_has_the_same_answer_for_each_target(lockgen: Lockgen) -> None:
    done = tried(lockgen, "pydantic<2\n-e ./here\n", *COMMITTED, "--target", "py3.11-*", "--format", "json", "--quiet")
    assert (done.code, done.err) == (1, "")
    told = done.result
    assert told["requirements"] == 1
    assert told["not_considered"] == [
        {"where": "requirements.txt:2", "text": "-e ./here", "reason": told["not_considered"][0]["reason"]}
    ]
    assert len(targets(done)) == 6
    for answer in targets(done).values():
        assert answer["fit"] == "no"
        assert answer["core"][1] == {"by": "requirements.txt:1", "needs": "pydantic<2"}


def test_both_phases_at_once(lockgen: Lockgen) -> None:
    done = tried(lockgen, "pydantic<2\n", *COMMITTED, "--target", ONE, "--phase", "1", "--format", "json")
    assert done.code == 1
    assert targets(done, "1")[ONE]["fit"] == "pins"
    assert targets(done, "2")[ONE]["fit"] == "no"


def test_a_project_that_is_for_fewer_pythons_is_asked_there_only(lockgen: Lockgen) -> None:
    Path("pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["pydantic>=2"]\n'
    )
    done = lockgen("try", "-r", "pyproject.toml", "--phase", "2", "--frozen", FROZEN, "--target", "*-linux-x86_64")
    assert done.code == 0
    assert done.out.splitlines()[2:] == [
        "    fits the pins a render gives today (none are committed): py3.10 and newer",
        "    not asked: py3.9 and older",
        "        it requires Python >=3.10",
    ]


def test_several_files_count_together_and_each_line_keeps_its_place(lockgen: Lockgen) -> None:
    Path("more.txt").write_text("# nothing new\npydantic<2; python_version >= '3.11'\n")
    done = tried(lockgen, "fastapi\n", "-r", "more.txt", *COMMITTED, "--target", "*-linux-x86_64")
    assert done.code == 1
    assert "    fits the committed pins: py3.10 and older" in done.out.splitlines()
    assert "more.txt:2 needs pydantic<2" in done.out


def test_an_unsupported_target_asked_for_by_name_is_a_no(lockgen: Lockgen) -> None:
    done = tried(lockgen, "fastapi\n", *COMMITTED, "--target", "py3.7-linux-x86_64")
    assert done.code == 1
    assert "unsupported: py3.7-linux-x86_64 FastAPI requires 3.8+." in done.flat


def _install(venv: Planted, name: str, version: str, *requires: str) -> None:
    info = venv.site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    lines = "".join(f"Requires-Dist: {each}\n" for each in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}")


def test_an_installed_environment(lockgen: Lockgen, tmp_path: Path) -> None:
    """What nothing there requires is wished; the phase's own packages are what it is going to replace."""
    venv = make_venv(tmp_path / "venv")
    _install(venv, "fastapi", "0.99.1", "starlette")
    _install(venv, "starlette", "0.27.0")
    _install(venv, "typing-inspection", "0.4.2", "typing-extensions>=4.12.0")
    _install(venv, "typing-extensions", "4.15.0")
    words = ("try", "--from-python", venv.python, "--phase", "2", "--frozen", FROZEN, "--target", ONE)
    done = lockgen(*words, *COMMITTED)
    assert (done.code, done.err) == (0, "note: the phase brings its own fastapi\n")
    assert done.out.splitlines()[2].endswith(f": {ONE}")


def test_an_installed_environment_that_holds_nothing_but_the_phases_own(lockgen: Lockgen, tmp_path: Path) -> None:
    venv = make_venv(tmp_path / "venv")
    _install(venv, "pydantic", "1.10.13")
    words = ("try", "--from-python", venv.python, "--phase", "2", "--frozen", FROZEN, "--target", ONE)
    done = lockgen(*words, *COMMITTED)
    assert (done.code, done.err) == (0, "note: the phase brings its own pydantic\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fastapi >= x\n", "error: requirements.txt:1: 'fastapi >= x' is no requirement"),
        ("fastapi\nflask=1\n", "error: requirements.txt:2: 'flask=1' is no requirement"),
        ("-r nowhere.txt\n", "nowhere.txt"),
        ("", "error: there is nothing to try"),
        ("# nothing\n\n", "error: there is nothing to try"),
        ("git+https://example.org/x.git\n", "error: there is nothing to try"),
        ("flask\n", "cannot ask: its page is not in 2026-11-20.xz"),
    ],
)
def test_requirements_that_cannot_be_asked_about(lockgen: Lockgen, text: str, said: str) -> None:
    done = tried(lockgen, text, "--target", ONE)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_what_was_not_considered_is_told_although_nothing_is_left(lockgen: Lockgen) -> None:
    done = tried(lockgen, "git+https://example.org/x.git\n")
    assert "not considered: requirements.txt:1: git+https://example.org/x.git a git address: " in done.flat


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "error: there is nothing to try"),
        (("-r", "nowhere.txt"), "nowhere.txt"),
        (("-r", "uv.lock"), "error: uv.lock: uv's lock, which lockgen does not read"),
        (("-r", "."), "error: "),
        (("--from-python", "nowhere/python"), "nowhere/python"),
        (("--from-python", "/etc/passwd"), "/etc/passwd"),
        (("-r", "good.txt", "--phase", "9"), "there is no phase '9'"),
        (("-r", "good.txt", "--target", "py9.9-*"), "matches no target"),
        (("-r", "good.txt", "--set", "nothing"), "--set 'nothing' matches no set"),
        (("-r", "good.txt", "--format", "markdown"), "'markdown' is not one of"),
    ],
)
def test_what_cannot_be_asked(lockgen: Lockgen, words: tuple[str, ...], said: str) -> None:
    Path("good.txt").write_text("fastapi\n")
    Path("uv.lock").write_text("version = 1\n")
    done = lockgen("try", "--frozen", FROZEN, *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


PHASE: Packages = {
    "fastapi": {"0.99.1": {}, "0.115.0": {}},
    "uvicorn": {"0.30.0": {"extras": ["standard"]}},
    "httpx": {"0.27.0": {}},
    "starlette": {"0.27.0": {}, "0.37.2": {}},
    "pydantic": {"1.10.27": {}, "2.7.4": {}},
    "anyio": {"3.7.1": {}, "4.3.0": {}},
    "uvloop": {"0.19.0": {}},
    "orjson": {"3.9.15": {}},
    "python-multipart": {"0.0.6": {}},
}


def beside_phase_2(text: str, packages: Packages, where: Path) -> PhaseTryResult:
    ask = Scope(phases=("2",), targets=("py3.11-*",))
    (found,) = try_(
        MATRICES, ask, wishes(text), where, Resolver(Universe({**PHASE, **packages})), lambda _done, _total: None
    )
    return found


LANGCHAIN: Packages = {"langchain": {"0.0.354": {}, "0.1.20": {}, "0.2.0": {}}}


def test_the_known_conflicts_are_demands_although_no_metadata_says_so(tmp_path: Path) -> None:
    found = beside_phase_2("langchain==0.0.354\n", LANGCHAIN, tmp_path)
    assert not found.is_yes
    beside = TriedPhase(
        facts=found.facts, results=found.results, unsupported=found.unsupported, is_committed=found.is_committed
    )
    text = answer_text(try_answer(UserRequirements(), [beside]))
    _, head, fit, rule, core, nearest = text.splitlines()
    assert head.endswith("fits 0 of 6 targets, does not fit 6")
    assert fit == "    does not fit: all"
    assert re.sub(r":\d+", "", rule) == (
        "        langchain <0.1 works with pydantic<2 only (issues.yaml): upgrade langchain or use Option A"
    )
    assert "these demands cannot hold together: phase-2.yaml:" in core
    assert core.endswith(" needs pydantic>=2.5.0,<3.0.0; requirements.txt:1 needs langchain==0.0.354")
    assert nearest == ("        nearest that fits: requirements.txt:1: langchain 0.1.20 instead of langchain==0.0.354")


@pytest.mark.parametrize(
    ("asked", "is_yes"),
    [
        ("ray==2.7.1", True),
        ("ray[serve]==2.7.1", False),
        ("ray[serve]==2.8.0", True),
        ("mlflow==2.8.1", False),
        ("mlflow==2.9.0", True),
    ],
)
def test_the_other_known_conflicts(asked: str, *, is_yes: bool, tmp_path: Path) -> None:
    ray = {version: {"extras": ["serve"]} for version in ("2.7.1", "2.8.0")}
    packages = {"ray": ray, "mlflow": {"2.8.1": {}, "2.9.0": {}}}
    assert beside_phase_2(f"{asked}\n", packages, tmp_path).is_yes is is_yes


def test_the_rules_are_the_tables() -> None:
    rules = {rule.releases[0]: rule for rule in conflict_rules(MATRICES) if rule.releases}
    assert set(rules) == {"langchain", "mlflow", "ray"}
    assert all((rule.name, str(rule.specifier)) == ("pydantic", "<2") for rule in rules.values())
    ray = rules[canonicalize_name("ray")]
    assert (ray.releases and str(ray.releases[1]), set(ray.extras)) == ("<2.8", {"serve"})
    assert str(ray.origin).startswith("issues.yaml:")


def test_one_mend_for_all_targets_that_fail_alike(tmp_path: Path) -> None:
    wheel = {"files": ["cp311-cp311-manylinux_2_28_x86_64.whl"]}
    packages = {"lib": {"1.0": {"requires": ["pydantic<2"]}, "1.1": wheel, "1.2": {}}}
    found = beside_phase_2("lib==1.0\n", packages, tmp_path)
    assert {repair.version for each in found.results for repair in each.repairs} == {Version("1.2")}


def test_a_target_the_mend_cannot_help_is_no_reason_to_hide_the_others(tmp_path: Path) -> None:
    found = beside_phase_2("pydantic<2; sys_platform == 'win32'\n", {}, tmp_path)
    assert [each.fit for each in found.results].count("no") == 1
    assert not found.is_yes
