"""What lockgen is measured at: the 60 cells, all strategies, ten times the targets, kept sets, start-up."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import Spent, run

ROOT = Path(__file__).parents[2]
SIXTY = ("--phase", "1", "--phase", "2")
MANY = ("--phase", "1", "--phase", "1-stable", "--phase", "2", "--phase", "option-b")
MANY_PLATFORMS = (
    *(("linux", "x86_64", f'glibc: "2.{minor}"') for minor in range(28, 38)),
    *(("linux", "aarch64", f'glibc: "2.{minor}"') for minor in range(28, 36)),
    *(("macos", "x86_64", f'macos: "{major}.0"') for major in range(13, 18)),
    *(("macos", "arm64", f'macos: "{major}.0"') for major in range(13, 18)),
    ("windows", "x86_64", ""),
    ("linux", "x86_64", 'musl: "1.2"'),
)
"""With four phases and five Pythons: 600 cells."""
_TYPER = """
import typer
app = typer.Typer(no_args_is_help=True)
{commands}
app()
"""


@dataclass(frozen=True)
class Grid:
    """lockgen in processes of its own, with a cache and outputs in `folder`."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """This checkout, and no setting of lockgen's."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LOCKGEN_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs are compiled; so are the peers
        return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}

    def lockgen(
        self,
        *words: str,
        cache: Path | None = None,
        output: str = "out",
        matrices: Path = ROOT / "matrices",
        codes: Sequence[int] = (0,),
    ) -> Spent:
        """One command; offline unless it is given a cache to fill."""
        places = ["--matrices", str(matrices), "--output", str(self.folder / output)]
        source = ["--cache-dir", str(cache)] if cache else ["--offline", "--cache-dir", str(self.folder / "cache")]
        command = [sys.executable, "-m", "lockgen", *words, "--quiet", *places, *source]
        return run(command, self.environment, self.folder, codes=codes)

    def render(self, *words: str, output: str = "fresh", matrices: Path = ROOT / "matrices") -> Spent:
        """Afresh: nothing was written before."""
        shutil.rmtree(self.folder / output, ignore_errors=True)
        return self.lockgen("render", *words, output=output, matrices=matrices)

    def cold(self) -> Spent:
        """The 60 cells with an empty cache, from the index."""
        for name in ("cold", "cold-cache"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.lockgen("render", *SIXTY, cache=self.folder / "cold-cache", output="cold")

    def python(self, *words: str, codes: Sequence[int] = (0,)) -> Spent:
        """This interpreter."""
        return run([sys.executable, *words], self.environment, self.folder, codes=codes)

    def many(self) -> Path:
        """Matrices of 600 cells: this project's phases on more platforms."""
        folder = self.folder / "many"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "matrices", folder)
        issues, file = folder / "issues.yaml", folder / "targets.yaml"
        text = file.read_text("utf-8")
        issues.write_text(issues.read_text("utf-8").replace("[macos-arm64]", '["macos-arm64*"]'), "utf-8")
        file.write_text(re.sub(r"(?ms)^platforms:.*?(?=^\S(?!latforms)|\Z)", _platforms(), text), "utf-8")
        return folder

    def empty_application(self, commands: Mapping[str, Sequence[str]]) -> Path:
        """A Typer application that has lockgen's commands and options, and does nothing."""
        functions = []
        for number, (name, options) in enumerate(commands.items()):
            arguments = ", ".join(
                f"o{place}: str = typer.Option('', {option!r}, help='What it does.')"
                for place, option in enumerate(options)
            )
            functions.append(f"@app.command({name!r})\ndef f{number}({arguments}):\n    'What it is for.'\n")
        file = self.folder / "empty.py"
        file.write_text(_TYPER.format(commands="\n".join(functions)))
        return file


def _platforms() -> str:
    """The first of a kind keeps the name it has in this project, by which other keys speak of it."""
    rows: list[str] = []
    known: set[str] = set()
    for os_name, arch, libc in MANY_PLATFORMS:
        plain = f"{'alpine' if 'musl' in libc else os_name}-{arch}"
        version = re.sub(r"\D", "", libc)
        name = f"{plain}-{version}" if plain in known else plain
        known.add(plain)
        loop = "asyncio" if os_name == "windows" else "uvloop"
        rows.append(f"  - name: {name}\n    os: {os_name}\n    arch: {arch}\n")
        rows.append(f"    {libc}\n" if libc else "")
        rows.append(f"    choices: {{event-loop: {loop}}}\n")
    return "platforms:\n" + "".join(rows) + "\n"
