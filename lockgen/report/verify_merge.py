"""What proofs of other machines brought, as an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lockgen.model.answer import Answer, Point, Section
from lockgen.model.verify import Proof


def merge_answer(found: Mapping[str, Sequence[Proof]]) -> Answer:
    """Folder of a phase -> the new results: how many there are about how many sets, and each failure."""
    proofs = [proof for each in found.values() for proof in each]
    failed = [proof for proof in proofs if proof.verdict == "failed"]
    rows = tuple(
        (folder, f"{_counted(len(each), 'new result')} about {_counted(len({proof.target for proof in each}), 'set')}")
        for folder, each in found.items()
    )
    points = tuple(
        Point(name=f"{proof.target}: {proof.level} FAILED on {_machine(proof)}", reasons=(proof.reason,), state="bad")
        for proof in failed
    )
    counts = f"{_counted(len(proofs), 'new result')} merged"
    verdict = f"{counts}, {len(failed)} FAILED" if failed else counts
    return Answer(
        state="bad" if failed else "good", verdict=verdict, sections=(Section(rows=rows), Section(points=points))
    )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _machine(proof: Proof) -> str:
    words = (proof.python and f"Python {proof.python}", proof.libc, "emulated" if proof.emulated else "")
    found = " ".join(filter(None, words))
    return found or "a foreign machine"
