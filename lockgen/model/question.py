"""The digest of a request: what a committed set answers, so that it is kept while its question is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.model.request import Request
from lockgen.text import moment

_WORDS = frozenset({"where", "origin", "reason", "when", "build_packages"})
"""Fields that change texts and no answer: places in a file, who demands, why something is allowed."""
_UNORDERED = frozenset({"constraints", "overrides", "excludes", "sdists", "stated"})
"""Fields of a request whose order changes no answer."""
_APART = frozenset({"target", "preferred"})
"""Target and tags are digested by themselves; what is preferred is no part of the question."""


def question(request: Request) -> str:
    """Hex sha256 over everything that may change the answer to a request.

    Equal for requests that differ in places, reasons and origins only. Every other field takes part without being named
    here.
    """
    target = request.target
    asked = {name: _plain(value) for name, value in _said(request) if name not in _APART}
    asked |= {name: sorted(map(json.dumps, asked[name])) for name in _UNORDERED & asked.keys()}
    asked["target"] = [target.name, target.python, target.floor, target.every_patch, _plain(target.platform)]
    asked["environment"] = dict(target.environment)
    # Always, as sets were digested when routes were no field of a request.
    asked["routes"] = _plain(request.routes)
    asked["tags"] = sha256("\n".join(map(str, target.tags)).encode()).hexdigest()
    return sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _said(record: Any) -> Iterator[tuple[str, Any]]:
    """Field and value, of the fields that say something: a field that a later lockgen adds changes no question."""
    for each in fields(record):
        value = getattr(record, each.name)
        default = each.default if each.default_factory is MISSING else each.default_factory()
        if default is MISSING or value != default:
            yield each.name, value


def _plain(value: Any) -> Any:
    """The value as JSON can hold it, equal for equal values."""
    if is_dataclass(value):
        return {name: _plain(each) for name, each in _said(value) if name not in _WORDS}
    if isinstance(value, Mapping):
        return sorted([str(key), _plain(each)] for key, each in value.items())
    if isinstance(value, SpecifierSet | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return moment(value) if isinstance(value, datetime) else str(value) if isinstance(value, Version) else value
