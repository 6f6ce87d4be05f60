"""One file of a matrix directory: bytes -> tree -> model, with everything that is wrong with it alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from packaging.utils import canonicalize_name
from pydantic import ValidationError

from lockgen.matrix.complaint import Complaint, complain, missing, shown
from lockgen.matrix.node import Node, Path, kind_in_words
from lockgen.matrix.schema import MODELS, SCHEMA
from lockgen.matrix.strict import Strict
from lockgen.matrix.text import read_text
from lockgen.matrix.validation import complaints_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as it was read. `root` is None if its YAML could not be read, `model` if anything in it is wrong."""

    file: str
    kind: str
    root: Node | None = None
    model: Strict | None = None
    complaints: tuple[Complaint, ...] = ()

    def get(self, *path: str | int) -> Node | None:
        """The node at a path; None where the file could not be read or has none there."""
        return self.root.get(*path) if self.root else None

    def items(self, *path: str | int) -> tuple[tuple[Path, Node], ...]:
        """The entries of the list at a path, each with its own path."""
        node = self.get(*path)
        return tuple(((*path, index), item) for index, item in enumerate(node.items)) if node else ()

    def text(self, *path: str | int) -> str:
        """The text at a path; empty where there is none."""
        node = self.get(*path)
        return node.value if node and isinstance(node.value, str) else ""

    def lenient(self, read: Callable[[object], T], *path: str | int) -> T | None:
        """The value at a path as `read` returns it; None for a missing or wrong value, about which others complain."""
        node = self.get(*path)
        try:
            return read(node.value) if node else None
        except ValueError:
            return None

    def place(self, *path: str | int) -> str:
        """`phase-1.yaml:31:16`."""
        line, column = self.root.place(path) if self.root else (0, 0)
        return f"{self.file}:{line}:{column}"

    def complain(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> Complaint:
        """A complaint about the value at a path of a file that could be read, or, with `key`, about its key."""
        assert self.root is not None  # noqa: S101 - callers pass over what could not be read
        return complain(self.file, self.root, path, message, hint=hint, key=key)


def kind_of(file: str) -> str:
    """The kind of a file by its name: targets, issues, servers, or else a phase."""
    shared = ("targets.yaml", "issues.yaml", "servers.yaml")
    return file.removesuffix(".yaml") if file in shared else "phase"


def read_document(file: str, content: bytes) -> Document:
    """Parse a file as far as possible, with every complaint that needs no other file."""
    kind = kind_of(file)
    root, faults = read_text(file, content)
    if root is None:
        return Document(file=file, kind=kind, complaints=tuple(faults))
    if root.kind != "mapping":
        fault = complain(file, root, (), f"the top is {kind_in_words(root.kind)}, not a mapping", hint=_TOP)
        return Document(file=file, kind=kind, complaints=(*faults, fault))
    if unknown := _schema_fault(file, root):
        # Other formats have unknown keys: every further complaint would be a guess.
        return Document(file=file, kind=kind, complaints=(*faults, unknown))
    model, wrong = _validated(file, kind, root)
    found = [*faults, *_empties(file, root), *_twice(file, root), *wrong]
    return Document(file=file, kind=kind, root=root, model=None if found else model, complaints=_one_each(found))


_TOP = "Start with keys at the left margin: schema: 1"


def _schema_fault(file: str, root: Node) -> Complaint | None:
    node = root.get("schema")
    if node is None or (node.kind == "number" and node.value == SCHEMA):
        return None
    if node.kind == "number":
        return complain(
            file,
            root,
            ("schema",),
            f"schema {shown(node.raw)} is not known",
            hint=f"This lockgen reads schema {SCHEMA}.",
        )
    return complain(
        file, root, ("schema",), f"is {kind_in_words(node.kind)}, but a number belongs here", hint=missing("schema")[1]
    )


def _validated(file: str, kind: str, root: Node) -> tuple[Strict | None, list[Complaint]]:
    model = MODELS[kind]
    try:
        return model.model_validate(root.data()), []
    except ValidationError as error:
        return None, list(complaints_of(file, root, model, error))


def _empties(file: str, root: Node) -> Iterator[Complaint]:
    for path, node in root.walk():
        if node.kind == "nothing":
            yield complain(file, root, path, "is empty", hint="Write a value, or leave the key out.")


def _twice(file: str, root: Node) -> Iterator[Complaint]:
    """Keys of one mapping that normalise to the same package name."""
    for path, node in root.walk():
        seen: dict[str, str] = {}
        for key in node.fields if path[-1:] in (("as_of_for",), ("packages",)) else ():
            first = seen.setdefault(canonicalize_name(key), key)
            if first != key:
                yield complain(
                    file,
                    root,
                    (*path, key),
                    f"is the same package as {shown(first)}",
                    hint="Keep one of the two.",
                    key=True,
                )


def _one_each(complaints: list[Complaint]) -> tuple[Complaint, ...]:
    """The first complaint about each value: what follows from an empty value is not another fault."""
    kept: dict[Path, Complaint] = {}
    rest = []
    for complaint in complaints:
        if not complaint.path:
            rest.append(complaint)
        else:
            kept.setdefault(complaint.path, complaint)
    return (*rest, *kept.values())
