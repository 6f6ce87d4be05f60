"""The rendered preflight.py: one file that runs alone, on every Python, from a file and from standard input."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from lockgen.cli.environment import facts_of, open_matrices, preflight_sources
from lockgen.errors import BugError
from lockgen.matrix.facts import phase_facts
from lockgen.model.pythons import floor_of
from lockgen.preflight.checks import answer
from lockgen.render.preflight import guard, guard_matrix, literal
from lockgen.render.preflight_program import standalone
from lockgen.render.summary import read_summary
from tests.conftest import ROOT
from tests.interpreters import interpreters
from tests.preflight.stand import facts, matrix, tree

PYTHONS = ["3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]
FOLDERS = {"option-b": "option-b"}
SERVER = """
import preflight
for server in ("flask", "fastapi"):
    try:
        preflight.require_python(server)
        print(server, "runs")
    except RuntimeError as error:
        print(server, error)
print(preflight.choose_event_loop("uvloop", system="windows").name)
print(preflight.detect_memory_limit() > 0)
"""


@cache
def rendered(phase: str = "1") -> str:
    book = open_matrices(ROOT / "matrices")
    chosen = book.phase(phase)
    targets = read_summary((ROOT / "output" / Path(chosen.file).stem / "summary.json").read_text())["targets"]
    about = phase_facts(chosen, "recommended", as_of=None)
    return guard(about, book, chosen, targets, preflight_sources())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "preflight.py"
    path.write_bytes(rendered().encode())
    return path


def run(*words: object, stdin: str | None = None, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "HOME") if name in os.environ}
    command = [str(word) for word in words]
    return subprocess.run(
        command, input=stdin or "", capture_output=True, text=True, check=False, cwd=cwd, env={**kept, **environ}
    )


# --- the text


@pytest.mark.parametrize("phase", ["1", "1-stable", "2", "option-b"])
def test_it_is_ascii_of_readable_lines_and_names_no_address(phase: str) -> None:
    text = rendered(phase)
    assert text.isascii()
    assert "://" not in text
    assert str(Path.home()) not in text
    long = [line for line in text.splitlines() if len(line) > 120]
    assert not [line for line in long if "'symptom'" not in line and "'solution'" not in line]


@pytest.mark.parametrize("phase", ["1", "1-stable", "2", "option-b"])
def test_the_committed_file_is_the_rendered_one(phase: str) -> None:
    assert (ROOT / "output" / FOLDERS.get(phase, f"phase-{phase}") / "preflight.py").read_text() == rendered(phase)


def test_it_imports_the_standard_library_and_nothing_of_lockgen() -> None:
    tree_ = ast.parse(rendered())
    names = {alias.name for node in ast.walk(tree_) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree_) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {*sys.stdlib_module_names, "__future__"}


def test_the_package_itself_is_in_the_grammar_of_3_7() -> None:
    for name, text in preflight_sources().items():
        ast.parse(text, filename=name, feature_version=(3, 7))


def test_its_matrix_is_the_one_the_package_is_given() -> None:
    namespace: dict[str, Any] = {"__name__": "preflight"}
    exec(compile(rendered(), "preflight.py", "exec", dont_inherit=True), namespace)
    assert namespace["MATRIX"] == matrix()
    spoilt = {**facts(), "distributions": {"found": [], "unreadable": []}}
    for found in (facts(), spoilt, {}):
        assert namespace["answer"](found, namespace["MATRIX"]) == answer(found, matrix())


def test_each_set_is_there_once() -> None:
    sets = [json.dumps(each["pins"]) for each in matrix()["sets"]]
    assert len(sets) == len(set(sets)) < 30
    assert sum(len(each["targets"]) for each in matrix()["sets"]) == 30


def test_a_hostile_title_stays_in_its_docstring() -> None:
    book = open_matrices(ROOT / "matrices")
    about = phase_facts(book.phase("1"), "recommended", as_of=None)
    hostile = type(about)(**{name: getattr(about, name) for name in about.__slots__} | {"title": 'x"""\nimport os\\'})
    text = guard(hostile, book, book.phase("1"), {}, preflight_sources())
    assert (ast.get_docstring(ast.parse(text)) or "").startswith("preflight.py for phase 1: x''' import os")
    assert guard_matrix(hostile, book, book.phase("1"), {})["sets"] == []


@pytest.mark.parametrize(
    "value", [{}, [], {"a": ["x" * 50] * 9, "b": {"c": "'\"\\\n\u2028\U0001f600"}}, ["y" * 300], 7]
)
def test_a_literal_reads_back(value: object) -> None:
    assert ast.literal_eval(literal(value)) == value
    assert literal(value).isascii()


# --- how it is put together


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ({"a": "X = 1\n", "b": "X = 2\n"}, "a and b both bind X"),
        ({"a": "def f(): ...\n", "b": "class f: ...\n"}, "a and b both bind f"),
        ({"a": "X = 1\n", "b": "from p.q.a import X as Y\n"}, "cannot be left out"),
        ({"a": "X = 1\n", "b": "def f():\n    from p.q.a import X\n"}, "cannot be left out"),
        ({"a": "X = 1\n", "b": "import p.q.a\n"}, "rather than names of it"),
    ],
)
def test_modules_that_would_not_mean_the_same_in_one_file(sources: dict[str, str], words: str) -> None:
    with pytest.raises(BugError, match=words):
        standalone("p.q", sources, "d", {})


def test_modules_stand_behind_those_they_need(tmp_path: Path) -> None:
    sources = {
        "a": '"""First."""\n\nfrom __future__ import annotations\n\nimport os\nfrom p.q.z import (\n    Z,\n)\n\nA = os.sep + Z\n',
        "z": "import os, sys\n\nZ = sys.byteorder\n",
    }
    text = standalone("p.q", sources, "Doc.", {})
    assert text.index("Z = sys.byteorder") < text.index("# First.") < text.index("A = os.sep")
    assert text.count("import os") == 1
    tree(tmp_path, {"one.py": text})
    assert run(sys.executable, "-c", "import one; print(one.A, one.__doc__)", cwd=tmp_path).stdout.split()[1] == "Doc."


# --- running it on this Python


def test_exit_codes(file: Path) -> None:
    assert run(sys.executable, file, "--server", "tornado", cwd=file.parent).returncode == 2
    assert run(sys.executable, file, "--colour", cwd=file.parent).returncode == 2
    assert run(sys.executable, file, "--help", cwd=file.parent).returncode == 0


def test_facts_can_be_printed_and_read_elsewhere(file: Path) -> None:
    done = run(sys.executable, file, "--facts", cwd=file.parent)
    assert json.loads(done.stdout)["schema"] == 2


def test_facts_of_another_interpreter() -> None:
    found = facts_of(sys.executable)
    assert found["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert "packaging" in {each["name"] for each in found["distributions"]["found"]}


def test_the_reader_may_go_away(file: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} {file} | true; echo $?"], capture_output=True, text=True, check=False
    ) if os.name != "nt" else None  # fmt: skip
    assert done is None or done.stderr == ""


# --- on every interpreter of the machine


@pytest.fixture(scope="module")
def venvs(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("venvs")

    @cache
    def make(minor: str) -> Path:
        python = interpreters().get(minor)
        if python is None:
            pytest.skip(f"no CPython {minor} on this machine")
        subprocess.run([python, "-m", "venv", "--without-pip", folder / minor], check=True)
        return folder / minor / ("Scripts" if os.name == "nt" else "bin") / "python"

    return make


def checks(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in json.loads(text)["findings"]:
        found.setdefault(each["check"], []).append(each["verdict"])
    return found


def is_before_its_floor(python: Path, minor: str) -> bool:
    """Whether this machine's Python is an older patch release than the sets are made for."""
    full = run(python, "-c", "import platform; print(platform.python_version())", cwd=python.parent).stdout.strip()
    return Version(full) < Version(floor_of(minor))


@pytest.mark.slow
@pytest.mark.parametrize("minor", PYTHONS)
def test_it_runs_in_an_empty_venv_from_a_file_and_from_standard_input(venvs: Any, file: Path, minor: str) -> None:
    python = venvs(minor)
    by_file = run(python, "-W", "error", file, "--server", "fastapi", "--json", cwd=file.parent)
    piped = run(python, "-W", "error", "-", "--server", "fastapi", "--json", cwd=file.parent, stdin=rendered())
    assert (by_file.stderr, piped.stderr) == ("", "")
    assert (by_file.returncode, piped.returncode) == (1, 1)
    assert by_file.stdout == piped.stdout
    found = checks(by_file.stdout)
    in_table = minor not in {"3.7", "3.13"}
    usual = "fail" if is_before_its_floor(python, minor) else "pass"
    assert found["python"] == [{"3.7": "fail", "3.13": "warn"}.get(minor, usual)]
    assert found["dependencies"] == (["not run"] if minor == "3.7" else ["fail"] * 6 + ["warn"] * 3)
    assert found["constraints"] == ["warn" if in_table else "not run"]
    assert found["pydantic"] == ["not run"]
    assert found["requirements"] == found["extensions"] == ["pass"]
    assert "it broke" not in by_file.stdout


@pytest.mark.slow
@pytest.mark.parametrize("minor", PYTHONS)
def test_flask_needs_no_set(venvs: Any, file: Path, minor: str) -> None:
    done = run(venvs(minor), file, cwd=file.parent, DRUM_SERVER_TYPE="flask")
    is_old = minor != "3.13" and is_before_its_floor(venvs(minor), minor)
    assert (done.returncode, done.stderr) == (int(is_old), "")
    assert (f"is older than {floor_of(minor)}, which the sets are made for" in done.stdout) is is_old
    assert re.search(r"^not run  dependencies  phase 1 is about fastapi, not flask$", done.stdout, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.parametrize("minor", PYTHONS)
def test_a_server_imports_what_it_needs_at_start_up(venvs: Any, file: Path, minor: str) -> None:
    python = venvs(minor)
    done = run(python, "-W", "error", "-c", SERVER, cwd=file.parent, PYTHONPATH=str(file.parent))
    assert done.stderr == ""
    flask, fastapi, loop, memory = done.stdout.splitlines()
    assert (loop, memory) == ("asyncio", "True")
    if minor != "3.13" and is_before_its_floor(python, minor):
        assert "which the sets are made for" in flask
        assert "which the sets are made for" in fastapi or minor == "3.7"
        return
    assert flask == "flask runs"
    assert fastapi == "fastapi runs" or (minor == "3.7" and "Use DRUM_SERVER_TYPE=flask" in fastapi)


@pytest.mark.slow
@pytest.mark.parametrize("minor", PYTHONS)
def test_only_modules_of_the_standard_library_are_loaded(venvs: Any, file: Path, minor: str) -> None:
    python = venvs(minor)
    done = run(python, "-X", "importtime", file, cwd=file.parent)
    names = {line.split("|")[2].strip().split(".")[0] for line in done.stderr.splitlines() if "|" in line}
    ask = "import sys, sysconfig; print(sysconfig.get_path('stdlib')); print(*sys.builtin_module_names)"
    library, builtin = run(python, "-c", ask, cwd=file.parent).stdout.splitlines()
    there = {
        path.name.partition(".")[0] for folder in (library, f"{library}/lib-dynload") for path in Path(folder).iterdir()
    }
    assert names - there - {*builtin.split(), "imported package", "zipimport", "sitecustomize", "usercustomize"} <= {
        "_frozen_importlib",
        "_frozen_importlib_external",
        "encodings",
        "site",
    }


@pytest.mark.slow
def test_it_costs_at_most_five_times_a_listing_of_the_metadata(venvs: Any, file: Path) -> None:
    minor = "{}.{}".format(*sys.version_info[:2])
    python = venvs(minor)
    site = next(python.parent.parent.rglob("site-packages"))
    for number in range(100):
        requires = "".join(f"Requires-Dist: package-{each}>=0.1; python_version >= '3.8'\n" for each in range(10))
        head = f"Metadata-Version: 2.1\nName: package-{number}\nVersion: 1.{number}\n{requires}\n"
        tree(site, {f"package_{number}-1.{number}.dist-info/METADATA": head + "words " * 5000})
    listing = "from importlib.metadata import distributions as d; [(x.metadata['Name'], x.version) for x in d()]"
    bare = min(_seconds([python, "-c", listing], file.parent) for _ in range(7))
    ours = min(_seconds([python, file], file.parent) for _ in range(7))
    assert ours <= 5 * bare


def _seconds(command: list[object], cwd: Path) -> float:
    began = time.perf_counter()
    run(*command, cwd=cwd)
    return time.perf_counter() - began
