"""TOML of pylock.toml, with its keys in a fixed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import tomli_w


def dumps(document: Mapping[str, Any], order: Sequence[str]) -> str:
    """The document as TOML 1.0. `order` names the keys that come first in any table; the others follow sorted.

    TypeError for values a lock never holds (a float, a date without time); ValueError for a time without time zone.
    """
    return tomli_w.dumps(_sorted(document, {key: place for place, key in enumerate(order)}))


def _sorted(value: Any, places: Mapping[str, int]) -> Any:
    """The value with the keys of every table in order, and times in UTC."""
    match value:
        case Mapping():
            keys = sorted(value, key=lambda key: (places.get(key, len(places)), key))
            return {key: _sorted(value[key], places) for key in keys}
        case str() | bool() | int():
            return value
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"{value.isoformat()} has no time zone")
            return value.astimezone(UTC)
        case Sequence():
            return [_sorted(item, places) for item in value]
    raise TypeError(f"{type(value).__name__} is no TOML value")
