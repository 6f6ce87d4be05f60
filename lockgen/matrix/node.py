"""A value of a matrix file with its line and column, and the type of an unquoted scalar in YAML's core schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Path = tuple[str | int, ...]
"""The keys and list positions that lead from the top of a file to a value."""

NodeKind = Literal["text", "number", "truth", "nothing", "list", "mapping", "alias"]

# YAML 1.2 section 10.3.2, the core schema.
_NOTHING = re.compile(r"(?:~|null|Null|NULL|)\Z")
_TRUTH = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z|0o[0-7]{1,300}\Z|0x[0-9a-fA-F]{1,300}\Z")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value of the file. `line` and `column` count from 1."""

    kind: NodeKind
    line: int
    column: int
    value: str | float | bool | None = None
    raw: str = ""
    """A scalar as it stands in the file, without quotes."""
    items: tuple[Node, ...] = ()
    fields: Mapping[str, Node] = field(default_factory=dict)
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Where each key of `fields` stands."""
    start: int = 0
    """The characters of the text before the value; its quotes and brackets are its own."""
    end: int = 0
    """Where its characters end. A block's end, as YAML counts it, is where the next thing starts."""

    def data(self) -> Any:
        """The value as plain Python: dict, tuple, str, int, float, bool or None."""
        if self.kind == "mapping":
            return {key: node.data() for key, node in self.fields.items()}
        if self.kind == "list":
            return tuple(node.data() for node in self.items)
        return self.value

    def get(self, *path: str | int) -> Node | None:
        """The node at a path below this one, if there is one."""
        node: Node | None = self
        for step in path:
            if node is None:
                return None
            if isinstance(step, int):
                node = node.items[step] if step < len(node.items) else None
            else:
                node = node.fields.get(step)
        return node

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the deepest node on the path that exists; with `key`, of its key."""
        if key and path and (parent := self.get(*path[:-1])) and path[-1] in parent.keys:
            return parent.keys[str(path[-1])]
        for length in range(len(path), -1, -1):
            if (node := self.get(*path[:length])) is not None:
                return node.line, node.column
        return self.line, self.column

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Every node with its path, in the order of the file."""
        yield path, self
        for key, node in self.fields.items():
            yield from node.walk((*path, key))
        for index, node in enumerate(self.items):
            yield from node.walk((*path, index))


def core_schema(raw: str) -> tuple[NodeKind, str | float | bool | None]:
    """What an unquoted scalar is by YAML 1.2's core schema."""
    if _NOTHING.match(raw):
        return "nothing", None
    if _TRUTH.match(raw):
        return "truth", raw.lower() == "true"
    if _INTEGER.match(raw):
        return "number", int(raw, 0) if raw[:2] in ("0o", "0x") else int(raw)
    if _FLOAT.match(raw):
        return "number", float(raw.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return "text", raw


_ARTICLES = {
    "list": "a list",
    "mapping": "a mapping",
    "number": "a number",
    "truth": "true or false",
    "nothing": "nothing",
    "text": "text",
    "alias": "an alias",
}


def kind_in_words(kind: NodeKind) -> str:
    """The kind in YAML's words: a list, a mapping, a number."""
    return _ARTICLES[kind]
