"""What other machines proved of a phase's sets: their verified.json files, read and held against the committed sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockgen.errors import ComplaintsError, LockgenError, UsageError, WriteError
from lockgen.model.verify import Proof
from lockgen.render.verified import Verified, proof_of, read_verified
from lockgen.text.safe import clean

_AGAIN = "Run `lockgen verify` there again, on the files as they are committed now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One such file: its phase and strategy, and its entries."""

    where: str
    phase: str
    strategy: str
    entries: tuple[Verified, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedSets:
    """The committed sets of a phase under one strategy, that results can be about."""

    phase: str
    digests: Mapping[str, str]
    """Target -> set digest."""
    smoke: str
    known: tuple[Verified, ...]
    """What is recorded already."""


def read_results(where: str, content: bytes) -> Results:
    """The file at `where`. UsageError for another kind of file, or one without its phase."""
    text = content.decode("utf-8", "replace")
    try:
        entries = read_verified(text)
    except WriteError as error:
        raise UsageError(error.message, where=where, hint="Name verified.json files.") from None
    head = json.loads(text)
    phase, strategy = head.get("phase"), head.get("strategy")
    if not isinstance(phase, str) or not isinstance(strategy, str):
        raise UsageError("the file does not say which phase and strategy it is about", where=where, hint=_AGAIN)
    return Results(where=where, phase=phase, strategy=strategy, entries=entries)


def news(results: Sequence[Results], sets: RecordedSets) -> tuple[Proof, ...]:
    """The entries of the files about the sets that are not recorded yet, each once, sorted.

    Raises ComplaintsError, with every complaint, for what must not be recorded: results about a target without a set,
    about a set or a smoke script that is another one now, and two different facts about the same cell: one target,
    level, Python and libc.
    """
    new = [(each, file.where) for file in results for each in file.entries if each not in sets.known]
    if complaints := (*_foreign(new, sets), *_duplicates(new)):
        raise ComplaintsError(complaints)
    return tuple(proof_of(each) for each in sorted({each for each, _ in new}, key=lambda each: each.key))


def _foreign(new: Iterable[tuple[Verified, str]], sets: RecordedSets) -> Iterator[LockgenError]:
    for each, where in new:
        complaint = _complaint(each, sets)
        if complaint is not None:
            yield UsageError(f"{_cell(each)}: {complaint}", where=where, hint=_AGAIN)


def _complaint(entry: Verified, sets: RecordedSets) -> str | None:
    if entry.target not in sets.digests:
        return f"phase {sets.phase} has no set for this target"
    if entry.set != sets.digests[entry.target]:
        return "this was found out about another set; the committed one has changed since"
    if entry.smoke != (sets.smoke if entry.level == "smoked" else ""):
        return "this was found out with another smoke script"
    return None


def _duplicates(new: Iterable[tuple[Verified, str]]) -> Iterator[LockgenError]:
    first: dict[tuple[str, int, str, str], tuple[Verified, str]] = {}
    for each, where in new:
        other, elsewhere = first.setdefault(each.key, (each, where))
        if other != each:
            yield UsageError(
                f"{_cell(each)}: {_facts(each)}, but {_facts(other)} in {elsewhere}",
                where=where,
                hint="One cell is proved by one machine: leave one of the files away.",
            )


def _cell(entry: Verified) -> str:
    words = (entry.target, entry.level, entry.python and f"on Python {entry.python}", entry.libc)
    return clean(" ".join(word for word in words if word))


def _facts(entry: Verified) -> str:
    return clean(", ".join(word for word in (entry.verdict, entry.installer, entry.reason) if word))
