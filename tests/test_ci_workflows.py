"""`lockgen ci init github`: files GitHub accepts, that give no right away, and that overwrite nothing by accident."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from lockgen.ci.install import checked_install, recorded_install
from lockgen.ci.workflows import NAMES
from tests.conftest import ROOT, Done, Lockgen

FOLDER = Path(".github/workflows")
TEXTS = {name: (ROOT / "templates" / "github" / name).read_text(encoding="utf-8") for name in NAMES}
WHEEL = "https://example.org/lockgen-1.0-py3-none-any.whl"
INIT = ("ci", "init", "github", "--install", WHEEL)
OWN = ROOT / ".github" / "workflows"
ALL = {**{path.name: path.read_text(encoding="utf-8") for path in sorted(OWN.glob("*.yml"))}, **TEXTS}
"""Those written for others, one of which is this repository's too, and its own."""


def _tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found, f"{name} comes with the test extra"
    return found


def _read(text: str) -> dict[str, Any]:
    value: dict[str, Any] = YAML(typ="safe").load(text)
    return value


def _steps(text: str) -> Iterator[dict[str, Any]]:
    for job in _read(text)["jobs"].values():
        yield from job["steps"]


def _written(done: Done) -> set[str]:
    return {" ".join(line.split()) for line in done.err.splitlines()}


def test_they_install_what_they_are_given(lockgen: Lockgen) -> None:
    done = lockgen(*INIT)
    assert (done.code, done.out) == (0, "")
    assert _written(done) == {"workflows: 2 created", *(f"{FOLDER / name} created" for name in NAMES)}
    for name in NAMES:
        assert _read((FOLDER / name).read_text())["env"] == {"LOCKGEN": f"lockgen @ {WHEEL}"}


def test_this_repositorys_own_workflow_is_that_file(lockgen: Lockgen) -> None:
    shutil.copy(ROOT / "pyproject.toml", "pyproject.toml")
    assert lockgen("ci", "init", "github", "--quiet").err == ""
    assert (FOLDER / "re-resolve.yml").read_bytes() == (OWN / "re-resolve.yml").read_bytes()
    assert _read((FOLDER / "re-resolve.yml").read_text())["env"] == {"LOCKGEN": "."}


@pytest.mark.parametrize("text", ["project = 1", "not toml", '[project]\nname = "other"\n'])
def test_another_project_must_name_where_lockgen_comes_from(
    lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr("lockgen.cli.ci.recorded_install", lambda _: None)
    Path("pyproject.toml").write_text(text)
    done = lockgen("ci", "init", "github")
    assert done.code == 2
    assert "--install git+https://HOST/lockgen.git@v0.1.0" in done.err
    assert not FOLDER.exists()


@pytest.mark.parametrize(("given", "written"), [
    (WHEEL, f"lockgen @ {WHEEL}"),
    (f"lockgen @ {WHEEL}#sha256=00ff", f"lockgen @ {WHEEL}#sha256=00ff"),
    ("git+https://example.org/x/lockgen.git@v0.1.0", "lockgen @ git+https://example.org/x/lockgen.git@v0.1.0"),
    ("git+ssh://git@example.org/lockgen.git@1a2b", "lockgen @ git+ssh://git@example.org/lockgen.git@1a2b"),
    ("vendor/lockgen-0.1.0-py3-none-any.whl", "vendor/lockgen-0.1.0-py3-none-any.whl"),
    ("./lockgen-0.1.0.tar.gz", "./lockgen-0.1.0.tar.gz"),
])  # fmt: skip
def test_an_address_or_a_path_is_taken(given: str, written: str) -> None:
    assert checked_install(given) == written


@pytest.mark.parametrize(("given", "reason"), [
    ("lockgen", "is a name"),
    ("lockgen==0.1.0", "is a name"),
    ("lockgen-0.1.0-py3-none-any.whl", "could be a name"),
    ("", "no address and no path"),
    ("-r", "no address and no path"),
    (f'{WHEEL}"\nfoo: "', "no address and no path"),
    ("https://example.org/${{secrets.X}}/lockgen-1.whl", "no address and no path"),
    ("http://example.org/lockgen-1.0-py3-none-any.whl", "not encrypted"),
    ("file:///srv/lockgen-1.0-py3-none-any.whl", "no runner reaches it"),
    ("https://user:word@example.org/lockgen-1.0-py3-none-any.whl", "a login"),
    ("https://example.org/other-1.0-py3-none-any.whl", "not that of a release"),
    ("git+https://example.org/lockgen.git", "no tag or commit"),
    ("https:///lockgen-1.0-py3-none-any.whl", "no host"),
    ("/srv/lockgen-0.1.0-py3-none-any.whl", "outside the repository"),
    ("../lockgen-0.1.0-py3-none-any.whl", "outside the repository"),
])  # fmt: skip
def test_what_anybody_could_register_or_no_runner_has_is_refused(lockgen: Lockgen, given: str, reason: str) -> None:
    done = lockgen("ci", "init", "github", f"--install={given}")
    assert done.code == 2
    assert reason in done.err
    assert not FOLDER.exists()


@pytest.mark.parametrize(("record", "written"), [
    (f'{{"url": "{WHEEL}", "archive_info": {{"hashes": {{"sha256": "00ff"}}}}}}', f"lockgen @ {WHEEL}#sha256=00ff"),
    ('{"url": "https://example.org/lockgen.git", "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "1a2b"}}',
     "lockgen @ git+https://example.org/lockgen.git@1a2b"),
    ('{"url": "file:///srv/lockgen", "dir_info": {"editable": true}}', None),
    ("[]", None), ("{", None), (None, None),
])  # fmt: skip
def test_without_it_what_the_running_lockgen_was_installed_from_is_taken(
    record: str | None, written: str | None
) -> None:
    assert recorded_install(record) == written


def test_a_second_run_changes_nothing(lockgen: Lockgen) -> None:
    lockgen(*INIT)
    done = lockgen(*INIT)
    assert (done.code, _written(done)) == (
        0,
        {"workflows: 2 unchanged", *(f"{FOLDER / name} unchanged" for name in NAMES)},
    )


def test_a_changed_file_is_overwritten_by_force_alone_and_strangers_stay(lockgen: Lockgen) -> None:
    FOLDER.mkdir(parents=True)
    (FOLDER / "re-resolve.yml").write_text("mine\n")
    (FOLDER / "release.yml").write_text("other\n")
    done = lockgen(*INIT)
    assert done.code == 2
    assert done.err.startswith(f"error: {FOLDER / 're-resolve.yml'}: there is another file already\n")
    assert sorted(path.name for path in FOLDER.iterdir()) == ["re-resolve.yml", "release.yml"]
    assert (FOLDER / "re-resolve.yml").read_text() == "mine\n"
    assert lockgen(*INIT, "--force").code == 0
    assert (FOLDER / "re-resolve.yml").read_text() != "mine\n"
    assert (FOLDER / "release.yml").read_text() == "other\n"


def test_an_unknown_service_is_refused(lockgen: Lockgen) -> None:
    assert lockgen("ci", "init", "another").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_they_hold_to_the_published_schema(name: str) -> None:
    """The schema that check-jsonschema ships; one key more in a step and it says no."""
    code = "import json, check_jsonschema.builtin_schemas as s; print(json.dumps(s.get_builtin_schema('vendor.github-workflows')))"
    schema = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    validator = Draft7Validator(schema)
    workflow = _read(ALL[name])
    assert [error.message for error in validator.iter_errors(workflow)] == []
    next(iter(workflow["jobs"].values()))["steps"][0]["runs"] = "no such key"
    assert list(validator.iter_errors(workflow))


@pytest.mark.parametrize("name", ALL)
def test_the_security_audit_finds_nothing(name: str, tmp_path: Path) -> None:
    """zizmor at its strictest short of guesses, offline: no action is looked up. One right too much, and it says so."""
    (tmp_path / name).write_text(ALL[name])
    words = [_tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", "--format", "json"]
    done = subprocess.run([*words, tmp_path / name], capture_output=True, text=True, check=False)
    found = [(each["ident"], each["desc"]) for each in json.loads(done.stdout) if not each["ignored"]]
    assert (done.returncode, found) == (0, [])
    (tmp_path / name).write_text(ALL[name].replace("permissions: {}", "permissions: write-all"))
    assert subprocess.run([*words, tmp_path / name], capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("name", ALL)
def test_rights_are_given_job_by_job_and_only_one_may_write(name: str) -> None:
    workflow = _read(ALL[name])
    assert workflow["permissions"] == {}
    for job, value in workflow["jobs"].items():
        wanted = {"contents": "write", "pull-requests": "write"} if job == "offer" else {"contents": "read"}
        assert value["permissions"] == wanted
        assert value["timeout-minutes"] <= (60 if name == "weekly.yml" else 30)


@pytest.mark.parametrize("name", ALL)
def test_no_expression_stands_in_a_shell_line(name: str) -> None:
    scripts = [step["run"] for step in _steps(ALL[name]) if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]
    for script in scripts:
        done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_actions_are_the_ones_pinned_in_one_place_each() -> None:
    """One action, one commit, over all workflows of this repository and those written for others."""
    texts = [*TEXTS.values(), *(path.read_text(encoding="utf-8") for path in sorted(OWN.glob("*.yml")))]
    used = {use for text in texts for use in re.findall(r"uses: (\S+) # (v[\d.]+)\n", text)}
    assert len(used) == len({action.partition("@")[0] for action, _ in used}) == 4
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", action) for action, _ in used)
    assert sum(text.count("uses:") for text in texts) == sum(len(re.findall(r"uses: \S+ # v", text)) for text in texts)


def test_this_repositorys_own_tests_run_on_every_python_and_system_it_names() -> None:
    fast, elsewhere = (_read(ALL["ci.yml"])["jobs"][job]["strategy"]["matrix"] for job in ("fast", "elsewhere"))
    promised = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(promised) <= set(fast["python"])
    assert [runner.partition("-")[0] for runner in elsewhere["runner"]] == ["windows", "macos"]


def test_the_weekly_run_leaves_no_marker_out() -> None:
    """Nor what each change is tested with: a quarter of the examples, and nothing long."""
    suites = set(_read(ALL["weekly.yml"])["jobs"]["tests"]["strategy"]["matrix"]["tests"])
    for marks in itertools.product((False, True), repeat=3):
        marked = dict(zip(("network", "slow", "long"), marks, strict=True))
        assert sum(bool(eval(suite, {}, marked)) for suite in suites) == 1, marked


def test_only_commands_and_options_that_exist_are_called(lockgen: Lockgen) -> None:
    scripts = "\n".join(step.get("run", "") for text in TEXTS.values() for step in _steps(text))
    called = re.findall(r"\blockgen ((?:ci )?[a-z]+)((?: --[a-z-]+)*)", scripts)
    assert {command for command, _ in called} == {"check", "lint", "verify", "drift", "bump", "ci matrix", "freeze"}
    for command, options in called:
        helped = lockgen(*command.split(), "--help")
        assert helped.code == 0
        assert all(option in helped.out for option in options.split())


@pytest.mark.parametrize("words", ["check", "lint", "verify --level closed", "drift --format markdown", "bump"])
def test_a_step_that_cannot_ask_is_no_bug(lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Just as the workflows call them, with an empty cache and no index."""
    assert any(words in step.get("run", "") for text in TEXTS.values() for step in _steps(text))
    shutil.copytree(ROOT / "matrices", "matrices")
    monkeypatch.setenv("LOCKGEN_OFFLINE", "1")
    assert lockgen(*words.split()).code == 2


def test_the_fan_out_is_what_ci_matrix_prints(lockgen: Lockgen) -> None:
    used = set(re.findall(r"\bmatrix\.([a-z]+)", TEXTS["re-resolve.yml"]))
    jobs = json.loads(lockgen("ci", "matrix", "--target", "py3.8-*").out)["include"]
    assert used == {"target", "runner", "container", "python", "command"}
    assert all(job.keys() == used for job in jobs)
