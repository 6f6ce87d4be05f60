"""Whether every distribution of a venv can be imported, and if not, which one is to blame.

All are imported in one process, which is fast. When that goes wrong, each is imported in a process of its own, and the
culprit is the one that fails although nothing it needs does.
"""

from __future__ import annotations

import json
import shlex
import shutil
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lockgen.verify.apart import run_apart
from lockgen.verify.done import Done, readable

PROGRAM = Path(__file__).with_name("importing.py")
FLAGS = ("-I", "-X", "faulthandler", "-X", "utf8")
"""Isolated: neither PYTHON... nor the current folder nor the user's site-packages; a crash shows its stack."""
_TAIL = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How a run ended: why it failed (empty: it did not), its last lines, how to repeat it, and what it did."""

    reason: str = ""
    tail: tuple[str, ...] = ()
    command: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _ImportsFound:
    """A distribution in the venv."""

    name: str
    version: str
    modules: tuple[str, ...]
    needs: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One run of the program: what it found, and its complaint, empty when every import succeeded."""

    found: tuple[_ImportsFound, ...]
    complaint: str
    module: str
    """The module the complaint is about; empty when it is about none."""
    done: Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """Imports with one Python, apart (see `apart.run_apart`) from the machine whose environment is `environ`.

    `seconds` is the time for all in one process, `seconds_alone` for one of them; `stop` ends it early with
    KeyboardInterrupt (see process.run).
    """

    python: str
    environ: Mapping[str, str]
    seconds: float
    seconds_alone: float
    stop: threading.Event | None = None
    room: Path | None = None
    """Where folders to work in are made, and a copy of the program stands; None: the machine's own places."""

    def import_all(self, names: Collection[str] = ()) -> RunReport:
        """Import the distributions with these normalized names, each of which must be there; all when none is given."""
        together = self._attempt(sorted(names), self.seconds)
        missing = sorted(set(names) - {each.name for each in together.found})
        if missing and (together.found or not together.complaint):
            return RunReport(reason=f"not installed: {', '.join(missing)}", command=self._command(together))
        if together.complaint:
            return self._culprit(together)
        return RunReport(notes=_import_notes(together.found))

    def _attempt(self, names: Sequence[str], seconds: float) -> _Attempt:
        command = (self.python, *FLAGS, str(self._program()), *names)
        done = run_apart(command, environ=self.environ, timeout=seconds, stop=self.stop, room=self.room)
        facts = [fact for line in done.stdout.splitlines() for fact in _json_objects(line)]
        found = tuple(_distribution(each) for fact in facts for each in fact.get("found", ()))
        complaint, module = _import_complaint(facts, found, done)
        return _Attempt(found=found, complaint=complaint, module=module, done=done)

    def _program(self) -> Path:
        return PROGRAM if self.room is None else Path(shutil.copy(PROGRAM, self.room))

    def _culprit(self, together: _Attempt) -> RunReport:
        alone = {each.name: self._attempt([each.name], self.seconds_alone) for each in together.found if each.modules}
        failing = {name: attempt for name, attempt in alone.items() if attempt.complaint}
        if not failing:
            suffix = ", although each distribution can be imported alone" if together.found else ""
            return self._report(together, f"{together.complaint}{suffix}")
        needs = {each.name: each.needs for each in together.found}
        first = min(failing, key=lambda name: (bool(_all_needs(name, needs) & failing.keys()), name))
        others = sorted(failing.keys() - {first})
        suffix = f"; alone, these fail too: {', '.join(others)}" if others else ""
        return self._report(failing[first], f"{failing[first].complaint}{suffix}")

    def _report(self, attempt: _Attempt, reason: str) -> RunReport:
        return RunReport(reason=reason, tail=_last_lines(attempt.done), command=self._command(attempt))

    def _command(self, attempt: _Attempt) -> str:
        """One import can be repeated by hand; a failure of many needs the program."""
        if attempt.module and len(attempt.found) == 1:
            return shlex.join((self.python, *FLAGS, "-c", f"import {attempt.module}"))
        return shlex.join(attempt.done.command)


def _json_objects(line: str) -> list[dict[str, Any]]:
    try:
        fact = json.loads(line)
    except ValueError:  # cut short by a crash
        return []
    return [fact] if isinstance(fact, dict) else []


def _distribution(fact: Mapping[str, Any]) -> _ImportsFound:
    return _ImportsFound(
        name=fact["name"], version=fact["version"], modules=tuple(fact["modules"]), needs=frozenset(fact["needs"])
    )


def _import_complaint(
    facts: Sequence[Mapping[str, Any]], found: Sequence[_ImportsFound], done: Done
) -> tuple[str, str]:
    """What went wrong in one line, and the module at work; two empty texts when nothing did."""
    versions = {each.name: f"{each.name} {each.version}" for each in found}
    for name, module, error in (fact["failed"] for fact in facts if "failed" in fact):
        return f"{versions[name]}: importing {module} failed: {error}", module
    finished = any("finished" in fact for fact in facts)
    if finished and done.ok:
        return "", ""
    started = [fact["importing"] for fact in facts if "importing" in fact]
    if finished or not started:
        return f"the interpreter {done.ending} {'after the last' if finished else 'before the first'} import", ""
    name, module = started[-1]
    ending = done.ending if done.timed_out or done.signal else f"ended the interpreter, exit code {done.returncode}"
    return f"{versions[name]}: importing {module} {ending}", module


def _last_lines(done: Done) -> tuple[str, ...]:
    """The last lines; of a crash the first lines of its stack, which begins where it happened."""
    lines = tuple(readable(done.stderr))
    crashes = [place for place, line in enumerate(lines) if line.startswith("Fatal Python error")]
    return lines[crashes[-1] :][:_TAIL] if crashes else lines[-_TAIL:]


def _all_needs(name: str, needs: Mapping[str, frozenset[str]]) -> set[str]:
    """Everything in the venv that `name` may need, directly or not, without itself."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        new = needs.get(todo.pop(), frozenset()) - seen
        seen |= new
        todo += sorted(new)
    return seen - {name}


def _import_notes(found: Sequence[_ImportsFound]) -> tuple[str, ...]:
    count = sum(len(each.modules) for each in found)
    idle = [f"{each.name} {each.version}" for each in found if not each.modules]
    summary = f"imported {count} modules of {len(found) - len(idle)} distributions"
    return (summary, *(f"nothing to import in {each}" for each in idle))
