"""verified.json: what `verify` proved of a phase's sets, as an input of render.

An entry is about one set, by its digest: of one level, one smoke script, one interpreter in its full version, one libc
and one installer. An entry whose set or script has changed proves nothing any more and is left out. The file names the
phase and strategy it is about, so that it can be taken from the machine that proved it to another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from packaging.version import Version

from lockgen.errors import WriteError
from lockgen.model.phase import PhaseFacts
from lockgen.model.verify import LEVELS, Level, Proof, Verdict

FILE_NAME = "verified.json"
SCHEMA = 1
_NO_FLOORS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One entry: a proof, or a failure, of one set."""

    target: str
    set: str
    """The set's digest, as in summary.json."""
    level: Level
    verdict: Verdict
    smoke: str = ""
    """Digest of the smoke script; empty below that level."""
    python: str = ""
    libc: str = ""
    installer: str = ""
    reason: str = ""

    @property
    def key(self) -> tuple[str, int, str, str]:
        """A new entry takes the place of an old one with the same key."""
        return self.target, LEVELS.index(self.level), self.python, self.libc


def read_verified(text: str | None) -> tuple[Verified, ...]:
    """The entries of a committed file; none without one. Raises WriteError for what is no such file."""
    if text is None:
        return ()
    try:
        value = json.loads(text)
        return tuple(_entry(each) for each in value["proofs"]) if value["schema"] == SCHEMA else _damaged("its schema")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return _damaged(repr(error))


def still_true(
    entries: Iterable[Verified], digests: Mapping[str, str], smoke: str, floors: Mapping[str, str] = _NO_FLOORS
) -> tuple[Verified, ...]:
    """The entries about sets that are as they were (target -> set digest) and about this smoke script.

    Those made on a Python older than the target's floor (target -> full version) prove nothing of the target.
    """
    return tuple(
        e
        for e in entries
        if digests.get(e.target) == e.set
        and e.smoke in ("", smoke)
        and not _is_older(e.python, floors.get(e.target, ""))
    )


def _is_older(python: str, floor: str) -> bool:
    return bool(python and floor) and Version(python) < Version(floor)


def fallen(before: Iterable[Verified], after: Iterable[Verified]) -> tuple[Verified, ...]:
    """The entries that are not there any more, without those that a new one about the same set has replaced."""
    there = {(each.target, each.set, each.level, each.python, each.libc) for each in after}
    return tuple(e for e in before if (e.target, e.set, e.level, e.python, e.libc) not in there)


def with_proofs(
    entries: Iterable[Verified], proofs: Iterable[Proof], digests: Mapping[str, str], smoke: str
) -> tuple[Verified, ...]:
    """The entries with those of new proofs over them. A proof that was not run changes nothing."""
    new = [
        _new_entry(proof, digests, smoke) for proof in proofs if proof.verdict != "not run" and proof.level != "closed"
    ]
    return tuple({entry.key: entry for entry in (*entries, *new)}.values())


def verified(entries: Iterable[Verified], facts: PhaseFacts) -> str:
    """The text of the file: canonical, sorted, without a clock or a host name."""
    proofs = [{key: value for key, value in asdict(e).items() if value} for e in sorted(entries, key=lambda e: e.key)]
    whole = {"schema": SCHEMA, "phase": facts.phase, "strategy": facts.strategy, "proofs": proofs}
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def proof_of(entry: Verified) -> Proof:
    """What the entry records, as `verify` found it."""
    return Proof(
        target=entry.target,
        level=entry.level,
        verdict=entry.verdict,
        reason=entry.reason,
        python=entry.python,
        libc=entry.libc,
        installer=entry.installer,
    )


def _new_entry(proof: Proof, digests: Mapping[str, str], smoke: str) -> Verified:
    return Verified(
        target=proof.target,
        set=digests[proof.target],
        level=proof.level,
        verdict=proof.verdict,
        smoke=smoke if proof.level == "smoked" else "",
        python=proof.python,
        libc=proof.libc,
        installer=proof.installer,
        reason=proof.reason,
    )


def _entry(value: Mapping[str, Any]) -> Verified:
    entry = Verified(**value)
    if not all(isinstance(each, str) for each in value.values()):
        raise TypeError(f"an entry of {entry.target} holds what is no text")
    if entry.level not in LEVELS or entry.verdict not in ("proved", "failed"):
        raise ValueError(f"unknown level or verdict of {entry.target}")
    return entry


def _damaged(what: str) -> tuple[Verified, ...]:
    raise WriteError(
        f"this is not what `lockgen verify` writes: {what}",
        where=FILE_NAME,
        hint="Restore the file from version control, or remove it and run `lockgen verify` again.",
    )
