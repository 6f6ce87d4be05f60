"""Faults between the named sets of a phase: what they extend, and circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lockgen.matrix.complaint import Complaint, nearest, shown
from lockgen.matrix.document import Document
from lockgen.model.matrix import BASE


def set_names(line: Sequence[Document]) -> tuple[str, ...]:
    """The named sets of a lineage (nearest file first): those of the oldest file come first."""
    found = (document.get("sets") for document in reversed(line))
    return tuple(dict.fromkeys(name for node in found if node is not None for name in node.fields))


def set_complaints(document: Document, line: Sequence[Document]) -> Iterator[Complaint]:
    """What is wrong with the named sets that a file gives; `line` is the file and those it extends."""
    names = set_names(line)
    known = [BASE, *names]
    layers = {name: _layers(name, line) for name in names}
    for name in set_names((document,)):
        if name == BASE:
            message = "is the set of `dependencies` and `optional`"
            yield document.complain(("sets", name), message, "Put its rows there, or give the set another name.")
        elif not any(each.items("sets", name, key) for each in line for key in ("dependencies", "extends")):
            yield document.complain(("sets", name), "has no row", "Write dependencies: [{name: pytest, ...}]")
        for path, node in document.items("sets", name, "extends"):
            layer = node.raw.strip()
            if layer not in known:
                word = nearest(layer, known)
                hint = f"Did you mean {shown(word)}?" if word else f"The sets are: {', '.join(map(shown, known))}."
                yield document.complain(path, f"there is no set {shown(layer)!r}", hint)
            elif circle := _circle(name, layer, layers):
                said = " -> ".join(map(shown, circle))
                yield document.complain(path, f"goes round in a circle: {said}", "Let one of them extend less.")


def _layers(name: str, line: Sequence[Document]) -> tuple[str, ...]:
    """What the set extends, as the nearest file that says so has it."""
    given = next((each for each in line if each.get("sets", name, "extends")), None)
    return () if given is None else tuple(node.raw.strip() for _, node in given.items("sets", name, "extends"))


def _circle(name: str, layer: str, layers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The way from the set over a layer of its back to itself; nothing where there is none."""
    waiting: list[tuple[str, ...]] = [(name, layer)]
    seen: set[str] = set()
    while waiting:
        way = waiting.pop(0)
        if way[-1] == name:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            waiting += [(*way, each) for each in layers.get(way[-1], ())]
    return ()
