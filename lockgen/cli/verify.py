"""`lockgen verify`: open the doors for proofs, make them, report them."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from lockgen import probe
from lockgen.cli import options as opt
from lockgen.cli.doors import (
    SMOKE,
    Bar,
    Where,
    cache_path,
    matrices_folder,
    open_desk,
    open_matrices,
    open_source,
    pip_index,
    say,
)
from lockgen.cli.exits import COULD_NOT_ASK
from lockgen.errors import UsageError
from lockgen.records import LEVELS, Interpreter, Proof
from lockgen.render.write import write_alone
from lockgen.report.proofs import junit, proofs_text
from lockgen.report.text import nos_text
from lockgen.targets import Target
from lockgen.verify.levels import Told, Tools, prove
from lockgen.verify.pip_environment import Bench, pip_environment
from lockgen.verify.verdicts import OUT_OF_REACH
from lockgen.verify.wheels import WheelFolder
from lockgen.workflow import proving, rendering

_PYTHON = re.compile(r"3\.\d+(\.\d+)?")
_PYTHON_HINT = "Write --python 3.11=/usr/bin/python3.11."


def verify(
    phase: opt.Phases = None,
    target: opt.Targets = None,
    strategy: opt.Strategies = opt.StrategyName.recommended,
    level: Annotated[
        str,
        typer.Option(
            "--level", metavar="NAME", envvar="LOCKGEN_LEVEL", help="How far: closed, fetched, installed or smoked."
        ),
    ] = "smoked",
    python: Annotated[
        list[str] | None,
        typer.Option("--python", metavar="VERSION=PATH", envvar="LOCKGEN_PYTHON", help="An interpreter; repeatable."),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, metavar="N", envvar="LOCKGEN_JOBS", help="Sets proved at once.")
    ] = os.cpu_count() or 1,
    keep: Annotated[
        bool, typer.Option("--keep", envvar="LOCKGEN_KEEP", help="Keep the venvs beside the cache for the next run.")
    ] = False,
    junit_: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", envvar="LOCKGEN_JUNIT", help="Write JUnit XML.")
    ] = None,
    matrices: opt.MatricesDir = None,
    templates: opt.TemplatesDir = None,
    output: opt.Output = Path("output"),
    offline: opt.Offline = False,
    refresh: opt.Refresh = False,
    frozen: opt.Frozen = None,
    cache_dir: opt.CacheDir = None,
    format_: opt.OutputFormat = opt.Format.text,
    quiet: opt.Quiet = False,
) -> int:
    """Prove the committed sets: closed, fetched by a real pip, installed and run where an interpreter is at hand.

    What was proved lands in verified.json and COMPATIBILITY.md. Exit 0: nothing failed. 1: a proof failed.

    Examples:
        lockgen verify --phase 1 --level fetched
        lockgen verify --target 'py3.11-*' --python 3.11=/usr/bin/python3.11

    """
    wanted = next((each for each in LEVELS if each == level), None)
    if wanted is None:
        raise UsageError(f"there is no level {level!r}", hint=f"Levels: {', '.join(LEVELS)}.")
    given = _given(python)
    where = Where(frozen=frozen, cache_dir=cache_dir, offline=offline, refresh=refresh)
    book = open_matrices(matrices)
    desk = open_desk(matrices, templates)
    ask = opt.ask_of(phase, target, strategy)
    with Bar(quiet=quiet) as bar, open_source(where, book, ask, bar) as index:
        answered = rendering.answer(book, ask, index, bar.solved)
        rendered = rendering.render(answered, desk, output)
    with _work(where, keep=keep) as work:
        examined = proving.examine(rendered, work)
        subjects = [subject for each in examined for subject in each.subjects]
        choose = _chooser([subject.target for subject in subjects], given)
        tools = Tools(bench=_bench(where, work), choose=choose, script=_script(matrices), jobs=jobs)
        found = prove(subjects, wanted, tools, _teller(quiet=quiet))
        proving.record(examined, found, desk)
    if junit_ is not None:
        write_alone(junit_, junit(found))
    if format_ is opt.Format.json:
        json.dump({label: [asdict(proof) for proof in proofs] for label, proofs in found.items()}, sys.stdout, indent=2)
        print()
    failed = any(proof.verdict == "failed" for proofs in found.values() for proof in proofs)
    if failed or not quiet:
        say(proofs_text(found, wanted))
    for each in answered:
        if nos := nos_text(each.facts, each.cells):
            say(nos)
    if not failed and any(proof.reason.startswith(OUT_OF_REACH) for proofs in found.values() for proof in proofs):
        return COULD_NOT_ASK
    return int(failed or not all(each.is_yes for each in answered))


def _given(python: Sequence[str] | None) -> dict[str, str]:
    found = dict(text.partition("=")[::2] for text in python or ())
    if bad := [version for version, path in found.items() if not path]:
        raise UsageError(f"--python {bad[0]!r} names no path", hint=_PYTHON_HINT)
    if bad := [version for version in found if not _PYTHON.fullmatch(version)]:
        raise UsageError(f"--python {bad[0]}={found[bad[0]]}: {bad[0]!r} is no Python version", hint=_PYTHON_HINT)
    return found


def _bench(where: Where, work: Path) -> Bench:
    cache = cache_path(where.cache_dir).parent
    return Bench(
        python=sys.executable,
        pip_version=version("pip"),
        environ=pip_environment(os.environ, pip_index(where), cache=cache / "pip"),
        wheels=WheelFolder(cache / "wheels"),
        work=work,
        stop=threading.Event(),
    )


def _script(matrices: Path | None) -> Path | None:
    script = (matrices_folder(matrices) / SMOKE).absolute()
    return script if script.is_file() else None


def _chooser(targets: Sequence[Target], given: Mapping[str, str]) -> Callable[[Target], Interpreter | str]:
    """The interpreter of this machine for a target, or in words why there is none."""
    interpreters = probe.find(os.environ, dict.fromkeys(target.platform for target in targets), given)
    here = sorted({each.platform for each in interpreters if each.platform})

    def choose(target: Target) -> Interpreter | str:
        if target.platform.name not in here:
            return f"foreign platform: this machine is {', '.join(here) or 'none of them'}"
        return probe.choose(target, interpreters) or f"no CPython {target.python} on this machine"

    return choose


@contextmanager
def _work(where: Where, *, keep: bool) -> Iterator[Path]:
    if keep:
        work = cache_path(where.cache_dir).parent / "verify"
        work.mkdir(parents=True, exist_ok=True)
        yield work
        return
    work = Path(tempfile.mkdtemp(prefix="lockgen-verify-"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _teller(*, quiet: bool) -> Told:
    lock = threading.Lock()

    def told(label: str, proof: Proof) -> None:
        if not quiet and proof.verdict != "not run" and proof.level != "closed":
            with lock:
                say(f"{label}: {proof.level} {proof.verdict}")

    return told
