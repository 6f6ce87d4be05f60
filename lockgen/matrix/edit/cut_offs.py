"""A phase's cut-offs moved: in the phase, and in its file, where every other byte stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.errors import LockgenError
from lockgen.matrix.edit.phase_text import PhaseText, Splice, read_phase_text
from lockgen.matrix.fields import read_moment
from lockgen.matrix.node import Node
from lockgen.model.matrix import Phase
from lockgen.text import moment

Moments = Mapping[NormalizedName, datetime]


def move_cut_offs(phase: Phase, to: datetime, names: Sequence[NormalizedName] = ()) -> Phase:
    """The phase with nothing considered that was uploaded after `to`; with names, only these packages move.

    A package whose own cut-off lay after the phase's was once taken ahead of the others: the phase catches up with it.
    One whose own cut-off lay before is held back on purpose, and stays so unless it is named.
    """
    if names:
        return replace(phase, as_of_for=MappingProxyType({**phase.as_of_for, **dict.fromkeys(names, to)}))
    kept = {name: when for name, when in phase.as_of_for.items() if when < phase.as_of or when > to}
    return replace(phase, as_of=to, as_of_for=MappingProxyType(kept))


def edit_cut_offs(content: bytes, before: Phase, after: Phase) -> bytes:
    """The content of the phase's file with the cut-offs of `after` instead of those of `before`.

    The revision is raised by one. What the file inherits is written into it where it changes. MatrixError: the file
    cannot be read. LockgenError: it is written in a way that cannot be edited.
    """
    page = read_phase_text(before.file, content)
    if page.is_flow(page.root):
        raise LockgenError("is written in braces", where=before.file, hint="Write as_of by hand.")
    splices = [page.raise_revision()]
    if after.as_of != before.as_of:
        splices.append(_as_of(page, moment(after.as_of)))
    if after.as_of_for != before.as_of_for:
        splices += _as_of_for(page, after.as_of_for)
    return page.splice(*splices).content


def _as_of(page: PhaseText, text: str) -> Splice:
    node = page.root.fields.get("as_of")
    return _below(page, "revision", [f"as_of: {text}"]) if node is None else _rewrite(page, node, text)


def _as_of_for(page: PhaseText, wanted: Moments) -> Iterator[Splice]:
    """`as_of_for` as wanted: entries of a block keep their lines, new ones are added, the others go."""
    node = page.root.fields.get("as_of_for")
    if node is not None and not wanted:
        yield page.cut_lines(page.root, "as_of_for")
    elif node is not None and page.is_flow(node):
        yield page.replace(node, f"{{{', '.join(_entries(wanted))}}}")
    elif node is not None:
        yield from _block(page, node, wanted)
    # What the file leaves out it would inherit.
    if (node is None and wanted) or (not wanted and page.model.extends is not None):
        lines = ["as_of_for:", *(f"  {line}" for line in _entries(wanted))] if wanted else ["as_of_for: {}"]
        yield _below(page, "as_of" if "as_of" in page.root.fields else "revision", lines)


def _block(page: PhaseText, node: Node, wanted: Moments) -> Iterator[Splice]:
    keys = {canonicalize_name(key): key for key in node.fields}
    for name, key in keys.items():
        value = node.fields[key]
        if name not in wanted:
            yield page.cut_lines(node, key)
        elif read_moment(value.raw) != wanted[name]:
            yield _rewrite(page, value, moment(wanted[name]))
    if new := _entries({name: when for name, when in wanted.items() if name not in keys}):
        yield page.insert_lines(page.end(node), new, node.column)


def _entries(wanted: Moments) -> list[str]:
    return [f"{name}: {moment(when)}" for name, when in sorted(wanted.items())]


def _rewrite(page: PhaseText, node: Node, text: str) -> Splice:
    """A new value in the quotes of the old one."""
    sign = page.text[node.start]
    return page.replace(node, f"{sign}{text}{sign}" if sign in "'\"" else text)


def _below(page: PhaseText, key: str, lines: Sequence[str]) -> Splice:
    """New lines at the top level, below the line in which the value of a key ends."""
    return page.insert_lines(page.end(page.root.fields[key]), lines, page.root.column)
