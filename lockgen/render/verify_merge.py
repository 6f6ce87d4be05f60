"""What other machines proved of a phase's sets: their verified.json files, read and held against the committed sets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lockgen.errors import ComplaintsError, LockgenError, UsageError, WriteError
from lockgen.model.verify import Proof
from lockgen.render.verified import Verified, proof_of, read_verified
from lockgen.text.safe import clean

_ONE_MACHINE = (
    "One cell is proved by one machine: leave one of the files away. What `lockgen verify --proofs DIR` writes holds "
    "only what that run proved, and no older records."
)
_AGAIN = "Run `lockgen verify` there again, on the files as they are committed now."


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One such file: its phase and strategy, and its entries."""

    where: str
    phase: str
    strategy: str
    entries: tuple[Verified, ...]
    is_own: bool = False
    """Whether one run proved all of them itself; else some may be records that it found there."""


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
    own = head.get("own") is True
    return Results(where=where, phase=phase, strategy=strategy, entries=entries, is_own=own)


def news(results: Sequence[Results], sets: RecordedSets) -> tuple[Proof, ...]:
    """The entries of the files about the sets that are not recorded yet, each once, sorted, in any order of files.

    All that the files hold is compared first. Raises ComplaintsError, with every complaint, for what must not be
    recorded: results about a target without a set, about a set or a smoke script that is another one now, and two
    different facts about the same cell: one target, level and interpreter.
    """
    every = sorted(
        ((each, file) for file in results for each in file.entries), key=lambda pair: (pair[1].where, pair[0].key)
    )
    new = [(each, file.where) for each, file in every if each not in sets.known]
    if complaints := (*_foreign(new, sets), *_contradictions(every, sets)):
        raise ComplaintsError(complaints)
    return tuple(proof_of(each) for each in sorted(_unique(new), key=lambda each: each.key))


def _unique(new: Iterable[tuple[Verified, str]]) -> Iterable[Verified]:
    """One of each cell: of proofs that differ in why no more was tried, the first by that."""
    found: dict[tuple[object, ...], Verified] = {}
    for each in sorted((each for each, _ in new), key=lambda each: each.reason, reverse=True):
        found[each.key] = each
    return found.values()


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


def _contradictions(every: Iterable[tuple[Verified, Results]], sets: RecordedSets) -> Iterator[LockgenError]:
    """Two files that say different things of one cell.

    A record that stands here already, in a file of unknown making, may only have been found there: it contradicts a
    new result with another verdict, not one of another installer.
    """
    cells: dict[tuple[object, ...], list[tuple[Verified, Results]]] = {}
    for each, file in every:
        cells.setdefault((each.key, each.set), []).append((each, file))
    for found in cells.values():
        own = [(each, file) for each, file in found if file.is_own or each not in sets.known]
        first = (own or found)[0]
        others = [pair for pair in found if pair[0].verdict != first[0].verdict]
        others += [pair for pair in own if pair not in others and _said(pair[0]) != _said(first[0])]
        for each, file in others:
            yield UsageError(
                f"{_cell(each)}: {_facts(each)}, but {_facts(first[0])} in {first[1].where}",
                where=file.where,
                hint=_ONE_MACHINE,
            )


def _said(entry: Verified) -> Verified:
    """The entry without what says nothing of the set: why no level above a proof was tried."""
    return replace(entry, reason="") if entry.verdict == "proved" else entry


def _cell(entry: Verified) -> str:
    on = (entry.python and f"on Python {entry.python}", entry.libc, "emulated" if entry.emulated else "")
    words = (entry.target, entry.level, *on)
    return clean(" ".join(word for word in words if word))


def _facts(entry: Verified) -> str:
    return clean(", ".join(word for word in (entry.verdict, entry.installer, entry.reason) if word))
