"""The imports of level smoked: what must be imported is, and whatever does not come back is told by name."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from lockgen.model.verify import Proof
from lockgen.verify.imports import FLAGS, PROGRAM
from lockgen.verify.smoke import Patience, smoke
from tests.interpreters import interpreters
from tests.verify.planted import HANG, SEGFAULT, Planted, make_script, make_venv

pytestmark = pytest.mark.slow

HASTY = Patience(imports=3, alone=1.5, script=20)


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    return make_venv(tmp_path / "venv")


def prove(planted: Planted, *names: str, patience: Patience | None = None) -> Proof:
    script = make_script(planted.path.parent)
    return smoke(planted.venv(*names), script, target="py3.11-linux-x86_64", patience=patience)


def test_what_imports_is_proved_and_counted(planted: Planted) -> None:
    planted.plant("good", {"good/__init__.py": "print('noise', flush=True)", "good/more.py": "raise ImportError"})
    planted.plant("single", {"single.py": "value = 1"})
    proof = prove(planted)
    assert (proof.verdict, proof.reason) == ("proved", "")
    assert proof.notes == (
        "imported 2 modules of 2 distributions",
        "not run: no fuel in the set",
        "ok engine: start stop",
    )
    assert (proof.level, proof.target, proof.python, proof.libc) == (
        "smoked",
        "py3.11-linux-x86_64",
        "3.11.7",
        "glibc 2.36",
    )


def test_a_module_that_raises_is_named_with_its_exception(planted: Planted) -> None:
    planted.plant("bad-one", {"bad_one.py": "raise ImportError('no run_sync\\nin anyio')"})
    planted.plant("good", {"good.py": ""})
    proof = prove(planted)
    assert proof.verdict == "failed"
    assert proof.reason == "bad-one 1.0: importing bad_one failed: ImportError: no run_sync in anyio"
    assert any("no run_sync" in line for line in proof.tail)


def test_the_command_of_a_failed_import_repeats_it(planted: Planted) -> None:
    planted.plant("bad", {"bad.py": "raise KeyError('again')"})
    command = shlex.split(prove(planted).command)
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert again.stderr.endswith("KeyError: 'again'\n")


def test_a_module_that_leaves_by_sys_exit_has_failed(planted: Planted) -> None:
    planted.plant("leaver", {"leaver.py": "raise SystemExit(0)"})
    assert prove(planted).reason == "leaver 1.0: importing leaver failed: SystemExit: 0"


def test_a_module_that_ends_the_interpreter_silently_is_not_proved(planted: Planted) -> None:
    planted.plant("quiet", {"quiet.py": "import os; os._exit(0)"})
    planted.plant("zebra", {"zebra.py": ""})
    assert prove(planted).reason == "quiet 1.0: importing quiet ended the interpreter, exit code 0"


def test_a_segfault_is_named_with_its_signal_and_its_stack(planted: Planted) -> None:
    planted.plant("crash", {"crash/__init__.py": "from crash import loop", "crash/loop.py": SEGFAULT})
    planted.plant("alpha", {"alpha.py": ""})
    proof = prove(planted)
    assert proof.reason == "crash 1.0: importing crash crashed with SIGSEGV"
    assert any("loop.py" in line for line in proof.tail)


def test_the_culprit_is_what_fails_although_nothing_it_needs_does(planted: Planted) -> None:
    planted.plant("app", {"app.py": "import middle"}, metadata="Requires-Dist: Mid_Dle>=1; extra == 'x'\n")
    planted.plant("mid-dle", {"middle.py": "import zcrash"}, metadata="Requires-Dist: zcrash\n")
    planted.plant("zcrash", {"zcrash.py": SEGFAULT})
    proof = prove(planted)
    assert proof.reason == "zcrash 1.0: importing zcrash crashed with SIGSEGV; alone, these fail too: app, mid-dle"
    assert shlex.split(proof.command)[-1] == "import zcrash"


def test_a_circle_of_needs_still_names_one(planted: Planted) -> None:
    planted.plant("one", {"one.py": "import two"}, metadata="Requires-Dist: two\n")
    planted.plant("two", {"two.py": SEGFAULT}, metadata="Requires-Dist: one\n")
    assert prove(planted).reason.startswith("one 1.0: importing one crashed with SIGSEGV; alone, these fail too: two")


def test_what_crashes_only_beside_another_has_failed_too(planted: Planted) -> None:
    planted.plant("first", {"first.py": ""})
    planted.plant("second", {"second.py": f"import sys\nif 'first' in sys.modules:\n    {SEGFAULT}"})
    assert prove(planted).reason == (
        "second 1.0: importing second crashed with SIGSEGV, although each distribution can be imported alone"
    )


def test_an_import_that_hangs_is_named(planted: Planted) -> None:
    planted.plant("sleeper", {"sleeper.py": HANG})
    planted.plant("good", {"good.py": ""})
    proof = prove(planted, patience=HASTY)
    assert proof.reason == "sleeper 1.0: importing sleeper was still running when its time was over"


def test_an_interpreter_that_crashes_after_the_imports_has_failed(planted: Planted) -> None:
    planted.plant("late", {"late.py": "import atexit, ctypes; atexit.register(ctypes.string_at, 0)"})
    assert prove(planted).reason == "the interpreter crashed with SIGSEGV after the last import"


def test_namespace_packages_are_looked_into(planted: Planted) -> None:
    planted.plant("ns-one", {"ns/one/__init__.py": "", "ns/one/deep.py": "raise ImportError('never imported')"})
    planted.plant("ns-two", {"ns/two.py": "raise ImportError('ns.two is broken')"})
    assert prove(planted).reason == "ns-two 1.0: importing ns.two failed: ImportError: ns.two is broken"


def test_import_name_wins_over_the_files(planted: Planted) -> None:
    files = {"shown.py": "", "_hidden.py": "", "ignored.py": "raise ImportError('not declared')"}
    metadata = "Import-Name: shown\nImport-Name: _hidden ; private\nImport-Namespace: room\n"
    planted.plant("declared", {**files, "room/inside.py": ""}, metadata=metadata)
    assert prove(planted).notes[0] == "imported 3 modules of 1 distributions"


def test_a_declared_module_that_is_not_there_has_failed(planted: Planted) -> None:
    planted.plant("liar", {"truth.py": ""}, metadata="Import-Name: lie\n")
    assert prove(planted).reason == "liar 1.0: importing lie failed: ModuleNotFoundError: No module named 'lie'"


def test_an_empty_import_name_says_there_is_nothing_to_import(planted: Planted) -> None:
    planted.plant("command", {"leftover.py": "raise ImportError"}, metadata="Import-Name:\n")
    assert "nothing to import in command 1.0" in prove(planted).notes


def test_data_is_no_module_and_is_said_to_be_none(planted: Planted) -> None:
    files = {"data/words.txt": "", "my.libs/libz.so": "", "libs/libx.so": "", "odd-name/a.py": "", "a/__main__.py": ""}
    planted.plant("data-only", files)
    proof = prove(planted)
    assert proof.notes[:2] == ("imported 0 modules of 0 distributions", "nothing to import in data-only 1.0")


def test_without_a_record_top_level_says_what_to_import(planted: Planted) -> None:
    planted.plant("old", {"old.py": "raise OSError('found')"}, extra_files={"top_level.txt": "old\n"}, record=False)
    assert prove(planted).reason == "old 1.0: importing old failed: OSError: found"


def test_only_the_set_is_imported_and_all_of_it_must_be_there(planted: Planted) -> None:
    planted.plant("seeded", {"seeded.py": "raise ImportError"})
    planted.plant("in-set", {"in_set.py": ""})
    assert prove(planted, "in-set").notes[0] == "imported 1 modules of 1 distributions"
    assert prove(planted, "in-set", "gone").reason == "not installed: gone"
    assert prove(planted, "gone").reason == "not installed: gone"


def test_a_python_that_cannot_start_is_told_as_that(planted: Planted) -> None:
    (planted.path / "bin" / "python").unlink()
    proof = prove(planted, "good")
    assert proof.reason == "the interpreter ended with exit code 127 before the first import"
    assert "cannot be started" in proof.tail[-1]


@pytest.mark.parametrize("python", sorted(set(interpreters()) - {"3.6", "3.7"}))
def test_the_program_runs_on_every_python(tmp_path: Path, python: str) -> None:
    """It is planted into a venv of that Python: only the standard library is there."""
    subprocess.run([interpreters()[python], "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    planted = Planted(tmp_path / "venv", python)
    planted.plant("ns-one", {"ns/one/__init__.py": ""}, metadata="Requires-Dist: Good_Name[x]>=1; extra == 'y'\n")
    planted.plant("declared", {"shown.py": ""}, metadata="Import-Name: shown\n")
    done = subprocess.run([planted.python, *FLAGS, PROGRAM], capture_output=True, text=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {
            "found": [
                {"name": "declared", "version": "1.0", "modules": ["shown"], "needs": []},
                {"name": "ns-one", "version": "1.0", "modules": ["ns.one"], "needs": ["good-name"]},
            ]
        },
        {"importing": ["declared", "shown"]},
        {"importing": ["ns-one", "ns.one"]},
        {"finished": True},
    ]
