from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import pytest

from lockgen.errors import UsageError
from lockgen.model.platform import Platform
from lockgen.model.target import make_target
from lockgen.model.verify import Interpreter
from lockgen.verify.conda import conda_pythons
from lockgen.verify.interpreters import choose, choose_all, examine, find
from tests.interpreters import host, interpreters

HOST = host()
OTHER = Platform(name="elsewhere", os=HOST.os, arch="riscv64", libc=HOST.libc, version=HOST.version)


def shim(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def python(version: str, name: str = HOST.name, implementation: str = "CPython") -> Interpreter:
    return Interpreter(
        path=f"/{version}", version=version, implementation=implementation, platform=name, libc="glibc 2.36"
    )


def test_an_interpreter_says_what_it_is() -> None:
    found = examine(sys.executable, os.environ, [OTHER, HOST])
    assert found is not None
    assert found.version == platform.python_version()
    assert (found.implementation, found.platform) == ("CPython", HOST.name)
    assert Path(found.path).samefile(sys.executable)
    assert found.libc.split()[0] in {"glibc", "musl", "macOS", "Windows"}


def test_a_platform_that_needs_a_newer_libc_or_another_machine_is_not_its_own() -> None:
    newer = Platform(name="newer", os=HOST.os, arch=HOST.arch, libc=HOST.libc, version=(99, 0))
    musl = Platform(name="musl", os=HOST.os, arch=HOST.arch, libc="musl" if HOST.libc == "glibc" else "glibc")
    found = examine(sys.executable, os.environ, [newer, OTHER, musl])
    assert found is not None
    assert found.platform == ""


@pytest.mark.skipif(sys.platform == "win32", reason="shims are scripts")
@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 127\n", "#!/bin/sh\necho '{}'\n", "#!/no/such\n", "\x00no program"])
def test_what_does_not_start_is_passed_over(tmp_path: Path, text: str) -> None:
    path = shim(tmp_path / "python3.99", text)
    assert examine(path, os.environ, [HOST]) is None
    found = find({"PATH": str(tmp_path), "HOME": str(tmp_path)}, [HOST])
    assert not [each for each in found if each.path.startswith(str(tmp_path))]


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_shims_are_not_started_and_one_program_is_asked_once(tmp_path: Path) -> None:
    for number in range(20):
        shim(tmp_path / f"python3.{number}", f'#!/bin/sh\ntouch {tmp_path}/started\nexec {sys.executable} "$@"\n')
    (tmp_path / "python").symlink_to(sys.executable)
    (tmp_path / "python3").symlink_to(sys.executable)
    found = find({"PATH": str(tmp_path), "HOME": str(tmp_path)}, [HOST])
    assert len([each for each in found if Path(each.path).samefile(sys.executable)]) == 1
    assert not (tmp_path / "started").exists()


def test_a_given_interpreter_comes_first_and_must_be_what_it_is_given_for(tmp_path: Path) -> None:
    minor = "{}.{}".format(*sys.version_info[:2])
    environ = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    found = find(environ, [HOST], [(minor, sys.executable)])
    assert Path(found[0].path).samefile(sys.executable)
    with pytest.raises(UsageError, match="given as"):
        find(environ, [HOST], [("3.1", sys.executable)])
    with pytest.raises(UsageError, match="does not start"):
        find(environ, [HOST], [("3.1", str(tmp_path / "absent"))])


def test_the_newest_patch_release_of_a_minor_and_exactly_an_exact_one() -> None:
    known = [python("3.13.0"), python("3.12.9"), python("3.12.1")]
    assert choose(make_target("3.12", HOST), known) == known[1]
    assert choose(make_target("3.12.1", HOST), known) == known[2]
    assert choose(make_target("3.12.5", HOST), known) is None
    assert choose(make_target("3.1", HOST), known) is None


def test_other_implementations_platforms_and_prereleases_prove_nothing() -> None:
    known = [python("3.12.9", implementation="PyPy"), python("3.12.1", name="elsewhere"), python("3.12.0rc1")]
    assert choose(make_target("3.12", HOST), known) is None


def test_a_target_is_proved_on_the_newest_patch_release_and_its_floor_or_on_all_that_are_named() -> None:
    target = make_target("3.12", HOST, floor="3.12.1")
    rest = [python("3.13.0"), python("3.12.9"), python("3.12.4"), python("3.12.1"), python("3.12.0")]
    assert [each.version for each in choose_all(target, (), rest)] == ["3.12.9", "3.12.1"]
    assert [each.version for each in choose_all(target, (), rest[:3])] == ["3.12.9"]
    assert [each.version for each in choose_all(target, (), rest[3:])] == ["3.12.1"]
    named = [python("3.12.4"), python("3.12.9"), python("3.12.4"), python("3.11.1")]
    assert [each.version for each in choose_all(target, named, rest)] == ["3.12.4", "3.12.9"]
    assert choose_all(target, named[3:], rest[:1]) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="conda's Python has another place there")
def test_conda_s_environments_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / ".conda").mkdir()
    (tmp_path / ".conda" / "environments.txt").write_text(f"{tmp_path}/a b\n\nrelative\n")
    (tmp_path / "miniforge3" / "envs" / "one").mkdir(parents=True)
    found = list(conda_pythons({"HOME": str(tmp_path), "CONDA_PREFIX": str(tmp_path / "active")}))
    wanted = ("a b", "miniforge3", "miniforge3/envs/one", "active")
    assert {f"{tmp_path}/{each}/bin/python" for each in wanted} <= set(found)
    assert all(Path(each).is_absolute() for each in found)


@pytest.mark.slow
def test_every_interpreter_of_this_machine_is_found() -> None:
    found = {".".join(each.version.split(".")[:2]) for each in find(os.environ, [HOST])}
    assert set(interpreters()) <= found
