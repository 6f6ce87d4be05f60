"""A phase's cut-offs moved: in the phase, and in its file, where every other byte stays as it was."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.errors import LockgenError
from lockgen.matrix.edit.document import MatrixText, cut_lines, put_lines, read_page, replaced
from lockgen.matrix.fields import read_moment
from lockgen.matrix.node import Node
from lockgen.model.matrix import Phase
from lockgen.text import moment

Moments = Mapping[NormalizedName, datetime]


def stepped(phase: Phase, to: datetime, names: Sequence[NormalizedName] = ()) -> Phase:
    """The phase with nothing considered that was uploaded after `to`; with names, only these packages move.

    A package whose own cut-off lay after the phase's was once taken ahead of the others: the phase catches up with it.
    One whose own cut-off lay before is held back on purpose, and stays so unless it is named.
    """
    if names:
        return replace(phase, as_of_for=MappingProxyType({**phase.as_of_for, **dict.fromkeys(names, to)}))
    kept = {name: when for name, when in phase.as_of_for.items() if when < phase.as_of or when > to}
    return replace(phase, as_of=to, as_of_for=MappingProxyType(kept))


def with_cut_offs(content: bytes, before: Phase, after: Phase) -> bytes:
    """The content of the phase's file with the cut-offs of `after` instead of those of `before`.

    The revision is raised by one. What the file inherits is written into it where it changes. MatrixError: the file
    cannot be read. LockgenError: it is written in a way that cannot be edited.
    """
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    page = read_page(before.file, content)
    if page.is_flow(page.root):
        raise LockgenError("is written in braces", where=before.file, hint="Write as_of by hand.")
    if after.as_of != before.as_of:
        page = _with_value(page, "as_of", moment(after.as_of))
    if after.as_of_for != before.as_of_for:
        page = _with_own(page, after.as_of_for)
    page = replaced(page, page.root.fields["revision"], str(page.model.revision + 1))
    return mark + page.text.encode()


def _with_value(page: MatrixText, key: str, text: str) -> MatrixText:
    """The value of a top-level key written anew; a key that is not there stands below the revision."""
    node = page.root.fields.get(key)
    return _below(page, "revision", [f"{key}: {text}"]) if node is None else _rewritten(page, node, text)


def _with_own(page: MatrixText, wanted: Moments) -> MatrixText:
    """`as_of_for` as wanted: what is in it keeps its line, what is new is added, what is not wanted goes."""
    node = page.root.fields.get("as_of_for")
    if node is not None and not wanted:
        page = _without_lines(page, page.root, "as_of_for")
        # What is not said here would be inherited.
        return page if page.model.extends is None else _with_new(page, ["as_of_for: {}"])
    if node is None:
        lines = ["as_of_for:", *(f"  {line}" for line in _entries(wanted))] if wanted else ["as_of_for: {}"]
        return _with_new(page, lines)
    if page.is_flow(node):
        return replaced(page, node, f"{{{', '.join(_entries(wanted))}}}")
    for key in [*node.fields]:
        name = canonicalize_name(key)
        value = _own(page).fields[key]
        if name in wanted and value.raw and read_moment(value.raw) != wanted[name]:
            page = _rewritten(page, value, moment(wanted[name]))
    known = {canonicalize_name(key) for key in node.fields}
    if lines := _entries({name: when for name, when in wanted.items() if name not in known}):
        page = put_lines(page, page.end(_own(page)), lines, node.column)
    for key in [key for key in node.fields if canonicalize_name(key) not in wanted]:
        page = _without_lines(page, _own(page), key)
    return page


def _with_new(page: MatrixText, lines: Sequence[str]) -> MatrixText:
    return _below(page, "as_of" if "as_of" in page.root.fields else "revision", lines)


def _own(page: MatrixText) -> Node:
    return page.root.fields["as_of_for"]


def _entries(wanted: Moments) -> list[str]:
    return [f"{name}: {moment(when)}" for name, when in sorted(wanted.items())]


def _rewritten(page: MatrixText, node: Node, text: str) -> MatrixText:
    sign = page.text[node.start]
    return replaced(page, node, f"{sign}{text}{sign}" if sign in "'\"" else text)


def _below(page: MatrixText, key: str, lines: Sequence[str]) -> MatrixText:
    """New lines at the top level, below the line in which the value of a key ends."""
    return put_lines(page, page.end(page.root.fields[key]), lines, page.root.column)


def _without_lines(page: MatrixText, parent: Node, key: str) -> MatrixText:
    """The file without a key of a block, from the line it stands in to the one in which its value ends."""
    line, _ = parent.keys[key]
    return cut_lines(page, line, page.end(parent.fields[key]))
