"""A statement of an sdist's metadata as a block of issues.yaml, and the file with that block in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from lockgen.errors import LockgenError, MatrixError
from lockgen.matrix.document import Document, read_document
from lockgen.matrix.node import Node
from lockgen.model.request import StatedMetadata

FILE_NAME = "issues.yaml"
_KEY = "dependency_metadata"
_EMPTY = b"schema: 1\n"


def statement_block(stated: Iterable[StatedMetadata]) -> str:
    """The statements as YAML, under their key."""
    return "".join(f"{line}\n" for line in (f"{_KEY}:", *(line for each in stated for line in _entry(each, "  "))))


def edit_metadata(content: bytes | None, stated: StatedMetadata) -> bytes:
    """The content of issues.yaml with the statement in it, in the place of an earlier one about the same release.

    Every other byte stays as it was; None stands for a file that is missing. MatrixError: the file cannot be read.
    LockgenError: the statements stand in brackets, where a block has no place.
    """
    content = _EMPTY if content is None else content
    document = read_document(FILE_NAME, content)
    if document.complaints:
        raise MatrixError(tuple(complaint.error() for complaint in document.complaints))
    # In characters, as nodes are placed; a byte order mark is none of them.
    mark = "\ufeff" if content.startswith("\ufeff".encode()) else ""
    text = content.decode("utf-8-sig")
    edited = mark + _edited(text, document, stated)
    return edited.encode() if edited != mark + text else content


def _edited(text: str, document: Document, stated: StatedMetadata) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    there = document.get(_KEY)
    if there is not None and text[there.start] == "[" and there.items:
        raise LockgenError(
            "is written in brackets", where=f"{document.place(_KEY)} {_KEY}", hint="Write its entries as a block."
        )
    if there is None or not there.items:
        if there is not None:
            text = _without(text, document)
        gap = "" if not text or text.endswith(("\n", "\r")) else end
        return f"{text}{gap}{statement_block([stated]).replace(chr(10), end)}"
    column = there.items[0].column
    dash = text[: there.items[0].start].rpartition("-")[0]
    indent = " " * (len(dash) - max(dash.rfind("\n"), dash.rfind("\r")) - 1)
    gap = " " * (column - len(indent) - 3)
    lines = [*_entry(stated, indent, gap)]
    same = next((item for item in there.items if _is_about(item, stated)), None)
    if same is not None:
        start = text[: same.start].rindex("-") - len(indent)
        return f"{text[:start]}{end.join(lines)}{text[_end(text, same) :]}"
    place = _end_of_line(text, _end(text, there))
    return f"{text[:place]}{''.join(f'{end}{line}' for line in lines)}{text[place:]}"


def _without(text: str, document: Document) -> str:
    """The text without the line of a key that holds an empty list."""
    assert document.root is not None  # noqa: S101 - a file without complaints has its tree
    line, _ = document.root.keys[_KEY]
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: line - 1], *lines[line:]])


def _is_about(item: Node, stated: StatedMetadata) -> bool:
    name, version = item.fields["name"].raw, item.fields.get("version")
    try:
        same = (None if version is None else Version(version.raw.strip())) == stated.version
    except InvalidVersion:
        return False
    return same and canonicalize_name(name.strip()) == stated.name


def _end(text: str, node: Node) -> int:
    """Where the last character of a value stands, comments and line ends after it left out."""
    children = (*node.fields.values(), *node.items)
    if children and text[node.start] not in "{[":
        return _end(text, children[-1])
    return node.start + len(text[node.start : node.end].rstrip())


def _end_of_line(text: str, place: int) -> int:
    found = re.compile(r"\r\n|\r|\n").search(text, place)
    return len(text) if found is None else found.start()


def _entry(stated: StatedMetadata, indent: str, gap: str = "") -> Iterator[str]:
    inner = f"{indent}{gap}  "
    yield f"{indent}-{gap} name: {stated.name}"
    if stated.version is not None:
        yield f"{inner}version: {_quoted(str(stated.version))}"
    if stated.requires_dist:
        yield f"{inner}requires_dist:"
        yield from (f"{inner}  - {_quoted(line)}" for line in stated.requires_dist)
    else:
        yield f"{inner}requires_dist: []"
    if stated.requires_python:
        yield f"{inner}requires_python: {_quoted(stated.requires_python)}"
    if stated.provides_extra:
        yield f"{inner}provides_extra: [{', '.join(map(_quoted, stated.provides_extra))}]"
    if stated.build_requires:
        yield f"{inner}build_requires: [{', '.join(map(_quoted, stated.build_requires))}]"
    yield f"{inner}read_from: {_quoted(stated.read_from)}"


def _quoted(text: str) -> str:
    if '"' in text and "'" not in text and "\\" not in text:
        return f"'{text}'"
    # Every JSON string is a double-quoted scalar of YAML 1.2.
    return json.dumps(text, ensure_ascii=False)
