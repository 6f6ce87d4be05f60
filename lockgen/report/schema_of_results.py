"""What `--format json` of each command prints, as JSON Schema: the envelope, and the result in it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lockgen.report.as_json import SCHEMA

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_Part = Mapping[str, Any]


def result_schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what the command prints with `--format json`. KeyError for one that prints none."""
    envelope = _record(
        schema={"const": SCHEMA},
        command={"const": command},
        lockgen=_TEXT,
        ok={"type": "boolean", "description": "Whether the answer is yes; the exit code is 0 then."},
        result=RESULTS[command],
    )
    return {"$schema": _DIALECT, "title": f"lockgen {command} --format json", **envelope, "additionalProperties": False}


def _record(*, optional: tuple[str, ...] = (), **keys: _Part) -> dict[str, Any]:
    """An object with these keys; more may come with a later lockgen."""
    required = [name.rstrip("_") for name in keys if name.rstrip("_") not in optional]
    return {"type": "object", "properties": {n.rstrip("_"): each for n, each in keys.items()}, "required": required}


def _many(each: _Part) -> dict[str, Any]:
    return {"type": "array", "items": each}


def _by(each: _Part) -> dict[str, Any]:
    """An object whose keys are names: of phases, targets, packages."""
    return {"type": "object", "additionalProperties": each}


def _maybe(each: _Part) -> dict[str, Any]:
    return {"anyOf": [each, {"type": "null"}]}


_TEXT, _NUMBER, _TRUTH = ({"type": name} for name in ("string", "integer", "boolean"))
_TEXTS = _many(_TEXT)
_TIME = {"type": "string", "format": "date-time"}
_DEMAND = _record(by=_TEXT, needs=_TEXT)
_POINT = _record(what=_TEXT, reason=_TEXT)
_PLACE = _record(path=_TEXT, reason=_TEXT)
_SIDE = _record(status=_TEXT, reason=_TEXT, optional=("reason",))
_RANGE = _record(versions=_TEXTS, newest_uploaded=_maybe(_TIME), kind=_TEXT, reason=_TEXT)
_ENTRY = {
    **_record(status={"enum": ["solved", "unsolved", "unsupported", "stale"]}),
    "description": "As in summary.json.",
}
_STATEMENT = _record(
    name=_TEXT,
    version=_maybe(_TEXT),
    requires_dist=_TEXTS,
    requires_python=_maybe(_TEXT),
    provides_extra=_TEXTS,
    build_requires=_TEXTS,
    read_from=_TEXT,
    differences=_TEXTS,
)
_FINDING = _record(
    kind=_TEXT,
    name=_TEXT,
    version=_maybe(_TEXT),
    message=_TEXT,
    details=_TEXTS,
    move=_maybe(
        _record(
            from_=_maybe(_TEXT),
            to=_maybe(_TEXT),
            is_direct=_TRUTH,
            cause=_TEXT,
            cause_uploaded=_maybe(_TIME),
            days_behind=_maybe(_NUMBER),
            held_back=_TEXT,
        )
    ),
)
_DRIFT = _record(
    now=_TIME,
    cooldown_seconds=_NUMBER,
    kinds=_TEXTS,
    phases=_by(
        _record(
            title=_TEXT,
            revision=_NUMBER,
            rendered=_maybe(_TIME),
            as_of=_TIME,
            kinds=_TEXTS,
            targets=_by(_record(found=_many(_FINDING), held=_many({"type": "object"}))),
            not_rendered=_TEXTS,
        )
    ),
    issues=_many(_FINDING),
)
_PROOF = _record(
    target=_TEXT,
    level=_TEXT,
    verdict={"enum": ["proved", "failed", "not run"]},
    reason=_TEXT,
    tail=_TEXTS,
    command=_TEXT,
    python=_TEXT,
    libc=_TEXT,
    installer=_TEXT,
    notes=_TEXTS,
)
_CACHE = _record(path=_TEXT, bytes=_NUMBER, pages=_NUMBER, metadata=_NUMBER)
_EXPLAINED = _record(
    phase=_TEXT,
    title=_TEXT,
    strategy=_TEXT,
    as_of=_TIME,
    name=_TEXT,
    why_not=_maybe(_TEXT),
    targets=_by(
        _record(
            status={"enum": ["in set", "unsolved", "not in set"]},
            version=_maybe(_TEXT),
            uploaded=_maybe(_TIME),
            asked_for_by=_many(_many(_DEMAND)),
            narrowed_by=_many(_DEMAND),
            newer=_many(_RANGE),
            why_not=_maybe(_RANGE),
            unused=_TEXTS,
            did_you_mean=_TEXTS,
        )
    ),
)
_RENDERED = _record(
    phase=_TEXT,
    strategy=_TEXT,
    folder=_TEXT,
    targets=_by(_ENTRY),
    files=_record(created=_TEXTS, changed=_TEXTS, removed=_TEXTS, unchanged=_TEXTS),
    did_you_mean=_by(_TEXTS),
    repairs=_by(_TEXTS),
)
_TRIED = _record(
    fit={"enum": ["pins", "ranges", "no", "unknown", "not for it"]},
    moves=_by({"type": "object"}),
    added=_by(_TEXT),
    warnings=_TEXTS,
    reason=_TEXT,
    core=_many(_DEMAND),
    steps=_TEXTS,
    refusals=_TEXTS,
    mends=_many(_record(where=_TEXT, name=_TEXT, version=_maybe(_TEXT), instead=_TEXT, is_older=_TRUTH)),
)
_LINTED = _record(
    rule=_TEXT,
    severity={"enum": ["error", "warning", "info", "note"]},
    phase=_TEXT,
    packages=_TEXTS,
    where=_TEXT,
    message=_TEXT,
    targets=_TEXTS,
    steps=_TEXTS,
    repairs=_many(_record(text=_TEXT, edits=_many({"type": "object"}))),
    accepted=_TEXT,
)
_CHECKED = _record(
    files=_NUMBER,
    not_rendered=_TEXTS,
    stale_files=_many(_PLACE),
    stale_folders=_many(_PLACE),
    out_of_date=_by(_TEXTS),
    moves=_many(_record(cause=_TEXT, package=_TEXT, versions=_TEXT, where=_TEXT)),
    incidents=_many(_POINT),
    warnings=_many(_POINT),
)
_COMPARED = _record(
    strategy=_TEXT,
    from_=_record(phase=_TEXT, title=_TEXT, revision=_NUMBER, as_of=_TIME),
    to=_record(phase=_TEXT, title=_TEXT, revision=_NUMBER, as_of=_TIME),
    is_same=_TRUTH,
    summary=_by(_many(_record(where=_TEXT, targets=_TEXTS))),
    targets=_by(
        _record(before=_SIDE, after=_SIDE, packages=_many({"type": "object"}), issues=_many({"type": "object"}))
    ),
)
_CHECKS = _record(check=_TEXT, verdict={"enum": ["pass", "warn", "fail", "not run"]}, message=_TEXT, remedy=_TEXT)
RESULTS: Mapping[str, _Part] = MappingProxyType(
    {
        "render": {
            "anyOf": [_record(phases=_many(_RENDERED)), _record(incidents=_many(_POINT))],
            "description": "With `incidents` nothing was written: the index lists other bytes than were locked.",
        },
        "check": _CHECKED,
        "verify": {"anyOf": [_record(level=_TEXT, sets=_by(_many(_PROOF))), _record(merged=_by(_many(_PROOF)))]},
        "lint": _record(findings=_many(_LINTED)),
        "try": _record(
            requirements=_NUMBER,
            not_considered=_many(_record(where=_TEXT, text=_TEXT, reason=_TEXT)),
            phases=_by(_record(is_committed=_TRUTH, targets=_by(_TRIED), unsupported=_TEXTS)),
        ),
        "metadata": _record(statements=_many(_STATEMENT)),
        "compare": _COMPARED,
        "explain": {
            "anyOf": [
                _record(phases=_many(_EXPLAINED)),
                _record(rule=_TEXT, meanings=_many(_record(what=_TEXT, text=_TEXTS))),
            ]
        },
        "drift": _DRIFT,
        "bump": _record(drift=_DRIFT, cut_offs=_TEXTS, files=_TEXTS),
        "history": {
            **_record(phases=_many(_record(phase=_TEXT, strategy=_TEXT))),
            "description": "With --bisect the uploads by target, else `turns` and `moves` by moment, and the pins.",
        },
        "preflight": _record(schema=_NUMBER, phase=_TEXT, server=_TEXT, findings=_many(_CHECKS), counts=_by(_NUMBER)),
        "targets": _by(_by(_record(status={"enum": ["supported", "unsupported"]}))),
        "cache info": _CACHE,
        "cache clear": _CACHE,
    }
)
"""Command -> its result."""
