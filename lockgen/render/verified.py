"""verified.json: what `verify` proved of a phase's sets, as an input of render.

An entry is about one set, by its digest: of one level, one smoke script, one interpreter in its full version, one libc,
machine, image and emulator, and one installer. An entry whose set or script has changed proves nothing any more and is
left out. The file names the phase and strategy it is about, so that it can be taken from the machine that proved it to
another one; one that holds nothing but what its run proved says `own`.

Schema 1 knew one kind of machine, its own, and *installed* had no imports and no RECORD behind it: alone it counts as
*fetched* now, and under a *smoked* it keeps its word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from packaging.version import Version

from lockgen.errors import WriteError
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import ARCHITECTURES
from lockgen.model.verify import LEVELS, Level, Proof, Verdict

FILE_NAME = "verified.json"
SCHEMA = 2
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
    machine: str = ""
    """Of the interpreter; empty for what needed none of the target's."""
    image: str = ""
    emulated: str = ""
    installer: str = ""
    checks: tuple[str, ...] = ()
    reason: str = ""
    """Why it failed; of a set that was fetched, why no more could be found out."""

    @property
    def key(self) -> tuple[str, int, str, str, str, str, str]:
        """A new entry takes the place of an old one with the same key."""
        machine = (self.python, self.libc, self.machine, self.image, self.emulated)
        return self.target, LEVELS.index(self.level), *machine

    @property
    def is_anywhere(self) -> bool:
        """Whether it needed no interpreter of the target."""
        return not self.python


def read_verified(text: str | None) -> tuple[Verified, ...]:
    """The entries of a committed file; none without one. Raises WriteError for what is no such file."""
    if text is None:
        return ()
    try:
        value = json.loads(text)
        schema, entries = value["schema"], tuple(_entry(each) for each in value["proofs"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return _damaged(repr(error))
    if schema == SCHEMA:
        return entries
    return _of_schema_1(entries) if schema == 1 else _damaged("its schema")


def _of_schema_1(entries: tuple[Verified, ...]) -> tuple[Verified, ...]:
    """What the entries of the first schema are worth."""
    smoked = {(e.target, e.set, e.python) for e in entries if (e.level, e.verdict) == ("smoked", "proved")}
    known = [replace(e, machine=_machine_in(e.target) if e.python else "") for e in entries]
    found: dict[tuple[Any, ...], Verified] = {}
    for each in known:
        is_alone = each.level == "installed" and (each.target, each.set, each.python) not in smoked
        entry = replace(each, level="fetched") if is_alone and each.verdict == "proved" else each
        found.setdefault((entry.key, entry.set), entry)
    return tuple(found.values())


def _machine_in(target: str) -> str:
    """The architecture that the target's name ends with; empty where it ends with none."""
    word = target.rpartition("-")[2]
    return word if any(word in names for names in ARCHITECTURES.values()) else ""


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
    there = {(each.set, each.key) for each in after}
    return tuple(e for e in before if (e.set, e.key) not in there)


def with_proofs(
    entries: Iterable[Verified], proofs: Iterable[Proof], digests: Mapping[str, str], smoke: str
) -> tuple[Verified, ...]:
    """The entries with those of new proofs over them. A proof that was not run changes nothing.

    What was fetched without an interpreter is left out where the same set was installed on one: it says less.
    """
    new = new_entries(proofs, digests, smoke)
    merged = {entry.key: entry for entry in (*entries, *new)}
    installed = {(e.target, e.set) for e in merged.values() if (e.level, e.verdict) == ("installed", "proved")}
    return tuple(e for e in merged.values() if not (e.is_anywhere and (e.target, e.set) in installed))


def new_entries(proofs: Iterable[Proof], digests: Mapping[str, str], smoke: str) -> tuple[Verified, ...]:
    """What there is to record of the proofs."""
    worth = (proof for proof in proofs if proof.verdict != "not run" and proof.level != "closed")
    return tuple(_new_entry(proof, digests, smoke) for proof in worth)


def verified(entries: Iterable[Verified], facts: PhaseFacts, *, is_own: bool = False) -> str:
    """The text of the file: canonical, sorted, without a clock or a host name."""
    proofs = [{key: value for key, value in asdict(e).items() if value} for e in sorted(entries, key=lambda e: e.key)]
    whole = {"schema": SCHEMA, "phase": facts.phase, "strategy": facts.strategy, "proofs": proofs}
    return json.dumps(whole | ({"own": True} if is_own else {}), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def proof_of(entry: Verified) -> Proof:
    """What the entry records, as `verify` found it."""
    return Proof(
        target=entry.target,
        level=entry.level,
        verdict=entry.verdict,
        reason=entry.reason,
        python=entry.python,
        libc=entry.libc,
        machine=entry.machine,
        image=entry.image,
        emulated=entry.emulated,
        installer=entry.installer,
        checks=entry.checks,
        is_recorded=True,
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
        machine=proof.machine,
        image=proof.image,
        emulated=proof.emulated,
        installer=proof.installer,
        checks=proof.checks if proof.verdict == "proved" else (),
        reason=proof.reason,
    )


def _entry(value: Mapping[str, Any]) -> Verified:
    checks = value.get("checks", [])
    entry = Verified(**{**value, "checks": tuple(checks)})
    texts = [*checks, *(each for key, each in value.items() if key != "checks")]
    if not isinstance(checks, list) or not all(isinstance(each, str) for each in texts):
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
