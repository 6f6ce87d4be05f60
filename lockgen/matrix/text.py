"""YAML bytes -> a small tree of nodes that know their line and column.

The parser's events are read as a stream and bounded while they come (depth, number of nodes), so a hostile file costs
no more than a large honest one. Nothing is constructed: tags are refused, anchors and aliases too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from lockgen.matrix.complaint import Complaint, shown
from lockgen.matrix.node import Node, NodeKind, Path, core_schema, kind_in_words

MAX_BYTES = 1024 * 1024
_MAX_DEPTH = 20
_MAX_NODES = 20_000
# Faults beyond this number are mostly the same fault again.
_MAX_FAULTS = 100

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class _StopError(Exception):
    """The rest of the file is not worth reading."""


def read_text(file: str, content: bytes) -> tuple[Node | None, list[Complaint]]:
    """The tree of a file and what is wrong with its YAML. No tree: it could not be read to its end."""
    reader = _YamlReader(file)
    try:
        return reader.read(_decoded(file, content)), reader.faults
    except _StopError as stop:
        return None, [*reader.faults, *stop.args]


def _decoded(file: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _StopError(
            Complaint(
                file=file,
                message=f"is larger than {MAX_BYTES} bytes",
                hint="No matrix is that large; is this the right file?",
            )
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise _StopError(
            Complaint(file=file, line=line, column=column, message=message, hint="Save the file as UTF-8.")
        ) from None
    if bad := _FORBIDDEN.search(text):
        line, column = _position(text, bad.start())
        message = f"the character U+{ord(bad[0]):04X} may not stand in a matrix"
        raise _StopError(Complaint(file=file, line=line, column=column, message=message, hint="Delete it."))
    return text


def _position(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


class _YamlReader:
    """Turns one file's events into nodes; faults it can read past are collected in `faults`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Complaint] = []
        self._nodes = 0
        self._anchors: set[str] = set()

    def read(self, text: str) -> Node | None:
        events = self._events(text)
        root: Node | None = None
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if root is not None:
                    raise self._stop(
                        event, "a second document starts here", "Keep one document to a file: delete this '---'."
                    )
                if event.version not in (None, (1, 2)):
                    self._fault(event, (), "only YAML 1.2 is read", "Delete the %YAML line.")
                root = self._node(next(events), events, ())
        if root is None or (root.kind == "nothing" and root.raw == ""):
            raise _StopError(
                Complaint(file=self.file, message="is empty", hint="`lockgen schema` prints what belongs in it.")
            )
        return root

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from YAML(typ="safe", pure=True).parse(text)
        except MarkedYAMLError as error:
            raise _StopError(_syntax(self.file, text, error)) from None
        except (
            YAMLError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            AssertionError,
            NotImplementedError,
        ) as error:
            # The last six are what the parser's own slips look like on malformed input.
            raise _StopError(
                Complaint(file=self.file, message=f"cannot be read as YAML ({type(error).__name__})", hint=_QUOTE)
            ) from None

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Node:
        self._nodes += 1
        if len(path) > _MAX_DEPTH:
            raise self._stop(event, f"is nested more than {_MAX_DEPTH} deep", "No matrix needs that.")
        if self._nodes > _MAX_NODES:
            raise self._stop(event, f"holds more than {_MAX_NODES} values", "No matrix needs that.")
        self._refuse_references(event, path)
        kind = type(event).__name__
        if kind == "MappingStartEvent":
            return self._mapping(event, events, path)
        if kind == "SequenceStartEvent":
            return self._list(event, events, path)
        if kind == "AliasEvent":
            return _placed("alias", event, event)
        return self._scalar(event, path)

    def _refuse_references(self, event: Any, path: Path) -> None:
        """One complaint for an anchor, none for the aliases of it."""
        if event.anchor is not None and event.anchor not in self._anchors:
            self._anchors.add(event.anchor)
            sign = "*" if type(event).__name__ == "AliasEvent" else "&"
            message = f"the reference {sign}{shown(event.anchor)} is not taken"
            self._fault(event, path, message, "Anchors and aliases are refused: write the value out.")
        if getattr(event, "tag", None) is not None:
            tag = shown(str(event.tag).replace("tag:yaml.org,2002:", "!!"))
            self._fault(event, path, f"the tag {tag} is not taken", "Delete the tag; quote the value if it is text.")

    def _mapping(self, start: Any, events: Iterator[Any], path: Path) -> Node:
        fields: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while type(event := next(events)).__name__ != "MappingEndEvent":
            key = self._key(event, events, path)
            node = self._node(next(events), events, (*path, key))
            if key in fields:
                message = f"the key {shown(key)!r} stands here twice, first in line {keys[key][0]}"
                self._fault(event, (*path, key), message, "Keep one of the two.")
            elif key:
                fields[key], keys[key] = node, (_line(event), _column(event))
        return replace(_placed("mapping", start, event), fields=fields, keys=keys)

    def _key(self, event: Any, events: Iterator[Any], path: Path) -> str:
        """The key's text; empty, and complained about, where it has none."""
        node = self._node(event, events, path)
        if not node.raw and node.kind != "alias":
            kind = "empty" if node.kind == "text" else kind_in_words(node.kind)
            self._fault(event, path, f"a key is {kind}, not text", "Write a plain word before the colon.")
        return node.raw

    def _list(self, start: Any, events: Iterator[Any], path: Path) -> Node:
        items: list[Node] = []
        while type(event := next(events)).__name__ != "SequenceEndEvent":
            items.append(self._node(event, events, (*path, len(items))))
        return replace(_placed("list", start, event), items=tuple(items))

    def _scalar(self, event: Any, path: Path) -> Node:
        raw: str = event.value
        if bad := _FORBIDDEN.search(raw):
            self._fault(
                event, path, f"the character U+{ord(bad[0]):04X} may not stand in a matrix", "Delete its escape."
            )
        kind, value = core_schema(raw) if event.style is None and event.tag is None else ("text", raw)
        return replace(_placed(kind, event, event), value=value, raw=raw)

    def _stop(self, event: Any, message: str, hint: str) -> _StopError:
        return _StopError(
            Complaint(file=self.file, line=_line(event), column=_column(event), message=message, hint=hint)
        )

    def _fault(self, event: Any, path: Path, message: str, hint: str) -> None:
        self.faults.append(
            Complaint(file=self.file, line=_line(event), column=_column(event), path=path, message=message, hint=hint)
        )
        if len(self.faults) >= _MAX_FAULTS:
            raise self._stop(event, f"more than {_MAX_FAULTS} faults; the rest is not listed", "")


_QUOTE = "Quote values that hold ': ', '#', or start with one of > | & * ! % @ [ { `."


def _syntax(file: str, text: str, error: MarkedYAMLError) -> Complaint:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.split("\n")
    before = lines[line - 1] if line <= len(lines) else ""
    if "\t" in before[: len(before) - len(before.lstrip())]:
        return Complaint(
            file=file,
            line=line,
            column=column,
            message="a tab stands in the indentation",
            hint="YAML indents with spaces only.",
        )
    problem = shown(error.problem or "the YAML ends too early", 120)
    if "<block end>" in problem or ("mapping values are not allowed" in problem and before.startswith(" ")):
        # Where a line stands too far in or out, the parser finds the end of a block, or one too many.
        return Complaint(
            file=file,
            line=line,
            column=column,
            message="the indentation fits no line above it",
            hint="The keys of one mapping, and the dashes of one list, begin in the same column.",
        )
    return Complaint(file=file, line=line, column=column, message=f"is not YAML: {problem}", hint=_QUOTE)


def _placed(kind: NodeKind, first: Any, last: Any) -> Node:
    """A value, still empty, from its first event to its last."""
    start, end = int(first.start_mark.index), int(last.end_mark.index)
    return Node(kind=kind, line=_line(first), column=_column(first), start=start, end=end)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _column(event: Any) -> int:
    return int(event.start_mark.column) + 1
