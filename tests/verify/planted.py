"""Venvs of the Python that runs the tests, with distributions planted into them: no installer, no network."""

from __future__ import annotations

import os
import sys
import textwrap
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lockgen.model.verify import Interpreter
from lockgen.verify.smoke import InstalledSet

SEGFAULT = "import ctypes; ctypes.string_at(0)"
HANG = "import time; time.sleep(600)"

WORKS = """
    print("not run: no fuel in the set")
    print("ok engine: start stop")
"""


@dataclass(frozen=True)
class Planted:
    """A venv without pip."""

    path: Path
    minor: str = "{}.{}".format(*sys.version_info)

    @property
    def python(self) -> Path:
        return self.path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def site(self) -> Path:
        return self.path / ("Lib" if os.name == "nt" else f"lib/python{self.minor}") / "site-packages"

    def plant(
        self,
        name: str,
        files: Mapping[str, str],
        *,
        metadata: str = "",
        extra_files: Mapping[str, str] | None = None,
        record: bool = True,
    ) -> None:
        """A distribution, version 1.0, of these files; `metadata` are further lines, `extra_files` go to dist-info."""
        info = f"{name.replace('-', '_')}-1.0.dist-info"
        head = f"Metadata-Version: 2.5\nName: {name}\nVersion: 1.0\n"
        about = {f"{info}/METADATA": head + textwrap.dedent(metadata), f"{info}/INSTALLER": "planted\n"}
        about |= {f"{info}/{file}": text for file, text in (extra_files or {}).items()}
        every = {**{file: textwrap.dedent(text) for file, text in files.items()}, **about}
        if record:
            every[f"{info}/RECORD"] = "".join(
                f"{file},,\n" for file in [*every, f"{info}/RECORD", "../../../bin/run.py"]
            )
        for file, text in every.items():
            (self.site / file).parent.mkdir(parents=True, exist_ok=True)
            (self.site / file).write_text(text, encoding="utf-8")

    def venv(self, *names: str) -> InstalledSet:
        about = Interpreter(
            path=str(self.python),
            version="3.11.7",
            implementation="CPython",
            platform="linux-x86_64",
            libc="glibc 2.36",
        )
        return InstalledSet(python=self.python, interpreter=about, names=frozenset(names), environ=dict(os.environ))


def make_venv(path: Path) -> Planted:
    venv.create(path, with_pip=False, symlinks=os.name != "nt")
    return Planted(path)


def make_script(path: Path, text: str = WORKS) -> Path:
    script = path / "smoke.py"
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    return script
