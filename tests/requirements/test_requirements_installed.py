"""Installed environments: what somebody must have asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lockgen.errors import RequirementsError
from lockgen.model.requirements import UserRequirements
from lockgen.preflight.facts import collect
from lockgen.requirements.installed import read_installed
from tests.requirements.reading import line

LINUX = {**default_environment(), "sys_platform": "linux", "python_version": "3.11"}


def dist(name: str, *requires: str, version: str = "1.0", **more: Any) -> dict[str, Any]:
    fact = {"name": name, "version": version, "requires_dist": list(requires), "editable": False, "direct_url": False}
    return {**fact, **more}


def read(*dists: dict[str, Any]) -> UserRequirements:
    return read_installed({"markers": LINUX, "distributions": {"found": list(dists), "unreadable": []}}, "env")


def wished(*dists: dict[str, Any]) -> list[str]:
    return [line(wish) for wish in read(*dists).requirements]


def test_what_nothing_requires_is_wished() -> None:
    assert wished(dist("FastAPI", "starlette<1", version="0.99.1"), dist("starlette"), dist("Flask")) == [
        "fastapi==0.99.1",
        "flask==1.0",
    ]


def test_the_place_is_the_distribution() -> None:
    assert read(dist("flask", version="2.0")).requirements[0].where == "env flask 2.0"


def test_a_marker_that_is_false_here_requires_nothing() -> None:
    assert wished(dist("a", "b; sys_platform == 'win32'"), dist("b")) == ["a==1.0", "b==1.0"]


def test_an_extra_counts_where_something_installed_asks_for_it() -> None:
    server = dist("uvicorn", "httptools; extra == 'standard'")
    assert wished(server, dist("httptools")) == ["httptools==1.0", "uvicorn==1.0"]
    assert wished(dist("app", "uvicorn[Standard]"), server, dist("httptools")) == ["app==1.0"]
    # An extra that brings in what asks for the next one.
    chain = dist("app", "b[x]"), dist("b", "c[y]; extra == 'x'"), dist("c", "d; extra == 'y'"), dist("d")
    assert wished(*chain) == ["app==1.0"]


def test_a_package_that_asks_for_its_own_extra_is_still_wished() -> None:
    assert wished(dist("a", "a[x]; extra == 'all'", "b; extra == 'x'"), dist("b")) == ["a==1.0", "b==1.0"]


def test_of_a_circle_one_is_wished() -> None:
    assert wished(dist("b", "a"), dist("a", "b", "c"), dist("c")) == ["a==1.0"]


def test_installers_and_what_only_they_need_are_left_out() -> None:
    dists = dist("pip"), dist("setuptools"), dist("wheel", "packaging"), dist("packaging")
    assert wished(*dists) == []
    assert wished(*dists, dist("black", "packaging", "setuptools")) == ["black==1.0"]


def test_what_came_from_an_address_is_not_considered_but_what_it_requires_is() -> None:
    app = dist(
        "app", "fastapi<0.100", "tool", "pytest; extra == 'test'", "mine @ file:///x", "dirty >= x", direct_url=True
    )
    found = read(app, dist("fastapi", version="0.99.1"), dist("tool", editable=True), dist("pytest"))
    assert [(line(wish), wish.where) for wish in found.requirements] == [
        ("fastapi<0.100", "env app 1.0"),
        ("pytest==1.0", "env pytest 1.0"),
    ]
    assert [other.text for other in found.unconsidered] == ["app 1.0", "dirty >= x", "tool 1.0"]


def test_versions_no_index_serves() -> None:
    found = read(dist("torch", version="2.1.0+cu118"), dist("old", version="2004d-final"))
    assert [line(wish) for wish in found.requirements] == ["torch==2.1.0"]
    assert [other.text for other in found.unconsidered] == ["old 2004d-final"]


def test_the_first_of_two_with_one_name_counts() -> None:
    assert wished(dist("a", version="1"), dist("A", version="2")) == ["a==1"]


def test_what_cannot_be_read_is_told() -> None:
    unreadable = [{"path": "site-packages/x.dist-info", "reason": "it says no name or no version"}]
    found = read_installed({"markers": LINUX, "distributions": {"found": [], "unreadable": unreadable}}, "env")
    assert [(other.text, other.reason) for other in found.unconsidered] == [
        ("site-packages/x.dist-info", "it cannot be read: it says no name or no version")
    ]


def test_facts_that_could_not_be_collected() -> None:
    with pytest.raises(RequirementsError, match=r"env: the interpreter does not tell its markers: OSError: no"):
        read_installed({"markers": {"error": "OSError: no"}}, "env")


@pytest.mark.slow
def test_pip_says_the_same_of_this_environment() -> None:
    """pip calls wished what nothing requires, extras apart."""
    facts = collect()
    for each in facts["distributions"]["found"]:
        each.update(editable=False, direct_url=False)
    ours = {wish.name for wish in read_installed(facts, "env").requirements}
    command = [sys.executable, "-m", "pip", "list", "--not-required", "--format", "json", "--disable-pip-version-check"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    theirs = {canonicalize_name(each["name"]) for each in said} - {"pip", "setuptools", "wheel"}
    assert "lockgen" in ours
    assert ours <= theirs
    extras = [text for each in facts["distributions"]["found"] for text in each["requires_dist"] if "extra ==" in text]
    assert theirs - ours <= {canonicalize_name(Requirement(text).name) for text in extras}
