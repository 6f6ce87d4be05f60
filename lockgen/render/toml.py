"""TOML for pylock.toml, written so that one file of a package is one line of a diff.

By hand, because the general writers give a table of its own to every wheel; `pylock` reads each text back and compares.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lockgen.text import moment

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')


def dumps(document: Mapping[str, Any], order: Sequence[str]) -> str:
    """The document as TOML 1.0. `order` names the keys that come first in any table; the others follow sorted.

    Plain values come first; then lists of tables as `[[name]]` and tables as `[name]`, one level deep; anything deeper
    is written inline.
    """
    plain = {key: value for key, value in document.items() if not _is_table(value) and not _is_tables(value)}
    blocks = [_pairs(plain, order)]
    for key, value in _ordered(document, order):
        if _is_tables(value):
            blocks += [f"[[{_key(key)}]]\n{_pairs(table, order)}" for table in value]
        elif _is_table(value):
            blocks.append(f"[{_key(key)}]\n{_pairs(value, order)}")
    return "\n".join(blocks)


def _pairs(table: Mapping[str, Any], order: Sequence[str]) -> str:
    return "".join(f"{_key(key)} = {_value(value, order)}\n" for key, value in _ordered(table, order))


def _ordered(table: Mapping[str, Any], order: Sequence[str]) -> list[tuple[str, Any]]:
    place = {key: number for number, key in enumerate(order)}
    return sorted(table.items(), key=lambda item: (place.get(item[0], len(place)), item[0]))


def _value(value: Any, order: Sequence[str]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _string(value)
        case datetime():
            return moment(value)
        case Mapping():
            inside = ", ".join(f"{_key(key)} = {_value(item, order)}" for key, item in _ordered(value, order))
            return f"{{{inside}}}"
        case Sequence():
            return _array(value, order)
    raise TypeError(f"{type(value).__name__} is no TOML value")


def _array(values: Sequence[Any], order: Sequence[str]) -> str:
    if not _is_tables(values):
        return f"[{', '.join(_value(value, order) for value in values)}]"
    return "[\n" + "".join(f"    {_value(value, order)},\n" for value in values) + "]"


def _string(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found[0] in '"\\' else f"\\u{ord(found[0]):04x}"


def _key(key: str) -> str:
    return key if _BARE.match(key) else _string(key)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and all(map(_is_table, value))
