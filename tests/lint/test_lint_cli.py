"""`lockgen lint` at the command line: wrong input is told and changes nothing; JSON and GitHub's annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Lockgen
from tests.lint.planted import PLANTED
from tests.lint.stand import put

RULE = "recommended-conflict"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Matrices with recommended versions that exclude each other, beside their index."""
    (tmp_path / "index.xz").write_bytes(PLANTED[RULE].index)
    return put(tmp_path / "matrices", PLANTED[RULE].files)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--fix", "recommended-conflicts"],
            "error: there is no rule 'recommended-conflicts'\n  Did you mean recommended-conflict?\n",
        ),
        (["--fix", "no-idea"], "error: there is no rule 'no-idea'\n  The rules are recommended-conflict, minimum-"),
        (
            ["--fix", "--target", "py3.11-*"],
            "error: --fix and --target contradict each other\n  A number has to serve all targets.\n",
        ),
        (["--phase", "exampel"], "error: there is no phase 'exampel'\n  The phases are: example.\n"),
        (["--target", "py3.13-*"], "error: --target 'py3.13-*' matches no target\n"),
        (["--refresh"], "error: --frozen and --refresh contradict each other: "),
        (["--offline"], "error: --frozen and --offline contradict each other: "),
        (["--matrices", "nowhere"], "error: nowhere: cannot be read: no such file or directory\n"),
        (["--frozen", "nowhere.xz"], "error: nowhere.xz: cannot be read: No such file or directory\n"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_written(
    lockgen: Lockgen, folder: Path, words: list[str], said: str
) -> None:
    before = contents(folder)
    done = lockgen("lint", "--frozen", "index.xz", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)
    assert contents(folder) == before


def test_an_unknown_format_is_told(lockgen: Lockgen, folder: Path) -> None:
    done = lockgen("lint", "--frozen", "index.xz", "--format", "xml")
    assert (done.code, done.out) == (2, "")
    assert "'xml' is not one of 'text', 'json', 'github'" in " ".join(done.err.replace("│", " ").split())


ENTRY = "accept:\n  - {rule: recommended-conflict, packages: [app, web], reason: published so}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (", reason: published so", "", "error: matrices/example.yaml:11:5 accept[0].reason: is missing"),
        ("reason: published so", 'reason: ""', "error: matrices/example.yaml:11:64 accept[0].reason: "),
        (", packages: [app, web]", "", "error: matrices/example.yaml:11:5 accept[0].packages: is missing"),
        ("packages: [app, web]", "packages: []", "error: matrices/example.yaml:11:44 accept[0].packages: "),
        ("packages: [app, web]", "packages: app", "error: matrices/example.yaml:11:44 accept[0].packages: "),
        (
            "rule: recommended-conflict",
            "rule: Recommended Conflict",
            "error: matrices/example.yaml:11:12 accept[0].rule: ",
        ),
        ("reason: published so", "reason: so, because: yes", "error: matrices/example.yaml:11:68 accept[0].because: "),
    ],
)
def test_an_accept_entry_that_is_none_is_told(lockgen: Lockgen, folder: Path, old: str, new: str, said: str) -> None:
    file = folder / "example.yaml"
    file.write_text(file.read_text() + ENTRY.replace(old, new))
    before = contents(folder)
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(said)
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "rule: recommended-conflict",
            "rule: recommended-conflicts",
            "accept of recommended-conflicts for app, web silences nothing; there is no rule 'recommended-conflicts'",
        ),
        ("[app, web]", "[app, wbe]", "accept of recommended-conflict for app, wbe silences nothing"),
        ("[app, web]", "[web]", "accept of recommended-conflict for web silences nothing"),
    ],
)
def test_an_accept_entry_that_fits_nothing_is_a_finding(
    lockgen: Lockgen, folder: Path, old: str, new: str, said: str
) -> None:
    """And the finding it was meant for stays open."""
    file = folder / "example.yaml"
    file.write_text(file.read_text() + ENTRY.replace(old, new))
    done = lockgen("lint", "--frozen", "index.xz", "--format", "json")
    found = {each["rule"]: each for each in done.result["findings"]}
    assert (done.code, set(found)) == (1, {"recommended-conflict", "unused-accept"})
    assert (found["unused-accept"]["where"], found["unused-accept"]["message"]) == ("example.yaml:11:5", said)
    assert not any(each["accepted"] for each in found.values())


def test_the_packages_of_an_entry_may_stand_in_any_order_and_spelling(lockgen: Lockgen, folder: Path) -> None:
    file = folder / "example.yaml"
    file.write_text(file.read_text() + ENTRY.replace("[app, web]", "[Web, app]"))
    assert lockgen("lint", "--frozen", "index.xz").code == 0


@pytest.mark.parametrize("mark", ["&a ", "*a "])
def test_anchors_and_aliases_are_not_mended_but_told(lockgen: Lockgen, folder: Path, mark: str) -> None:
    file = folder / "example.yaml"
    file.write_text(
        file.read_text().replace('recommended: "2.0"', f'recommended: {mark}"2.0"'.replace('*a "2.0"', "*a"))
    )
    before = contents(folder)
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: matrices/example.yaml:9:46")
    assert contents(folder) == before


def test_a_file_that_cannot_be_written_is_told(lockgen: Lockgen, folder: Path) -> None:
    """A folder stands where the new file is staged: that stops root as well, which a mode would not."""
    (folder / ".example.yaml.lockgen-new").mkdir()
    before = contents(folder)
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert done.err.endswith("Make the folder of matrices writable; nothing was changed.\n")
    assert contents(folder) == before


def test_what_cannot_be_asked_after_a_fix_writes_nothing(lockgen: Lockgen, folder: Path) -> None:
    """The second look at the table asks about an issue that nothing asked about before."""
    (folder / "issues.yaml").write_text(
        "schema: 1\nconflicts:\n  - {library: unheard-of, versions: <1, requires: web<2, published: v1 only}\n"
    )
    before = contents(folder)
    done = lockgen("lint", "--frozen", "index.xz", "--fix")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: unheard-of: cannot ask: its page is not in index.xz")
    assert contents(folder) == before


def test_an_unsupported_target_asked_for_by_name_is_a_no(lockgen: Lockgen, folder: Path) -> None:
    file = folder / "targets.yaml"
    no = "unsupported: {fastapi: {reason: Too old, remedy: Use flask.}}"
    row = f'pythons:\n  - {{python: "3.7", {no}}}\n'
    (folder / "servers.yaml").write_text("schema: 1\nservers: [{name: fastapi}]\n")
    phase = folder / "example.yaml"
    phase.write_text(phase.read_text().replace("# it names no server", "server: fastapi"))
    file.write_text(file.read_text().replace("pythons:\n", row))
    done = lockgen("lint", "--frozen", "index.xz", "--target", "py3.7-linux-x86_64")
    assert (done.code, done.out) == (1, "No findings.\n")
    assert done.err == "py3.7-linux-x86_64 is unsupported: Too old. Use flask.\n"


def test_json(lockgen: Lockgen, folder: Path) -> None:
    done = lockgen("lint", "--frozen", "index.xz", "--format", "json")
    assert (done.code, done.err) == (1, "")
    assert done.result["findings"] == [
        {
            "rule": "recommended-conflict",
            "severity": "error",
            "phase": "example",
            "packages": ["app", "web"],
            "where": "example.yaml:9:46",
            "message": "recommended web 2.0 cannot go with recommended app 1.0, which requires web<2",
            "targets": ["py3.11-linux-x86_64"],
            "steps": [],
            "repairs": [
                {
                    "text": "web 1.9",
                    "edits": [{"package": "web", "key": "recommended", "old": "2.0", "new": "1.9", "set": "base"}],
                },
                {
                    "text": "app 1.1",
                    "edits": [{"package": "app", "key": "recommended", "old": "1.0", "new": "1.1", "set": "base"}],
                },
            ],
            "accepted": "",
        }
    ]


def test_json_stays_json_with_fix(lockgen: Lockgen, folder: Path) -> None:
    """The diff goes to stderr then."""
    done = lockgen("lint", "--frozen", "index.xz", "--format", "json", "--fix")
    assert (done.code, done.result["findings"]) == (0, [])
    assert done.err.startswith("--- a/example.yaml\n+++ b/example.yaml\n")


def test_github(lockgen: Lockgen, folder: Path) -> None:
    done = lockgen("lint", "--frozen", "index.xz", "--format", "github")
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        "::error file=matrices/example.yaml,line=9,col=46,title=lockgen recommended-conflict::"
        "recommended web 2.0 cannot go with recommended app 1.0, which requires web<2. py3.11-linux-x86_64. "
        "Nearest: web 1.9, or app 1.1.\n"
    )


@pytest.mark.parametrize(("rule", "command"), [("dead-cap", "::warning "), ("maximum-conflict", "::notice ")])
def test_github_knows_the_severities(lockgen: Lockgen, folder: Path, rule: str, command: str) -> None:
    Path("index.xz").write_bytes(PLANTED[rule].index)
    put(folder, PLANTED[rule].files)
    done = lockgen("lint", "--frozen", "index.xz", "--format", "github")
    (line,) = (line for line in done.out.splitlines() if f"title=lockgen {rule}::" in line)
    assert done.code == 1
    assert line.startswith(command)


def test_nothing_open_is_an_empty_stdout_for_github(lockgen: Lockgen, folder: Path) -> None:
    file = folder / "example.yaml"
    file.write_text(file.read_text() + ENTRY)
    done = lockgen("lint", "--frozen", "index.xz", "--format", "github")
    assert (done.code, done.out, done.err) == (0, "", "")
