"""Every grade of proof this machine can give, for many sets at once.

Sets for this machine's interpreters are installed and smoked, one at a time per interpreter; the others are fetched. A
level that cannot be reached here is reported as not run, with the reason, and never as anything else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import NormalizedName

from lockgen.model.index import Metadata
from lockgen.model.target import Target
from lockgen.model.verify import LEVELS, Interpreter, Level, Proof, Verdict
from lockgen.text import grouped_pairs
from lockgen.verify.compiled import compared
from lockgen.verify.fetch import WheelProgress, fetched
from lockgen.verify.install import installed
from lockgen.verify.own_metadata import by_own_metadata
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.smoke import InstalledSet, smoke
from lockgen.verify.venvs import venv_python
from lockgen.verify.whole import checked

ProofListener = Callable[[str, Proof], None]
"""Called with the set's label and each proof as it is made, from several threads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTarget:
    """A set on disk: what it is called, the target's folder, what keeps it from being closed, and its packages."""

    label: str
    target: Target
    folder: Path
    complaints: tuple[str, ...]
    names: frozenset[NormalizedName]
    unserved: tuple[str, ...] = ()
    """Patch releases of the target that the set does not serve."""
    replaced: frozenset[NormalizedName] = frozenset()
    """The packages that overrides or exclusions of the matrix are about, of which pip knows nothing."""
    idle: Callable[[str], frozenset[NormalizedName]] = lambda _python: frozenset()
    """Patch release ("3.11.7") -> the pins that only other ones need."""
    routed: tuple[str, ...] = ()
    """The rows of packages that come from other indexes, as requirements; requirements.txt leaves them out."""
    unimported: Mapping[NormalizedName, str] = field(default_factory=dict)
    """The packages whose import needs what a proof lacks, and what that is."""
    told: Mapping[str, Metadata] = field(default_factory=dict)
    """sha256 of a wheel -> what the set took it to require."""
    unsmoked: str = ""
    """Why the smoke script is not for this set; empty where it is."""
    stated: Mapping[NormalizedName, Metadata] = field(default_factory=dict)
    """The metadata of sdists that the set did not read in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofTools:
    """What proofs are made with. `choose` gives the interpreter for a target, or why there is none here."""

    env: PipEnvironment
    choose: Callable[[Target], Interpreter | str]
    script: Path | None
    jobs: int
    fetched: WheelProgress | None = None


def prove(
    subjects: Sequence[ProofTarget], level: Level, tools: ProofTools, listener: ProofListener
) -> dict[str, tuple[Proof, ...]]:
    """Label -> proofs of each subject, up to the level, in the subjects' order."""
    stop = tools.env.stop or threading.Event()
    tools = replace(tools, env=replace(tools.env, stop=stop))
    queues = _queues(subjects, tools)
    found: dict[str, tuple[Proof, ...]] = {}
    with ThreadPoolExecutor(max(1, tools.jobs)) as pool:
        running: list[Future[dict[str, tuple[Proof, ...]]]] = [
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
    return {subject.label: found[subject.label] for subject in subjects}


def _queues(subjects: Sequence[ProofTarget], tools: ProofTools) -> list[list[ProofTarget]]:
    """Subjects that must wait for each other: there is one venv per interpreter. The longest queue starts first."""
    chosen = ((tools.choose(subject.target), subject) for subject in subjects)
    queues = grouped_pairs(
        (subject.label if isinstance(found, str) else found.path, subject) for found, subject in chosen
    )
    return sorted(queues.values(), key=len, reverse=True)


def _prove_queue(
    queue: Iterable[ProofTarget], level: Level, tools: ProofTools, listener: ProofListener
) -> dict[str, tuple[Proof, ...]]:
    found = {}
    for subject in queue:
        proofs = tuple(_proofs(subject, level, tools))
        for proof in proofs:
            listener(subject.label, proof)
        found[subject.label] = proofs
    return found


def _proofs(subject: ProofTarget, level: Level, tools: ProofTools) -> list[Proof]:
    wanted = LEVELS[: LEVELS.index(level) + 1]
    closed = _closed(subject)
    if closed.verdict == "failed":
        return [closed, *(_not_run(subject, each, "the set is not closed") for each in wanted[1:])]
    interpreter = tools.choose(subject.target)
    if not isinstance(interpreter, str) and interpreter.version in subject.unserved:
        python = f"{subject.target.build.words} {interpreter.version}"
        interpreter = f"the set does not serve {python}, a release in it cuts that out"
    if isinstance(interpreter, str):
        proofs = [_fetched(subject, tools)] if "fetched" in wanted else []
        return [closed, *proofs, *(_not_run(subject, each, interpreter) for each in wanted[2:])]
    if "installed" not in wanted:
        proofs = [_fetched(subject, tools)] if "fetched" in wanted else []
        return [closed, *proofs]
    return [closed, *_prove_natively(subject, interpreter, tools, smoked="smoked" in wanted)]


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
    install = checked(install, subject.names, subject.unimported, interpreter, tools.env)
    # An installer that installs by hash has taken every file; `fetched` means no more.
    took = replace(install, level="fetched", reason="", tail=(), command="", notes=("by installing it",))
    took = took if install.verdict == "proved" else _not_run(subject, "fetched", "installing it did not succeed")
    found = [took, install]
    if smoked and install.verdict != "proved":
        found.append(_not_run(subject, "smoked", "the set is not installed"))
    elif smoked:
        found.append(_smoked(subject, interpreter, tools))
    return found


def _smoked(subject: ProofTarget, interpreter: Interpreter, tools: ProofTools) -> Proof:
    if subject.unsmoked:
        return _not_run(subject, "smoked", subject.unsmoked)
    if tools.script is None:
        return _not_run(subject, "smoked", "there is no smoke.py beside the matrices")
    venv = InstalledSet(
        python=venv_python(interpreter, tools.env),
        interpreter=interpreter,
        names=subject.names,
        environ=tools.env.environ,
        is_imported=True,
    )
    return smoke(venv, tools.script, target=subject.target.name, stop=tools.env.stop)


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
