"""Proofs as they are recorded: which of them make another run needless, and how they name this machine's folders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from lockgen.model.verify import CHECKS, Interpreter, Level, Proof

_AGAIN = "proved before, of this very set; --all proves it again"


def recorded(
    known: Iterable[Proof], interpreter: Interpreter | str, wanted: Sequence[Level], *, is_smoked: bool
) -> list[Proof]:
    """The known proofs of the set where they leave nothing to be done on the way to the wanted levels; else none.

    They count on the very interpreter they were made on, or where there is none (its place is taken by the reason). An
    older record of *installed* that names fewer checks does not count. `is_smoked`: whether the set can be at all.
    """
    anywhere = "installed" not in wanted  # to fetch a set takes no interpreter of its target
    mine = {proof.level: proof for proof in known if anywhere or _is_of(proof, interpreter)}
    needed: list[Level] = ["fetched"] if isinstance(interpreter, str) else ["fetched", "installed"]
    if is_smoked and isinstance(interpreter, Interpreter):
        needed.append("smoked")
    needed = [level for level in needed if level in wanted]
    if not needed or not all(level in mine and _is_enough(mine[level]) for level in needed):
        return []
    return [replace(mine[level], notes=(_AGAIN,)) for level in needed]


def _is_of(proof: Proof, interpreter: Interpreter | str) -> bool:
    if isinstance(interpreter, str):
        return not proof.python
    mine = (interpreter.version, interpreter.libc, interpreter.machine, interpreter.image, interpreter.emulated)
    return (proof.python, proof.libc, proof.machine, proof.image, proof.emulated) == mine


def _is_enough(proof: Proof) -> bool:
    return proof.verdict == "proved" and {*CHECKS[proof.level]} <= {*proof.checks}


def as_seen_here(proof: Proof, there: Path, here: Path) -> Proof:
    """The proof of a copy of a set's folder, with the folder itself in its words."""
    tail = tuple(line.replace(str(there), str(here)) for line in proof.tail)
    command, reason = (text.replace(str(there), str(here)) for text in (proof.command, proof.reason))
    return replace(proof, tail=tail, command=command, reason=reason)
