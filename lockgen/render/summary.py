"""summary.json: the outcome of a phase's render for each target, for machines.

Canonical JSON: keys sorted, two spaces, UTF-8, a line end at the end. Lists keep an order that means something or are
sorted. Each target names the revision and date it was rendered from, because `--target` leaves the others as they are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lockgen.errors import WriteError
from lockgen.model.numbers import RenderedNumbers, RowNumbers
from lockgen.model.phase import PhaseFacts
from lockgen.model.refusal import Refusal
from lockgen.model.result import Pin, Solved, TargetResult, Unsolved, Unsupported
from lockgen.model.routes import alias_of
from lockgen.model.target import Target
from lockgen.render.digest import set_digest, snapshot_digest
from lockgen.text import grouped, grouped_pairs, moment
from lockgen.text.safe import clean

FILE_NAME = "summary.json"
SCHEMA = 1
STATUSES = ("solved", "unsolved", "unsupported")
_OF_SET = ("digest", "pins", "build", "sdists", "indexes", "files")
"""What an entry says of the set itself."""

SummaryEntry = dict[str, Any]


def entries(
    facts: PhaseFacts, cells: Iterable[TargetResult], unsupported: Iterable[Unsupported] = ()
) -> dict[str, SummaryEntry]:
    """Target name -> its entry."""
    answers = {cell.request.target.name: _cell(facts, cell) for cell in cells}
    refused = {each.target.name: _unsupported(facts, each) for each in unsupported}
    return answers | refused


def summary(
    facts: PhaseFacts,
    targets: Mapping[str, SummaryEntry],
    *,
    templates: str = "",
    numbers: RowNumbers | None = None,
) -> str:
    """The text of summary.json. `templates` is their digest, `numbers` those of the rows, where they are known."""
    snapshots = {name: entry["snapshot"] for name, entry in targets.items() if "snapshot" in entry}
    phase = {
        "schema": SCHEMA,
        "phase": facts.phase,
        "title": clean(facts.title),
        "revision": facts.revision,
        "as_of": moment(facts.as_of),
        "strategy": facts.strategy,
        "command": clean(facts.command),
        "snapshot": snapshot_digest(snapshots),
        "templates": templates,
        "targets": dict(targets),
        **({} if numbers is None else {"numbers": _cleaned(numbers)}),
    }
    return json.dumps(phase, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def merged(new: Mapping[str, SummaryEntry], existing: str | None, known: Collection[str]) -> dict[str, SummaryEntry]:
    """The new entries over those of an existing summary text; targets that the matrix no longer has are dropped.

    Raises WriteError when the existing text is no summary: then the other targets' sets are unknown.
    """
    old = {} if existing is None else read_summary(existing)["targets"]
    return {name: entry for name, entry in (old | dict(new)).items() if name in known or name in new}


def with_old_set(entry: SummaryEntry, former: SummaryEntry | None) -> SummaryEntry:
    """The entry; that of an unsolved target keeps what a former one says of its set, marked `"stale": true`."""
    if entry["status"] != "unsolved" or former is None or not has_files(former):
        return entry
    return {key: former[key] for key in _OF_SET if key in former} | entry | {"stale": True}


def has_files(entry: SummaryEntry) -> bool:
    """Whether the target has a set, be it an old one that no longer answers the matrix."""
    return entry["status"] == "solved" or is_stale(entry)


def is_stale(entry: SummaryEntry) -> bool:
    """Whether the target's set is an old one, kept because there is no new one. Nothing may deploy it."""
    return entry.get("stale") is True


def without_old_set(entry: SummaryEntry) -> SummaryEntry:
    """The entry without what it says of an old set: for what picks sets to deploy."""
    return {key: value for key, value in entry.items() if key not in _OF_SET} if is_stale(entry) else entry


def digests_of(targets: Mapping[str, SummaryEntry]) -> dict[str, str]:
    """Target -> the digest of its set, for those that have one, be it an old one."""
    return {name: entry["digest"] for name, entry in targets.items() if "digest" in entry}


def floors_of(targets: Mapping[str, SummaryEntry]) -> dict[str, str]:
    """Target -> the oldest Python that its set is for, as a full version; empty where the summary does not say."""
    return {name: str(entry.get("floor", "")) for name, entry in targets.items()}


def without_files(text: str, files: Iterable[str]) -> dict[str, Any]:
    """The summary as a mapping that lists no file of these names for any target. WriteError as in `read_summary`."""
    found = read_summary(text)
    for entry in found["targets"].values():
        entry["files"] = {name: digest for name, digest in entry.get("files", {}).items() if name not in files}
    return found


def read_summary(text: str) -> dict[str, Any]:
    """The summary as a mapping; every target in it has a known status. Raises WriteError for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"it is not JSON ({error})") from error
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise _damaged(f'it has no "schema": {SCHEMA}')
    targets = value.get("targets")
    if not isinstance(targets, dict):
        raise _damaged("it has no targets")
    for name, entry in targets.items():
        if not isinstance(entry, dict) or entry.get("status") not in STATUSES:
            raise _damaged(f"its target {clean(name)} has no status")
    return value


def rendered_numbers(summary: Mapping[str, Any], where: str) -> RenderedNumbers | None:
    """What a summary says of the rows it was rendered from; None for one that says nothing, or something else."""
    rows, revision = summary.get("numbers"), summary.get("revision")
    if not isinstance(rows, dict) or not isinstance(revision, int):
        return None
    if not all(isinstance(each, dict) and all(map(_is_texts, each.values())) for each in rows.values()):
        return None
    return RenderedNumbers(revision=revision, rows=rows, where=where)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _cleaned(numbers: RowNumbers) -> dict[str, dict[str, list[str]]]:
    return {
        name_of_set: {name: [*map(clean, texts)] for name, texts in rows.items()}
        for name_of_set, rows in numbers.items()
    }


def _damaged(what: str) -> WriteError:
    return WriteError(
        f"this is not a summary lockgen can add to: {what}",
        where=FILE_NAME,
        hint="Restore the file from version control, or render the whole phase without --target.",
    )


def _head(facts: PhaseFacts, target: Target, status: str) -> SummaryEntry:
    return {
        "status": status,
        "python": target.python,
        "floor": target.floor,
        "platform": target.platform.name,
        "revision": facts.revision,
        "as_of": moment(facts.as_of),
    }


def _cell(facts: PhaseFacts, cell: TargetResult) -> SummaryEntry:
    known = [{"id": i.id, "title": clean(i.title), "solution": clean(i.solution)} for i in cell.issues]
    if isinstance(cell.outcome, Solved):
        return _head(facts, cell.request.target, "solved") | {"issues": known} | _solved(cell.outcome) | _indexes(cell)
    return _head(facts, cell.request.target, "unsolved") | {"issues": known} | _unsolved(cell.outcome)


def _indexes(cell: TargetResult) -> SummaryEntry:
    """The packages of the set that are routed to another index, by its alias; nothing where none is."""
    pins = cell.outcome.pins if isinstance(cell.outcome, Solved) else ()
    found = grouped_pairs((alias_of(pin.name, cell.request.routes), pin.name) for pin in pins)
    routed = {alias: sorted(names) for alias, names in found.items() if alias}
    return {"indexes": routed} if routed else {}


def _solved(solved: Solved) -> SummaryEntry:
    return {
        "digest": set_digest(solved),
        "snapshot": solved.snapshot,
        "pins": _versions(solved.pins),
        "build": _versions(solved.build),
        "sdists": [_sdist(pin) for pin in solved.pins if pin.permission],
        "deviations": [
            {"name": each.name, "wanted": str(each.wanted), "got": str(each.got), "because": clean(each.because)}
            for each in solved.deviations
        ],
        "refusals": _refusals(solved.refusals),
        "unserved": list(solved.unserved),
        "advice": [clean(line) for line in solved.advice],
    }


def _unsolved(unsolved: Unsolved) -> SummaryEntry:
    return {
        "snapshot": unsolved.snapshot,
        "core": [clean(demand) for demand in unsolved.core],
        "collisions": [clean(demand) for demand in unsolved.collisions],
        "refusals": _refusals(unsolved.refusals),
    }


def _unsupported(facts: PhaseFacts, each: Unsupported) -> SummaryEntry:
    return _head(facts, each.target, "unsupported") | {"reason": clean(each.reason), "remedy": clean(each.remedy)}


def _versions(pins: Iterable[Pin]) -> dict[str, str]:
    return {pin.name: str(pin.version) for pin in pins}


def _sdist(pin: Pin) -> SummaryEntry:
    permission = pin.permission
    assert permission is not None  # noqa: S101  # the caller checked; this is for the type checker
    return {
        "name": pin.name,
        "version": str(pin.version),
        "reason": clean(permission.reason),
        "build_packages": [clean(package) for package in permission.build_packages],
        **({"metadata": clean(pin.metadata.read_from)} if pin.metadata.read_from else {}),
    }


def _refusals(refusals: Iterable[Refusal]) -> list[SummaryEntry]:
    """One entry for each package and kind of reason, with how many there were and the words of the newest."""
    groups = grouped(refusals, lambda refusal: (refusal.name, refusal.kind))
    return [_group(name, kind, group) for (name, kind), group in sorted(groups.items())]


def _group(name: str, kind: str, group: list[Refusal]) -> SummaryEntry:
    newest = max(group, key=_age)
    entry = {"name": name, "kind": kind, "count": len(group), "reason": clean(newest.reason)}
    return entry | ({"newest": str(newest.version)} if newest.version else {})


def _age(refusal: Refusal) -> tuple[bool, Any, str, str]:
    """Sorts by version with unreadable ones first; file name and words make equal versions unequal."""
    return refusal.version is not None, refusal.version or 0, refusal.filename or "", refusal.reason
