"""What a complaint repeats from a file is short and holds no login, wherever in the file it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from ruamel.yaml import YAML

from lockgen.errors import MatrixError
from lockgen.matrix.complaint import shown
from lockgen.matrix.load import load_matrices

PHASE = b"""schema: 1
phase: "1"
title: One
revision: 1
server: fastapi
as_of: 2026-11-20T00:00:00Z
dependencies:
  - {name: fastapi, extras: [all], minimum: "0.95", recommended: "0.99", maximum: "<0.100", when: {python: ">=3.8"}}
optional:
  fast:
    - {name: uvloop, minimum: "0.17.0", when: {platforms: ["linux-*"]}}
as_of_for: {httpx: "2026-11-21T00:00:00Z"}
accept:
  - {rule: unbounded, packages: [httpx], reason: Known.}
indexes:
  corp: {packages: [corp-*], undated: true}
  lab: {packages: [x]}
"""
TARGETS = b"""schema: 1
pythons:
  - {python: "3.7", unsupported: {fastapi: {reason: Too old, remedy: Use flask.}}}
platforms:
  - {name: linux-x86_64, os: linux, arch: x86_64, glibc: "2.28"}
  - {name: macos-arm64, os: macos, arch: arm64, macos: "13.0"}
"""
SERVERS = b"""schema: 1
servers:
  - {name: fastapi, title: T, image: {command: [run], ports: [80], smoke: [true-ish]}}
setting: SERVER
settings: ["APP_*"]
checks:
  - {name: all, agreement: {package: numpy}}
  - name: loop
    server: fastapi
    because: it reads it
    choice:
      what: loop
      setting: LOOP
      package: uvloop
      fallback: asyncio
      unavailable: {windows: not there}
      broken: {versions: "<0.19", python: ">=3.12", symptom: crashes}
      remedy: Update it.
  - {name: code, files: {setting: CODE, pattern: "*.py", wanted: a.py, remedy: Write it.}}
"""
CHILD = b"""schema: 1
phase: "1-stable"
title: Child
revision: 1
extends: phase-1.yaml
dependencies:
  - {name: fastapi, minimum: "0.99", maximum: "<0.99.2"}
"""
ISSUES = b"""schema: 1
issues:
  - id: client
    title: Client
    measured: true
    symptom: s
    solution: Hold.
    when: {python: ">=3.8", platforms: ["linux-*"], packages: {starlette: "<0.37.2"}}
    constrain: [httpx<0.28]
    build_packages: {linux: [gcc]}
conflicts:
  - {library: ray, extras: [serve], versions: "<2.8", requires: pydantic<2, published: v1}
sdists:
  - {package: pyyaml, reason: no wheel, when: {python: "==3.8.*", platforms: [macos-*]}}
dependency_metadata:
  - {name: pyyaml, version: "5.4.1", requires_dist: ["six>=1"], requires_python: ">=3.6", read_from: its setup.py}
"""

VALUES = {
    "an endless number": "9" * 5000,
    "a long number": "9" * 299,
    "an endless text": json.dumps("9" * 5000),
    "a long version": json.dumps("9" * 190),
    "a long bound": json.dumps("<=" + "9" * 190),
    "a long range": json.dumps("===" + "9" * 190),
    "a long local version": json.dumps("9" * 150 + "+local"),
    "a URL": '"https://u:s3cretpw@h/x.whl"',
    "a requirement": '"uvloop @ https://u:s3cretpw@h/x.whl"',
    "a bound that is a URL": '"<https://u:s3cretpw@h"',
    "a login behind the cut": json.dumps(f"https://{'u' * 40}:s3cretpw{'x' * 60}@h"),
    "a password of odd characters": json.dumps("https://u:a/b@c s3cretpw\n@h"),
}


def spoilt(data: Any, hostile: Any) -> Iterator[Any]:
    """The data with one value or one key after the other replaced."""
    yield hostile
    if isinstance(data, dict):
        for name, value in data.items():
            yield {(hostile if key == name else key): inner for key, inner in data.items()}
            yield {**data, hostile: value}
            yield from ({**data, name: inner} for inner in spoilt(value, hostile))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield [*data, hostile]
            yield from ([*data[:at], inner, *data[at + 1 :]] for inner in spoilt(value, hostile))


@pytest.mark.parametrize(("place", "value"), list(enumerate(VALUES.values())), ids=VALUES)
@pytest.mark.parametrize(
    ("file", "beside"),
    [
        ("phase-1.yaml", {"phase-1.yaml": PHASE}),
        ("child.yaml", {"phase-1.yaml": PHASE, "child.yaml": CHILD}),
        ("targets.yaml", {"phase-1.yaml": PHASE}),
        ("issues.yaml", {"phase-1.yaml": PHASE, "issues.yaml": ISSUES}),
        ("servers.yaml", {"phase-1.yaml": PHASE}),
    ],
    ids=["phase", "child", "targets", "issues", "servers"],
)
def test_a_complaint_is_readable_and_keeps_every_secret(file, beside, place, value):
    """Every sixth place for each value, each value beginning at another: two values or more stand in every place."""
    texts = {"targets.yaml": TARGETS, "servers.yaml": SERVERS, **beside}
    load_matrices(texts)
    data = json.loads(json.dumps(YAML(typ="safe", pure=True).load(texts[file]), default=str))
    for wrong in islice(spoilt(data, "@@"), place % 6, None, 6):
        content = json.dumps(wrong).replace('"@@"', value).encode()
        try:
            load_matrices({**texts, file: content})
        except MatrixError as error:
            said = str(error)
        else:
            continue
        assert "s3cretpw" not in said
        assert all(len(line) < 300 for line in said.splitlines())


def test_a_number_without_end_is_not_repeated(good, complaints):
    phase = good["phase-1.yaml"].replace(b"revision: 1", b'revision: "' + b"9" * 5000 + b'"')
    assert complaints({**good, "phase-1.yaml": phase}) == (
        "phase-1.yaml:4:11 revision: is text, but a whole number belongs here\n"
        f"  Write revision: {'9' * 57}... without quotes.\n"
    )


def test_a_login_is_masked_and_the_rest_is_not(good, complaints):
    issues = (
        b"schema: 1\nissues:\n"
        b'  - {id: a, title: A, symptom: s, solution: t, constrain: ["uvloop @ https://u:s3cretpw@h/x.whl"]}\n'
    )
    assert complaints({**good, "issues.yaml": issues}) == (
        "issues.yaml:3:60 issues[0].constrain[0]: "
        "'uvloop @ https://***@h/x.whl' is not a name with a specifier and nothing else\n"
        '  Write "django>=4.2", say.\n'
    )


@pytest.mark.parametrize("text", ["uvloop @ https://h/x.whl", "me@here", "a/b", "3.10", "https://h/x#y"])
def test_what_holds_no_login_is_shown_as_it_is(text):
    assert shown(text) == text
