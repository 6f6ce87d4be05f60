"""A Dockerfile read and run without Docker: each stage is a folder, each RUN line a real shell in it.

Only what the templates use. What needs root (apt-get, apk, useradd, adduser, and the rm of apt's lists) is played by a
script that writes down how it was called; everything else is the real thing.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

NEEDS_ROOT = ("apt-get", "apk", "useradd", "adduser", "rm")
_INSTRUCTION = re.compile(r"(?P<name>[A-Z]+)\s+(?P<rest>.*)", re.DOTALL)
_MOUNT = re.compile(r"--mount=\S+\s+")


@dataclass(frozen=True)
class Stage:
    base: str
    name: str
    instructions: tuple[tuple[str, str], ...]


@dataclass
class Run:
    """Where a build stands: `environ` is that of the stage built last, `failed` the process that ended it."""

    root: Path
    shell: Sequence[str]
    environ: dict[str, str]
    stages: dict[str, Path] = field(default_factory=dict)
    user: str = "root"
    failed: subprocess.CompletedProcess[str] | None = None
    cwd: Path = Path()

    @property
    def as_root(self) -> list[str]:
        """What was asked of the programs that need root."""
        log = self.root / "as-root.log"
        return log.read_text().splitlines() if log.exists() else []


def read(text: str) -> list[Stage]:
    """The stages, comments gone and continued lines joined as Docker joins them."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", "", "\n".join(lines))
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        match = _INSTRUCTION.fullmatch(line)
        assert match, line
        name, rest = match.groups()
        if name == "FROM":
            base, _, called = rest.partition(" AS ")
            stages.append(Stage(base, called, ()))
        elif stages:
            last = stages.pop()
            stages.append(Stage(last.base, last.name, (*last.instructions, (name, rest))))
    return stages


def build(text: str, context: Path, run: Run, *, args: Mapping[str, str], only: int | None = None) -> Run:
    """Run the stages in order (the first `only`), until a line fails."""
    _stand_ins(run)
    base = dict(run.environ)
    for number, stage in enumerate(read(text)[:only]):
        place = run.root / f"stage-{number}"
        place.mkdir()
        run.stages[stage.name] = place
        run.environ, run.user, run.cwd = dict(base), "root", place
        for name, rest in stage.instructions:
            _step(run, place, name, rest, context=context, args=args)
            if run.failed:
                return run
    return run


def _step(run: Run, place: Path, name: str, rest: str, *, context: Path, args: Mapping[str, str]) -> None:
    match name:
        case "ARG":
            if rest in args:
                run.environ[rest] = args[rest]
        case "WORKDIR":
            run.cwd = place / rest.lstrip("/")
            run.cwd.mkdir(parents=True, exist_ok=True)
        case "ENV":
            for key, value in (pair.split("=", 1) for pair in shlex.split(rest)):
                inside = re.sub(r"(?<![^:])/", f"{place}/", value)
                run.environ[key] = inside.replace(f"${key}", run.environ.get(key, ""))
        case "USER":
            run.user = rest
        case "COPY":
            _copy(run, rest.split(), context)
        case "RUN":
            # The one absolute path in these lines is apt's; no shell may see this machine's.
            line = _MOUNT.sub("", rest).replace("/var/", f"{place}/var/")
            command = [*run.shell, "-c", line]
            done = subprocess.run(command, cwd=run.cwd, env=run.environ, check=False, capture_output=True, text=True)
            run.failed = done if done.returncode else None
        case _:
            raise AssertionError(name)


def _copy(run: Run, words: list[str], context: Path) -> None:
    """What a folder holds, or files, into a folder."""
    origin = run.stages[words.pop(0).removeprefix("--from=")] if words[0].startswith("--from=") else context
    *sources, target = words
    assert target.endswith("/")
    for source in (origin / each.lstrip("/") for each in sources):
        if source.is_dir():
            shutil.copytree(source, run.cwd / target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy(source, run.cwd / target)


def _stand_ins(run: Run) -> None:
    bin_ = run.root / "bin"
    bin_.mkdir(parents=True)
    for name in NEEDS_ROOT:
        (bin_ / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {shlex.quote(str(run.root))}/as-root.log\n')
        (bin_ / name).chmod(0o755)
    run.environ["PATH"] = f"{bin_}:{run.environ['PATH']}"
