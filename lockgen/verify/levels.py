"""Every grade of proof this machine can give, for many sets at once.

Sets for which an interpreter is at hand, or behind a prefix, are installed and smoked, one at a time per interpreter;
the others are fetched. A level that cannot be reached here is reported as not run, with the reason, and never as
anything else. What is recorded as proved of the same set on the same interpreter is not proved again.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from lockgen.model.target import Target
from lockgen.model.verify import CHECKS, LEVELS, Interpreter, Level, Proof, Verdict
from lockgen.text import grouped_pairs
from lockgen.verify.behind import lost
from lockgen.verify.compiled import compared
from lockgen.verify.fetch import WheelProgress, fetched
from lockgen.verify.install import installed
from lockgen.verify.own_metadata import by_own_metadata
from lockgen.verify.pip_environment import PipEnvironment, patience_of
from lockgen.verify.proof_target import ProofTarget
from lockgen.verify.recorded import as_seen_here, recorded
from lockgen.verify.smoke import InstalledSet, Patience, smoke
from lockgen.verify.venvs import venv_python
from lockgen.verify.whole import checked

ProofListener = Callable[[str, Proof], None]
"""Called with the set's label and each proof as it is made, from several threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTools:
    """What proofs are made with. `choose` gives the interpreters for a target, or why there is none here."""

    env: PipEnvironment
    choose: Callable[[Target], tuple[Interpreter, ...] | str]
    script: Path | None
    jobs: int
    fetched: WheelProgress | None = None
    sweep: Callable[[Interpreter], None] = lambda _interpreter: None
    """Ends what is left of an interpreter behind a prefix, where its end is not that of the prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A set and one interpreter to prove it on, or why there is none."""

    subject: ProofTarget
    interpreter: Interpreter | str
    place: int
    """0 for the first interpreter of the set."""


def prove(
    subjects: Sequence[ProofTarget], level: Level, tools: ProofTools, listener: ProofListener
) -> dict[str, tuple[Proof, ...]]:
    """Label -> proofs of each subject, up to the level, in the subjects' order."""
    stop = tools.env.stop or threading.Event()
    tools = replace(tools, env=replace(tools.env, stop=stop))
    queues = _queues(subjects, tools)
    found: dict[tuple[str, int], list[Proof]] = {}
    with ThreadPoolExecutor(max(1, tools.jobs)) as pool:
        running: list[Future[dict[tuple[str, int], list[Proof]]]] = [
            pool.submit(_prove_queue, queue, level, tools, listener) for queue in queues
        ]
        try:
            for done in as_completed(running):
                found |= done.result()
        except BaseException:
            # Also ^C: whatever runs is ended before the exception goes on, so that no process outlives the command.
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    in_order = sorted(found.items(), key=lambda each: each[0])
    by_label = grouped_pairs((label, proof) for (label, _place), proofs in in_order for proof in proofs)
    return {subject.label: tuple(by_label.get(subject.label, ())) for subject in subjects}


def _queues(subjects: Sequence[ProofTarget], tools: ProofTools) -> list[list[_Job]]:
    """Jobs that must wait for each other: there is one venv per interpreter. The longest queue starts first."""
    jobs = (job for subject in subjects for job in _jobs(subject, tools))
    queues = grouped_pairs(
        (job.subject.label if isinstance(job.interpreter, str) else job.interpreter.path, job) for job in jobs
    )
    return sorted(queues.values(), key=len, reverse=True)


def _jobs(subject: ProofTarget, tools: ProofTools) -> Iterator[_Job]:
    chosen = tools.choose(subject.target)
    if isinstance(chosen, str):
        yield _Job(subject=subject, interpreter=chosen, place=0)
        return
    for place, interpreter in enumerate(chosen):
        yield _Job(subject=subject, interpreter=interpreter, place=place)


def _prove_queue(
    queue: Iterable[_Job], level: Level, tools: ProofTools, listener: ProofListener
) -> dict[tuple[str, int], list[Proof]]:
    found = {}
    for job in queue:
        proofs = _proofs(job.subject, job.interpreter, level, tools)
        for proof in proofs:
            listener(job.subject.label, proof)
        found[job.subject.label, job.place] = proofs[1:] if job.place else proofs
    return found


def _proofs(subject: ProofTarget, interpreter: Interpreter | str, level: Level, tools: ProofTools) -> list[Proof]:
    wanted = LEVELS[: LEVELS.index(level) + 1]
    closed = _closed(subject)
    if closed.verdict == "failed":
        return [closed, *(_not_run(subject, each, "the set is not closed") for each in wanted[1:])]
    if not isinstance(interpreter, str) and interpreter.version in subject.unserved:
        python = f"{subject.target.build.words} {interpreter.version}"
        interpreter = f"the set does not serve {python}, a release in it cuts that out"
    unsmoked = _unsmoked(subject, tools)
    if known := recorded(subject.known, interpreter, wanted, is_smoked=not unsmoked):
        left = [each for each in wanted[1:] if each not in {proof.level for proof in known}]
        reason = unsmoked if isinstance(interpreter, Interpreter) else interpreter
        return [closed, *known, *(_not_run(subject, each, reason) for each in left)]
    if isinstance(interpreter, str):
        proofs = [_with_reason(_fetched(subject, tools), interpreter)] if "fetched" in wanted else []
        return [closed, *proofs, *(_not_run(subject, each, interpreter) for each in wanted[2:])]
    if "installed" not in wanted:
        proofs = [_fetched(subject, tools)] if "fetched" in wanted else []
        return [closed, *proofs]
    if not interpreter.behind:
        return [closed, *_prove_natively(subject, interpreter, tools, smoked="smoked" in wanted)]
    return [closed, *_prove_behind(subject, interpreter, tools, smoked="smoked" in wanted)]


def _prove_behind(subject: ProofTarget, interpreter: Interpreter, tools: ProofTools, *, smoked: bool) -> list[Proof]:
    """`_prove_natively` with copies in the work folder of all that is seen there."""
    env = tools.env.behind(interpreter)
    # One set at a time is proved on an interpreter, so nothing else reads in its folder.
    room = env.room(f"seen/{Path(interpreter.path).parent.name}").absolute()
    folder = room / re.sub(r"[^\w.-]", "-", subject.label)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(subject.folder, folder)
    script = None if tools.script is None else Path(shutil.copy(tools.script, room))
    try:
        seen = replace(tools, env=env, script=script)
        proofs = _prove_natively(replace(subject, folder=folder), interpreter, seen, smoked=smoked)
    except BaseException:
        tools.sweep(interpreter)
        raise
    if any(proof.verdict != "proved" for proof in proofs):
        tools.sweep(interpreter)
    proofs = [as_seen_here(proof, folder, subject.folder) for proof in proofs]
    python = venv_python(interpreter, env)
    asked = replace(interpreter, path=str(python)) if python.exists() else interpreter
    if any(proof.verdict == "failed" for proof in proofs) and (why := lost(asked, env)):
        return [_not_run(subject, proof.level, why) for proof in proofs]
    return proofs


def _with_reason(proof: Proof, why: str) -> Proof:
    """The proof that a set was fetched, with why no more can be found out."""
    return replace(proof, reason=why) if proof.verdict == "proved" else proof


def _fetched(subject: ProofTarget, tools: ProofTools) -> Proof:
    proof = fetched(subject.target, subject.folder, tools.env, tools.fetched)
    return by_own_metadata(proof, subject.target, subject.told, tools.env.wheels)


def _prove_natively(subject: ProofTarget, interpreter: Interpreter, tools: ProofTools, *, smoked: bool) -> list[Proof]:
    install = installed(
        subject.target,
        subject.folder,
        interpreter,
        tools.env,
        idle=subject.idle(interpreter.version),
        routed=subject.routed,
        replaced=subject.replaced,
        progress=tools.fetched,
    )
    install = by_own_metadata(install, subject.target, subject.told, tools.env.wheels)
    install = compared(install, subject.target, subject.stated, interpreter, tools.env)
    patience = Patience().times(patience_of(interpreter))
    install = checked(install, subject.names, subject.unimported, interpreter, tools.env, patience)
    # An installer that installs by hash has taken every file; `fetched` means no more.
    took = replace(install, level="fetched", reason="", tail=(), command="", notes=("by installing it",))
    took = replace(took, checks=CHECKS["fetched"])
    took = took if install.verdict == "proved" else _not_run(subject, "fetched", "installing it did not succeed")
    found = [took, install]
    if smoked and install.verdict != "proved":
        found.append(_not_run(subject, "smoked", "the set is not installed"))
    elif smoked:
        found.append(_smoked(subject, interpreter, tools))
    return found


def _smoked(subject: ProofTarget, interpreter: Interpreter, tools: ProofTools) -> Proof:
    if tools.script is None or subject.unsmoked:
        return _not_run(subject, "smoked", _unsmoked(subject, tools))
    venv = InstalledSet(
        python=venv_python(interpreter, tools.env),
        interpreter=interpreter,
        names=subject.names,
        environ=tools.env.environ,
        is_imported=True,
        room=tools.env.shared_room("apart"),
    )
    patience = Patience().times(patience_of(interpreter))
    return smoke(venv, tools.script, target=subject.target.name, patience=patience, stop=tools.env.stop)


def _unsmoked(subject: ProofTarget, tools: ProofTools) -> str:
    """Why nothing of the set can be smoked; empty where it can."""
    return subject.unsmoked or ("" if tools.script else "there is no smoke.py beside the matrices")


def _closed(subject: ProofTarget) -> Proof:
    verdict: Verdict = "failed" if subject.complaints else "proved"
    return Proof(
        target=subject.target.name,
        level="closed",
        verdict=verdict,
        reason=subject.complaints[0] if subject.complaints else "",
        tail=subject.complaints[1:],
    )


def _not_run(subject: ProofTarget, level: Level, reason: str) -> Proof:
    return Proof(target=subject.target.name, level=level, verdict="not run", reason=reason)
