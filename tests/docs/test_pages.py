"""Every command of README and docs/ is run, and prints what stands below it; those that cannot run here say why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.blocks import PAGES, is_shown, read_page, unknown
from tests.docs.run import run_apart

READ = {path: read_page(path) for path in PAGES}
RUN = [path for path, page in READ.items() if any(block.is_run for block in page.blocks)]
LONG = ("docs/howto/page.md", "docs/howto/start.md")
"""Pages whose commands take half a minute."""
NETWORK = [path for path in RUN if any("network" in block.attributes for block in READ[path].blocks)]
# Each is a reason that a page gives, and how many commands it keeps from being run.
NOT_RUN = {
    "in lockgen's repository": 1,
    "it changes the Python that runs lockgen": 1,
    ".ci/run installs the checkout": 2,
    "Poetry is not installed here": 3,
    "a container engine proves; tests/verify/test_engine.py runs the same": 2,
    "asks for every number of every table; .ci/run and tests/lint/test_lint_committed.py run it": 1,
    "docker builds an image": 7,
    "docker runs an image": 1,
    "docs/tutorial runs it, step by step": 4,
    "it builds sdists; tests/test_metadata.py runs the same on loopback": 8,
    "it installs into the image's Python": 1,
    "its answer is that of the day; tests/test_drift.py runs it on two days": 2,
    "lockgen has no public address yet": 8,
    "needs a CPython built against musl": 1,
    "needs a root of another architecture; tests/verify/test_via.py runs other prefixes": 2,
    "needs another machine": 1,
    "needs packages of Debian and root": 2,
    "needs two machines": 2,
    "tests/lint/test_lint_fix.py runs it on planted tables": 3,
    "tests/test_projects.py walks it: isso": 3,
    "tests/test_projects.py walks it: mlserver": 4,
    "tests/test_projects.py walks it: squad": 5,
    "the address is an example": 1,
    "the packages are made up; tests/test_private_index.py runs the same": 9,
    "the packages are made up; tests/test_services.py runs the same": 2,
}


def _name(path: Path) -> str:
    return READ[path].name


def test_attributes_mean_something() -> None:
    assert [each for page in READ.values() for each in unknown(page)] == []


def test_what_is_not_run_is_counted_by_its_reason() -> None:
    found: dict[str, int] = {}
    for page in READ.values():
        for block in page.blocks:
            if reason := block.attributes.get("not-run"):
                found[reason] = found.get(reason, 0) + len(block.commands)
    assert found == NOT_RUN


def test_a_reason_names_tests_that_are_there() -> None:
    named = re.findall(r"\btests/[\w/]+\.py|\.ci/run|docs/tutorial", " ".join(NOT_RUN))
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_no_command_hides_in_another_kind_of_block() -> None:
    """What begins with `$ lockgen` in a block of text, or with `lockgen` in one of sh, would not be run."""
    hidden = [
        f"{page.name}:{block.line}"
        for page in READ.values()
        for block in page.blocks
        if block.language != "console" and re.search(r"^\$ ", block.text, re.MULTILINE)
    ]
    assert hidden == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [pytest.param(each, marks=pytest.mark.long) if _name(each) in LONG else each for each in RUN], ids=_name
)
def test_commands_print_what_is_shown(path: Path) -> None:
    """Else: python -m tests.docs.retell, and read the diff."""
    _hold(path, network=False)


@pytest.mark.network
@pytest.mark.long
@pytest.mark.parametrize("path", NETWORK, ids=_name)
def test_commands_that_ask_the_index_print_what_is_shown(path: Path) -> None:
    _hold(path, network=True)


def _hold(path: Path, *, network: bool) -> None:
    ran = {(each.line, each.command): each for each in run_apart(path, network=network)}
    for block in READ[path].blocks:
        for number, shown in enumerate(block.commands, 1):
            real = ran.get((block.line, shown.command))
            if not block.is_run or real is None or (network and "network" not in block.attributes):
                continue
            is_last = number == len(block.commands)
            where = f"{READ[path].name}:{block.line}: {shown.command}\n{real.output}"
            assert real.code == (int(block.attributes.get("exit", 0)) if is_last else 0), where
            if shown.output.strip() and "machine" not in block.attributes:
                assert is_shown(shown.output.rstrip("\n") + "\n", real.output.rstrip("\n") + "\n"), where


@pytest.mark.parametrize(("shown", "real", "is_it"), [
    ("a\n", "a\n", True), ("a\n", "b\n", False), ("a\n...\nc\n", "a\nb\nb\nc\n", True),
    ("...\nc\n", "c\n", True), ("a\n...\n", "a\nb\n", True), ("...\nb\n", "a\n", False),
])  # fmt: skip
def test_three_dots_stand_for_any_lines(shown, real, is_it) -> None:
    assert is_shown(shown, real) is is_it
