"""The command line: exit codes, what goes where, and what wrong input gets."""

from __future__ import annotations

import json
import lzma
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

import lockgen as package
from lockgen.cli.progress import ProgressBar
from lockgen.index.frozen import FrozenIndex, Recorder, write_frozen
from lockgen.index.frozen_file import sealed
from lockgen.render.documents import TEMPLATES
from lockgen.resolve.incompatibility import Variable
from tests.conftest import FROZEN, ROOT, Lockgen
from tests.thin import Thin
from tests.universe import target

ONE = "py3.11-linux-x86_64"
FOLDER = Path("output/phase-1") / ONE
WEB, WEB_INDEX = ROOT / "tests" / "drift" / "matrices", ROOT / "tests" / "frozen" / "web-2023-10-01.xz"
"""A matrix of a few rows, and all that an index says to it."""


@pytest.fixture
def matrices(tmp_path: Path) -> Path:
    """A copy of the matrices that a test may spoil."""
    return Path(shutil.copytree(ROOT / "matrices", tmp_path / "matrices"))


def _spoil(matrices: Path, old: str, new: str, file: str = "phase-1.yaml") -> None:
    text = (matrices / file).read_text()
    assert old in text
    (matrices / file).write_text(text.replace(old, new, 1))


def test_render_writes_the_files_and_says_so(lockgen: Lockgen) -> None:
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN)
    assert done.code == 0
    assert done.out == ""
    assert "1 of 1 targets have a set" in done.err
    assert "fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0" in done.err
    assert sorted(path.name for path in FOLDER.iterdir()) == [
        "constraints.txt",
        "requirements.lock",
        "requirements.txt",
    ]
    assert "starlette==0.27.0" in (FOLDER / "constraints.txt").read_text().splitlines()


def test_rendering_again_touches_nothing(lockgen: Lockgen) -> None:
    words = ("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN)
    lockgen(*words)
    before = {path: path.stat().st_mtime_ns for path in Path("output").rglob("*")}
    done = lockgen(*words)
    assert f"files: {sum(path.is_file() for path in before)} unchanged" in done.err
    assert {path: path.stat().st_mtime_ns for path in Path("output").rglob("*")} == before


@pytest.mark.slow
def test_what_the_suite_remembers_changes_no_byte(lockgen: Lockgen, tmp_path: Path) -> None:
    """The first command here fills the memory of `tests/remembered.py`, the second draws on it, a process has none."""
    words = ["render", "--phase", "1", "--target", ONE, "--frozen", str(FROZEN)]
    assert [lockgen(*words, "--output", output).code for output in ("first", "second")] == [0, 0]
    command = [sys.executable, "-m", "lockgen", *words, "--output", "process", "--matrices", str(ROOT / "matrices")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    first, second, process = (
        {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in map(Path, ("first", "second", "process"))
    )
    assert len(first) == 8
    assert first == second == process


def test_json_goes_to_stdout_and_words_to_stderr(lockgen: Lockgen) -> None:
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN, "--format", "json", "--quiet")
    (told,) = done.result["phases"]
    assert told["targets"][ONE]["pins"]["starlette"] == "0.27.0"
    assert told["targets"][ONE]["deviations"] == [
        {
            "because": "fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0",
            "got": "0.27.0",
            "name": "starlette",
            "wanted": "0.32.0",
        }
    ]
    assert done.err == ""


def test_target_leaves_the_others_alone(lockgen: Lockgen) -> None:
    lockgen("render", "--phase", "1", "--target", "py3.12-*", "--frozen", FROZEN)
    before = {path: path.read_bytes() for path in Path("output").rglob("py*/*")}
    lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN)
    assert {path: path.read_bytes() for path in before} == before
    summary = json.loads(Path("output/phase-1/summary.json").read_text())
    assert len(summary["targets"]) == 7


@pytest.mark.parametrize(("name", "uvloop"), [("py3.8-linux-x86_64", "0.23.0"), ("py3.8.0-linux-x86_64", "0.21.0")])
def test_a_minor_begins_at_its_floor_and_a_full_version_is_one(lockgen: Lockgen, name: str, uvloop: str) -> None:
    """uvloop 0.23.0 requires Python >=3.8.1."""
    assert lockgen("render", "--phase", "1", "--target", name, "--frozen", FROZEN).code == 0
    assert f"uvloop=={uvloop}" in (Path("output/phase-1") / name / "constraints.txt").read_text().splitlines()
    shown = lockgen("targets", "--phase", "1", "--target", name).flat
    assert shown == f"1 target supported phase 1 {name.split('-', maxsplit=1)[0]} linux-x86_64 yes"


def test_unsupported_by_name_is_a_no_with_the_remedy(lockgen: Lockgen) -> None:
    done = lockgen("render", "--phase", "1", "--target", "py3.7-linux-x86_64", "--frozen", FROZEN)
    assert done.code == 1
    assert "FastAPI requires 3.8+" in done.err
    assert "DRUM_SERVER_TYPE=flask" in done.err
    assert not FOLDER.exists()


def test_targets_lists_the_unsupported_with_the_reason(lockgen: Lockgen) -> None:
    done = lockgen("targets", "--phase", "1")
    lines = [line.split() for line in done.out.splitlines()]
    assert done.code == 0
    assert lines[0] == ["30", "targets", "supported,", "6", "unsupported"]
    assert lines[2:] == [
        ["py3.7", "py3.8", "py3.9", "py3.10", "py3.11", "py3.12"],
        *([platform, "no", *["yes"] * 5] for platform in PLATFORMS),
        ["unsupported:", "py3.7-*"],
        ["FastAPI", "requires", "3.8+.", "Use", "DRUM_SERVER_TYPE=flask", "for", "Python", "3.7."],
    ]


PLATFORMS = ("linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64", "windows-x86_64", "alpine-x86_64")


def test_no_set_leaves_the_phase_as_it_was(lockgen: Lockgen, matrices: Path) -> None:
    words = ("render", "--phase", "1", "--target", "py3.11-linux-*", "--frozen", FROZEN)
    assert lockgen(*words).code == 0
    before = {path: path.read_bytes() for path in Path("output").rglob("*") if path.is_file()}
    _spoil(matrices, 'minimum: "3.0.0"', 'minimum: "3.9999.0"')
    _spoil(matrices, 'recommended: "3.7.1"', 'recommended: "3.9999.1"')
    done = lockgen(*words)
    assert done.code == 1
    assert "these demands cannot" in done.err
    assert "anyio>=3.9999.0,<4.0.0" in done.err
    assert done.err.count("nothing was written of phase 1: a target has no set.") == 1
    assert {path: path.read_bytes() for path in Path("output").rglob("*") if path.is_file()} == before


def test_a_name_a_frozen_index_does_not_hold_is_not_a_no(lockgen: Lockgen, matrices: Path) -> None:
    _spoil(matrices, "- name: httpx", "- name: httpxx")
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN)
    assert done.code == 2
    assert "httpxx" in done.err
    assert "not in 2026-11-20.xz" in done.err
    assert not Path("output").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render", "--phase", "7"), "there is no phase '7'"),
        (("render", "--phase", "7"), "1, 1-stable, 2, option-b"),
        (("render", "--target", "py3.99-*"), "--target 'py3.99-*' matches no target"),
        (("render", "--target", "py3.99-*"), "py3.12 and linux-x86_64"),
        (("render", "--set", "nothing"), "--set 'nothing' matches no set"),
        (("render", "--set", "nothing"), "The sets of these phases: base."),
        (("render", "--without", "performance"), "--without"),
        (("render", "--as-of", "yesterday"), "is no date or time"),
        (("render", "--as-of", "2026-01-01T00:00:00"), "has no time zone"),
        (("render", "--matrices", "nowhere"), "nowhere"),
        (("render", "--templates", "nowhere"), "nowhere: there is no such folder"),
        (("render", "--frozen", "nowhere"), "nowhere: cannot be read"),
        (("render", "--strategy", "newest"), "newest"),
        (("render", "--phse", "1"), "--phse"),
        (("rendr",), "rendr"),
        (("schema", "phases"), "there is no matrix file of kind 'phases'"),
        (("render", "--pylock", "--phase", "1", "--target", ONE, "--frozen", str(FROZEN)), "holds no addresses"),
        (("render", "--offline", "--phase", "1", "--target", ONE), "--offline forbids asking"),
    ],
)
def test_what_cannot_be_asked(lockgen: Lockgen, words: tuple[str, ...], said: str) -> None:
    done = lockgen(*words)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert not Path("output").exists()


def test_every_error_of_a_matrix_is_told_at_once(lockgen: Lockgen, matrices: Path) -> None:
    _spoil(matrices, 'minimum: "0.23.0"', "minimum: 0.23")
    _spoil(matrices, 'maximum: "<0.33.0"', 'maximum: "2.x"')
    _spoil(matrices, "recommended:", "recommendet:")
    done = lockgen("render", "--frozen", FROZEN)
    assert done.code == 2
    assert "3 errors" in done.err
    assert done.err.count("phase-1.yaml:") >= 3


def test_options_come_from_the_environment_too(lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGEN_PHASE", "1")
    monkeypatch.setenv("LOCKGEN_TARGET", ONE)
    monkeypatch.setenv("LOCKGEN_FROZEN", str(FROZEN))
    monkeypatch.setenv("LOCKGEN_OUTPUT", "elsewhere")
    assert lockgen("render").code == 0
    assert (Path("elsewhere/phase-1") / ONE).is_dir()


def test_strategies_have_folders_of_their_own(lockgen: Lockgen) -> None:
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN, "--strategy", "all")
    assert done.code == 0
    pins = {
        name: (Path("output/phase-1") / name / ONE / "constraints.txt").read_text().splitlines()
        for name in (".", "minimum", "maximum")
    }
    assert [next(line for line in lines if line.startswith("fastapi==")) for lines in pins.values()] == [
        "fastapi==0.99.1",
        "fastapi==0.95.2",
        "fastapi==0.99.1",
    ]


def test_a_template_stands_in_for_the_shipped_one(lockgen: Lockgen, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "constraints.txt.j2").write_text(
        "# mine\n{% for pin in pins %}{{ pin.requirement }}\n{% endfor %}"
    )
    words = ("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN, "--templates", "mine")
    assert lockgen(*words).code == 0
    assert (FOLDER / "constraints.txt").read_text().startswith("# mine\nannotated-types") or (
        FOLDER / "constraints.txt"
    ).read_text().startswith("# mine\n")
    (tmp_path / "mine" / "constraints.txt.j2").write_text("{{ nothing }}")
    done = lockgen(*words)
    assert done.code == 2
    assert "constraints.txt.j2:1" in done.err


def test_check_says_what_is_stale(lockgen: Lockgen) -> None:
    words = ("--phase", "1", "--target", ONE, "--frozen", FROZEN)
    lockgen("render", *words)
    assert lockgen("check", *words).code == 0
    file = FOLDER / "constraints.txt"
    file.write_text(file.read_text().replace("starlette==0.27.0", "starlette==0.26.0"))
    done = lockgen("check", *words)
    assert done.code == 1
    assert "-starlette==0.26.0\n+starlette==0.27.0\n" in done.out
    assert f"hand edit: it is not what was rendered {file} " in done.flat


CHECKED = ("--phase", "1", "--target", ONE, "--frozen", FROZEN)


def test_check_tells_missing_stray_and_new_revisions_apart(lockgen: Lockgen, matrices: Path) -> None:
    lockgen("render", *CHECKED)
    (FOLDER / "constraints.txt").unlink()
    (FOLDER / "build-constraints.txt").write_text("")
    done = lockgen("check", *CHECKED)
    assert done.code == 1
    assert f"missing file {FOLDER / 'constraints.txt'} " in done.flat
    assert f"stray file: the matrix has no set for it {FOLDER / 'build-constraints.txt'} " in done.flat
    lockgen("render", *CHECKED)
    _spoil(matrices, "revision: 1", "revision: 2")
    assert "matrix revision 1 -> 2\n" in lockgen("check", *CHECKED).err
    assert "requirements.lock: matrix revision 1 -> 2\n" in lockgen("check", *CHECKED, "--diff").err


def test_check_names_a_template_as_the_reason(lockgen: Lockgen, tmp_path: Path) -> None:
    lockgen("render", *CHECKED)
    (tmp_path / "templates").mkdir()
    text = (ROOT / "templates" / "constraints.txt.j2").read_text()
    (tmp_path / "templates" / "constraints.txt.j2").write_text(f"{text}# the end\n")
    why = "template: other templates than it was rendered with"
    assert f"{why} {FOLDER / 'constraints.txt'}" in lockgen("check", *CHECKED).flat


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The frozen index as one target sees it: small enough to be changed and written again and again."""
    whole = FrozenIndex(FROZEN)
    recorder = Recorder(Thin(whole, target(ONE), whole.dated))
    pages = [page for page in map(recorder.project, whole.pages()) if page is not None]
    seen = {file.sha256 for page in pages for version in page.versions for file in page.files(version)}
    recorder.metadata_lines |= {key: line for key, line in whole.metadata_lines.items() if key in seen}
    file = tmp_path_factory.mktemp("frozen") / "small.xz"
    file.write_bytes(write_frozen(recorder, dated=whole.dated))
    return file


@pytest.mark.slow
def test_a_yank_since_is_a_warning_and_the_set_is_kept(lockgen: Lockgen, small: Path, tmp_path: Path) -> None:
    checked = ("--phase", "1", "--target", ONE, "--frozen")
    lockgen("render", *checked, small)
    text = lzma.decompress(small.read_bytes()).decode()
    line = next(each for each in text.splitlines() if each.startswith("1.10.13\t") and "pydantic-1" in each)
    files = json.loads(line.partition("\t")[2])
    for file in files:
        file[5] = "withdrawn"
    yanked = f"1.10.13\t{json.dumps(files, separators=(',', ':'))}"
    (tmp_path / "later.xz").write_bytes(sealed(text.replace(line, yanked)))
    done = lockgen("check", *checked, "later.xz")
    assert done.code == 0
    assert f"yanked: pydantic 1.10.13 ({ONE}) withdrawn" in done.flat
    anew = lockgen("check", *checked, "later.xz", "--upgrade", "--diff")
    assert anew.code == 1
    place = FOLDER / "constraints.txt"
    assert f"{place}: drift: the index no longer answers as it did: pydantic 1.10.13 -> 1.10.27" in anew.err
    assert "pydantic 1.10.13 is yanked" in anew.out


def test_freezing_a_frozen_index_gives_a_part_of_it(lockgen: Lockgen) -> None:
    words = ("--matrices", WEB, "--target", ONE)
    assert lockgen("freeze", "part.xz", *words, "--frozen", WEB_INDEX).code == 0
    assert lockgen("freeze", "again.xz", *words, "--frozen", "part.xz").code == 0
    assert Path("part.xz").read_bytes() == Path("again.xz").read_bytes()
    assert lockgen("render", *words, "--frozen", "part.xz").code == 0
    other = ("--matrices", ROOT / "matrices", "--phase", "1", "--target", ONE, "--as-of", "2023-10-01")
    done = lockgen("render", *other, "--frozen", "part.xz")
    assert done.code == 2
    assert "not in part.xz" in done.err


def test_version_schema_and_cache(lockgen: Lockgen) -> None:
    assert lockgen("--version").out == f"lockgen {package.__version__}\n"
    assert json.loads(lockgen("schema").out)["title"] == "PhaseFile"
    assert "0 pages" in lockgen("cache", "info").out
    assert lockgen("cache", "info", "--format", "json").result["pages"] == 0
    assert lockgen("cache", "clear").code == 0


@pytest.mark.slow
def test_a_reader_that_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m lockgen targets --matrices {ROOT / 'matrices'} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "120 targets of 4 phases supported, 24 unsupported\n"
    assert done.stderr == ""


@pytest.mark.slow
def test_interrupted_is_130_and_writes_nothing(tmp_path: Path) -> None:
    code = (
        "import os, signal, lockgen.workflow.render as w\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell hands it on ignored\n"
        "w.write_phases = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT) or __import__('time').sleep(5)\n"
        "from lockgen.cli.main import main; main()"
    )
    words = ["render", "--phase", "1", "--target", ONE, "--frozen", str(FROZEN), "--matrices", str(ROOT / "matrices")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path, check=False, env=os.environ
    )
    assert done.returncode == 130
    assert "Interrupted" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_bug_is_reported_as_one(lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("lockgen.cli.render.answer_phases", broken)
    done = lockgen("render", "--phase", "1", "--frozen", FROZEN)
    assert done.code == 3
    assert "has a bug" in done.err
    assert "RuntimeError: planted" in done.err
    assert "nothing was written" not in done.err


def test_a_bug_after_the_writing_claims_nothing_about_the_files(
    lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("lockgen.cli.render.render_answer", broken)
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN)
    assert done.code == 3
    assert (Path("output/phase-1") / ONE / "constraints.txt").is_file()
    assert "has a bug; files may have been written before." in done.err
    assert "nothing was written" not in done.err


@pytest.mark.parametrize("width", ["80", "120"])
@pytest.mark.parametrize(
    "command",
    ["", "render", "check", "verify", "targets", "schema", "freeze", "init",
     "cache", "cache info", "cache clear", "ci", "ci matrix", "ci init"],
)  # fmt: skip
def test_a_help_page_reads_well(lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch, command: str, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    page = lockgen(*command.split(), "--help").out
    assert "<bool>" not in page, "a flag takes no value"
    assert "env var" not in page
    assert ("LOCKGEN_AS_OF" in page) == (command not in ("", "schema", "cache", "ci"))
    examples = page.partition("Examples:")[2].partition("╭")[0].rstrip().splitlines()[1:]
    assert all(line.startswith("     lockgen ") for line in examples), "each on a line of its own, and none torn"
    two = dict.fromkeys(("render", "check", "targets", "ci matrix", "ci init", "schema"), 2)
    assert len(examples) == {**two, "verify": 3, "init": 3, "freeze": 1}.get(command, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("render", "--strategy", "newest"),
            "Error: Invalid value for '--strategy': 'newest' is not one of 'minimum', 'recommended', 'maximum', 'all'.\n",
        ),
        (
            ("render", "--as-of", "yesterday"),
            "for '--as-of': 'yesterday' is no date or time. Write 2026-11-20 or 2026-11-20T12:00:00Z.\n",
        ),
    ],
)
def test_a_value_given_on_the_command_line_is_not_blamed_on_the_environment(
    lockgen: Lockgen, words: tuple[str, ...], said: str
) -> None:
    done = lockgen(*words)
    assert done.code == 2
    assert done.err.endswith(said)


def test_a_value_from_the_environment_is(lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGEN_STRATEGY", "newest")
    done = lockgen("render")
    assert done.code == 2
    assert done.err.endswith("'all'. (The value comes from LOCKGEN_STRATEGY.)\n")


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [("recommended", ("0.32.0", "newest")), ("minimum", ("0.27.0", "3.9.0")), ("maximum", ("newest", "newest"))],
)
def test_wanted_is_what_the_strategy_wants(lockgen: Lockgen, strategy: str, wanted: tuple[str, str]) -> None:
    """Starlette has a recommended version in the table, orjson has none."""
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN, "--strategy", strategy, "-v")
    shown = {line.split()[0]: line.split()[1] for line in done.err.partition("package ")[2].splitlines()[1:]}
    assert (shown["starlette"], shown["orjson"]) == wanted


def test_quiet_says_only_the_no(lockgen: Lockgen, matrices: Path) -> None:
    _spoil(matrices, 'minimum: "3.0.0"', 'when: {platforms: [linux-aarch64]}\n    minimum: "3.9999.0"')
    _spoil(matrices, 'recommended: "3.7.1"', 'recommended: "3.9999.1"')
    words = ("render", "--phase", "1", "--target", "py3.12-linux-*", "--frozen", FROZEN)
    done = lockgen(*words, "--quiet")
    assert done.code == 1
    assert "no set for py3.12-linux-aarch64 these demands cannot" in done.flat
    assert "anyio>=3.9999.0,<4.0.0" in done.err
    assert "not as wanted\n" not in done.err
    assert "uvicorn " not in done.err
    loud = lockgen(*words)
    assert "no set for py3.12-linux-aarch64" in loud.err
    assert "not as wanted\n" in loud.err


def _frozen(index: Path, path: Path, **header: object) -> Path:
    """A frozen index with another header."""
    line, _, rest = lzma.decompress(index.read_bytes()).decode().partition("\n\n")
    path.write_bytes(sealed(f"{json.dumps({**json.loads(line), **header})}\n\n{rest}"))
    return path


@pytest.mark.slow
def test_a_misspelled_project_comes_with_the_name_meant(
    lockgen: Lockgen, matrices: Path, small: Path, tmp_path: Path
) -> None:
    _spoil(matrices, "- name: httpx", "- name: httpxx")
    file = _frozen(small, tmp_path / "absent.xz", absent=["httpxx"])
    for quiet in ((), ("--quiet",)):
        done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", file, *quiet)
        assert done.code == 1
        assert "httpxx is no project the index knows: did you mean httpx?" in done.err
    done = lockgen("render", "--phase", "1", "--target", ONE, "--frozen", file, "--format", "json")
    assert done.err == ""
    assert done.result["phases"][0]["did_you_mean"] == {"httpxx": ["httpx"]}


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_cut_off_in_the_future_is_warned_of_once(lockgen: Lockgen, matrices: Path, quiet: tuple[str, ...]) -> None:
    words = ("--offline", "--phase", "1", "--target", ONE, "--strategy", "all", *quiet)
    warning = "warning: phase 1: as_of 2099-01-01 lies in the future, so this render cannot be repeated\n"
    assert lockgen("render", *words, "--as-of", "2099-01-01").err.count(warning) == 1
    assert "lies in the future" not in lockgen("render", *words, "--as-of", "2024-01-01").err
    _spoil(matrices, "as_of: 2026-11-20T00:00:00Z", "as_of: 2099-01-01T00:00:00Z")
    assert lockgen("check", *words).err.count(warning) == 1
    _spoil(
        matrices, "as_of: 2099-01-01T00:00:00Z", "as_of: 2024-01-01T00:00:00Z\nas_of_for: {httpx: 2099-01-01T12:00:00Z}"
    )
    done = lockgen("render", *words)
    assert "warning: phase 1: as_of_for httpx 2099-01-01T12:00:00Z lies in the future, so" in done.err


@pytest.mark.parametrize("command", ["render", "check", "verify", "freeze"])
def test_a_frozen_index_is_not_asked_about_what_came_after_it(lockgen: Lockgen, matrices: Path, command: str) -> None:
    words = (command, *(["new.xz"] if command == "freeze" else []), "--frozen", FROZEN, "--target", ONE)
    _spoil(matrices, "as_of: 2026-11-20T00:00:00Z", "as_of: 2026-11-21T00:00:00Z", "phase-2.yaml")
    done = lockgen(*words)
    assert done.code == 2
    assert f"{FROZEN}: phase 2: as_of 2026-11-21 is later than this frozen index, which is dated 2026-11-20" in done.err
    assert not Path("output").exists()
    assert not Path("new.xz").exists()


def test_only_the_phases_asked_about_must_be_as_old_as_the_frozen_index(lockgen: Lockgen, matrices: Path) -> None:
    _spoil(matrices, "as_of: 2026-11-20T00:00:00Z", "as_of: 2026-11-21T00:00:00Z", "phase-2.yaml")
    words = ("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN)
    assert lockgen(*words).code == 0
    assert "phase 1: as_of 2026-12-01T08:00:00Z is later" in lockgen(*words, "--as-of", "2026-12-01T09:00:00+01:00").err
    assert lockgen(*words, "--as-of", "2026-11-19").code == 0
    _spoil(
        matrices, "as_of: 2026-11-20T00:00:00Z", "as_of: 2026-11-20T00:00:00Z\nas_of_for: {httpx: 2026-12-01T00:00:00Z}"
    )
    done = lockgen(*words)
    assert done.code == 2
    assert "phase 1: as_of_for httpx 2026-12-01 is later" in done.err


def test_what_is_frozen_is_dated_by_its_newest_cut_off(lockgen: Lockgen, tmp_path: Path) -> None:
    """Else the file could not answer the render it was made for."""
    file = _frozen(WEB_INDEX, tmp_path / "later.xz", dated="2023-12-24T00:00:00+00:00")
    shutil.copytree(WEB, tmp_path / "matrices")
    as_of = "as_of: 2023-10-01T00:00:00Z"
    _spoil(tmp_path / "matrices", as_of, f"as_of_for: {{httpx: 2023-11-01T00:00:00Z}}\n{as_of}", "phase-web.yaml")
    words = ("--target", ONE, "--frozen")
    assert lockgen("freeze", "part.xz", *words, file).code == 0
    assert f"{FrozenIndex(Path('part.xz')).dated:%Y-%m-%d}" == "2023-11-01"
    assert lockgen("render", *words, "part.xz").code == 0


def test_a_file_that_stands_in_for_no_template_is_told(lockgen: Lockgen, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "typo.txt.j2").write_text("")
    (tmp_path / "mine" / "README.md").write_text("what these are for")
    done = lockgen("render", "--frozen", FROZEN, "--templates", "mine")
    assert done.code == 2
    assert "mine: there is no template 'typo.txt.j2'" in done.err
    assert all(name in done.err for name in TEMPLATES)


@pytest.mark.parametrize("folder", ["mine", "templates"])
def test_what_has_a_templates_name_must_be_one(lockgen: Lockgen, tmp_path: Path, folder: str) -> None:
    words = ("render", "--frozen", FROZEN, *(["--templates", "mine"] if folder == "mine" else []))
    file = tmp_path / folder / "constraints.txt.j2"
    file.mkdir(parents=True)
    done = lockgen(*words)
    assert done.code == 2
    assert f"{Path(folder, file.name)}: this is a folder, but a template is a file" in done.err
    file.rmdir()
    file.write_bytes(b"# caf\xe9\n")
    done = lockgen(*words)
    assert done.code == 2
    assert f"{Path(folder, file.name)}: the template cannot be read: byte 0xe9 at offset 5 is not UTF-8" in done.err
    assert "Save it as UTF-8." in done.err
    file.unlink()
    file.symlink_to("nowhere")
    done = lockgen(*words)
    assert done.code == 2
    assert f"{Path(folder, file.name)}: the template cannot be read: No such file" in done.err


def test_templates_of_the_working_directory_may_be_somebody_elses(lockgen: Lockgen, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mail.html.j2").write_bytes(b"\xff")
    (tmp_path / "templates" / "partials.j2").mkdir()
    assert lockgen("render", "--phase", "1", "--target", ONE, "--frozen", FROZEN).code == 0


@pytest.mark.parametrize("command", ["render", "check", "verify", "freeze"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--offline", "--refresh"), "--offline and --refresh contradict each other: the one forbids to ask the index"),
        (
            ("--frozen", FROZEN, "--refresh"),
            "--frozen and --refresh contradict each other: a frozen index never changes",
        ),
        (("--frozen", FROZEN, "--offline"), "--frozen and --offline contradict each other: a frozen index answers by"),
    ],
)
def test_options_that_contradict_each_other(
    lockgen: Lockgen, command: str, words: tuple[object, ...], said: str
) -> None:
    done = lockgen(command, *(["new.xz"] if command == "freeze" else []), *words)
    assert done.code == 2
    assert said in done.err


@pytest.mark.parametrize("command", ["info", "clear"])
def test_a_cache_out_of_reach_is_not_an_empty_one(lockgen: Lockgen, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("")
    done = lockgen("cache", command, "--cache-dir", "file")
    assert done.code == 2
    assert done.out == ""
    assert f"{Path('file', 'index-2.sqlite3')}: the cache cannot be used: " in done.err
    assert "its file cannot be used" in done.err
    assert "--cache-dir" in done.err
    assert "removed" not in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--python", "3.11"), "--python '3.11' names no path\n  Write --python 3.11=/usr/bin/python3.11."),
        (("--python", "3.11="), "--python '3.11' names no path"),
        (("--python", "x=/nowhere"), "--python x=/nowhere: 'x' is no Python version\n  Write --python 3.11="),
        (("--python", "=/nowhere"), "--python =/nowhere: '' is no Python version"),
        (("--python", "3.11=/nowhere"), "--python 3.11=/nowhere: there is no such file"),
        (("--level", "smoke"), "there is no level 'smoke'\n  Levels: closed, fetched, installed, smoked."),
        (("--jobs", "0"), "Invalid value for '--jobs' / '-j': Input should be greater than or equal to 1"),
        (("--jobs", "many"), "Invalid value for '--jobs' / '-j'"),
    ],
)
def test_what_cannot_be_verified(lockgen: Lockgen, words: tuple[str, ...], said: str) -> None:
    done = lockgen("verify", "--phase", "1", "--target", ONE, "--frozen", FROZEN, *words)
    assert done.code == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert not Path("output").exists()


def test_a_search_that_takes_long_says_what_it_fights_over(capsys: pytest.CaptureFixture[str]) -> None:
    names = [
        Variable(canonicalize_name(name), extra, (), count=1) for name, extra in (("web", ""), ("web", "x"), ("b", ""))
    ]
    told = "still searching: web, b cannot be had together\n"
    with ProgressBar(quiet=False) as bar:
        for waited, expected in ((0, ""), (11, told), (0, ""), (11, told)):
            bar._said -= waited
            bar.fighting(names)
            assert capsys.readouterr().err == expected
        bar._said -= 11
        bar.fighting([])  # another search begins
        bar.fighting(names)
        assert "still searching" not in capsys.readouterr().err
    with ProgressBar(quiet=True) as bar:
        bar._said -= 11
        bar.fighting(names)
    assert capsys.readouterr().err == ""
