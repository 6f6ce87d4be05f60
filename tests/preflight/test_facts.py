"""Facts: what is installed, which machine this is, certificates, settings, extensions, event loops."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment

from lockgen.preflight.certificates import certificate_facts
from lockgen.preflight.checks import answer
from lockgen.preflight.choices import Chosen, choose
from lockgen.preflight.facts import collect
from lockgen.preflight.installed import distributions, search_path
from lockgen.preflight.machine import marker_environment, musl_version, platform_facts, python_facts
from lockgen.preflight.modules import module_file
from lockgen.preflight.requirements import normalized
from lockgen.preflight.settings import file_facts, settings_facts
from lockgen.preflight.startup import require_python
from tests.interpreters import host
from tests.preflight.stand import matrix, tree

DIST = "Metadata-Version: 2.1\nName: A.b\nVersion: 1.0\nRequires-Python: >=3.8\nRequires-Dist: c (>=1) ; extra == 'x'\nRequires-Dist: d\n\nVersion: 9\n"


def test_the_facts_are_json() -> None:
    found = collect()
    assert json.loads(json.dumps(found)) == found
    assert not [name for name, part in found.items() if isinstance(part, dict) and "error" in part]


def test_the_markers_are_those_of_packaging() -> None:
    assert marker_environment() == default_environment()


def test_the_machine_is_described_as_a_target_describes_it() -> None:
    found, here = platform_facts(), host()
    assert (found["system"], found["machine"]) == (here.os, here.arch)
    assert found["libc"][0] == (here.libc or here.os)
    assert python_facts()["version"] == platform.python_version()


def test_what_is_installed_here_is_what_importlib_says() -> None:
    found = distributions(search_path())
    ours = {(normalized(each["name"]), each["version"], tuple(each["requires_dist"])) for each in found["found"]}
    theirs = {
        (normalized(each.metadata["Name"]), each.version, tuple(each.metadata.get_all("Requires-Dist") or ()))
        for each in metadata.distributions(path=search_path())
    }
    assert ours == theirs
    assert found["unreadable"] == []


def test_a_distribution_is_read_up_to_the_end_of_its_head(tmp_path: Path) -> None:
    tree(tmp_path, {"A.b-1.0.dist-info/METADATA": DIST, "A.b-1.0.dist-info/INSTALLER": "uv\n"})
    assert distributions([str(tmp_path)])["found"] == [
        {
            "name": "A.b",
            "version": "1.0",
            "requires_dist": ["c (>=1) ; extra == 'x'", "d"],
            "requires_python": ">=3.8",
            "installer": "uv",
            "editable": False,
            "direct_url": False,
            "location": str(tmp_path),
        }
    ]


def test_a_head_longer_than_one_reading_and_with_the_line_ends_of_windows(tmp_path: Path) -> None:
    requires = "".join(f"Requires-Dist: package-number-{number}\r\n" for number in range(4000))
    text = f"Name: a\r\nVersion: 1\r\n{requires}\r\nRequires-Dist: no\r\n"
    (tmp_path / "a-1.dist-info").mkdir()
    (tmp_path / "a-1.dist-info" / "METADATA").write_bytes(text.encode())
    (found,) = distributions([str(tmp_path)])["found"]
    assert len(found["requires_dist"]) == 4000


@pytest.mark.parametrize("editable", ["true", "false"])
def test_where_it_came_from(tmp_path: Path, editable: str) -> None:
    direct = f'{{"dir_info": {{"editable": {editable}}}, "url": "file:///x"}}'
    tree(tmp_path, {"a-1.dist-info/METADATA": "Name: a\nVersion: 1\n", "a-1.dist-info/direct_url.json": direct})
    (found,) = distributions([str(tmp_path)])["found"]
    assert (found["direct_url"], found["editable"]) == (True, editable == "true")


def test_eggs(tmp_path: Path) -> None:
    requires = "a>=1\n\n[x]\nb\n\n[:python_version < '3']\nc\n\n[y:os_name == 'nt']\nd\n"
    tree(tmp_path, {
        "dev.egg-info/PKG-INFO": "Name: dev\nVersion: 1\n",
        "dev.egg-info/requires.txt": requires,
        "old.egg-info": "Name: old\nVersion: 2\n",
        "zipped.egg/EGG-INFO/PKG-INFO": "Name: zipped\nVersion: 3\n",
    })  # fmt: skip
    dev, old, zipped = distributions([str(tmp_path), str(tmp_path / "zipped.egg")])["found"]
    assert dev["requires_dist"] == [
        "a>=1",
        'b; extra == "x"',
        "c; (python_version < '3')",
        "d; (os_name == 'nt') and extra == \"y\"",
    ]
    assert (dev["editable"], old["version"], zipped["version"]) == (True, "2", "3")


def test_what_is_no_distribution_is_named_and_costs_no_other(tmp_path: Path) -> None:
    tree(tmp_path, {
        "a-1.dist-info/METADATA": "Name: a\nVersion: 1\n",
        "b-1.dist-info/RECORD": "",
        "c-1.dist-info/METADATA": "no head at all",
        "d-1.dist-info/METADATA/x": "",
        "~p-1.dist-info/METADATA": "",
    })  # fmt: skip
    found = distributions([str(tmp_path), str(tmp_path / "absent"), str(tmp_path)])
    assert [each["name"] for each in found["found"]] == ["a"]
    assert [Path(each["path"]).name for each in found["unreadable"]] == [
        "b-1.dist-info",
        "c-1.dist-info",
        "d-1.dist-info",
    ]


def test_the_folder_of_the_running_file_is_not_searched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), "/else"])
    assert search_path((str(tmp_path),)) == ["/else"]


def test_a_module_is_found_and_not_imported(tmp_path: Path) -> None:
    tree(tmp_path, {"crashes/__init__.py": "raise SystemExit(139)"})
    assert module_file("crashes", [str(tmp_path)]) == str(tmp_path / "crashes" / "__init__.py")
    assert module_file("absent", [str(tmp_path)]) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="the loader is a script here")
def test_musl_says_its_version_when_its_loader_is_started(tmp_path: Path) -> None:
    loader = tree(
        tmp_path,
        {"lib/ld-musl-x86_64.so.1": "#!/bin/sh\necho 'musl libc (x86_64)\nVersion 1.2.4\nDynamic' >&2\nexit 1\n"},
    )
    (loader / "lib/ld-musl-x86_64.so.1").chmod(0o755)
    assert musl_version(str(loader)) == "1.2.4"
    assert musl_version(str(tmp_path / "lib")) == ""


def test_certificates_of_the_environment_come_first(tmp_path: Path) -> None:
    tree(tmp_path, {
        "good.pem": "-----BEGIN CERTIFICATE-----\n",
        "empty.pem": "",
        "dir/5ed36f99.0": "x",
        "bare/good.pem": "x",
        "site/certifi/__init__.py": "raise SystemExit",
        "site/certifi/cacert.pem": "-----BEGIN CERTIFICATE-----\n",
    })  # fmt: skip

    def said(name: str, path: str) -> tuple[bool, str]:
        first = certificate_facts({name: str(tmp_path / path)}, [])[0]
        assert first["source"] == name
        return first["found"], first["reason"]

    assert said("SSL_CERT_FILE", "good.pem") == (True, "")
    assert said("SSL_CERT_FILE", "empty.pem") == (False, "it holds no certificate in PEM form")
    assert said("SSL_CERT_FILE", "absent.pem") == (False, "No such file or directory")
    assert said("SSL_CERT_DIR", "dir") == (True, "")
    assert said("SSL_CERT_DIR", "bare")[0] is False
    last = certificate_facts({}, [str(tmp_path / "site")])[-1]
    assert (last["source"], last["found"]) == ("certifi", True)
    assert "certifi" not in [each["source"] for each in certificate_facts({}, [])]


def test_settings_keep_no_secret() -> None:
    environ = {"DRUM_SERVER_TYPE": "flask", "DRUM_API_TOKEN": "secret", "PATH": "/bin"}
    assert settings_facts(environ, matrix()) == {"DRUM_SERVER_TYPE": "flask", "DRUM_API_TOKEN": "(set)"}
    assert settings_facts(environ, {}) == {}


def test_extensions_lie_in_the_folder_of_the_code(tmp_path: Path) -> None:
    tree(tmp_path, {"custom_flask.py": "", "custom.py": "", "custom_flask.txt": "", "x_custom_flask.py": ""})
    found = file_facts({"CODE_DIR": str(tmp_path)}, matrix())["extensions"]
    assert (found["files"], found["reason"]) == (["custom_flask.py"], "")
    assert file_facts({"CODE_DIR": str(tmp_path / "absent")}, matrix())["extensions"]["reason"]
    assert file_facts({}, matrix())["extensions"]["folder"] == str(Path.cwd())
    assert file_facts({}, {}) == {}


def choose_event_loop(requested: str | None = None, **here: str) -> Chosen:
    return choose("event-loop", requested, matrix=matrix(), **here)


def test_the_event_loop_comes_from_the_environment_unless_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRUM_UVICORN_LOOP", "asyncio")
    assert choose_event_loop(release="0.21.0", system="linux").name == "asyncio"
    assert choose_event_loop("auto", release="0.21.0", system="linux", python="3.11.7").name == "uvloop"
    on_windows = choose_event_loop("UVLOOP", release="", system="windows")
    assert on_windows.name == "asyncio"
    assert on_windows.warning == "uvloop is not available on Windows; asyncio is used"
    unknown = choose_event_loop("trio", release="0.21.0", system="linux", python="3.11.7")
    assert (unknown.name, unknown.warning) == ("uvloop", "'trio' is no event loop; auto, asyncio, uvloop are.")
    crash = choose_event_loop("auto", release="0.17.0", system="linux", python="3.12.1")
    assert (crash.name, crash.warning) == ("asyncio", "uvloop 0.17.0 crashes on Python 3.12.1; asyncio is used")
    assert choose_event_loop("auto").name in {"asyncio", "uvloop"}


def test_require_python() -> None:
    require_python("flask", python="3.7.16", matrix=matrix())
    require_python("fastapi", python="3.8.10", matrix=matrix())
    with pytest.raises(RuntimeError, match=r"Python 3\.8\.0 is older than 3\.8\.10, which the sets are made for"):
        require_python("fastapi", python="3.8.0", matrix=matrix())
    require_python("fastapi", python="3.14.0", matrix=matrix())
    expected = r"Python 3\.7\.16 is not supported by fastapi: .*3\.8\+\. Use DRUM_SERVER_TYPE=flask for Python 3\.7\."
    with pytest.raises(RuntimeError, match=expected):
        require_python("fastapi", python="3.7.16", matrix=matrix())
    with pytest.raises(RuntimeError, match="older than any"):
        require_python("flask", python="3.6.15", matrix=matrix())
    with pytest.raises(ValueError, match="tornado"):
        require_python("tornado", matrix=matrix())
    with pytest.raises(RuntimeError, match="older than any in the table"):
        require_python(python="3.6.15", matrix=matrix())


def test_a_part_that_cannot_be_collected_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    if os.name != "nt":
        (tmp_path / "gone").rmdir()  # a working folder that is gone: there is nothing to call the current one
    found = collect({}, [], matrix=matrix())
    assert found["schema"] == 2
    assert answer(found, matrix())["findings"]


def test_collecting_is_quick() -> None:
    began = time.perf_counter()
    collect()
    assert time.perf_counter() - began < 2
