"""Facts of a healthy phase 1 image, to be spoilt one thing at a time, and the committed matrices."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.preflight.checks import examine
from lockgen.preflight.result import CheckResult
from lockgen.workflow.preflight import matrix_of
from tests.conftest import ROOT


@cache
def _matrix(phase: str) -> dict[str, Any]:
    return matrix_of(load_matrices(read_directory(ROOT / "matrices")), phase, ROOT / "output")


def matrix(phase: str = "1") -> dict[str, Any]:
    return copy.deepcopy(_matrix(phase))


def pins(target: str = "py3.11-linux-x86_64", phase: str = "1") -> dict[str, str]:
    return next(dict(each["pins"]) for each in _matrix(phase)["sets"] if target in each["targets"])


def dist(name: str, version: str, *requires: str, python: str = "", location: str = "/site-packages") -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "requires_dist": list(requires),
        "requires_python": python,
        "installer": "pip",
        "editable": False,
        "direct_url": False,
        "location": location,
    }


def facts(phase: str = "1") -> dict[str, Any]:
    """Of an image that a phase's lock was installed into: nothing to complain of."""
    return {
        "schema": 2,
        "python": {"version": "3.11.7", "implementation": "cpython", "bits": 64, "free_threaded": False},
        "platform": {"system": "linux", "machine": "x86_64", "libc": ["glibc", "2.36"]},
        "markers": {
            "implementation_name": "cpython",
            "implementation_version": "3.11.7",
            "os_name": "posix",
            "platform_machine": "x86_64",
            "platform_python_implementation": "CPython",
            "platform_release": "6.1.0",
            "platform_system": "Linux",
            "platform_version": "#1 SMP",
            "python_full_version": "3.11.7",
            "python_version": "3.11",
            "sys_platform": "linux",
        },
        "distributions": {
            "found": [dist(name, version) for name, version in pins(phase=phase).items()],
            "unreadable": [],
        },
        "modules": {"uvloop": "/site-packages/uvloop/__init__.py"},
        "certificates": [{"source": "certifi", "path": "/cacert.pem", "found": True, "reason": ""}],
        "container": {"runtime": "Docker", "evidence": "/.dockerenv"},
        "memory": {
            "version": "v2",
            "limit": 2**30,
            "source": "/sys/fs/cgroup/memory.max",
            "soft_limit": None,
            "soft_source": "",
            "read": 1,
            "skipped": [],
            "machine": 2**34,
            "effective": 2**30,
        },
        "settings": {},
        "files": {"extensions": {"folder": "/opt/code", "files": [], "reason": ""}},
    }


def with_dists(found: dict[str, Any], *dists: dict[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The facts with these distributions in the place of those of their names."""
    names = {each["name"] for each in dists} | set(without)
    kept = [each for each in found["distributions"]["found"] if each["name"] not in names]
    return {**found, "distributions": {"found": [*kept, *dists], "unreadable": []}}


def with_python(found: dict[str, Any], version: str) -> dict[str, Any]:
    minor = ".".join(version.split(".")[:2])
    markers = {**found["markers"], "python_version": minor, "python_full_version": version}
    return {**found, "python": {**found["python"], "version": version}, "markers": markers}


def said(
    found: dict[str, Any], check: str, *, phase: str = "1", server: str = "", target: str = ""
) -> list[tuple[str, str, str]]:
    """(verdict, message, remedy) of each finding of a check; what does not pass and was run has a remedy."""
    findings: list[CheckResult] = examine(found, matrix(phase), server, target)
    mine = [each for each in findings if each.check == check]
    assert mine, f"{check} says nothing"
    assert all(each.remedy for each in mine if each.verdict in {"warn", "fail"})
    assert not any(each.remedy for each in mine if each.verdict == "pass")
    assert all(each.message for each in mine)
    return [(each.verdict, each.message, each.remedy) for each in mine]


def verdicts(found: dict[str, Any], check: str, **how: str) -> list[str]:
    return [verdict for verdict, _, _ in said(found, check, **how)]


def tree(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root
