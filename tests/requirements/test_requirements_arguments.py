"""Requirements as arguments of a command, on standard input and on the web."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import httpx2
import pytest

from lockgen.errors import LockgenError, RequirementsError
from lockgen.index.settings import IndexSettings
from lockgen.index.web_file import fetch_web_file
from lockgen.requirements.arguments import read_arguments
from tests.conftest import FROZEN, Lockgen
from tests.requirements.reading import line

SETTINGS = IndexSettings(address="https://index.invalid/simple", retries=0)


def test_each_argument_is_a_requirement_with_its_number() -> None:
    found = read_arguments(["celery<5", "uvicorn[standard]; python_version>='3.9'", "a @ git+https://example.org/a"])
    assert [(line(each), each.where) for each in found.requirements] == [
        ("celery<5", "argument 1"), ('uvicorn[standard]; python_version >= "3.9"', "argument 2")
    ]  # fmt: skip
    assert [each.where for each in found.unconsidered] == ["argument 3"]
    assert [each.reason for each in read_arguments(["git+https://example.org/a", "./a"]).unconsidered] == [
        "a git address: only what an index serves can be resolved", "a path: only what an index serves can be resolved"
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [
    ("requirements.txt", "argument 1: 'requirements.txt' is a file, not a requirement\n  Read its requirements with -r "),
    ("celery=5", "argument 1: 'celery=5' is no requirement"),
    ("", "argument 1: '' is no requirement"),
])  # fmt: skip
def test_arguments_that_are_none(text: str, said: str) -> None:
    with pytest.raises(RequirementsError) as caught:
        read_arguments([text])
    assert str(caught.value.complaints[0]).startswith(said)


def _answer(request: httpx2.Request) -> httpx2.Response:
    if request.url.path == "/c.txt":
        return httpx2.Response(200, content=b"six<2 # " + request.headers.get("authorization", "-").encode())
    if request.url.path == "/moved":
        return httpx2.Response(302, headers={"location": "https://elsewhere.invalid/c.txt"})
    return httpx2.Response(404)


def test_a_file_on_the_web_is_fetched_and_a_login_stays_with_its_host() -> None:
    transport = httpx2.MockTransport(_answer)
    assert fetch_web_file("https://me:pw@a.invalid/c.txt", SETTINGS, transport=transport) == b"six<2 # Basic bWU6cHc="
    assert fetch_web_file("https://me:pw@a.invalid/moved", SETTINGS, transport=transport) == b"six<2 # -"


@pytest.mark.parametrize(("address", "said"), [
    ("https://me:hunter2@a.invalid/no.txt", "the file cannot be fetched: the server answers with status 404"),
    ("http://me:hunter2@a.invalid/c.txt", "a file of requirements is asked over http"),
    ("ftp://me:hunter2@a.invalid/c.txt", "a file of requirements is a ftp, not an https address"),
])  # fmt: skip
def test_a_file_on_the_web_that_is_refused(address: str, said: str) -> None:
    with pytest.raises(LockgenError) as caught:
        fetch_web_file(address, SETTINGS, transport=httpx2.MockTransport(_answer))
    assert caught.value.message.startswith(said)
    assert "hunter2" not in str(caught.value)


def test_try_takes_arguments_and_standard_input(lockgen: Lockgen, monkeypatch: pytest.MonkeyPatch) -> None:
    one = ("--phase", "1", "--target", "py3.11-linux-x86_64", "--frozen", FROZEN)
    done = lockgen("try", "anyio<4", "uvicorn[standrad]", *one)
    assert done.code == 0
    assert "2 requirements" in done.out
    assert "has no extra 'standrad'; did you mean standard?" in done.out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"anyio<4\nhttpx>=${LOST}\n")))
    done = lockgen("try", "-", *one)
    assert done.code == 2
    assert "-:2: 'httpx>=${LOST}': the environment has no value for LOST" in done.err
    Path("c.txt").write_text("anyio<4")
    done = lockgen("try", "anyio", "-c", "c.txt", *one)
    assert "1 requirement and 1 constraint" in done.out
    done = lockgen("try", "anyio", "-c", "https://me:hunter2@example.org/c.txt", *one)
    assert done.code == 2
    assert "the file is on the web, and --frozen fetches nothing" in done.err
    assert "hunter2" not in done.err
    assert lockgen("try", *one).err.startswith("error: there is nothing to try\n")
    assert "--group names an extra" in lockgen("try", "anyio", "--group", "dev", *one).err
