"""The digest of a request: what a committed set answers, so that it is kept while its question is the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from hashlib import sha256

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
_LATER = frozenset({"unhashed"})
"""Fields that came later: while empty they are left out, so that sets which were locked before are kept."""


def question(request: Request) -> str:
    """Hex sha256 over everything that may change the answer to a request.

    Equal for requests that differ in places, reasons and origins only. Every other field takes part without being named
    here.
    """
    target = request.target
    asked = {each.name: _plain(getattr(request, each.name)) for each in fields(request) if each.name not in _APART}
    asked = {name: value for name, value in asked.items() if value or name not in _LATER}
    asked |= {name: sorted(json.dumps(_plain(each)) for each in getattr(request, name)) for name in _UNORDERED}
    asked["target"] = [target.name, target.python, target.floor, target.every_patch, _plain(target.platform)]
    asked["environment"] = dict(target.environment)
    asked["tags"] = sha256("\n".join(map(str, target.tags)).encode()).hexdigest()
    return sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: object) -> object:
    """The value as JSON can hold it, equal for equal values."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in _WORDS}
    if isinstance(value, Mapping):
        return sorted([str(key), _plain(each)] for key, each in value.items())
    if isinstance(value, SpecifierSet | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return moment(value) if isinstance(value, datetime) else str(value) if isinstance(value, Version) else value
