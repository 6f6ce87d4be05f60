"""The text of a phase's file: where its values stand, and splices that leave every other byte as it is."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from packaging.utils import NormalizedName

from lockgen.errors import LockgenError, MatrixError, UsageError
from lockgen.matrix.complaint import Complaint, dotted, shown
from lockgen.matrix.document import Document, read_document
from lockgen.matrix.node import Node
from lockgen.matrix.rows import RowDraft, drafts
from lockgen.matrix.schema import PhaseFile
from lockgen.model.matrix import BASE

_LINE_END = re.compile(r"\r\n|\r|\n")


class Splice(NamedTuple):
    """`new` in the place of the characters from `start` to before `end`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseText:
    """A valid phase file. The nodes of `root` are places in `text`, which has no byte order mark."""

    document: Document
    model: PhaseFile
    root: Node
    text: str
    mark: bytes

    @property
    def content(self) -> bytes:
        """The bytes of the file, with the byte order mark it came with."""
        return self.mark + self.text.encode()

    def where(self, *path: str | int) -> str:
        """`phase-1.yaml:31:16 dependencies[3].maximum`."""
        return f"{self.document.place(*path)} {dotted(path)}"

    def rows(self, name: NormalizedName, name_of_set: str = BASE) -> list[RowDraft]:
        """The package's rows that the file itself gives to the set: more than one is a fault of the file."""
        return [row for row in drafts(self.document, name_of_set) if row.name == name]

    def is_flow(self, node: Node) -> bool:
        """Whether a list or a mapping is written in brackets or braces (YAML 1.2, 7.4)."""
        return self.text[node.start] in "{["

    def end(self, node: Node) -> int:
        """Where the last character of a value stands, comments and line ends after it left out."""
        children = (*node.fields.values(), *node.items)
        if children and not self.is_flow(node):
            return self.end(children[-1])
        return node.start + len(self.text[node.start : node.end].rstrip())

    def splice(self, *splices: Splice) -> PhaseText:
        """Make all splices at once, those of one place in their order, and read the result anew.

        They must not overlap. LockgenError if the result is no valid phase file.
        """
        text, place = "", 0
        for start, end, new in sorted(splices, key=lambda each: each[:2]):
            text, place = f"{text}{self.text[place:start]}{new}", end
        text += self.text[place:]
        document = read_document(self.document.file, text.encode())
        if document.complaints:
            raise _invalid(document.complaints[0], [each.new.strip(", \r\n") for each in splices])
        return _phase_text(document, text, self.mark)

    def replace(self, value: Node, new: str) -> Splice:
        """`new` in the place of a value."""
        return Splice(value.start, value.end, new)

    def insert(self, place: int, new: str) -> Splice:
        """`new` before the character at a place."""
        return Splice(place, place, new)

    def insert_lines(self, place: int, lines: Sequence[str], column: int) -> Splice:
        """New lines below the one that holds the character at a place, starting at a column."""
        end = self.line_end(place)
        return self.insert(self._end_of_line(place), "".join(f"{end}{' ' * (column - 1)}{line}" for line in lines))

    def cut_lines(self, block: Node, key: str) -> Splice:
        """Cut a key of a block: from the line it stands in to the one in which its value ends."""
        line, _ = block.keys[key]
        end = self._end_of_line(self.end(block.fields[key]))
        # The line end that goes is the one before: the last line of a file may have none.
        starts = [0, *(found.start() for found in _LINE_END.finditer(self.text))]
        return Splice(starts[line - 1], end if line > 1 else end + len(self.line_end(end)), "")

    def raise_revision(self) -> Splice:
        """The revision plus one."""
        return self.replace(self.root.fields["revision"], str(self.model.revision + 1))

    def line_end(self, place: int) -> str:
        """How the line of a place ends; in the last line of a file, how the first does."""
        found = _LINE_END.search(self.text, place) or _LINE_END.search(self.text)
        return found[0] if found else "\n"

    def _end_of_line(self, place: int) -> int:
        found = _LINE_END.search(self.text, place)
        return len(self.text) if found is None else found.start()


def read_phase_text(file: str, content: bytes) -> PhaseText:
    """The file, ready to be edited. MatrixError with every complaint about it; UsageError if it is no phase's."""
    document = read_document(file, content)
    if document.complaints:
        raise MatrixError(tuple(complaint.error() for complaint in document.complaints))
    if not isinstance(document.model, PhaseFile):
        raise UsageError(f"{shown(file)} is no phase's file", hint="Only the rows of a phase are edited.")
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    return _phase_text(document, content.decode("utf-8-sig"), mark)


def _phase_text(document: Document, text: str, mark: bytes) -> PhaseText:
    assert isinstance(document.model, PhaseFile)  # noqa: S101 - a file's kind is in its name
    assert document.root is not None  # noqa: S101 - a file without complaints has its tree
    return PhaseText(document=document, model=document.model, root=document.root, text=text, mark=mark)


def _invalid(complaint: Complaint, pieces: Sequence[str]) -> LockgenError:
    why = f"{dotted(complaint.path)} {complaint.message}".strip()
    what = shown(", ".join(filter(None, pieces)))
    message = f"with {what} written into it, this is no matrix any more: {why}"
    return LockgenError(message, where=complaint.file, hint="Write it by hand.")
