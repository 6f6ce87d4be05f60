"""A stand to try installers on: a loopback index of tiny wheels, sets written by hand, and a bench to prove them with."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from lockgen.model.target import Target, make_target
from lockgen.model.verify import Interpreter
from lockgen.verify.pip_environment import PipEnvironment, PipIndex, pip_environment
from lockgen.verify.wheels import WheelFolder
from tests.index.loopback import Index
from tests.interpreters import host
from tests.render.index import Files, wheel

PYTHON = "{}.{}".format(*sys.version_info[:2])
HERE = Interpreter(
    path=os.path.realpath(sys.executable),
    version=platform.python_version(),
    implementation="CPython",
    platform=host().name,
    libc=" ".join(platform.libc_ver()),
)


def bundled_pip() -> Files:
    """The pip that this Python brings, so that an index can offer one without a network."""
    folder = resources.files("ensurepip") / "_bundled"
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name.startswith("pip-")}


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Stand:
    """The index, and what is on it; `target` is a minor of the running Python on its platform."""

    room: Path
    index: Index
    files: Files = field(default_factory=dict)
    target: Target = field(default_factory=lambda: make_target(PYTHON, host()))

    def offer(self, *several: Files) -> None:
        """Put files on the index."""
        for files in several:
            self.files |= files
        for name in {_project(filename) for filename in self.files}:
            links = "".join(
                f'<a href="/files/{each}#sha256={sha(content)}">{each}</a>\n'
                for each, content in self.files.items()
                if _project(each) == name
            )
            self.index.pages[f"/simple/{name}/"] = f"<!DOCTYPE html>\n{links}".encode()
            self.index.types[f"/simple/{name}/"] = "text/html"
        self.index.pages |= {f"/files/{each}": content for each, content in self.files.items()}

    def asked(self, part: str) -> list[str]:
        """The paths asked of the index since the last look, that hold `part`."""
        found = [path for path in self.index.asked if part in path]
        self.index.asked.clear()
        return found

    def bench(self, name: str = "work", **fields: Any) -> PipEnvironment:
        index = PipIndex(address=f"{self.index.root}/simple/", retries=0, timeout=5.0, trust_env=False)
        own: dict[str, Any] = {
            "python": sys.executable,
            "pip_version": version("pip"),
            "environ": pip_environment(os.environ, index, cache=self.room / "pip-cache"),
            "wheels": WheelFolder(self.room / "wheels"),
            "work": self.room / name,
            "timeout": 60.0,
        }
        return PipEnvironment(**{**own, **fields})

    def write(
        self,
        name: str,
        pins: Iterable[str],
        *,
        rows: Iterable[str] = ("app",),
        hashes: Mapping[str, str] | None = None,
        build: Iterable[str] = (),
    ) -> Path:
        """A target's folder: a set of these file names; `hashes` stand in for the true ones."""
        folder = self.room / name
        folder.mkdir()
        pins = list(pins)
        compiled = [_project(each) for each in pins if not each.endswith(".whl")]
        lock = ["--only-binary :all:", *(f"--no-binary {each}" for each in compiled), *self._lines(pins, hashes or {})]
        texts = {
            "requirements.txt": ["-c constraints.txt", *rows],
            "constraints.txt": [line.split()[0] for line in self._lines(pins, {})],
            "requirements.lock": lock,
        }
        if build:
            texts["build-constraints.txt"] = self._lines(build, {})
        for file, lines in texts.items():
            (folder / file).write_text("\n".join([*lines, ""]), encoding="utf-8")
        return folder

    def _lines(self, pins: Iterable[str], hashes: Mapping[str, str]) -> list[str]:
        found: dict[str, list[str]] = {}
        for each in pins:
            found.setdefault(f"{_project(each)}=={each.split('-')[1].removesuffix('.tar.gz')}", []).append(
                hashes.get(each) or sha(self.files[each])
            )
        return [" ".join([pin, *(f"--hash=sha256:{each}" for each in digests)]) for pin, digests in found.items()]


def _project(filename: str) -> str:
    parse = parse_wheel_filename if filename.endswith(".whl") else parse_sdist_filename
    return canonicalize_name(parse(filename)[0])


APP, LIB, TOP = (f"{each}-py3-none-any.whl" for each in ("app-1.0", "lib_one-1.5", "app-2.0"))
SMALL = {**wheel("app", "1.0", "Requires-Dist: lib_one (<2,>=1)"), **wheel("lib_one", "1.5"), **wheel("lib_one", "1.6")}


@contextmanager
def stand(room: Path) -> Iterator[Stand]:
    """An index that holds pip, `app` 1.0 and 2.0, which need `lib_one`, and 1.5 and 1.6 of that."""
    index = Index()
    try:
        made = Stand(room=room, index=index)
        made.offer(bundled_pip(), SMALL, wheel("app", "2.0", "Requires-Dist: lib_one"))
        yield made
    finally:
        index.close()


def processes_of(mark: str) -> list[str]:
    """The command lines of running processes that hold `mark` (Linux)."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = each.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if mark in line:
            found.append(line)
    return found
