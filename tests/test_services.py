"""A project's services are data: lockgen names none, and what servers.yaml does not declare stands in no file."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from lockgen.cli.environment import facts_of, open_templates, preflight_sources
from lockgen.matrix.facts import phase_facts
from lockgen.matrix.init.targets import Pythons, platforms, targets_text
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Matrices
from lockgen.preflight.checks import answer
from lockgen.preflight.text import text_of
from lockgen.render.compatibility import compatibility
from lockgen.render.image import images
from lockgen.render.preflight import guard, guard_matrix
from tests.conftest import ROOT
from tests.preflight.stand import facts

NAMES = re.compile(
    r"drum|fastapi|flask|uvicorn|uvloop|pydantic|starlette|gunicorn|hypercorn|event.?loop", re.IGNORECASE
)
IMPORT = re.compile(r"(from pydantic(\.[a-z_]+)?|from pydantic_core) import [\w, ]+$")
"""The library that reads matrices. Nothing else of lockgen names it."""
OWN_LOOP = "asyncio.AbstractEventLoop"

PHASE = b"""schema: 1
phase: web
title: A shop
revision: 1
as_of: 2026-11-20T00:00:00Z
dependencies:
  - {name: django, minimum: "4.2", recommended: "4.2.16", maximum: "<5.0"}
"""
TARGETS = b"""schema: 1
pythons:
  - {python: "3.11", from: "3.11.2"}
platforms:
  - {name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}
"""
DJANGO = {"phase-web.yaml": PHASE, "targets.yaml": TARGETS}
SERVERS = b"""schema: 1
servers:
  - name: web
    title: Web
    image:
      command: [python, -m, shop, --bind, "0.0.0.0:8000 $HOME"]
      ports: [8000, 9090]
      smoke: [python, -c, "import django; print('ok')"]
  - name: worker
    title: Worker
setting: SHOP_SERVICE
settings: ["SHOP_*"]
checks:
  - name: json
    server: web
    because: the worker reads no JSON
    choice: {what: JSON parser, setting: SHOP_JSON, package: orjson, fallback: json}
"""
SERVED = {
    "phase-web.yaml": PHASE.replace(b"revision: 1\n", b"revision: 1\nserver: web\n"),
    "targets.yaml": TARGETS.replace(
        b'glibc: "2.28"', b'glibc: "2.28", choices: {json: orjson}, unsupported: {worker: {reason: No queue}}'
    ),
    "servers.yaml": SERVERS,
}
SET = {
    "py3.11-linux-x86_64": {
        "status": "solved",
        "python": "3.11",
        "platform": "linux-x86_64",
        "pins": {"django": "4.2.16"},
    }
}


def rendered(book: Matrices) -> dict[str, str]:
    """What a phase's services have to do with: its guard, images and tables."""
    phase = book.phase("web")
    about = phase_facts(phase, "recommended", as_of=None)
    made: dict[str, Any] = SET
    return {
        "preflight.py": guard(about, book, phase, made, preflight_sources()),
        "COMPATIBILITY.md": compatibility(about, book, phase, made, (), open_templates(None)),
        **images(about, book, phase, made, open_templates(None)),
    }


def guarded(book: Matrices) -> dict[str, Any]:
    phase = book.phase("web")
    made: dict[str, Any] = SET
    return guard_matrix(phase_facts(phase, "recommended", as_of=None), book, phase, made)


def here(**settings: str) -> dict[str, Any]:
    """Facts of an image with the set in it."""
    found = facts()
    found["distributions"] = {"found": [{"name": "Django", "version": "4.2.16", "location": "/x"}], "unreadable": []}
    return {**found, "settings": settings, "modules": {"orjson": ""}, "files": {}}


def test_lockgen_names_no_service() -> None:
    found = []
    for path in sorted([*(ROOT / "lockgen").rglob("*.py"), *(ROOT / "templates").rglob("*.*")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            is_own = path.parent.name in {"matrix", "edit", "init"} and IMPORT.match(line)
            if not is_own and NAMES.search(line.replace(OWN_LOOP, "")):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert found == []


def test_a_project_without_services_has_none_in_its_files() -> None:
    files = rendered(load_matrices(DJANGO))
    assert sorted(files) == ["COMPATIBILITY.md", "Dockerfile", "preflight.py"]
    for name, text in files.items():
        assert not NAMES.search(text), name
        assert "--server" not in text.replace('"--server"', ""), name
    assert "KINDS: dict[str, Any] = {}" in files["preflight.py"]
    assert "def check_choice" not in files["preflight.py"]
    assert not re.search(r"^(CMD|EXPOSE)", files["Dockerfile"], re.MULTILINE)
    assert "RUN python preflight.py\nWORKDIR /home/app\n" in files["Dockerfile"]
    assert "| Python | Notes |\n|---|---|\n| 3.11 (3.11.2 or newer) |  |\n" in files["COMPATIBILITY.md"]


def test_preflight_without_services_says_nothing_of_servers() -> None:
    said = text_of(answer(here(), guarded(load_matrices(DJANGO))))
    assert not re.search("server", said)
    assert said.splitlines()[0] == "pass     python        Python 3.11.7 is supported"
    assert said.splitlines()[-1] == "phase web on Python 3.11.7: 9 pass, 0 warn, 0 fail, 0 not run"


def test_what_is_declared_stands_in_the_files() -> None:
    files = rendered(load_matrices(SERVED))
    image = files["Dockerfile"]
    assert "RUN python preflight.py --server web\n" in image
    assert image.endswith(
        "WORKDIR /home/app\n"
        "# What servers.yaml wants to succeed before there is an image.\n"
        'RUN ["python", "-c", "import django; print(\'ok\')"]\n'
        "EXPOSE 8000 9090\n"
        'CMD ["python", "-m", "shop", "--bind", "0.0.0.0:8000 $HOME"]\n'
    )
    assert "| Platform | Web | Worker | JSON parser | Notes |\n|---|---|---|---|---|\n" in files["COMPATIBILITY.md"]
    assert "| linux-x86\\_64 | yes | no: No queue | orjson |  |\n" in files["COMPATIBILITY.md"].replace(
        "| linux-x86_64 |", "| linux-x86\\_64 |"
    )
    text = files["preflight.py"]
    assert "def choose_json(" in text
    assert "def check_agreement" not in text
    namespace: dict[str, Any] = {"__name__": "preflight"}
    exec(compile(text, "preflight.py", "exec", dont_inherit=True), namespace)
    assert namespace["choose_json"]("orjson", release="") == ("json", "orjson is not installed", _GIVES_WAY, False)
    assert namespace["choose_json"]("auto", release="3.10").name == "orjson"


_GIVES_WAY = "orjson is not installed; json is used"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "WARN     json          json is used: orjson is not installed"),
        ({"SHOP_JSON": "json"}, "pass     json          json is used: json was asked for"),
        ({"SHOP_JSON": "orjson"}, "FAIL     json          orjson is not installed; json is used"),
        ({"SHOP_SERVICE": "Worker"}, "not run  json          the worker reads no JSON, and the server is worker"),
        ({"SHOP_SERVICE": "queue"}, "FAIL     server        SHOP_SERVICE='queue' is no server; web was checked for"),
        ({"SHOP_SERVICE": "worker"}, "FAIL     platform      worker is not supported on linux-x86_64: No queue"),
    ],
)
def test_declared_checks_are_made(settings: dict[str, str], line: str) -> None:
    assert line in text_of(answer(here(**settings), guarded(load_matrices(SERVED)))).splitlines()


def test_facts_of_another_interpreter_hold_what_the_matrix_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_JSON", "json")
    monkeypatch.setenv("SHOP_TOKEN", "secret")
    found = facts_of(sys.executable, guarded(load_matrices(SERVED)))
    assert found["settings"] == {"SHOP_JSON": "json", "SHOP_TOKEN": "(set)"}
    assert list(found["modules"]) == ["orjson"]
    assert facts_of(sys.executable)["settings"] == {}


def test_init_writes_no_service() -> None:
    text = targets_text(Pythons(minors=("3.11",), because="said"), platforms((), None))
    assert not NAMES.search(text)
    assert load_matrices({"targets.yaml": text.encode(), "phase-web.yaml": PHASE}).servers.names == ()
