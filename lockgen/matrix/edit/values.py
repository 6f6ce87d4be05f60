"""Edits of the numbers in a phase's file: they and the revision change, every other byte stays where it was."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from packaging.utils import NormalizedName
from pydantic_core import PydanticCustomError as CustomError

from lockgen.errors import LockgenError
from lockgen.matrix.complaint import shown
from lockgen.matrix.edit.phase_text import PhaseText, Splice, read_phase_text
from lockgen.matrix.fields import read_maximum, read_name, read_slug, read_version
from lockgen.matrix.node import Node, core_schema
from lockgen.model.lint import Edit
from lockgen.model.matrix import BASE

T = TypeVar("T")

_ORDER = ("minimum", "recommended", "maximum")
_READERS: Mapping[str, Callable[[object], object]] = MappingProxyType(
    {"minimum": read_version, "recommended": read_version, "maximum": read_maximum}
)
NO_GROUPS: Mapping[NormalizedName, str] = MappingProxyType({})


def edit_values(
    file: str,
    content: bytes,
    edits: Sequence[Edit],
    *,
    groups: Mapping[NormalizedName, str] = NO_GROUPS,
    revision: bool = True,
) -> bytes:
    """The content of a phase's file with the edits made and, if that changed it, its revision raised by one.

    A value keeps its quotes. A key that the row does not give is added to the row. A row that the file only inherits
    is added below the others: to `dependencies`, or to the optional group that `groups` has for the package. What the
    file inherits is not known here, so `old` is compared with the file's own value.

    MatrixError: the file cannot be read. UsageError: it is no phase's. LockgenError, with the place: an edit does not
    fit it, such as when the value is no longer `old`; nothing is written then.
    """
    page = before = read_phase_text(file, content)
    wanted = tuple(dict.fromkeys(edits))
    for edit in wanted:
        _check(page, edit, [each for each in wanted if _value_of(each) == _value_of(edit)])
    for edit in wanted:
        page = page.splice(_splice(page, edit, groups.get(edit.package)))
    if revision and page.text != before.text:
        page = page.splice(page.raise_revision())
    return page.content


def diff(file: str, before: bytes, after: bytes) -> str:
    """The unified diff of two contents of a file, as git names the sides; empty when they are the same."""
    sides = (_lines(before), _lines(after))
    lines = difflib.unified_diff(*sides, f"a/{file}", f"b/{file}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(content: bytes) -> list[str]:
    # Not splitlines: a form feed or U+2028 inside a line ends none.
    return re.findall(r"[^\n]*\n|[^\n]+", content.decode("utf-8", "replace"))


def _check(page: PhaseText, edit: Edit, same: Sequence[Edit]) -> None:
    """LockgenError for an edit that does not fit the file as it was given."""
    file, rows = page.document.file, page.rows(_valid(read_name, edit.package, page.document.file), edit.set)
    path = (*rows[0].path, edit.key) if rows else ()
    where = page.where(*path) if rows else f"{file} {edit.package}.{edit.key}"
    _valid(_READERS[edit.key], edit.new, where)
    if len(same) > 1:
        raise LockgenError(f"two edits give {edit.package} a new {edit.key} each", where=where)
    if len(rows) > 1:
        where = page.where(*rows[1].path)
        raise LockgenError(f"{edit.package} has a row already, {rows[0].where}", where=where, hint="Keep one of them.")
    if not rows and page.model.extends is None:
        raise LockgenError(f"there is no row for {edit.package}", where=file, hint=_CHANGED)
    _check_old(page, edit, page.document.get(*path) if rows else None, where)


def _value_of(edit: Edit) -> object:
    """Which value it gives anew."""
    return edit.set, edit.package, edit.key


_CHANGED = "Was the file changed in between? Run lint again."


def _check_old(page: PhaseText, edit: Edit, node: Node | None, where: str) -> None:
    if node is None:
        if edit.old and page.model.extends is None:
            message = f"{edit.package} has no {edit.key} here, but {shown(edit.old)} was read"
            raise LockgenError(message, where=where, hint=_CHANGED)
        return
    if page.text[node.start] in "|>":
        raise LockgenError(
            "is written as a block of lines", where=where, hint=f'Write {edit.key}: "{node.raw.strip()}"'
        )
    if not _is_same(_READERS[edit.key], node.raw, edit.old):
        message = f"{edit.key} of {edit.package} is {shown(node.raw)} here, but {shown(edit.old) or 'none'} was read"
        raise LockgenError(message, where=where, hint=_CHANGED)


def _is_same(read: Callable[[object], object], one: str, other: str) -> bool:
    """Whether two spellings are the same version or bound."""
    try:
        return read(one) == read(other)
    except ValueError:
        return False


def _valid(read: Callable[[object], T], value: str, where: str) -> T:
    try:
        return read(value)
    except CustomError as error:
        context = error.context or {}
        raise LockgenError(context["message"], where=where, hint=context["hint"]) from None


def _splice(page: PhaseText, edit: Edit, group: str | None) -> Splice:
    rows = page.rows(edit.package, edit.set)
    if not rows:
        return _new_row(page, edit, _list_of(page, edit, group))
    row = page.root.get(*rows[0].path)
    assert row is not None  # noqa: S101 - a draft is made of a node
    value = row.fields.get(edit.key)
    return _new_key(page, edit, row) if value is None else page.replace(value, _quoted_as(page, value, edit.new))


def _list_of(page: PhaseText, edit: Edit, group: str | None) -> tuple[str, ...]:
    """The path of the list in which a new row of the edit's set goes."""
    if edit.set != BASE:
        return ("sets", edit.set, "dependencies")
    return ("optional", _valid(read_slug, group, page.document.file)) if group else ("dependencies",)


def _quoted_as(page: PhaseText, value: Node, new: str) -> str:
    """The new value in the quotes of the old; without any only where YAML reads it as text nevertheless."""
    new = new.strip()
    sign = page.text[value.start]
    if sign == "'":
        return f"'{new}'"
    return f'"{new}"' if sign == '"' else _plain(new)


def _plain(text: str) -> str:
    return text if core_schema(text)[0] == "text" else f'"{text}"'


def _entry(edit: Edit) -> str:
    return f'{edit.key}: "{edit.new.strip()}"'


def _new_key(page: PhaseText, edit: Edit, row: Node) -> Splice:
    """A new key in a row: minimum, recommended, maximum in this order, else after the name."""
    before = _predecessor(list(row.fields), edit.key)
    if page.is_flow(row):
        if before:
            return page.insert(page.end(row.fields[before]), f", {_entry(edit)}")
        gap = page.text[row.start + 1].isspace()
        return page.insert(row.start + 1, f" {_entry(edit)}," if gap else f"{_entry(edit)}, ")
    if before:
        return page.insert_lines(page.end(row.fields[before]), [_entry(edit)], row.column)
    return page.insert(row.start, f"{_entry(edit)}{page.line_end(row.start)}{' ' * (row.column - 1)}")


def _predecessor(keys: Sequence[str], key: str) -> str | None:
    """The key of the row, given in the order of the file, below which a new one goes; None: above all of them."""
    place = _ORDER.index(key)
    if earlier := [each for each in _ORDER[:place] if each in keys]:
        return earlier[-1]
    if later := [each for each in _ORDER[place + 1 :] if each in keys]:
        place = keys.index(later[0])
        return keys[place - 1] if place else None
    return max({"name", "extras"} & set(keys), key=keys.index)


def _new_row(page: PhaseText, edit: Edit, path: tuple[str, ...]) -> Splice:
    """A new row in the list at a path, with the keys of the path that the file lacks."""
    found = [node for length in range(len(path) + 1) if (node := page.root.get(*path[:length]))]
    place, missing = found[-1], path[len(found) - 1 :]
    name, children = _plain(edit.package), (*place.fields.values(), *place.items)
    compact = f"{{name: {name}, {_entry(edit)}}}"
    if page.is_flow(place):
        piece = _flow(missing, compact)
        return page.insert(page.end(children[-1]), f", {piece}") if children else page.insert(place.start + 1, piece)
    if place.items and page.is_flow(place.items[-1]):
        return page.insert_lines(page.end(place), [f"- {compact}"], place.column)
    gap = max(2, place.items[-1].column - place.column) if place.items else 2
    lines = [f"{'-'.ljust(gap)}name: {name}", f"{' ' * gap}{_entry(edit)}"]
    for key in reversed(missing):
        lines = [f"{key}:", *(f"  {line}" for line in lines)]
    return page.insert_lines(page.end(place), lines, place.column)


def _flow(missing: Sequence[str], row: str) -> str:
    """`optional: {forms: [{name: ...}]}` without braces around it; the row alone where nothing is missing."""
    if not missing:
        return row
    *outer, last = missing
    text = f"{last}: [{row}]"
    for key in reversed(outer):
        text = f"{key}: {{{text}}}"
    return text
