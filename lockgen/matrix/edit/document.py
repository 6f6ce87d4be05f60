"""A phase's file between two edits: where its values stand in the text, and new text put between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from packaging.utils import NormalizedName

from lockgen.errors import LockgenError, MatrixError, UsageError
from lockgen.matrix.complaint import dotted, shown
from lockgen.matrix.document import Document, read_document
from lockgen.matrix.node import Node
from lockgen.matrix.rows import RowDraft, drafts
from lockgen.matrix.schema import PhaseFile

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixText:
    """A file as it stands between two edits. The nodes of `root` are places in `text`."""

    document: Document
    model: PhaseFile
    root: Node
    text: str

    def where(self, *path: str | int) -> str:
        """`phase-1.yaml:31:16 dependencies[3].maximum`."""
        return f"{self.document.place(*path)} {dotted(path)}"

    def rows(self, name: NormalizedName) -> list[RowDraft]:
        """The package's rows that the file itself gives: more than one is a fault of the file."""
        return [row for row in drafts(self.document) if row.name == name]

    def is_flow(self, node: Node) -> bool:
        """Whether a list or a mapping is written in brackets or braces (YAML 1.2, 7.4)."""
        return self.text[node.start] in "{["

    def end(self, node: Node) -> int:
        """Where the last character of a value stands, comments and line ends after it left out."""
        children = (*node.fields.values(), *node.items)
        if children and not self.is_flow(node):
            return self.end(children[-1])
        return node.start + len(self.text[node.start : node.end].rstrip())


def read_page(file: str, content: bytes) -> MatrixText:
    """The file, ready to be edited. MatrixError with every complaint about it; UsageError if it is no phase's."""
    document = read_document(file, content)
    if document.complaints:
        raise MatrixError(tuple(complaint.error() for complaint in document.complaints))
    if not isinstance(document.model, PhaseFile) or document.root is None:
        raise UsageError(f"{shown(file)} is no phase's file", hint="Only the rows of a phase are edited.")
    text = content.decode("utf-8-sig")
    return MatrixText(document=document, model=document.model, root=document.root, text=text)


def put_lines(page: MatrixText, after: int, lines: Sequence[str], column: int) -> MatrixText:
    """New lines below the one in which a value ends, starting at a column."""
    lines = [f"{' ' * (column - 1)}{line}" for line in lines]
    end = line_end(page.text, after)
    if found := _LINE_END.search(page.text, after):
        return put(page, found.end(), "".join(f"{line}{end}" for line in lines))
    return put(page, len(page.text), "".join(f"{end}{line}" for line in lines))


def line_end(text: str, place: int) -> str:
    """How the line ends; in the last line of a file, how the first does."""
    found = _LINE_END.search(text, place) or _LINE_END.search(text)
    return found[0] if found else "\n"


def put(page: MatrixText, place: int, new: str) -> MatrixText:
    """New text before the character at a place. This and its like raise LockgenError if no phase's file comes out."""
    return _spliced(page, place, place, new)


def replaced(page: MatrixText, value: Node, new: str) -> MatrixText:
    """New text in the place of a value."""
    return _spliced(page, value.start, value.end, new)


def cut_lines(page: MatrixText, first: int, last: int) -> MatrixText:
    """The file without the lines from the `first`, counted from 1, to the one that holds the character `last`."""
    starts = [0, *(found.end() for found in _LINE_END.finditer(page.text))]
    end = _LINE_END.search(page.text, last)
    return _spliced(page, starts[first - 1], len(page.text) if end is None else end.end(), "")


def _spliced(page: MatrixText, start: int, end: int, new: str) -> MatrixText:
    """The file read anew, so that nothing is handed on that lockgen would not take."""
    text = f"{page.text[:start]}{new}{page.text[end:]}"
    document = read_document(page.document.file, text.encode())
    if document.complaints:
        complaint = document.complaints[0]
        why = f"{dotted(complaint.path)} {complaint.message}".strip()
        what = shown(new.strip(", \r\n"))
        message = f"with {what} written into it, this is no matrix any more: {why}"
        raise LockgenError(message, where=document.file, hint="Write it by hand.")
    assert isinstance(document.model, PhaseFile)  # noqa: S101 - as before
    assert document.root is not None  # noqa: S101 - as before
    return MatrixText(document=document, model=document.model, root=document.root, text=text)
