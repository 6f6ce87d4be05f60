"""Named sets: what is fixed in them, where they lie, what each command makes of them."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.workflow.verify import unsmoked
from tests.conftest import Lockgen
from tests.lint.stand import frozen, put
from tests.named_sets import ONE, PACKAGES, ROW, SETS, project

BASE = Path("output/example")
CLASH = """  clash:
    extends: [base]
    dependencies:
      - {name: core, minimum: "1.0", maximum: "<2"}
  docs:
    extends: [test]
    dependencies:
      - {name: guide, minimum: "1.0"}
"""


@pytest.fixture
def index(lockgen: Lockgen, tmp_path: Path) -> Path:
    """The project in the working directory, and its frozen index."""
    return project(tmp_path)


def pins(name: str = "base") -> dict[str, str]:
    folder = BASE if name == "base" else BASE / "sets" / name
    return dict(re.findall(r"^([a-z-]+)==(\S+)$", (folder / ONE / "constraints.txt").read_text(), re.MULTILINE))


def rename(old: str, new: str) -> None:
    file = Path("matrices/example.yaml")
    file.write_text(file.read_text().replace(old, new))


def folders() -> list[str]:
    return sorted(str(path.parent.relative_to("output")) for path in Path("output").rglob("summary.json"))


@pytest.mark.slow
def test_each_set_lies_in_its_folder_and_holds_the_pins_below_it(lockgen: Lockgen, index: Path) -> None:
    assert lockgen("render", "--frozen", index).code == 0
    assert folders() == ["example", "example/sets/dev", "example/sets/lint", "example/sets/test"]
    assert pins() == {"core": "2.0", "web": "1.1"}
    assert pins("test") == {**pins(), "plug": "1.1", "runner": "2.0"}
    assert pins("lint") == {"checker": "0.9"}
    assert pins("dev") == {**pins("test"), **pins("lint")}
    lock = (BASE / "sets/test" / ONE / "requirements.lock").read_text()
    assert "# the pins of base are fixed in this set, which holds them all" in lock
    assert "# made by: lockgen render --phase example --set test" in lock
    asked = (BASE / "sets/test" / ONE / "requirements.txt").read_text()
    assert asked.endswith("-c constraints.txt\n\nweb>=1.0,<2\nrunner>=1.0\n"), "the pins are no part of the ranges"
    assert sorted(path.name for path in (BASE / "sets/test").iterdir() if path.is_file()) == [
        "COMPATIBILITY.md",
        "locked.json",
        "summary.json",
    ]
    assert lockgen("check", "--frozen", index).code == 0
    assert lockgen("lint", "--frozen", index).code == 0
    done = lockgen("verify", "--level", "closed", "--frozen", index)
    assert (done.code, done.err.partition("\n")[0]) == (0, "4 sets: 4 closed")


def test_the_pins_below_are_fixed_even_where_the_set_would_choose_others(lockgen: Lockgen, tmp_path: Path) -> None:
    index = project(tmp_path, ROW, '{name: core, minimum: "1.0", recommended: "1.5", maximum: "<3"}')
    assert lockgen("render", "--frozen", index).code == 0
    assert pins()["core"] == "1.5"
    assert (pins("test")["core"], pins("test")["runner"]) == ("1.5", "1.0"), "runner 2.0 needs core 2"


def test_a_clash_is_a_no_that_names_the_pin_below(lockgen: Lockgen, tmp_path: Path) -> None:
    index = project(tmp_path, ROW, '{name: core, minimum: "1.0", maximum: "<3"}', sets=SETS + CLASH)
    done = lockgen("render", "--frozen", index)
    assert done.code == 1
    assert not Path("output").exists(), "a phase is written with all its sets or not at all"
    assert lockgen("render", "--frozen", index, "--keep-going").code == 1
    assert "example.yaml:22 needs core>=1.0,<2; the pin of base (example.yaml:9) needs core==2.0" in done.err.replace(
        "matrices/", ""
    )
    assert "example.yaml:26 needs guide>=1.0; the pin of test needs plug==1.1" in done.err
    assert not (BASE / "sets/clash" / ONE).exists()
    assert pins("test")["runner"] == "2.0", "the others have theirs"
    found = lockgen("lint", "--frozen", index)
    assert found.code == 1
    assert (
        "core>=1.0,<2 cannot go with the pin of base (matrices/example.yaml:9), which requires core==2.0" in found.out
    )
    assert re.search(
        r"^  matrices/example\.yaml:26:\d+: error \[\S+\]\n      no set can be had", found.out, re.MULTILINE
    )


def test_a_set_has_no_set_where_the_one_below_has_none(lockgen: Lockgen, tmp_path: Path) -> None:
    index = project(tmp_path, '{name: web, minimum: "1.0", maximum: "<2"}', '{name: core, minimum: "3", maximum: "<4"}')
    done = lockgen("render", "--frozen", index)
    assert done.code == 1
    assert done.err.startswith("1 of 4 targets have a set in 4 phases, ")
    told = lockgen("render", "--frozen", index, "--format", "json").result["phases"]
    assert {each["phase"]: each["targets"][ONE]["status"] for each in told} == {
        "example": "unsolved",
        "example/test": "unsolved",
        "example/lint": "solved",
        "example/dev": "unsolved",
    }


def test_two_sets_below_with_different_pins_are_a_no_that_names_both(lockgen: Lockgen, tmp_path: Path) -> None:
    sets = """sets:
  old: {dependencies: [{name: core, minimum: "1.0", maximum: "<2"}]}
  new: {dependencies: [{name: core, minimum: "2.0"}]}
  both: {extends: [old, new]}
"""
    done = lockgen("render", "--frozen", project(tmp_path, sets=sets), "--keep-going")
    assert (pins("old")["core"], pins("new")["core"]) == ("1.5", "2.0")
    assert "example.yaml:11 needs core>=2.0; the pin of old (example.yaml:10) needs core==1.5" in done.err.replace(
        "matrices/", ""
    )


def test_an_extra_of_a_set_is_taken_from_the_pinned_version(lockgen: Lockgen, tmp_path: Path) -> None:
    sets = 'sets:\n  test: {extends: [base], dependencies: [{name: web, extras: [more], minimum: "1.0"}]}\n'
    index = project(tmp_path, sets=sets)
    lockgen("render", "--frozen", index)
    assert pins("test") == pins(), "the index has no such extra, which lint says"
    assert "web[more]>=1.0,<2\n" in (BASE / "sets/test" / ONE / "requirements.txt").read_text()
    found = lockgen("lint", "--frozen", index)
    assert (found.code, found.out.count("has no extra 'more'")) == (1, 1)


def test_a_prerelease_below_stays_although_the_sets_own_row_would_not_let_it_in(
    lockgen: Lockgen, tmp_path: Path
) -> None:
    sets = 'sets:\n  test: {extends: [base], dependencies: [{name: early, minimum: "0.5"}]}\n'
    index = project(tmp_path, '{name: early, minimum: "1.0rc1", maximum: "<2"}', sets=sets)
    assert lockgen("render", "--frozen", index).code == 0
    assert pins() == pins("test") == {"early": "1.0rc1"}


@pytest.mark.parametrize(
    ("words", "rendered"),
    [
        ((), ["", "/sets/dev", "/sets/lint", "/sets/test"]),
        (("--set", "base"), [""]),
        (("--set", "test"), ["/sets/test"]),
        (("--set", "*t"), ["/sets/lint", "/sets/test"]),
        (("--set", "dev", "--set", "base"), ["", "/sets/dev"]),
        (("--phase", "example/test"), ["/sets/test"]),
        (("--phase", "example/base"), [""]),
        (("--phase", "example", "--set", "lint"), ["/sets/lint"]),
    ],
)
def test_set_names_sets(lockgen: Lockgen, index: Path, words: tuple[str, ...], rendered: list[str]) -> None:
    assert lockgen("render", "--frozen", index, *words).code == 0
    assert folders() == [f"example{each}" for each in rendered]
    assert lockgen("check", "--frozen", index, *words).code == 0
    assert lockgen("drift", "--frozen", index, *words, "--as-of", "2026-01-01").code == 0


def test_a_set_rendered_alone_has_the_bytes_it_has_beside_the_others(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    before = {path: path.read_bytes() for path in BASE.rglob("*") if path.is_file()}
    lockgen("render", "--frozen", index, "--set", "dev")
    assert {path: path.read_bytes() for path in BASE.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("words", [(), ("--set", "test"), ("--set", "test", "--upgrade")])
def test_what_is_fixed_is_the_committed_set_below(lockgen: Lockgen, index: Path, words: tuple[str, ...]) -> None:
    lockgen("render", "--frozen", index)
    late = {**PACKAGES, "core": {**PACKAGES["core"], "2.5": {}}}
    index.write_bytes(frozen(late))
    rename('{name: runner, minimum: "1.0"}', '{name: runner, minimum: "2.0"}')
    assert lockgen("render", "--frozen", index, *words).code == 0
    assert (pins()["core"], pins("test")["core"]) == ("2.0", "2.0"), "core 2.5 is listed now, and base is kept"
    assert lockgen("check", "--frozen", index, "--set", "test").code == 0


def test_drift_and_bump_move_the_sets_with_the_phase(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    done = lockgen("drift", "--frozen", index, "--set", "test")
    assert done.code == 1
    assert done.out.startswith("1 of 1 sets drifted: moved ")
    assert "moved: runner 2.0 -> 3.0" in done.out
    assert lockgen("bump", "--frozen", index).code == 0, "only a named set moves, and the cut-off is the phase's"
    text = Path("matrices/example.yaml").read_text()
    assert "revision: 2\n" in text
    assert text.count("as_of: 2026-06-01T00:00:00Z") == 1
    assert (pins("dev")["runner"], pins()["core"]) == ("3.0", "2.0")
    assert lockgen("check", "--frozen", index).code == 0


def test_other_commands_name_the_set(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    told = lockgen("explain", "core", "--set", "test", "--frozen", index).out
    assert "(phase example/test, " in told
    assert "      narrowed by\n        the pin of base needs core==2.0\n" in told
    assert "added  runner  2.0" in lockgen("compare", "example", "example/test", "--frozen", index).out
    jobs = json.loads(lockgen("ci", "matrix", "--set", "t*").out)["include"]
    assert [job["command"].split(" --target")[0] for job in jobs] == ["lockgen verify --phase example/test"]
    jobs = json.loads(lockgen("ci", "matrix").out)["include"]
    assert [job["command"].split(" --target")[0] for job in jobs] == ["lockgen verify --phase example"]
    assert lockgen("targets", "--set", "dev").flat == "1 target supported phase example/dev py3.11 linux-x86_64 yes"
    assert lockgen("history", "--frozen", index).out.count("\nphase ") == 0, "the base alone has a history"
    assert lockgen("report", "--frozen", index).err.startswith("report.html: 4 phases, 4 targets")
    # Each set is as committed, with the pins of the committed sets below it.
    told = Path("report.html").read_text()
    assert "2 of 4 sets have drifted, none is broken" in told, "runner 3.0 came later"
    assert "the set does not answer the matrix" not in told


def test_preflight_is_about_one_set(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    words = ("preflight", "--python", sys.executable, "--phase")
    assert "runner is not installed" in lockgen(*words, "example", "--set", "test").err
    assert "runner" not in lockgen(*words, "example").err
    assert "phase example has no set 'tests'" in lockgen(*words, "example", "--set", "tests").err
    assert lockgen(*words, "example/test", "--set", "lint").code == 2


def test_the_smoke_script_is_for_sets_that_hold_base(index: Path) -> None:
    matrices = load_matrices(read_directory(Path("matrices")))
    assert {phase.phase: unsmoked(matrices, phase) for phase in matrices.phases.values()} == {
        "example": "",
        "example/test": "",
        "example/lint": "smoke.py is for sets that extend base",
        "example/dev": "",
    }


def test_what_fits_beside_the_base_need_not_fit_beside_a_set(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    Path("mine.txt").write_text("plug<1.1\n")
    assert lockgen("try", "-r", "mine.txt", "--frozen", index).code == 0, "base is what is deployed"
    done = lockgen("try", "-r", "mine.txt", "--set", "test", "--frozen", index)
    assert "phase example/test" in done.out


def test_a_finding_about_the_base_is_told_once(lockgen: Lockgen, tmp_path: Path) -> None:
    row = '{name: web, minimum: "1.0", recommended: "1.9", maximum: "<2"}'
    found = lockgen("lint", "--frozen", project(tmp_path, row))
    assert found.out.count("recommended web 1.9 does not exist") == 1


def test_a_number_of_a_set_is_repaired_where_it_stands(lockgen: Lockgen, tmp_path: Path) -> None:
    sets = SETS.replace('{name: runner, minimum: "1.0"}', '{name: runner, minimum: "1.0", recommended: "1.0.1"}')
    index = project(tmp_path, '{name: runner, minimum: "1.0", maximum: "<9"}', sets=sets)
    assert lockgen("lint", "--frozen", index, "--fix", "no-such-version").code == 0
    assert '{name: runner, minimum: "1.0", recommended: "2.0"}' in Path("matrices/example.yaml").read_text()


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ("sets:\n  test: {extends: [bas]}\n", "example.yaml:10:20 sets.test.extends[0]: there is no set 'bas'"),
        ("sets:\n  test: {extends: [bas]}\n", "Did you mean base?"),
        (
            "sets:\n  a: {extends: [b]}\n  b: {extends: [a]}\n",
            "10:17 sets.a.extends[0]: goes round in a circle: a -> b -> a",
        ),
        ("sets:\n  a: {extends: [a]}\n", "goes round in a circle: a -> a"),
        ("sets:\n  base: {extends: []}\n", "sets.base: is the set of `dependencies` and `optional`"),
        ("sets:\n  test: {}\n", "example.yaml:10:9 sets.test: has no row"),
        (
            'sets:\n  test: {dependencies: [{name: core, minimum: "1+x"}]}\n',
            "sets.test.dependencies[0].minimum: '1+x' is a local version",
        ),
        ("sets:\n  test: {requires: [core]}\n", "sets.test.requires: is not a key that belongs here"),
        ("sets:\n  Te/st: {extends: [base]}\n", "example.yaml:10:3 sets.Te/st"),
        ("sets: [test]\n", "example.yaml:9:7 sets: is a list, but a mapping belongs here"),
        ("sets:\n  test: {extends: base}\n", "sets.test.extends: is text, but a list belongs here"),
        (
            'sets:\n  t: {dependencies: [{name: core, minimum: "1"}, {name: Core, minimum: "1"}]}\n',
            "core has a row already, matrices/example.yaml:10",
        ),
    ],
)
def test_wrong_sets_are_refused_with_their_place(lockgen: Lockgen, tmp_path: Path, sets: str, said: str) -> None:
    project(tmp_path, sets=sets)
    done = lockgen("targets")
    assert done.code == 2
    assert said in done.err


def test_a_matrix_that_narrows_another_inherits_its_sets(lockgen: Lockgen, index: Path) -> None:
    child = """schema: 1
phase: "narrow"
title: Narrower
revision: 1
extends: example.yaml
sets:
  test: {dependencies: [{name: runner, maximum: "<2"}]}
"""
    put(Path("matrices"), {"narrow.yaml": child.encode()})
    lockgen("render", "--frozen", index, "--phase", "narrow")
    lock = Path("output/narrow/sets/test", ONE, "constraints.txt").read_text()
    assert "\nrunner==1.0\n" in lock
    assert "\nweb==1.1\n" in lock, "test extends base there too"


# -- what no matrix makes any more


def test_the_folder_carries_the_phases_name(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index, "--set", "base")
    Path("matrices/example.yaml").rename("matrices/other.yaml")
    assert lockgen("render", "--frozen", index, "--set", "base").code == 0
    assert folders() == ["example", "phase-example"], "the prefix falls away only where the file has the name alone"
    Path("matrices/other.yaml").rename("matrices/phase-example.yaml")
    assert lockgen("render", "--frozen", index, "--set", "base").code == 0
    assert folders() == ["example", "phase-example"]


def test_two_phases_cannot_share_a_folder(lockgen: Lockgen, index: Path) -> None:
    text = Path("matrices/example.yaml").read_text()
    put(Path("matrices"), {"one.yaml": text.replace("phase: example", 'phase: "9"').encode()})
    put(Path("matrices"), {"phase-9.yaml": text.replace("phase: example", "phase: phase-9").encode()})
    done = lockgen("targets")
    assert done.code == 2
    assert "phase-9.yaml:2:8 phase: phase '9' of one.yaml has the folder output/phase-9 already" in done.err


def test_a_renamed_phase_leaves_nothing_deployable_without_a_word(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    rename("phase: example", "phase: fresh")
    done = lockgen("render", "--frozen", index)
    said = "output/example: stale folder: no matrix makes it; it was rendered for phase example"
    assert (done.code, done.flat.count(said.replace(":", "", 1))) == (0, 1)
    assert done.err.endswith("help: lockgen render --prune removes stale folders; nothing deploys them\n")
    assert (BASE / ONE / "requirements.lock").exists()
    checked = lockgen("check", "--frozen", index)
    assert checked.code == 1
    flat = said.replace(":", "", 1)
    assert checked.flat == f"1 stale folder {flat} help: lockgen render --prune removes stale folders"
    assert lockgen("check", "--frozen", index, "--phase", "fresh").code == 0, "what lies elsewhere is not asked for"
    pruned = lockgen("render", "--frozen", index, "--prune", "--quiet")
    assert (pruned.code, pruned.err) == (0, f"{said}; removing 26 files\n")
    assert folders()[0] == "phase-fresh"
    assert not BASE.exists()
    assert lockgen("check", "--frozen", index).code == 0


def test_a_set_that_goes_and_a_target_that_was_left_are_stale(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    rename("  dev: {extends: [test, lint]}\n", "")
    left = BASE / "py3.9-linux-x86_64"
    left.mkdir()
    (left / "requirements.lock").write_text("web==1.0\n")
    (BASE / "notes").mkdir()
    (BASE / "sets/dev/mine.txt").write_text("mine\n")
    done = lockgen("check", "--frozen", index, "--phase", "example")
    assert done.code == 1
    assert [line.strip() for line in done.err.splitlines()[:5]] == [
        "2 stale folders",
        str(left),
        "stale folder: the matrix has no such target",
        "output/example/sets/dev",
        "stale folder: no matrix makes it; it was rendered for phase example/dev",
    ]
    assert lockgen("render", "--frozen", index, "--quiet").err.count("stale folder: ") == 2
    pruned = lockgen("render", "--frozen", index, "--quiet", "--prune")
    assert "it stays, for files in it that lockgen did not make\n" in pruned.err
    assert [path.name for path in (BASE / "sets/dev").iterdir()] == ["mine.txt"]
    assert not left.exists()
    assert (BASE / "notes").exists(), "a folder of the user's"
    assert lockgen("check", "--frozen", index).code == 0


def test_what_lockgen_did_not_make_is_never_stale(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    put(Path("output/mine"), {"summary.json": b"{}", "notes.txt": b""})
    Path("output/locks").mkdir()
    put(Path("output/locks/prod"), {"requirements.lock": b"web==1.0\n"})
    Path("output/link").symlink_to("example")
    assert lockgen("check", "--frozen", index).code == 0
    assert lockgen("render", "--frozen", index, "--prune").code == 0
    assert Path("output/locks/prod/requirements.lock").exists()


# -- numbers that changed under the same revision


def test_numbers_that_changed_under_the_same_revision_are_told_as_that(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    rename('minimum: "1.0", recommended: "1.1", maximum: "<2"', 'minimum: "1.1", recommended: "1.1", maximum: "<2"')
    rename('{name: runner, minimum: "1.0"}', '{name: plug, minimum: "1.0"}')
    done = lockgen("check", "--frozen", index)
    said = (
        "numbers changed under the same revision 1, raise it: matrices/example.yaml:8 has web>=1.1,<2, recommended 1.1, "
        "output/example/summary.json has web>=1.0,<2, recommended 1.1"
    )
    assert done.code == 1
    assert f"{said} output/example/" in done.flat
    assert "example.yaml has no runner, output/example/sets/test/summary.json has runner>=1.0" in done.err
    assert "drift: the index" not in done.err
    found = lockgen("lint", "--frozen", index)
    assert found.code == 1
    assert found.out.count("numbers changed under the same revision: ") == 2, "of base and of test"
    rename("revision: 1", "revision: 2")
    assert lockgen("lint", "--frozen", index).code == 0
    assert "matrix revision 1 -> 2" in lockgen("check", "--frozen", index).err
    lockgen("render", "--frozen", index)
    assert lockgen("check", "--frozen", index).code == 0


def test_a_render_of_one_target_records_no_new_numbers(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index, "--set", "base")
    rename('minimum: "1.0", recommended', 'minimum: "1.1", recommended')
    lockgen("render", "--frozen", index, "--set", "base", "--target", ONE)
    assert "same-revision" in lockgen("lint", "--frozen", index, "--set", "base").out


def test_notes_are_no_numbers(lockgen: Lockgen, index: Path) -> None:
    lockgen("render", "--frozen", index)
    rename('{name: web, minimum: "1.0"', '{name: web, note: new, minimum: "1.00"')
    assert lockgen("lint", "--frozen", index).code == 0
    old = BASE / "summary.json"
    old.write_text(old.read_text().replace('"numbers"', '"others"'))
    assert lockgen("lint", "--frozen", index).code == 0, "an older lockgen recorded none"
