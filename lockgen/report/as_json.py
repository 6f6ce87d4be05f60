"""Records as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from packaging.version import Version

from lockgen.text import moment

SCHEMA = 1
"""Of the envelope that all JSON comes in; raised when a key changes its meaning or goes."""


def as_json(value: Any) -> Any:
    """The value as `json` writes it: a record as an object of its fields, a version and a moment as text.

    By hand: a library of models would build a serializer for each record first, which start-up would pay for.
    """
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, Version):
        return str(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, Mapping):
        return {name: as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} is no JSON value")
