"""Does a set run? The fourth grade of proof: everything in its venv is imported, then the matrix's smoke script runs.

The script is started as `python -I SCRIPT` with the venv's Python. Each line of its stdout that begins with `ok `,
`failed ` or `not run: ` is a statement; it ends with exit code 0 when nothing failed. One that ends with 0 and says
nothing was ok has proved nothing.
"""

from __future__ import annotations

import hashlib
import shlex
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from lockgen.model.verify import CHECKS, Interpreter, Proof, proved_on
from lockgen.verify.apart import run_apart
from lockgen.verify.done import Done, masked
from lockgen.verify.imports import FLAGS, Importer, RunReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds before something counts as hanging: all imports together, one distribution's, the script."""

    imports: float = 120
    alone: float = 30
    script: float = 180

    def times(self, factor: float) -> Patience:
        """That many times as much."""
        return Patience(imports=self.imports * factor, alone=self.alone * factor, script=self.script * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledSet:
    """Where a set is installed: the venv's own Python, and the interpreter it was made from."""

    python: Path
    interpreter: Interpreter
    is_imported: bool = False
    """Whether its distributions were imported already: then the script alone is run."""
    names: frozenset[str] = frozenset()
    """The set's normalized names, each of which must be there; what else the venv holds is left alone. Empty: all."""
    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The machine's environment; see `apart.child_environment` for what is passed on."""
    room: Path | None = None
    """Where the folders are made that what runs works in; the machine's own place for such where there is none."""


def smoke_digest(script: bytes) -> str:
    """Hex sha256 of the smoke script: another script proves something else. Line ends are no difference."""
    return hashlib.sha256(script.replace(b"\r\n", b"\n")).hexdigest()


def smoke(
    venv: InstalledSet,
    script: Path,
    *,
    target: str,
    patience: Patience | None = None,
    stop: threading.Event | None = None,
) -> Proof:
    """The proof at level smoked; a verdict of failed names in one line which distribution or step broke, and how.

    `stop`, once set, ends what runs and raises KeyboardInterrupt. No process is left behind.
    """
    patience = patience or Patience()
    importer = Importer(
        python=str(venv.python),
        environ=venv.environ,
        seconds=patience.imports,
        seconds_alone=patience.alone,
        stop=stop,
        room=venv.room,
    )
    imported = RunReport() if venv.is_imported else importer.import_all(venv.names)
    if imported.reason:
        return _proof(venv, target, imported)
    command = (str(venv.python), *FLAGS, str(script.absolute()))
    done = run_apart(command, environ=venv.environ, timeout=patience.script, stop=stop, room=venv.room)
    return _proof(venv, target, _script_report(done, imported.notes))


def _script_report(done: Done, notes: tuple[str, ...]) -> RunReport:
    """The report of the script's run, from its exit and its statements."""
    lines = [masked(line.rstrip()) for line in done.stdout.splitlines()]
    good = [line for line in lines if line.startswith(("ok ", "not run: "))]
    failed = [line.removeprefix("failed ") for line in lines if line.startswith("failed ")]
    proved = done.ok and not failed and any(line.startswith("ok ") for line in good)
    if proved:
        return RunReport(notes=(*notes, *good))
    reason = failed[0] if failed else f"the smoke script {done.ending}{_after(good)}"
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return RunReport(reason=f"{reason}{more}", tail=done.tail, command=shlex.join(done.command), notes=(*notes, *good))


def _after(good: list[str]) -> str:
    return f" after {good[-1]!r}" if good else " and did not say that anything was ok"


def _proof(venv: InstalledSet, target: str, report: RunReport) -> Proof:
    proof = Proof(
        target=target,
        level="smoked",
        verdict="failed" if report.reason else "proved",
        reason=report.reason,
        tail=report.tail,
        command=report.command,
        checks=() if report.reason else CHECKS["smoked"],
        notes=report.notes,
    )
    return proved_on(proof, venv.interpreter)
