"""locked.json: the locked sets of a phase, for lockgen itself.

Canonical JSON, one entry per line. What sets share stands once: files by name, metadata by digest, pins, listings. An
entry that would take a name already taken by another gets `'` behind it. Each set carries the digest of what stands in
it, so that an edit by hand is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import sha256
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import WriteError
from lockgen.model.index import DistFile, Metadata
from lockgen.model.locked import FILE_NAME, Listing, LockedPin, LockedSet
from lockgen.model.refusal import Refusal
from lockgen.model.result import Deviation

SCHEMA = 1
_TABLES = ("files", "metadata", "pins", "refusals", "listings", "targets")

_OF_PIN = frozenset({"name", "version"})

JsonRow = list[Any]


def locked_text(sets: Mapping[str, LockedSet]) -> str:
    """The text of locked.json for the sets, by target."""
    tables: dict[str, dict[str, Any]] = {name: {} for name in _TABLES}
    lines: dict[int, tuple[LockedPin, str]] = {}
    keys: dict[int, str] = {}
    for target, each in sets.items():
        tables["targets"][target] = _set_row(each, tables, keys) | {"digest": set_digest(each, lines)}
    parts = [f'"schema": {SCHEMA}', *(f'"{name}": {_table(entries)}' for name, entries in tables.items())]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read_locked_text(text: str) -> dict[str, LockedSet]:
    """The sets by target. Raises WriteError for what is no such record, or was edited."""
    try:
        value = json.loads(text)
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            raise _damaged(f'it has no "schema": {SCHEMA}')
        pins = {key: _pin(row, value) for key, row in value["pins"].items()}
        refusals = {key: _refusal(row) for key, row in value["refusals"].items()}
        listings = {key: _listing(row) for key, row in value["listings"].items()}
        sets = {target: _set(row, pins, refusals, listings) for target, row in value["targets"].items()}
        digests = {target: row["digest"] for target, row in value["targets"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(f"it cannot be read ({type(error).__name__}: {error})") from error
    lines: dict[int, tuple[LockedPin, str]] = {}
    for target, each in sets.items():
        if set_digest(each, lines) != digests[target]:
            raise _damaged(f"the set of {target} is not what lockgen recorded")
    return sets


def set_digest(locked: LockedSet, lines: dict[int, tuple[LockedPin, str]] | None = None) -> str:
    """Hex sha256 over the question and everything the set's texts are made from; listings do not count.

    `lines` keeps the texts of pins that several sets share, by identity.
    """
    known = {} if lines is None else lines
    parts = [
        _line(locked.question),
        _line(locked.snapshot),
        f"[{','.join(_pin_line(pin, known) for pin in locked.pins)}]",
        f"[{','.join(_pin_line(pin, known) for pin in locked.build)}]",
        _line([_deviation_row(each) for each in locked.deviations]),
        _line([_refusal_row(each) for each in locked.refusals]),
    ]
    return sha256(f"[{','.join(parts)}]".encode()).hexdigest()


def _pin_line(pin: LockedPin, known: dict[int, tuple[LockedPin, str]]) -> str:
    if id(pin) not in known:
        known[id(pin)] = pin, _line(_whole_pin(pin))  # the pin itself keeps its identity from another
    return known[id(pin)][1]


def _damaged(what: str) -> WriteError:
    return WriteError(
        f"this is not a record that lockgen can keep sets by: {what}",
        where=FILE_NAME,
        hint="Restore the file from version control, or resolve everything again with `lockgen render --upgrade`.",
    )


# -- writing


def _table(entries: Mapping[str, Any]) -> str:
    lines = ",\n".join(f"  {_line(key)}: {_line(entries[key])}" for key in sorted(entries))
    return "{\n" + lines + "\n}" if lines else "{}"


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _put(table: dict[str, Any], key: str, row: object) -> str:
    """Under which key the row stands in the table."""
    while table.setdefault(key, row) != row:
        key += "'"
    return key


def _set_row(locked: LockedSet, tables: dict[str, dict[str, Any]], keys: dict[int, str]) -> dict[str, Any]:
    """`keys` are those of pins that stand in the tables, by identity: the sets hold them all."""
    listings = tables["listings"]
    return {
        "question": locked.question,
        "snapshot": locked.snapshot,
        "pins": [_put_pin(pin, tables, keys) for pin in locked.pins],
        "build": [_put_pin(pin, tables, keys) for pin in locked.build],
        "deviations": [_deviation_row(each) for each in locked.deviations],
        "refusals": [_put_refusal(each, tables["refusals"]) for each in locked.refusals],
        "listed": {name: _put(listings, name, _listing_text(each)) for name, each in sorted(locked.listings.items())},
    }


def _put_refusal(refusal: Refusal, table: dict[str, Any]) -> str:
    return _put(table, f"{refusal.name} {refusal.version or ''}", _refusal_row(refusal))


def _put_pin(pin: LockedPin, tables: dict[str, dict[str, Any]], keys: dict[int, str]) -> str:
    if id(pin) not in keys:
        files = [_put(tables["files"], file.filename, _file_row(file)) for file in pin.files]
        metadata = _put(tables["metadata"], pin.metadata.sha256 or pin.files[0].filename, _metadata_row(pin.metadata))
        row = [pin.name, str(pin.version), files, metadata, pin.build_requires]
        keys[id(pin)] = _put(tables["pins"], f"{pin.name} {pin.version}", row)
    return keys[id(pin)]


def _whole_pin(pin: LockedPin) -> JsonRow:
    files = [_file_row(file) for file in pin.files]
    return [pin.name, str(pin.version), files, _metadata_row(pin.metadata), pin.build_requires]


def _file_row(file: DistFile) -> JsonRow:
    uploaded = None if file.uploaded is None else file.uploaded.isoformat()
    return [file.filename, file.sha256, file.size, uploaded, file.requires_python, file.yanked, file.metadata_sha256]


def _metadata_row(metadata: Metadata) -> dict[str, Any]:
    """Field -> value, of the fields that have one; name and version stand with the pin."""
    rows = ((each.name, getattr(metadata, each.name), each.default) for each in fields(metadata))
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value, default in rows
        if name not in _OF_PIN and value != default
    }


def _deviation_row(each: Deviation) -> JsonRow:
    return [each.name, str(each.wanted), str(each.got), each.because]


def _refusal_row(each: Refusal) -> JsonRow:
    version = None if each.version is None else str(each.version)
    return [each.kind, each.name, version, each.filename, each.reason, each.patch, list(map(list, each.files))]


def _listing_text(listing: Listing) -> str:
    return " ".join(f"{version}={digest}" for version, digest in listing.items())


# -- reading


def _set(
    row: Mapping[str, Any],
    pins: Mapping[str, LockedPin],
    refusals: Mapping[str, Refusal],
    listings: Mapping[str, Listing],
) -> LockedSet:
    return LockedSet(
        question=str(row["question"]),
        snapshot=str(row["snapshot"]),
        pins=tuple(pins[key] for key in row["pins"]),
        build=tuple(pins[key] for key in row["build"]),
        deviations=tuple(_deviation(each) for each in row["deviations"]),
        refusals=tuple(refusals[key] for key in row["refusals"]),
        listings={NormalizedName(name): listings[key] for name, key in row["listed"].items()},
    )


def _pin(row: JsonRow, value: Mapping[str, Any]) -> LockedPin:
    name, text, files, metadata, build_requires = row
    version = Version(text)
    return LockedPin(
        name=NormalizedName(name),
        version=version,
        files=tuple(_file(name, version, value["files"][key]) for key in files),
        metadata=_metadata(name, version, value["metadata"][metadata]),
        build_requires=tuple(build_requires),
    )


def _file(name: str, version: Version, row: JsonRow) -> DistFile:
    filename, digest, size, uploaded, requires_python, yanked, metadata_sha256 = row
    return DistFile(
        name=NormalizedName(name),
        version=version,
        filename=filename,
        sha256=digest,
        size=size,
        uploaded=None if uploaded is None else datetime.fromisoformat(uploaded),
        requires_python=requires_python,
        yanked=yanked,
        metadata_sha256=metadata_sha256,
    )


def _metadata(name: str, version: Version, row: Mapping[str, Any]) -> Metadata:
    values: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value for field, value in row.items()}
    return Metadata(name=NormalizedName(name), version=version, **values)


def _deviation(row: JsonRow) -> Deviation:
    name, wanted, got, because = row
    return Deviation(name=NormalizedName(name), wanted=Version(wanted), got=Version(got), because=because)


def _refusal(row: JsonRow) -> Refusal:
    kind, name, version, filename, reason, patch, files = row
    return Refusal(
        kind=kind,
        name=NormalizedName(name),
        version=None if version is None else Version(version),
        filename=filename,
        reason=reason,
        patch=patch,
        files=tuple((each, int(count)) for each, count in files),
    )


def _listing(text: str) -> Listing:
    return dict(each.split("=", 1) for each in text.split())
