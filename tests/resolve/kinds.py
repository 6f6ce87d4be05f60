"""The scenarios of tests/scenarios/kinds: what they say, and one index on loopback from which every resolver answers."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from packaging.utils import canonicalize_name

from lockgen.model.result import Solved, Unsolved
from lockgen.resolve.resolver import Resolver
from tests.index.loopback import Index, entry
from tests.universe import Packages, Universe, request, row

FOLDER = Path(__file__).parent.parent / "scenarios" / "kinds"
CASES = [
    case for file in sorted(FOLDER.glob("*.toml")) for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]
Pins = Mapping[str, str]
MOST = 60.0  # seconds for one resolver


def solved(case: Mapping[str, Any], source: Any = None) -> Solved | Unsolved:
    """What lockgen answers, the newest versions wanted."""
    universe = Universe(case["packages"]) if source is None else source
    rows = [row(text) for text in case["rows"]]
    return Resolver(universe).solve(request(*rows, strategy="maximum"))


def pins_of(outcome: Solved | Unsolved) -> Pins | None:
    return {pin.name: str(pin.version) for pin in outcome.pins} if isinstance(outcome, Solved) else None


def expected(case: Mapping[str, Any], tool: str) -> Pins | None:
    """The pins that the tool is expected to give; None for a conflict."""
    said = case.get(tool, case)
    found: Pins | None = said.get("pins")
    return found


@contextmanager
def served(packages: Packages) -> Iterator[Index]:
    """The packages on loopback, as files that an installer can read."""
    index = Index()
    for name, releases in packages.items():
        index.put(
            name,
            *[
                _listed(index, name, version, facts, ending)
                for version, facts in releases.items()
                for ending in facts.get("files", ["py3-none-any.whl"])
            ],
        )
    try:
        yield index
    finally:
        index.close()


def _listed(index: Index, name: str, version: str, facts: Mapping[str, Any], ending: str) -> dict[str, Any]:
    stem = f"{name.replace('-', '_')}-{version}"
    filename = f"{stem}.tar.gz" if ending == "sdist" else f"{stem}-{ending}"
    lines = [
        *("Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}"),
        *(f"Requires-Dist: {each}" for each in facts.get("requires", [])),
        *(f"Provides-Extra: {each}" for each in facts.get("extras", [])),
        *([f"Requires-Python: {facts['python']}"] if "python" in facts else []),
    ]
    metadata = "\n".join([*lines, "", ""]).encode()
    index.pages |= {f"/files/{path}.metadata": metadata for path in (filename, quote(filename))}
    keys = {
        "requires-python": facts.get("python"),
        "yanked": (facts["yanked"] or True) if "yanked" in facts else False,
        "core-metadata": {"sha256": hashlib.sha256(metadata).hexdigest()} if ending != "sdist" else None,
        "upload-time": "2025-01-01T00:00:00Z",
    }
    return entry(filename, filename.encode(), **{key: value for key, value in keys.items() if value is not None})


def uv_pins(case: Mapping[str, Any], index: Index) -> Pins | None:
    """What uv answers for the target; None for a conflict."""
    words = [
        *("uv", "pip", "compile", "-", "--no-header", "--no-annotate", "--no-build", "--no-cache", "--no-config"),
        *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28", "--default-index", index.address),
    ]
    done = _run([sys.executable, "-m", *words], "\n".join(case["rows"]))
    if done.returncode:
        assert "No solution found" in done.stderr or "not found in the package registry" in done.stderr, done.stderr
        return None
    lines = (line.partition(";")[0].split("==") for line in done.stdout.splitlines() if "==" in line)
    return {canonicalize_name(name.partition("[")[0]): version.strip() for name, version in lines}


def pip_pins(case: Mapping[str, Any], index: Index) -> Pins | None:
    """What pip answers for the target; None for a conflict. It evaluates markers for the Python that runs it."""
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)]
    words = [
        *("pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--report", "-", "--no-cache-dir"),
        *("--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp", "--target", "none"),
        *("--abi", "cp311", "--abi", "abi3", "--abi", "none"),
        *(word for each in platforms for word in ("--platform", each)),
        *("--index-url", index.address, "--disable-pip-version-check", *case["rows"]),
    ]
    done = _run([sys.executable, "-m", *words])
    if done.returncode:
        assert "No matching distribution found" in done.stderr or "ResolutionImpossible" in done.stderr, done.stderr
        return None
    found = [each["metadata"] for each in json.loads(done.stdout)["install"]]
    return {canonicalize_name(each["name"]): each["version"] for each in found}


def _run(words: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    environ |= {"PIP_CONFIG_FILE": os.devnull, "UV_PYTHON": sys.executable}
    return subprocess.run(words, input=text, env=environ, capture_output=True, text=True, check=False, timeout=MOST)
